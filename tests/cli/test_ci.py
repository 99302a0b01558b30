"""Workflows that their own tools accept, comments that fit and tell no value, trust for this repository alone."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any

import boto3
import pytest
from moto import mock_aws
from ruamel.yaml import YAML

from binder_deploy.checks.model import Check, Failed, Outcome, Phase
from binder_deploy.cli.app import run
from binder_deploy.cli.ci import trust_aws, trust_google
from binder_deploy.cli.ci.comment import LIMIT, Noted, markdown, marker
from binder_deploy.cli.ci.forge import Forge
from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.post import NotPosted, post, thread
from binder_deploy.cli.ci.workflows import GITLAB, Wanted, workflows
from binder_deploy.cli.ci.written import write_comment
from binder_deploy.cli.flows.ci import apply_trust, repository_of
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.previews import Found, _removed
from binder_deploy.settings.ephemeral import derived, name_of, refuse_another
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.events import ResourceStep

EXAMPLES = Path(__file__).parents[2] / "examples"
STATES = {
    "gke": "state: { kind: bucket, url: gs://campus-state }",
    "eks": "state: { kind: bucket, url: s3://campus-state/binders, key: 'awskms:///0a1b?region=eu-central-1' }",
    "existing": "state: { kind: pulumi-cloud, organization: campus }",
}
VARIANTS = [("gke", False), ("gke", True), ("eks", False), ("eks", True), ("existing", False)]
"""Deployment, and whether its previews have a cluster each."""
ACCOUNT = "123456789012"
STATE_OF_BASE = {"kind": "bucket", "url": "gs://campus-state"}


def text(example: str) -> str:
    return f"{(EXAMPLES / f'{example}.yaml').read_text()}\n{STATES[example]}\n"


def settings(example: str) -> Settings:
    return parse(text(example))


@pytest.fixture(autouse=True)
def _from_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests' own program came from."""
    monkeypatch.setattr("binder_deploy.cli.ci.workflows.installed", lambda: "binder-deploy==1.2.3")


SHARED = {
    "platform": {"kind": "existing", "context": "previews"},
    "registry": {"kind": "ghcr", "namespace": "campus", "push": {"username": "bot", "password": "env:TRIALS_PUSH"}},
}
"""An overlay that puts previews into one cluster."""


def previews(example: str, *, own_cluster: bool = False) -> Settings:
    """As all previews of this deployment have them."""
    overlay = {} if own_cluster else SHARED
    given = YAML(typ="safe").load(text(example))
    return Settings.model_validate(
        derived(settings(example), given, 1, "2027-01-31", overlay, EXAMPLES, own_cluster=own_cluster)
    )


def written(example: str, kind: Kind = Kind.GITHUB, folder: str = ".", *, own_cluster: bool = False) -> dict[str, str]:
    """All workflows, with previews."""
    wanted = Wanted(PurePosixPath(folder), own_cluster=own_cluster)
    return workflows(settings(example), previews(example, own_cluster=own_cluster), kind, wanted)


def jobs(example: str, *, own_cluster: bool = False) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Path, workflow and job of everything that is written for GitHub."""
    for path, text in written(example, own_cluster=own_cluster).items():
        told = YAML(typ="safe").load(text)
        for job in told["jobs"].values():
            yield path, told, job


def gitlab_pipeline(example: str) -> dict[str, Any]:
    yaml = YAML(typ="safe")
    yaml.constructor.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))
    found: dict[str, Any] = yaml.load(written(example, Kind.GITLAB)[GITLAB])
    return found


# Workflows


@pytest.mark.system
@pytest.mark.parametrize("folder", [".", "deployments/campus"])
@pytest.mark.parametrize(("example", "own_cluster"), VARIANTS)
def test_actionlint_finds_nothing(
    service_program: Callable[[str], Path], example: str, own_cluster: bool, folder: str, tmp_path: Path
) -> None:
    for path, content in written(example, folder=folder, own_cluster=own_cluster).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    files = sorted((tmp_path / ".github" / "workflows").iterdir())
    assert len(files) == 4
    program = str(service_program("actionlint"))
    ended = subprocess.run([program, *map(str, files)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")
    files[0].write_text(files[0].read_text().replace("runs-on:", "run-on:"))
    assert subprocess.run([program, str(files[0])], capture_output=True, check=False).returncode == 1


@pytest.mark.system
def test_gitlab_s_own_schema_accepts_its_pipelines(tmp_path: Path) -> None:
    folder, pipelines = "deployments/campus", {}
    for example, own_cluster in VARIANTS:
        of = written(example, Kind.GITLAB, folder, own_cluster=own_cluster)
        pipelines[f"{example}-{own_cluster}"] = of[GITLAB]
        alone = workflows(settings(example), None, Kind.GITLAB, Wanted(PurePosixPath(folder)))
        pipelines[f"{example}-alone"] = alone[GITLAB]
    files = [tmp_path / f"{name}.yml" for name in pipelines]
    for file in files:
        file.write_text(pipelines[file.stem])
    checked = _by_schema(files)
    assert checked.returncode == 0, checked.stdout
    files[0].write_text(files[0].read_text().replace("stage: apply", "stage: [apply]\n  retries: 3"))
    assert _by_schema(files[:1]).returncode == 1


def _by_schema(files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci",
         "--data-transform", "gitlab-ci", *map(str, files)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("example", "own_cluster"), VARIANTS)
def test_what_has_credentials_is_closed_to_forks_and_the_rest_has_none(example: str, own_cluster: bool) -> None:
    for path, told, job in jobs(example, own_cluster=own_cluster):
        assert told["permissions"] == {}, path
        assert told["concurrency"]["group"]
        on = told.get("on") or told[True]
        assert "pull_request_target" not in on
        rights, spelled = job["permissions"], json.dumps(job)
        if "secrets." in spelled or "id-token" in rights:
            assert job["environment"]
            if "pull_request" in on:
                assert "head.repo.full_name == github.repository" in job["if"]
            assert "pull-requests" not in rights, "what may write comments has no way into the cloud"
        assert {right for right in rights.values() if right == "write"} <= {"write"}
        assert all(step.get("with", {}).get("persist-credentials") is False
                   for step in job["steps"] if str(step.get("uses", "")).startswith("actions/checkout"))  # fmt: skip


def test_actions_of_others_than_github_are_held_to_a_commit() -> None:
    used = {
        step["uses"] for example in STATES for _, _, job in jobs(example) for step in job["steps"] if "uses" in step
    }
    others = {one for one in used if not one.startswith("actions/")}
    assert len(others) == 3
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in others)


def test_every_job_ends_by_a_time_and_the_sweep_waits_for_no_review_of_previews() -> None:
    found = {(path, job["environment"]) for path, _, job in jobs("gke")
             if "sweep --yes" in json.dumps(job) and "--pull-request" not in json.dumps(job)}  # fmt: skip
    assert found == {(".github/workflows/binder-watch.yml", "binder-sweep")}
    assert all(job["timeout-minutes"] for _, _, job in jobs("gke"))
    told = gitlab_pipeline("gke")
    assert all(job["timeout"] for name, job in told.items() if isinstance(job, dict) and "script" in job)


def test_at_gitlab_too_what_writes_comments_has_no_login() -> None:
    told = gitlab_pipeline("gke")
    commenting = [
        name for name, job in told.items() if isinstance(job, dict) and "ci comment" in str(job.get("script"))
    ]
    assert commenting == ["binder-comment"]
    assert told["binder-comment"]["extends"] == ".binder"
    assert "id_tokens" not in told[".binder"]


@pytest.mark.parametrize("wanted", [{"folder": PurePosixPath("a: b")}, {"folder": PurePosixPath("x/${{ y }}")},
                                    {"package": "x\ny"}, {"gitlab_url": "https://x/\nscript: y"}])  # fmt: skip
def test_what_could_be_read_as_another_part_of_a_workflow_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        workflows(settings("gke"), None, Kind.GITHUB, Wanted(**{"folder": PurePosixPath("."), **wanted}))


def test_what_others_may_choose_never_stands_in_a_script() -> None:
    for _, _, job in jobs("gke"):
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_a_secret_is_taken_by_its_reference_and_only_where_it_is_wanted() -> None:
    text = "\n".join(written("eks", own_cluster=True).values())
    assert "GITHUB_CLIENT_SECRET: ${{ secrets.BINDER_GITHUB_CLIENT_SECRET }}" in text
    assert "PASSPHRASE" not in text, "a key of the cloud's encrypts this state"
    assert "google" not in text
    (rehearse,) = [job for path, _, job in jobs("eks", own_cluster=True) if "plan" in path and "environment" not in job
                   and "pull-requests" not in job["permissions"]]  # fmt: skip
    assert "secrets." not in json.dumps(rehearse)


def test_without_previews_nothing_makes_or_sweeps_them() -> None:
    alone = workflows(settings("gke"), None, Kind.GITHUB, Wanted(PurePosixPath(".")))
    assert sorted(alone) == [f".github/workflows/binder-{name}.yml" for name in ("apply", "plan", "watch")]
    assert "sweep" not in "".join(alone.values())


@pytest.mark.parametrize("example", ["gke", "eks"])
def test_previews_get_the_secrets_of_where_they_are_and_no_others(example: str) -> None:
    """A namespace in a shared cluster wants that cluster's kubeconfig and registry, a cluster of its own the cloud."""
    for own_cluster in (False, True):
        for path, _, job in jobs(example, own_cluster=own_cluster):
            told = json.dumps(job)
            acts_on_previews = "ci environment" in told or "ci sweep" in told
            shared = acts_on_previews and not own_cluster
            assert ("BINDER_KUBECONFIG" in told) == shared, path
            assert ("setup-gcloud" in told) == (example == "gke" and not shared and "id-token" in told), path
            if "ci environment" in told:
                assert ("TRIALS_PUSH" in told) == shared
                assert ("--own-cluster" in told) == own_cluster


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "deployments" / "campus"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "binder.yaml").write_text(text("gke"))
    (folder / "binder.preview.yaml").write_text(json.dumps(SHARED))
    monkeypatch.chdir(folder)
    return folder


def test_workflows_lie_at_the_root_and_are_not_overwritten_unasked(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = deployment.parents[1]
    assert run(["ci", "init", "github"]) == 0
    written = root / ".github" / "workflows" / "binder-apply.yml"
    assert "working-directory: deployments/campus" in written.read_text()
    assert run(["ci", "init", "github"]) == 0
    assert "Nothing to write" in capsys.readouterr().err
    written.write_text("# ours\n")
    assert run(["ci", "init", "github"]) == 2
    assert written.read_text() == "# ours\n"
    assert run(["ci", "init", "github", "--force"]) == 0
    assert written.read_text() != "# ours\n"


@pytest.mark.parametrize("command", [["ci", "init", "github"], ["ci", "trust", "github", "--repository", "o/r"],
                                     ["ci", "environment", "7", "--into", "preview"]])  # fmt: skip
def test_a_local_state_is_refused_with_what_to_write(
    deployment: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (deployment / "binder.yaml").write_text((EXAMPLES / "gke.yaml").read_text())
    assert run(command) == 2
    said = capsys.readouterr().err
    assert "state.kind" in said
    assert "kind: bucket" in said
    assert not (deployment.parents[1] / ".github").exists()


def test_previews_that_could_not_be_made_are_refused_before_they_fail_at_every_pull_request(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (deployment / "binder.preview.yaml").unlink()
    for example, told in (("existing", "platform.context"), ("gke", "--own-cluster")):
        (deployment / "binder.yaml").write_text(text(example))
        assert run(["ci", "init", "github"]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert told in said
        assert "--no-previews" in said
    made = deployment.parents[1] / ".github" / "workflows" / "binder-preview.yml"
    assert run(["ci", "init", "github", "--no-previews"]) == 0
    assert not made.exists()
    assert run(["ci", "init", "github", "--own-cluster", "--force"]) == 0
    assert "--hours 72 --own-cluster" in made.read_text()


def test_a_preview_by_hand_is_a_namespace_too_unless_a_cluster_is_asked_for(
    deployment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = deployment / "preview" / "binder.yaml"
    command = ["ci", "environment", "7", "--into", "preview"]
    assert run(command) == 0
    assert YAML(typ="safe").load(made.read_text())["platform"]["shared"] is True
    (deployment / "binder.preview.yaml").unlink()
    assert run(command) == 2
    assert "--own-cluster" in capsys.readouterr().err
    assert run([*command, "--own-cluster"]) == 0
    assert YAML(typ="safe").load(made.read_text())["platform"]["kind"] == "gke"


def test_a_secret_in_a_file_is_refused_since_a_job_has_none(deployment: Path) -> None:
    (deployment / "binder.yaml").write_text(text("gke").replace("binder:", "binder:\n  github_token: file:token"))
    assert run(["ci", "init", "gitlab"]) == 2


def test_a_state_that_names_another_deployment_is_left_alone(tmp_path: Path) -> None:
    base = settings("gke")
    made = derived(base, YAML(typ="safe").load(text("gke")), 7, "2027-01-31", SHARED, tmp_path)
    refuse_another(base, name_of(base.name, 7), Settings.model_validate(made))
    for lies in (text("gke"), json.dumps({**made, "name": base.name}), json.dumps({**made, "state": STATE_OF_BASE})):
        with pytest.raises(SettingsError, match="another deployment"):
            refuse_another(base, name_of(base.name, 7), parse(lies))
        one = _removed(base, Found(name_of(base.name, 7), "2027-01-31", "expired"), lies, tmp_path, pytest.fail)
        assert one.result == "failed"
        assert list(tmp_path.iterdir()) == []


# Comments


def step(change: Any, name: str, *paths: str) -> ResourceStep:
    return ResourceStep(f"urn::{name}", "gcp:container/nodePool:NodePool", name, change, "started", paths)


def noted(*steps: ResourceStep, outcomes: tuple[Outcome, ...] = ()) -> Noted:
    found = Noted()
    note = found.over(lambda event: None)
    for event in (*steps, *outcomes):
        note(event)
    return found


def failed(number: int = 1, message: str = "m", remedy: str = "r") -> Outcome:
    check = Check(f"BD-TST-{number:03}", "It holds", Phase.PREFLIGHT, (), lambda facts: Failed(message, remedy))
    return Outcome(check, Failed(message, remedy), 0.0)


def test_a_comment_tells_what_changes_the_worst_first_and_no_value() -> None:
    found = noted(
        step("create", "new"), step("update", "user", "nodeConfig.machineType"), step("same", "core"),
        step("create", "disk"), step("replace", "disk", "size"), step("delete", "disk"),
    )  # fmt: skip
    text = markdown(found, "campus", "project p, r")
    assert text.startswith(marker("campus"))
    assert "**1 to create, 1 to change, 1 to REPLACE**" in text
    lines = [line for line in text.splitlines() if line[:2] in ("+ ", "! ", "- ")]
    assert lines == [
        "- REPLACE gcp NodePool disk: size", "! change gcp NodePool user: nodeConfig.machineType",
        "+ create gcp NodePool new",
    ]  # fmt: skip
    assert "Nothing to change." in markdown(noted(), "campus", "p")


@pytest.mark.parametrize("count", [0, 5000])
def test_a_comment_is_never_longer_than_github_takes(count: int) -> None:
    many = [step("create", f"resource-{n:05}") for n in range(count)]
    told = tuple(failed(n, "x" * 300) for n in range(10 if count else 999))
    text = markdown(noted(*many, outcomes=told), "campus", "p")
    assert len(text) <= LIMIT
    assert ("more: see the job's log" if count else "cut: see the job's log") in text


def test_what_a_check_quotes_cannot_break_out_of_its_cell() -> None:
    text = markdown(noted(outcomes=(failed(1, "a | b\n<img src=x> @everyone", "do it"),)), "campus", "p")
    (row,) = [line for line in text.splitlines() if line.startswith("| BD-TST-001")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "<img" not in row
    assert "@everyone" not in row


def test_a_secret_in_an_error_does_not_reach_the_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_CLIENT_SECRET", "s3cr3t-of-the-app")
    error = RuntimeError("refused: s3cr3t-of-the-app")
    write_comment(tmp_path / "plan.md", noted(), settings("eks"), tmp_path, error)
    text = (tmp_path / "plan.md").read_text()
    assert "The plan could not be made" in text
    assert "s3cr3t" not in text


@pytest.fixture
def forge() -> Iterator[tuple[str, list[Any], list[str]]]:
    """A server with one request's comments, and what it was asked."""
    person = {"user": {"type": "User"}, "author": {"id": 4}}
    kept: list[Any] = [{"id": n, "body": f"{marker('campus')}\nnot the plan", **person} for n in range(100)]
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            asked.append(f"{self.command} {self.path}")
            answer: Any = {}
            if self.path == "/user":
                answer = {"id": 5}
            elif self.command == "GET":
                page = int(self.path.rpartition("page=")[2])
                answer = kept[(page - 1) * 100 : page * 100]
            elif self.command == "POST":
                kept.append({"id": len(kept), "user": {"type": "Bot"}, "author": {"id": 5}, **body})
            else:
                kept[int(self.path.rpartition("/")[2])].update(body)
            self.send_response(403 if "denied" in self.path else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", kept, asked
        server.shutdown()


def github(url: str, **more: str) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t", **more}


def gitlab(url: str) -> dict[str, str]:
    return {"GITLAB_CI": "true", "CI_API_V4_URL": url, "CI_PROJECT_ID": "9", "BINDER_COMMENT_TOKEN": "t"}


@pytest.mark.parametrize(
    ("environ", "where"), [(github, "/repos/o/r/issues/"), (gitlab, "/projects/9/merge_requests/")]
)
def test_a_second_plan_changes_the_first_one_s_comment(
    environ: Callable[[str], dict[str, str]], where: str, forge: tuple[str, list[Any], list[str]]
) -> None:
    url, kept, asked = forge
    there = thread(7, environ(url))
    assert not post(f"{marker('campus')}\nfirst", there)
    assert not post(f"{marker('other')}\nof another deployment", there)
    assert post(f"{marker('campus')}\nsecond", there)
    assert [c["body"].splitlines()[-1] for c in kept[100:]] == ["second", "of another deployment"]
    assert {c["body"].splitlines()[-1] for c in kept[:100]} == {"not the plan"}, "another's comment stays as it is"
    assert all(where in line or line == "GET /user" for line in asked)


def test_what_was_refused_is_said_and_a_job_of_neither_is_refused(forge: tuple[str, list[Any], list[str]]) -> None:
    with pytest.raises(NotPosted, match="403"):
        post(f"{marker('campus')}\n", thread(7, github(forge[0], GITHUB_REPOSITORY="denied/r")))
    with pytest.raises(Refused, match="GITHUB_ACTIONS, GITLAB_CI"):
        thread(7, {})
    with pytest.raises(Refused, match="BINDER_COMMENT_TOKEN"):
        thread(7, {**gitlab(forge[0]), "BINDER_COMMENT_TOKEN": ""})


# Trust


def aws_trust(kind: Kind = Kind.GITHUB, branches: tuple[str, ...] = (), *, own_cluster: bool = True) -> trust_aws.Trust:
    forge, of = Forge(kind, "campus/binders"), previews("eks", own_cluster=own_cluster)
    return trust_aws.trust(settings("eks"), forge, ACCOUNT, "eu-central-1", branches, previews=of)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


@pytest.mark.system
@pytest.mark.usefixtures("aws")
def test_applied_twice_the_trust_is_there_once_and_is_what_was_printed() -> None:
    found, iam = aws_trust(), boto3.client("iam")
    first = apply_trust(found, lambda question: True)
    again = apply_trust(found, lambda question: True)
    assert [line.split()[0] for line in first] == ["made", "made", "made"]
    assert [line.split()[0] for line in again] == ["brought", "brought"]
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1
    for role in found.roles:
        made = iam.get_role(RoleName=role.name)["Role"]
        assert made["AssumeRolePolicyDocument"] == role.trust
        assert made["MaxSessionDuration"] == 7200
        assert iam.get_role_policy(RoleName=role.name, PolicyName="binder-deploy")["PolicyDocument"] == role.policy
        assert len(json.dumps(role.policy, separators=(",", ":"))) < 10_240, "AWS takes no longer one"


@pytest.mark.system
@pytest.mark.usefixtures("aws")
def test_another_account_s_credentials_are_refused_and_a_no_changes_nothing() -> None:
    other = trust_aws.Trust("999999999999", "aws", "https://x.example.org", "a", ())
    with pytest.raises(Refused, match="999999999999"):
        apply_trust(other, lambda question: True)
    assert apply_trust(aws_trust(), lambda question: False) == ()
    assert boto3.client("iam").list_roles()["Roles"] == []


def test_a_role_is_for_jobs_of_its_environments_and_cannot_change_itself() -> None:
    deploy, preview = aws_trust().roles
    subjects = [r.trust["Statement"][0]["Condition"]["StringEquals"] for r in (deploy, preview)]
    assert "StringLike" not in json.dumps([deploy.trust, preview.trust]), "no pattern where a name is meant"
    host = "token.actions.githubusercontent.com:sub"
    assert subjects[0][host] == [f"repo:campus/binders:environment:binder-{e}" for e in ("production", "plan")]
    assert subjects[1][host] == [f"repo:campus/binders:environment:binder-{e}" for e in ("preview", "sweep")]
    of_previews = tuple(name_of("campus-binder", number)[: -len(str(number))] for number in (1, 10**3, 10**4, 10**5))
    for role, prefixes in ((deploy, ("campus-binder-",)), (preview, of_previews)):
        for statement in role.policy["Statement"]:
            changing = [a for a in statement["Action"] if re.match(r"iam:(Put|Attach|Create|Delete|Pass)", a)]
            if changing:
                arns = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
                for arn in arns:
                    name = arn.partition(":role/")[2]
                    assert name.startswith((*prefixes, "aws-service-role/")), arn
    (objects,) = [s for s in preview.policy["Statement"] if "s3:PutObject" in s["Action"]]
    assert objects["Resource"] == "arn:aws:s3:::campus-state/binders/previews/*"


@pytest.mark.parametrize("name", ["binder", "binder-ci", "ci", "b", "binder-ci-binder", "twenty-characters-ab"])
def test_no_role_of_jobs_is_among_those_that_jobs_may_change(name: str) -> None:
    of = parse(text("eks").replace("name: campus-binder", f"name: {name}"))
    roles = trust_aws.trust(of, Forge(Kind.GITHUB, "o/r"), ACCOUNT, "eu-central-1", previews=of).roles
    patterns = [p for r in roles for s in r.policy["Statement"] if any(a.startswith("iam:Put") for a in s["Action"])
                for p in s["Resource"]]  # fmt: skip
    assert len(patterns) >= 2
    for role in roles:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role.name}"
        assert not any(fnmatch.fnmatchcase(arn, pattern) for pattern in patterns)
        assert len(role.name) <= 64


@pytest.mark.parametrize("name", ["b", "binder", "twenty-characters-ab"])
def test_google_takes_the_names_of_pool_and_accounts(name: str) -> None:
    made = {trust_google.account(name, identity) for identity in ("deploy", "preview")}
    assert len(made) == 2
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", one) for one in made)


def test_without_previews_there_is_no_identity_for_them() -> None:
    of_google = trust_google.script(settings("gke"), Forge(Kind.GITHUB, "o/r"), "p", previews=None)
    assert "preview" not in of_google
    (role,) = trust_aws.trust(settings("eks"), Forge(Kind.GITLAB, "o/r"), ACCOUNT, "r", previews=None).roles
    assert role.identity == "deploy"
    assert "StringLike" not in role.trust["Statement"][0]["Condition"], "a pattern of branches is for previews alone"


def test_who_makes_namespaces_elsewhere_may_do_nothing_at_the_cloud_but_keep_its_state() -> None:
    deploy, preview = aws_trust(own_cluster=False).roles
    assert "eks:CreateCluster" in json.dumps(deploy.policy)
    changing = {action for statement in preview.policy["Statement"] for action in statement["Action"]
                if not re.search(r":(Get|List|Describe|View|Simulate)", action)}  # fmt: skip
    assert changing == {"s3:PutObject", "s3:DeleteObject", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"}
    (objects,) = [s for s in preview.policy["Statement"] if "s3:PutObject" in s["Action"]]
    assert objects["Resource"] == "arn:aws:s3:::campus-state/binders/previews/*"
    script = trust_google.script(settings("gke"), Forge(Kind.GITHUB, "o/r"), "p", previews=previews("gke"))
    of_previews = script[script.index("# preview:") :]
    assert "roles/storage.objectUser" in of_previews
    assert "objects/previews/" in of_previews
    assert "gcloud projects add-iam-policy-binding" not in of_previews


def test_production_and_the_sweep_are_for_the_main_branch_and_reviewers_are_kept() -> None:
    commands = list(trust_aws.told(aws_trust(), Forge(Kind.GITHUB, "campus/binders", "trunk")))
    for line in commands:
        if "--method PUT" in line and not line.startswith("#"):
            assert " || gh api --silent --method PUT" in line, "what is there is not written anew"
    for name, held in (("production", True), ("sweep", True), ("plan", False), ("preview", False)):
        policies = f"repos/campus/binders/environments/binder-{name}/deployment-branch-policies -f name=trunk"
        assert any(policies in line for line in commands) == held


def test_gitlab_s_branches_are_none_but_the_main_one_unless_they_are_named() -> None:
    def subjects(*branches: str) -> Any:
        return aws_trust(Kind.GITLAB, branches).roles[0].trust["Statement"][0]["Condition"]

    main = "project_path:campus/binders:ref_type:branch:ref:main"
    assert subjects() == {"StringEquals": {"gitlab.com:aud": "https://gitlab.com", "gitlab.com:sub": [main]}}
    assert subjects("binder/*")["StringLike"]["gitlab.com:sub"] == [main, main.replace("main", "binder/*")]


SHIM = """#!/bin/sh
printf '%s\\n' "{name} $*" >> "$CALLS"
case "$*" in
  *"projects describe"*) echo 1234567890 ;;
  *"get-caller-identity"*) echo {account} ;;
  *describe*|*get-role\\ *|*get-open-id-connect-provider\\ *) exit {there} ;;
esac
"""


@pytest.mark.system
@pytest.mark.parametrize("there", [0, 1])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("example", ["gke", "eks"])
def test_the_script_runs_to_its_end_whatever_is_there_already(
    example: str, kind: Kind, there: int, tmp_path: Path
) -> None:
    forge = Forge(kind, "campus/binders")
    script = (
        trust_google.script(settings("gke"), forge, "campus-binder-prod", previews=previews("gke", own_cluster=True))
        if example == "gke"
        else trust_aws.script(aws_trust(kind), forge)
    )
    for name in ("gcloud", "aws"):
        (tmp_path / name).write_text(SHIM.format(name=name, account=ACCOUNT, there=there))
        (tmp_path / name).chmod(0o755)
    calls = tmp_path / "calls"
    environ = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
    ended = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ("create" in re.sub(r"iam[.]\S+|permissions=\S+", "", _makers(calls.read_text()))) == bool(there)
    variable = "BINDER_GOOGLE_ACCOUNT" if example == "gke" else "BINDER_AWS_ROLE"
    assert ended.stdout.count(variable) == (4 if kind is Kind.GITHUB else 3)
    if example == "gke":
        assert "workloadIdentityPools/binder-ci-campus-binder/providers" in ended.stdout
        assert "projects/1234567890/locations/global" in calls.read_text()


def _makers(calls: str) -> str:
    """The verbs of what was called, without documents."""
    return " ".join(
        " ".join(word for word in line.split()[:5] if not word.startswith("-")) for line in calls.splitlines()
    )


@pytest.mark.parametrize("name", ["o/r'; rm -rf /", "just-a-name", "$(id)/r", "o/r r"])
def test_a_repository_that_is_no_name_is_refused_before_it_stands_in_a_script(name: str) -> None:
    with pytest.raises(Refused, match="--repository"):
        Forge(Kind.GITHUB, name)


@pytest.mark.parametrize("url", ["https://github.com/campus/binders.git", "git@github.com:campus/binders.git"])
def test_the_repository_is_the_remote_s(url: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", url], check=True)
    assert repository_of(tmp_path, "") == "campus/binders"
