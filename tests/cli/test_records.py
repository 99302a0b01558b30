"""Records at Cloudflare come with `up` and go with `down`; what stays is found, and a rehearsal asks nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.flows import real, records
from binder_deploy.cli.flows.errors import Refused, Stopped
from binder_deploy.cli.flows.events import PhaseEnded
from binder_deploy.ops.dns.cloudflare import NotLetIn, NotOurs
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.leftovers import Leftover, Sweep
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import record_mark
from binder_deploy.settings.outputs import Outputs
from binder_deploy.settings.references import references

EXAMPLES = Path(__file__).parents[2] / "examples"
GKE = (EXAMPLES / "gke.yaml").read_text(encoding="utf-8")
ID = "023e105f4ecef8ad9ca31a8372d0c353"
DNS = f'dns: {{ kind: cloudflare, zone_id: {ID}, token: "env:CLOUDFLARE_API_TOKEN" }}'
AT_CLOUDFLARE = GKE.replace("dns: { kind: cloud-dns, zone: campus-example-org }", DNS)
NAMES = {"binder.campus.example.org", "hub.campus.example.org"}
MARK = "binder-deploy=campus-binder in project campus-binder-prod, europe-west1"
DISK = Leftover("disk", "pvc-1", "ours", "")


@pytest.fixture
def settings() -> Settings:
    return parse(AT_CLOUDFLARE)


@pytest.fixture
def told() -> tuple[Callable[[object], None], list[str]]:
    said: list[str] = []

    def observe(event: object) -> None:
        if isinstance(event, PhaseEnded):
            said.append(f"{event.name}: {event.note}")
        elif text := getattr(event, "text", ""):
            said.append(text)

    return observe, said


def test_the_token_is_a_secret_that_is_referred_to(settings: Settings) -> None:
    (found,) = [r for r in references(settings) if r.path == "address.dns.token"]
    assert (found.key, str(found.ref)) == ("cloudflareToken", "env:CLOUDFLARE_API_TOKEN")
    with pytest.raises(SettingsError, match="never the secret itself") as caught:
        parse(AT_CLOUDFLARE.replace("env:CLOUDFLARE_API_TOKEN", "v1.0-abc"))
    assert "v1.0-abc" not in str(caught.value)


def test_the_mark_fits_a_comment_of_the_free_plan(settings: Settings) -> None:
    assert record_mark(settings) == MARK
    far = (EXAMPLES / "existing.yaml").read_text(encoding="utf-8")
    context = next(line for line in far.splitlines() if line.strip().startswith("context:")).split(":")[1].split("#")[0]
    assert len(record_mark(parse(far.replace(context, f" {'x' * 200} ", 1)))) <= 100


@pytest.mark.system
def test_they_come_with_up_and_go_with_down(cloudflare: Any, settings: Settings, told: Any, tmp_path: Path) -> None:
    observe, said = told
    records.make(settings, tmp_path, "203.0.113.7", observe)
    assert cloudflare.table() == {(name, "A", "203.0.113.7") for name in NAMES}
    records.make(settings, tmp_path, "203.0.113.7", observe)
    records.make(settings, tmp_path, "LB.example.net.", observe)
    assert cloudflare.table() == {(name, "CNAME", "lb.example.net") for name in NAMES}
    records.remove(settings, tmp_path, observe)
    assert cloudflare.table() == set()
    records.remove(settings, tmp_path, observe)
    assert said == [
        "records: 2 created",
        "records: nothing to change",
        "records: 2 created, 2 removed",
        "remove-records: 2 removed",
        "remove-records: there are none of ours",
    ]


@pytest.mark.system
def test_elsewhere_and_in_a_rehearsal_nobody_is_asked(
    cloudflare: Any, settings: Settings, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe, said = told
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    records.make(parse(GKE), tmp_path, "203.0.113.7", observe)
    records.remove(parse(GKE), tmp_path, observe)
    assert said == []
    records.make(settings, tmp_path, "203.0.113.7", observe, simulated=True)
    records.remove(settings, tmp_path, observe, simulated=True)
    assert said == [f"records: {records.PLAYED}", f"remove-records: {records.PLAYED}"]
    assert cloudflare.asked == []


@pytest.mark.system
def test_what_is_left_is_found_and_what_cannot_be_asked_is_told(
    cloudflare: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = records.also_records(settings, tmp_path, lambda: Sweep((DISK,)))
    assert sweep() == Sweep((DISK,))
    cloudflare.add("binder.campus.example.org", "203.0.113.7", comment=MARK)
    cloudflare.add("hub.campus.example.org", "203.0.113.7")
    disk, left = sweep().found
    assert disk == DISK
    assert left.name == "binder.campus.example.org A 203.0.113.7"
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "stolen")
    assert [u.kind for u in sweep().unasked] == ["DNS record"]
    elsewhere = records.also_records(parse(GKE), tmp_path, lambda: Sweep((DISK,)))
    assert elsewhere() == Sweep((DISK,))


@pytest.mark.system
def test_a_refusal_does_not_keep_what_costs(
    cloudflare: Any, settings: Settings, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe, said = told
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "stolen")
    records.remove(settings, tmp_path, observe)
    assert "could not be removed" in said[0]
    assert "stolen" not in " ".join(said)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    with pytest.raises(SettingsError, match="CLOUDFLARE_API_TOKEN"):
        records.remove(settings, tmp_path, observe)


@pytest.mark.system
@pytest.mark.parametrize(
    ("token", "cause", "code"), [("good", NotOurs, exits.BLOCKED), ("reader", NotLetIn, exits.AUTHENTICATION)]
)
def test_up_says_what_exists_by_then(
    cloudflare: Any,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    cause: type[Exception],
    code: int,
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    if cause is NotOurs:
        cloudflare.add("hub.campus.example.org", "203.0.113.99")
    engine = SimpleNamespace(resources=lambda: ({"custom": True, "type": "gcp:x"},))
    deployment: Any = SimpleNamespace(settings=settings, folder=tmp_path, engine=engine, simulated=False)
    with pytest.raises(Stopped) as caught:
        real._make_records(deployment, Outputs("b", "h", "203.0.113.7", "c", "k", "p"), lambda event: None)
    assert isinstance(caught.value.cause, cause)
    assert exits.exit_code(caught.value) == code
    assert "1 resources exist" in caught.value.advice.exists
    assert cloudflare.changes() in ([], ["POST"])
    assert len(cloudflare.records) == (cause is NotOurs)


def test_records_in_a_zone_that_the_settings_left_are_not_forgotten(settings: Settings, told: Any) -> None:
    observe, said = told
    records.tell_moved(settings, None, observe)
    records.tell_moved(settings, ID, observe)
    assert said == []
    for now in (parse(GKE), parse(AT_CLOUDFLARE.replace(ID, "f" * 32))):
        records.tell_moved(now, ID, observe)
    assert len(said) == 2
    assert all(ID in text and MARK in text for text in said)


def test_an_address_that_nobody_knows_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"platform\.address"):
        records.make(settings, tmp_path, "", lambda event: None)


def test_an_address_that_is_not_ours_must_be_told() -> None:
    text = (EXAMPLES / "existing.yaml").read_text(encoding="utf-8")
    text = text.replace("domain: seminar.example.org", f"domain: seminar.example.org\n  {DNS}")
    assert parse(text).address.dns
    theirs = text.replace("  kind: existing", "  kind: existing\n  ingress_class: nginx")
    with pytest.raises(SettingsError, match=r"platform\.address is missing"):
        parse(theirs)
    assert parse(theirs.replace("ingress_class: nginx", "ingress_class: nginx\n  address: 203.0.113.9")).address.dns
