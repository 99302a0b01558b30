"""The generated workflows, run as a runner runs them: each `run:` by bash, on a cluster, bucket and forge of loopback.

The cluster is a rehearsal's control plane (pods are played, the API server is real) that the deployment takes for an
existing one, the state lies in an S3 interface, comments go to a server that answers as GitHub does. What a runner
brings itself (`uses:`) is played: a checkout is a copy of the repository, artifacts are kept from job to job.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import pytest
import trustme
from kubernetes.client import CoreV1Api
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from ruamel.yaml import YAML

from binder_deploy.charts.bundle import load as bundle
from binder_deploy.charts.bundle import needed
from binder_deploy.charts.resolve import stand_in
from binder_deploy.cli.flows.previews import derived, sweep
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.environment import NOWHERE
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import open_session
from binder_deploy.settings.names import OWNER_LABEL

pytestmark = [pytest.mark.system, pytest.mark.slow]

BUCKET, REGION, NUMBER = "seminar-state", "eu-central-1", 7
SETTINGS = f"""
version: 1
name: seminar
tags: {{ owner: research-it }}
platform:
  kind: existing
  context: production
  load_balancer: node-port
  nodes: {{ build: {{ purpose: builds }} }}
registry: {{ kind: oci, host: "127.0.0.1:9", path: seminar, push: {{ username: bot, password: "env:PUSH_TOKEN" }} }}
address: {{ domain: seminar.example.org }}
tls: {{ kind: self-signed }}
state: {{ kind: bucket, url: "s3://{BUCKET}/binders" }}
checks:
  canary: false # nobody answers where pods are played
  skip: [BD-TLS-008, BD-WEB-001, BD-WEB-002, BD-WEB-004, BD-WEB-005, BD-BND-002]
"""
PREVIEW = """
platform: { context: previews }
tls: { kind: certificate, certificate: "env:TLS_CHAIN", key: "env:TLS_KEY" }
"""
_ISSUED = trustme.CA().issue_cert(*(f"{host}.pr-{NUMBER}.seminar.example.org" for host in ("binder", "hub")))
SECRETS = {
    "PUSH_TOKEN": "a-token-of-the-registry",
    "PULUMI_CONFIG_PASSPHRASE": "correct horse battery staple",
    "TLS_CHAIN": _ISSUED.cert_chain_pems[0].bytes().decode(),
    "TLS_KEY": _ISSUED.private_key_pem.bytes().decode(),
}
NEIGHBOURS: Mapping[str, Mapping[str, str]] = {
    "lectures": {},
    f"seminar-pr-{NUMBER}0": {OWNER_LABEL: f"seminar-pr-{NUMBER}0"},
}
"""Namespaces that are there before → their labels: of somebody else, and of another pull request's preview."""


@dataclass
class Forge:
    """GitHub's comments of one pull request."""

    url: str
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def forge() -> Iterator[Forge]:
    class Answers(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            found.asked.append(f"{self.command} {self.path.partition('?')[0]} {self.headers['Authorization']}")
            match self.command:
                case "GET":
                    answer: Any = found.comments
                case "POST":
                    answer = {"id": len(found.comments) + 1, "user": {"type": "Bot"}, **body}
                    found.comments.append(answer)
                case _:
                    answer = next(c for c in found.comments if self.path.endswith(f"/comments/{c['id']}"))
                    answer.update(body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found = Forge(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()


@dataclass
class Runner:
    """Runs the jobs of a repository's workflows."""

    repository: Path
    scratch: Path
    environ: Mapping[str, str]
    kubeconfig: Path
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list, repr=False)

    def job(self, workflow: str, job: str, *, fails: int = 0, **inputs: str) -> str:
        """Run one job in a fresh checkout to its end; what it said. A step may end with `fails` only."""
        text = (self.repository / ".github" / "workflows" / f"binder-{workflow}.yml").read_text()
        told = YAML(typ="safe").load(text)
        place = self.scratch / f"{workflow}-{job}-{len(self.logs)}"
        shutil.copytree(self.repository, place, ignore=shutil.ignore_patterns(".binder-deploy"))
        files = {name: place.with_suffix(f".{name.lower()}") for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        for file in files.values():
            file.touch()
        temp = place.with_suffix(".temp")
        temp.mkdir()
        environ = {**self.environ, **{n: str(f) for n, f in files.items()}, "RUNNER_TEMP": str(temp)}
        said, code = "", 0
        for step in told["jobs"][job]["steps"]:
            if "uses" in step:
                self._played(step, place)
            elif code == 0:
                given = {name: self._filled(str(value)) for name, value in (step.get("env") or {}).items()}
                laid = dict(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
                ended = subprocess.run(
                    ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self._filled(step["run"])],
                    cwd=place / told["defaults"]["run"]["working-directory"],
                    env={**environ, **laid, **given},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                said, code = said + ended.stdout, ended.returncode
        self.logs.append(said)
        assert code == fails, said
        return said + files["GITHUB_OUTPUT"].read_text()

    def objects(self) -> frozenset[str]:
        """Keys of what is in the state's bucket."""
        found = self._s3().list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return frozenset(one["Key"] for one in found)

    def namespaces(self) -> frozenset[str]:
        """Of the cluster, by its API server."""
        return frozenset(n.metadata.name for n in CoreV1Api(api_client(self.kubeconfig)).list_namespace().items)

    def others(self) -> frozenset[str]:
        """What stands in the cluster beside previews, each as it is."""
        found = CoreV1Api(api_client(self.kubeconfig)).list_config_map_for_all_namespaces().items
        ours = [one for one in found if one.metadata.name == "notes"]
        return frozenset(f"{o.metadata.namespace} {o.metadata.uid} {o.metadata.resource_version}" for o in ours)

    def expired(self) -> list[tuple[str, str]]:
        """What a sweep would say ten days from now, if nobody agreed to it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environ.items():
                patch.setenv(name, value)
            later = datetime.now(UTC) + timedelta(days=10)
            found = sweep(self.repository / "binder.yaml", lambda event: None, lambda question: False, now=later)
        return [(one.name, one.result) for one in found]

    def _s3(self) -> Any:
        return boto3.client("s3", region_name=REGION, endpoint_url=self.environ["AWS_ENDPOINT_URL"],
                            aws_access_key_id="test", aws_secret_access_key="test")  # fmt: skip

    def _played(self, step: Mapping[str, Any], place: Path) -> None:
        action, told = step["uses"].partition("@")[0], step.get("with") or {}
        if action == "actions/upload-artifact":
            found = [f for pattern in told["path"].split() for f in place.glob(pattern)]
            self.artifacts[told["name"]] = {str(f.relative_to(place)): f.read_bytes() for f in found}
        elif action == "actions/download-artifact":
            for name, content in self.artifacts[told["name"]].items():
                (place / told["path"] / Path(name).name).write_bytes(content)

    def _filled(self, text: str) -> str:
        """GitHub's expressions, by a table."""
        table = {"github.event.pull_request.number": str(NUMBER), "github.token": "the-job's-token"}
        table |= {f"secrets.{name}": value for name, value in SECRETS.items()}
        table |= {"secrets.BINDER_KUBECONFIG": self.environ["TEST_KUBECONFIG"]}
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: table[found[1]], text)


@dataclass
class Story:
    """What came of a pull request."""

    runner: Runner
    planned: str = ""
    bucket: frozenset[str] = frozenset()
    """The state's, after the plan."""
    made: str = ""
    before: frozenset[str] = frozenset()
    """Namespaces; then while the preview is there, then after it."""
    between: frozenset[str] = frozenset()
    early: str = ""
    late: list[tuple[str, str]] = field(default_factory=list)
    removed: str = ""
    after: frozenset[str] = frozenset()
    others: list[frozenset[str]] = field(default_factory=list)
    applied: str = ""
    """What was said after the merge, then by the nightly looks before and after a change by hand."""
    steady: str = ""
    drifted: str = ""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def runner(
    tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory, s3: str, forge: Forge
) -> Iterator[Runner]:
    scratch = tmp_path_factory.mktemp("runner")
    repository = scratch / "repository"
    repository.mkdir()
    (repository / ".git").mkdir()
    (repository / "binder.yaml").write_text(SETTINGS)
    (repository / "binder.preview.yaml").write_text(PREVIEW)
    charts = scratch / "charts"
    charts.mkdir()
    for name in needed(bundle(), "existing").charts:
        archive = stand_in(name)
        (charts / archive.file).write_bytes(archive.data)
    shims = scratch / "bin"
    shims.mkdir()
    (shims / "binder-deploy").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m binder_deploy.cli "$@"\n')
    (shims / "binder-deploy").chmod(0o755)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(tools, root=session_cache))
        set_stage(session, derived(repository / "binder.yaml", NUMBER, 1)[1])
        core = CoreV1Api(api_client(session.kubeconfig))
        for name, labels in NEIGHBOURS.items():
            core.create_namespace({"metadata": {"name": name, "labels": labels}})
            core.create_namespaced_config_map(name, {"metadata": {"name": "notes", "labels": labels}})
        environ = {
            "PATH": os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(scratch / "home"),
            "BINDER_DEPLOY_CACHE": str(session_cache),
            "BINDER_DEPLOY_BUNDLE": str(charts),
            "AWS_ENDPOINT_URL": s3,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_REPOSITORY": "research/binders",
            "BINDER_DEPLOY_WAIT": "30",
            "HTTPS_PROXY": NOWHERE,
            "HTTP_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "TEST_KUBECONFIG": _two_contexts(session.kubeconfig.read_text()),
        }
        boto3.client("s3", region_name=REGION, endpoint_url=s3, aws_access_key_id="test",
                     aws_secret_access_key="test").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})  # fmt: skip
        written = subprocess.run(
            ["binder-deploy", "ci", "init", "github", "--package", f"binder-deploy=={version('binder-deploy')}"],
            cwd=repository,
            env=environ,
            capture_output=True,
            check=False,
        )
        assert written.returncode == 0, written.stderr
        yield Runner(repository, scratch, environ, session.kubeconfig)


def _two_contexts(text: str) -> str:
    """One cluster by two names: what is deployed and what is tried are told apart as on two clusters."""
    told = YAML(typ="safe").load(text)
    one = told["contexts"][0]["context"]
    told["contexts"] = [{"name": name, "context": one} for name in ("production", "previews")]
    return json.dumps(told)


@pytest.fixture(scope="module")
def story(runner: Runner) -> Story:
    """One pull request: planned, told, made, left alone by the sweep, removed when closed; then merged and watched."""
    told = Story(runner)
    told.planned = runner.job("plan", "plan")
    told.bucket = runner.objects()
    runner.job("plan", "comment")
    runner.job("plan", "comment")  # a second push
    told.before, told.others = runner.namespaces(), [runner.others()]
    told.made = runner.job("preview", "make")
    told.between = runner.namespaces()
    told.early = runner.job("watch", "sweep")
    told.late = runner.expired()
    told.removed = runner.job("preview", "remove")
    told.after = runner.namespaces()
    told.others.append(runner.others())
    told.applied = runner.job("apply", "apply")
    told.steady = runner.job("watch", "drift")
    by_hand = {"metadata": {"labels": {"owner": "somebody-else"}}}
    CoreV1Api(api_client(runner.kubeconfig)).patch_namespace("binder", by_hand)
    told.drifted = runner.job("watch", "drift", fails=5)
    return told


def test_a_plan_is_told_once_and_says_what_is_to_be_made(story: Story, forge: Forge) -> None:
    (comment,) = forge.comments
    assert comment["body"].startswith("<!-- binder-deploy: seminar -->")
    assert "create kubernetes Release binder-service-release" in comment["body"]
    assert "BD-SET-008 | warned" in comment["body"]
    assert [line.split()[0] for line in forge.asked] == ["GET", "POST", "GET", "PATCH"]
    assert json.loads(story.runner.artifacts["plan"]["plan.json"])["outcomes"]


def test_a_preview_is_a_namespace_in_the_cluster_that_others_share(story: Story) -> None:
    assert story.between - story.before == {"seminar-pr-7"}
    assert "url=https://binder.pr-7.seminar.example.org/" in story.made
    assert any("/previews/" in key and key.endswith("seminar-pr-7.json") for key in story.runner.objects())
    assert not any("/previews/" in key for key in story.bucket)


def test_a_sweep_leaves_what_is_not_due_and_knows_when_it_is(story: Story) -> None:
    assert "seminar-pr-7  stays" in story.early
    ((name, result),) = story.late
    assert (name, result) == ("seminar-pr-7", "expired")


def test_closing_the_pull_request_removes_all_of_it(story: Story) -> None:
    assert "seminar-pr-7  removed" in story.removed
    assert story.after == story.before
    before, after = story.others
    assert len(before) == 2
    assert before == after


def test_a_merge_deploys_and_what_is_changed_by_hand_afterwards_is_told(story: Story) -> None:
    assert "binder" in story.runner.namespaces()
    assert "https://binder.seminar.example.org/" in story.applied
    assert "labels.owner" not in story.steady
    assert "labels.owner" in story.drifted


def test_no_secret_is_in_a_log_a_comment_or_an_artifact(story: Story, forge: Forge) -> None:
    told = [*story.runner.logs, json.dumps(forge.comments)]
    told += [content.decode() for files in story.runner.artifacts.values() for content in files.values()]
    for secret in (value for name, value in SECRETS.items() if name != "TLS_CHAIN"):  # certificates are no secret
        assert not any(secret in text for text in told)
