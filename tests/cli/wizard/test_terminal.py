"""The wizard, as a person at a terminal meets it."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.cli.app import run
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.load import load

pytestmark = pytest.mark.system

ENTER, DOWN, UP, CTRL_C, CTRL_U = "\r", "\x1b[B", "\x1b[A", "\x03", "\x15"
Start = Callable[..., Any]

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: campus
contexts:
  - {name: lab, context: {cluster: lab, user: lab}}
  - {name: campus, context: {cluster: campus, user: campus}}
"""
GKE_ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Where it runs", ()),
    ("Google Cloud project", ("demo-project",)),
    ("Region", ("europe-west1",)),
    ("Zone", ()),
    ("Name of the deployment", (CTRL_U, "campus")),
    ("Owner", ()),
    ("Address", ()),
    ("Domain", ("campus.example.org",)),
    ("DNS zone", (DOWN,)),
    ("E-mail address", ("ops@example.org",)),
    ("Who may launch", ()),
    ("What for", ()),
    ("People at one time", (CTRL_U, "80")),
    ("Machine type", ()),
)
"""With nobody to ask at Google: question → keys before Enter."""
EKS_ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Where it runs", (DOWN,)),
    ("AWS account", ("123456789012",)),
    ("Region", ("eu-central-1",)),
    ("Zone", ()),
    ("Name of the deployment", ()),
    ("Owner", ()),
    ("Address", (DOWN,)),
    ("E-mail address", ("ops@example.org",)),
    ("What for", (DOWN,)),
    ("People at one time", ()),
    ("Machine type", ()),
)
EXISTING_ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Where it runs",
        (
            DOWN,
            DOWN,
        ),
    ),
    ("Kubeconfig context", (UP,)),
    ("Name of the deployment", ()),
    ("Owner", ()),
    ("Address", ()),
    ("Domain", ("lab.example.org",)),
    ("DNS zone", (DOWN,)),
    ("Zone at Cloudflare", ("0123456789abcdef0123456789abcdef",)),
    ("Cloudflare's token", ()),
    ("Where the records lead", ("192.0.2.7",)),
    ("E-mail address", ("ops@example.org",)),
    ("Registry", (DOWN,)),
    ("Registry's namespace", ("lab",)),
    ("Registry's user", ("lab-bot",)),
    ("That user's password", ()),
    ("Who may launch", (DOWN,)),
    ("Client ID", ("Iv1.0123",)),
    ("Client secret", ()),
    ("Users", ()),
    ("GitHub organisations", ("lab, other:team",)),
    ("What for", ()),
    ("People at one time", ()),
)
GKE_FLAGS = (
    "--platform=gke", "--project=demo-project", "--region=europe-west1", "--zone=europe-west1-b",
    "--deployment=campus", "--owner=ada", "--address=domain", "--domain=campus.example.org", "--dns=manual",
    "--email=ops@example.org", "--access=open", "--use=permanent", "--people=80", "--machine=e2-standard-8",
)  # fmt: skip

ASKED_OF_GOOGLE = ("--project", "--region", "--zone", "--dns", "--machine")


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    return str(file)


def test_google_from_an_empty_folder_equals_the_flags(
    start: Start, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = start("init")
    for title, keys in GKE_ANSWERS:
        person.answers(title, *keys)
    person.sees("Name of the deployment", "campus (asked)", "Owner", "ada (detected)", "Machine type", "(default)")
    person.answers("What next")
    assert person.ends() == 0
    settings = load(folder / "binder.yaml")
    assert isinstance(settings.platform, Gke)
    assert settings.platform.pools.user.max == 3  # 80 servers, 27 on a node
    assert "not logged in; run: gcloud auth application-default login" in " ".join(person.text.split())
    assert not (folder / ".binder-deploy" / "answers.json").exists()

    # The command that was printed, without a terminal: the same file, byte by byte.
    command = person.text.partition("The same without a question:")[2].replace("\\\n", " ").split()
    assert command[:2] == ["binder-deploy", "init"]
    again = tmp_path / "again"
    again.mkdir()
    monkeypatch.chdir(again)
    assert run(command[1:]) == 0
    assert (again / "binder.yaml").read_text() == (folder / "binder.yaml").read_text()


def test_google_with_what_the_account_has(start: Start, folder: Path, google: str) -> None:
    person = start("init", *[flag for flag in GKE_FLAGS if not flag.startswith(ASKED_OF_GOOGLE)], google=google)
    person.sees("Google Cloud project:", "demo-project", "Demonstration")
    person.types(ENTER)
    person.sees("Region:", "europe-north1", "europe-west1")
    person.types(DOWN, ENTER)
    person.sees("Zone:", "europe-west1-b", "europe-west1-c")
    person.types(DOWN, ENTER)
    person.sees("DNS zone:")
    person.types(ENTER)
    person.sees("Managed zone:", "example-org", "example.org")
    person.types(ENTER)
    person.sees("Machine type:", "e2-standard-8", "8 vCPU", "27 servers", "3 nodes", "/h", "n2-standard-8")
    person.types(ENTER)
    person.answers("What next")
    assert person.ends() == 0
    assert "elsewhere-org" not in person.text  # a zone of another domain
    assert "e2-standard-16" not in person.text  # not in that zone
    text = (folder / "binder.yaml").read_text()
    for line in ("region: europe-west1", "zone: europe-west1-c", "kind: cloud-dns", "zone: example-org"):
        assert line in text


def test_amazon_for_a_workshop_without_a_domain(start: Start, folder: Path) -> None:
    person = start("init")
    for title, keys in EKS_ANSWERS:
        person.answers(title, *keys)
    person.answers("What next")
    assert person.ends() == 0
    settings = load(folder / "binder.yaml")
    assert (settings.address.kind, settings.access.kind, settings.binder.per_repo) == ("ip", "open", 30)
    assert settings.hub.placeholders == 2


def test_an_existing_cluster_from_an_empty_folder(start: Start, folder: Path, kubeconfig: str) -> None:
    person = start("init", KUBECONFIG=kubeconfig)
    for title, keys in EXISTING_ANSWERS:
        person.answers(title, *keys)
    person.answers("What next")
    assert person.ends() == 0
    settings = load(folder / "binder.yaml")
    assert isinstance(settings.platform, Existing)
    assert settings.platform.context == "lab"
    assert (settings.address.dns.kind, str(settings.platform.address)) == ("cloudflare", "192.0.2.7")  # type: ignore[union-attr]
    assert settings.access.organizations == ("lab", "other:team")  # type: ignore[union-attr]
    assert "Not there yet: export REGISTRY_PASSWORD" in person.text


def test_a_wrong_answer_is_told_at_once_and_asked_again(start: Start, folder: Path, kubeconfig: str) -> None:
    person = start("init", "--platform=existing", "--context=lab", "--address=domain", KUBECONFIG=kubeconfig)
    person.answers("Name of the deployment", CTRL_U, "No Capitals")
    person.sees("Has the wrong form; Name of the deployment")
    person.answers("Name of the deployment", CTRL_U, "binder")
    person.answers("Owner", CTRL_U, "Ada Lovelace")
    person.sees("Has the wrong form")
    person.answers("Owner", CTRL_U, "ada")
    person.answers("Domain", "not a domain")
    person.sees("Has the wrong form")
    person.answers("Domain", CTRL_U, "lab.example.org")
    person.answers("DNS zone")
    person.answers("E-mail address")
    person.sees("An answer is needed")
    person.answers("E-mail address", "ops@example.org")
    person.answers("Registry")
    person.answers("Registry's namespace", "lab")
    person.answers("Registry's user", "bot")
    person.answers("That user's password", CTRL_U, "hunter2")
    person.sees("Must be env:NAME or file:PATH, never the secret itself")
    person.answers("That user's password")
    person.answers("Who may launch", DOWN)
    person.answers("Client ID", "x")
    person.answers("Client secret")
    person.answers("Users")
    person.answers("GitHub organisations")
    person.sees("Nobody may log in")
    person.answers("GitHub organisations", "lab")
    person.answers("What for")
    person.answers("People at one time", CTRL_U, "many")
    person.sees("valid integer")
    person.answers("People at one time", CTRL_U, "40")
    person.answers("What next")
    assert person.ends() == 0
    assert "hunter2" not in (folder / "binder.yaml").read_text()


def test_one_can_go_back_and_change_what_was_said(start: Start, folder: Path) -> None:
    person = start("init", *[flag for flag in GKE_FLAGS if not flag.startswith(("--region", "--zone", "--people"))])
    person.answers("Region", "europe-west1")
    person.answers("Zone", CTRL_U, "<")
    person.answers("Region", DOWN, DOWN, DOWN)
    person.sees("Zone:", "us-central1-b")
    person.types(ENTER)
    person.answers("People at one time")
    person.answers("What next", DOWN)
    person.sees("Change:")
    person.types("people", ENTER)
    person.answers("People at one time", CTRL_U, "20")
    person.sees("These are the settings", "20 (asked)")
    person.answers("What next", DOWN)
    person.sees("Change:")
    person.types("region", ENTER)
    person.answers("Region", UP)
    # The zone was right in the other region: it is asked again, as nothing else is.
    person.sees("Zone must lie in the region", "Zone:", "europe-west4-b")
    person.types(ENTER)
    person.answers("What next")
    assert person.ends() == 0
    text = (folder / "binder.yaml").read_text()
    for line in ("region: europe-west4", "zone: europe-west4-b", "max_servers: 20"):
        assert line in text


@pytest.mark.parametrize("answers", [GKE_ANSWERS, EKS_ANSWERS, EXISTING_ANSWERS], ids=["gke", "eks", "existing"])
def test_after_ctrl_c_at_any_question_it_goes_on_from_there(
    start: Start, folder: Path, kubeconfig: str, answers: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    for title, keys in answers:
        person = start("init", KUBECONFIG=kubeconfig)
        person.answers(title, *keys)
        person.sees("?")  # the next question
        person.types(CTRL_C)
        person.sees("The answers are kept: `binder-deploy init` goes on from there.")
        assert person.ends() == 130
        assert not (folder / "binder.yaml").exists()
    person = start("init", KUBECONFIG=kubeconfig)
    typed = [keys[-1] for _, keys in answers if keys and not keys[-1].startswith("\x1b")]
    person.sees("Going on with your earlier answers:", *typed)
    person.answers("What next")
    assert person.ends() == 0
    resumed = (folder / "binder.yaml").read_text()
    (folder / "binder.yaml").unlink()
    person = start("init", KUBECONFIG=kubeconfig)
    for title, keys in answers:
        person.answers(title, *keys)
    person.answers("What next")
    assert person.ends() == 0
    assert (folder / "binder.yaml").read_text() == resumed


def test_a_connection_that_breaks_off_keeps_the_answers(start: Start, folder: Path) -> None:
    person = start("init", *[flag for flag in GKE_FLAGS if not flag.startswith(("--owner", "--people"))])
    person.answers("Owner", CTRL_U, "physics-it")
    person.sees("People at one time:")
    assert person.hangs_up() == -signal.SIGHUP
    person = start("init", *[flag for flag in GKE_FLAGS if not flag.startswith(("--owner", "--people"))])
    person.sees("Going on with your earlier answers:", "physics-it", "People at one time:")
    person.types(CTRL_C)
    assert person.ends() == 130


def test_who_stops_at_the_summary_finds_everything_kept(start: Start, folder: Path) -> None:
    person = start("init", *GKE_FLAGS)
    person.answers("What next", DOWN, DOWN)
    person.sees("Stopped. The answers are kept")
    assert person.ends() == 1
    assert not (folder / "binder.yaml").exists()


def test_a_small_terminal_without_colour_is_enough(start: Start, folder: Path) -> None:
    asked = ("--region", "--zone", "--domain", "--machine")
    person = start("init", *[f for f in GKE_FLAGS if not f.startswith(asked)], size=(40, 10), NO_COLOR="1")
    person.answers("Region", DOWN)
    person.answers("Zone")
    person.answers("Domain", "a-rather-long-name-of-a.campus.example.org")
    person.answers("Machine type", *[DOWN] * 4)  # further than there are lines
    person.answers("What next")
    assert person.ends() == 0
    settings = load(folder / "binder.yaml")
    assert settings.platform.region == "europe-west3"  # type: ignore[union-attr]
    assert settings.platform.pools.user.machine == "n2d-standard-8"  # type: ignore[union-attr]
    numbers = {number for found in re.findall(r"\x1b\[([0-9;]*)m", person.read) for number in found.split(";")}
    assert numbers <= {"", "0", "1", "7"}  # bold and reversed are no colours


@pytest.mark.parametrize("how", [{"TERM": "dumb"}, {"BINDER_DEPLOY_PLAIN": "1"}], ids=["dumb", "plain"])
def test_plain_lines_and_numbers_for_a_screen_reader(start: Start, folder: Path, how: dict[str, str]) -> None:
    person = start("init", **how)
    for title, typed in (
        ("Where it runs, number:", "nothing"),
        ("Please type a number from 1 to 3, or < to go back.", "1"),
        ("Google Cloud project:", "demo-project"),
        ("Region, number:", "<"),
        ("Google Cloud project [demo-project]:", ""),
        ("Region, number:", "europe-west1"),
        ("Zone [europe-west1-b]:", "us-central1-a"),
        ("Zone must lie in the region; write europe-west1-b, for example.", None),
        ("Zone [us-central1-a]:", "europe-west1-b"),
        ("Name of the deployment [my-binder]:", "campus"),
        ("Owner [ada]:", ""),
        ("Address, number:", "2"),
        ("E-mail address:", "ops@example.org"),
        ("What for, number [1]:", ""),
        ("People at one time [60]:", ""),
        ("Machine type, number [4]:", ""),
        ("What next, number [1]:", ""),
    ):
        person.sees(title)
        if typed is not None:
            person.types(f"{typed}\n")
    assert person.ends() == 0
    assert "\x1b" not in person.read
    assert load(folder / "binder.yaml").name == "campus"


@pytest.mark.parametrize("how", [["--plain"], []], ids=["plain", "prompts"])
def test_the_end_of_input_is_the_end(start: Start, how: list[str]) -> None:
    person = start(*how, "init", "--platform=existing", "--context=lab")
    person.sees("Name of the deployment")
    person.sees("my-binder")
    person.types(CTRL_U, "\x04")
    person.sees("The answers are kept")
    assert person.ends() == 130


def test_a_wrong_flag_is_asked_about_though_it_has_a_default(start: Start, folder: Path) -> None:
    person = start("init", "--yes", *GKE_FLAGS, "--state=somewhere")
    person.sees("Has the wrong form")
    person.answers("Bucket of the state", CTRL_U, "gs://campus-state")
    assert person.ends() == 0
    assert "url: gs://campus-state" in (folder / "binder.yaml").read_text()


def test_up_asks_writes_and_goes_on(start: Start, folder: Path) -> None:
    # In CI a local state is refused: as far as `up` comes here without tools and a cloud.
    person = start("up", *GKE_FLAGS, CI="true")
    person.answers("What next")
    person.sees("binder.yaml is written", "state.kind")
    assert person.ends() == 2
    assert load(folder / "binder.yaml").name == "campus"
