"""The flows' own decisions, without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.checks.model import Phase
from binder_deploy.cli.flows.acquire import settings_or_example, short
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.real import _tell_records
from binder_deploy.cli.flows.selection import Selection, selected
from binder_deploy.cli.flows.state_site import refuse_another, refuse_local_state_in_ci
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.settings.load import parse
from binder_deploy.settings.outputs import Outputs
from binder_deploy.stacks.events import Summary
from binder_deploy.stacks.ledger import identity
from binder_deploy.stacks.local_site import owner, take_over

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")


def test_without_a_file_the_bundled_example_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = settings_or_example(Path("binder.yaml"))
    assert "bundled example" in found.name
    assert found.folder == tmp_path
    (tmp_path / "binder.yaml").write_text(GKE.replace("name: campus-binder", "name: mine"))
    assert settings_or_example(Path("binder.yaml")).settings.name == "mine"


def test_a_living_deployment_is_not_asked_for_leftovers_unless_told_to() -> None:
    assert all(check.phase is not Phase.TEARDOWN for check in selected(Selection()))
    assert {check.phase for check in selected(Selection(phases=("teardown",)))} == {Phase.TEARDOWN}
    assert [check.id for check in selected(Selection(only=("BD-END-001",)))] == ["BD-END-001"]


def test_another_name_or_project_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    settings = parse(GKE)
    assert owner(tmp_path) is None
    refuse_another(owner(tmp_path), settings)
    take_over(tmp_path, identity(settings))
    refuse_another(owner(tmp_path), settings)
    for old, new in (("name: campus-binder", "name: other"), ("project: campus-binder-prod", "project: another-one")):
        with pytest.raises(Refused, match="campus-binder in project campus-binder-prod"):
            refuse_another(owner(tmp_path), parse(GKE.replace(old, new)))


def test_local_state_is_refused_in_ci_alone() -> None:
    refuse_local_state_in_ci(parse(GKE), {})
    with pytest.raises(Refused, match=r"state\.kind"):
        refuse_local_state_in_ci(parse(GKE), {"CI": "true"})


def test_records_that_somebody_else_must_make_are_told_with_the_address() -> None:
    outputs = Outputs("https://b/", "https://h/", "203.0.113.7", "c", "k", "p")
    said: list[object] = []
    _tell_records(parse(GKE), outputs, said.append)
    assert said == [], "the zone is ours"
    _tell_records(
        parse(GKE.replace("{ kind: cloud-dns, zone: campus-example-org }", "{ kind: manual }")), outputs, said.append
    )
    texts = " ".join(getattr(event, "text", "") for event in said)
    for words in ("binder.campus.example.org.", "hub.campus.example.org.", "IN  A  203.0.113.7"):
        assert words in texts


@pytest.mark.parametrize(
    ("summary", "text", "is_change"),
    [
        ({"create": 3, "same": 2}, "3 created", True),
        ({"same": 5}, "nothing to change", False),
        ({}, "nothing to change", False),
    ],
)
def test_a_summary_in_words(summary: dict[str, int], text: str, is_change: bool) -> None:
    assert changes(Summary(summary, 1.0)) == text
    assert changed(Summary(summary, 1.0)) is is_change


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("1.0.0-0.dev.git.3983.h383374de", "git.3983"),
        ("41.3.0+standin.c40291d59f792", "41.3.0 (stand-in)"),
        ("1.0.0-0.dev.git.3983.h383374de+standin.c12", "git.3983 (stand-in)"),
        ("v1.21.1", "v1.21.1"),
    ],
)
def test_versions_for_people(version: str, text: str) -> None:
    assert short(version) == text
