"""A runner of either forge, with a repository, and a cluster, a bucket and a forge of loopback.

The cluster is a rehearsal's control plane (pods are played, the API server is real) that the deployment takes for an
existing one, the state lies in an S3 interface, comments go to a server that answers as the forge does. What a runner
brings itself (`uses:` at GitHub) is played: a checkout is a copy of the repository, artifacts are kept from job to job.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import boto3
import httpx
import pytest
import trustme
from kubernetes.client import CoreV1Api
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from ruamel.yaml import YAML

from binder_deploy.cli.flows.previews import derived, sweep
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.environment import NOWHERE
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import open_session
from binder_deploy.settings.names import OWNER_LABEL

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
FORGE_TOKEN, IDENTITY_TOKEN = "the-job's-token", "the-job's-identity"
NEIGHBOURS: Mapping[str, Mapping[str, str]] = {
    "lectures": {},
    f"seminar-pr-{NUMBER}0": {OWNER_LABEL: f"seminar-pr-{NUMBER}0"},
}
"""Namespaces that are there before → their labels: of somebody else, and of another pull request's preview."""


@dataclass
class Forge:
    """The comments of one pull or merge request."""

    url: str
    comments: list[dict[str, Any]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    """Of what was asked about comments."""


@pytest.fixture(scope="module", params=["github", "gitlab"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which forge; all else is made anew for each."""
    return str(request.param)


@pytest.fixture(scope="module")
def forge(kind: str) -> Iterator[Forge]:
    class Answers(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            if self.path != "/user":
                found.methods.append(self.command)
            match self.command:
                case "GET":
                    answer: Any = {"id": 5} if self.path == "/user" else found.comments
                case "POST":
                    answer = {"id": len(found.comments) + 1, "user": {"type": "Bot"}, "author": {"id": 5}, **body}
                    found.comments.append(answer)
                case _:
                    answer = next(c for c in found.comments if self.path.endswith(f"/{c['id']}"))
                    answer.update(body)
            let_in = (
                FORGE_TOKEN in (self.headers["Authorization"] or "") or self.headers["PRIVATE-TOKEN"] == FORGE_TOKEN
            )
            self.send_response(200 if let_in else 401)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found = Forge(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()


@dataclass
class Runner(ABC):
    """Runs the jobs of a repository's pipelines."""

    UPDATE: ClassVar[str]
    """The method that changes a comment."""
    TOLD: ClassVar[str]
    """What stands before a preview's address where the forge takes it from."""

    repository: Path
    scratch: Path
    environ: Mapping[str, str]
    """Of every job."""
    kubeconfig: Path
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Job → name → content."""
    logs: list[str] = field(default_factory=list, repr=False)

    @property
    @abstractmethod
    def variables(self) -> Mapping[str, str]:
        """What the forge itself sets in every job."""

    @abstractmethod
    def run(self, name: str, place: Path) -> tuple[int, str]:
        """Run one job in a checkout; its exit code, and what it said."""

    def job(self, name: str, *, fails: int = 0) -> str:
        """Run one job in a fresh checkout to its end; what it said. It must end with `fails`."""
        place = self.scratch / f"{name}-{len(self.logs)}"
        shutil.copytree(self.repository, place, ignore=shutil.ignore_patterns(".binder-deploy"))
        code, said = self.run(name, place)
        self.logs.append(said)
        assert code == fails, said
        return said

    def shell(self, script: str, place: Path, environ: Mapping[str, str]) -> tuple[int, str]:
        """As both forges run a script."""
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=place,
            env={**self.environ, **self.variables, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout

    def objects(self) -> frozenset[str]:
        """Keys of what is in the state's bucket."""
        found = s3_client(self.environ["AWS_ENDPOINT_URL"]).list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return frozenset(one["Key"] for one in found)

    def namespaces(self) -> frozenset[str]:
        """Of the cluster, by its API server."""
        return frozenset(n.metadata.name for n in self.core.list_namespace().items)

    def others(self) -> frozenset[str]:
        """What stands in the cluster beside previews, each as it is."""
        found = self.core.list_config_map_for_all_namespaces().items
        ours = [one for one in found if one.metadata.name == "notes"]
        return frozenset(f"{o.metadata.namespace} {o.metadata.uid} {o.metadata.resource_version}" for o in ours)

    def expired(self) -> list[tuple[str, str]]:
        """What a sweep would say ten days from now, if nobody agreed to it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.environ | LOGIN | SECRETS).items():
                patch.setenv(name, value)
            later = datetime.now(UTC) + timedelta(days=10)
            found = sweep(self.repository / "binder.yaml", lambda event: None, lambda question: False, now=later)
        return [(one.name, one.result) for one in found]

    @property
    def core(self) -> CoreV1Api:
        """The cluster's API server."""
        return CoreV1Api(api_client(self.kubeconfig))


class GitHub(Runner):
    """Each `run:` of a job by bash; an expression is filled in by a table."""

    UPDATE, TOLD = "PATCH", "url="

    JOBS: Mapping[str, tuple[str, str]] = {
        "plan": ("plan", "plan"), "comment": ("plan", "comment"), "make": ("preview", "make"),
        "remove": ("preview", "remove"), "sweep": ("watch", "sweep"), "apply": ("apply", "apply"),
        "drift": ("watch", "drift"),
    }  # fmt: skip

    @property
    def variables(self) -> Mapping[str, str]:
        url = self.environ["TEST_FORGE"]
        return LOGIN | {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "research/binders"}

    def run(self, name: str, place: Path) -> tuple[int, str]:
        workflow, job = self.JOBS[name]
        told = YAML(typ="safe").load((place / ".github" / "workflows" / f"binder-{workflow}.yml").read_text())
        files = {name: place.with_suffix(f".{name.lower()}") for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        for file in files.values():
            file.touch()
        temp = place.with_suffix(".temp")
        temp.mkdir()
        runners = {**{n: str(f) for n, f in files.items()}, "RUNNER_TEMP": str(temp)}
        said, code = "", 0
        for step in told["jobs"][job]["steps"]:
            if "uses" in step:
                self._played(step, place)
            elif code == 0:
                given = {name: self._filled(str(value)) for name, value in (step.get("env") or {}).items()}
                laid = dict(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
                where = place / told["defaults"]["run"]["working-directory"]
                code, text = self.shell(self._filled(step["run"]), where, {**runners, **laid, **given})
                said += text
        return code, said + files["GITHUB_OUTPUT"].read_text()

    def _played(self, step: Mapping[str, Any], place: Path) -> None:
        action, told = step["uses"].partition("@")[0], step.get("with") or {}
        if action == "actions/upload-artifact":
            found = [f for pattern in told["path"].split() for f in place.glob(pattern)]
            self.artifacts[told["name"]] = {str(f.relative_to(place)): f.read_bytes() for f in found}
        elif action == "actions/download-artifact":
            for name, content in self.artifacts[told["name"]].items():
                (place / told["path"] / Path(name).name).write_bytes(content)

    def _filled(self, text: str) -> str:
        table = {"github.event.pull_request.number": str(NUMBER), "github.token": FORGE_TOKEN}
        table |= {f"secrets.{name}": value for name, value in SECRETS.items()}
        table |= {"secrets.BINDER_KUBECONFIG": self.environ["TEST_KUBECONFIG"]}
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: table[found[1]], text)


class GitLab(Runner):
    """`before_script` and `script` by one bash, in which all of the project's variables stand.

    `login` shows the way in that the job makes. The engine's SDK looks for the exchange of tokens at Amazon alone, so
    the jobs themselves have what came of it.
    """

    UPDATE, TOLD = "PUT", ""

    JOBS: Mapping[str, str] = {
        "plan": "plan", "comment": "comment", "make": "preview", "remove": "preview-remove", "sweep": "sweep",
        "apply": "apply", "drift": "drift",
    }  # fmt: skip

    @property
    def variables(self) -> Mapping[str, str]:
        return SECRETS | {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.environ["TEST_FORGE"],
            "CI_PROJECT_ID": "9",
            "CI_JOB_ID": str(len(self.logs)),
            "CI_MERGE_REQUEST_IID": str(NUMBER),
            "BINDER_AWS_ROLE": "arn:aws:iam::123456789012:role/binder-ci",
        }

    def login(self) -> str:
        """Who a job is for Amazon, by its identity token alone."""
        job = _pipeline(self.repository)[".binder-login"]
        who = 'python -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])\''
        given = dict.fromkeys(job["id_tokens"], IDENTITY_TOKEN) | {"BINDER_KUBECONFIG": ""}
        code, said = self.shell("\n".join([*job["before_script"], who]), self.repository, given)
        assert code == 0, said
        return said

    def run(self, name: str, place: Path) -> tuple[int, str]:
        told = _pipeline(place)
        job = told[f"binder-{self.JOBS[name]}"]
        job = {**told[job["extends"]], **job}
        for earlier in job.get("needs", ()):
            for path, content in self.artifacts[earlier.removeprefix("binder-")].items():
                (place / path).write_bytes(content)
        kubeconfig = place.with_suffix(".kubeconfig")  # a variable of type "file"
        kubeconfig.write_text(self.environ["TEST_KUBECONFIG"])
        given = {
            **{name: value.replace("$CI_PROJECT_DIR", str(place)) for name, value in told["variables"].items()},
            **dict.fromkeys(job.get("id_tokens", ()), IDENTITY_TOKEN),
            **LOGIN,
            "CI_PROJECT_DIR": str(place),
            "BINDER_KUBECONFIG": str(kubeconfig),
            **({"BINDER_COMMENT_TOKEN": FORGE_TOKEN} if job["environment"]["name"] == "binder-comment" else {}),
        }
        code, said = self.shell("\n".join([*job["before_script"], *job["script"]]), place, given)
        kept = [file for pattern in job.get("artifacts", {}).get("paths", ()) for file in place.glob(pattern)]
        self.artifacts[self.JOBS[name]] = {str(file.relative_to(place)): file.read_bytes() for file in kept}
        return code, said


def _pipeline(repository: Path) -> Any:
    return YAML(typ="safe").load((repository / "binder-deploy.gitlab-ci.yml").read_text())


LOGIN = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
"""What an action of Amazon's leaves in a job."""


def s3_client(url: str) -> Any:
    """As who owns the bucket."""
    return boto3.client(
        "s3", region_name=REGION, endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture(scope="session")
def secrets() -> Mapping[str, str]:
    """Variable → value of all that nobody may read."""
    return SECRETS | {"IDENTITY_TOKEN": IDENTITY_TOKEN}


@pytest.fixture(scope="module")
def s3(kind: str) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    where: Any = {"LocationConstraint": REGION}
    s3_client(url).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    yield url
    httpx.post(f"{url}/moto-api/reset").raise_for_status()  # servers of one process share what they hold
    server.stop()


@pytest.fixture(scope="module")
def runner(
    kind: str,
    tools: Mapping[str, Path],
    session_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
    archives: Path,
    s3: str,
    forge: Forge,
) -> Iterator[Runner]:
    """Of that forge."""
    scratch = tmp_path_factory.mktemp("runner")
    repository = scratch / "repository"
    repository.mkdir()
    (repository / ".git").mkdir()
    (repository / "binder.yaml").write_text(SETTINGS)
    (repository / "binder.preview.yaml").write_text(PREVIEW)
    shims = scratch / "bin"
    shims.mkdir()
    for name, script in SHIMS.items():
        (shims / name).write_text(script)
        (shims / name).chmod(0o755)
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
            "BINDER_DEPLOY_BUNDLE": str(archives),
            "AWS_ENDPOINT_URL": s3,
            "CI": "true",
            "BINDER_DEPLOY_WAIT": "30",
            "HTTPS_PROXY": NOWHERE,
            "HTTP_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "TEST_FORGE": forge.url,
            "TEST_KUBECONFIG": _two_contexts(session.kubeconfig.read_text()),
        }
        package = f"binder-deploy=={version('binder-deploy')}"
        written = subprocess.run(
            ["binder-deploy", "ci", "init", kind, "--package", package],
            cwd=repository,
            env=environ,
            capture_output=True,
            check=False,
        )
        assert written.returncode == 0, written.stderr
        yield {"github": GitHub, "gitlab": GitLab}[kind](repository, scratch, environ, session.kubeconfig)


_LIBRARY = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
SHIMS = {
    "binder-deploy": f'#!/bin/sh\nexec "{sys.executable}" -m binder_deploy.cli "$@"\n',
    # A new environment has what an index would give: what is installed here.
    "python3": f"""#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  "{sys.executable}" -m venv --without-pip "$3"
  echo "import site; site.addsitedir('{sysconfig.get_path("purelib")}')" > "$3/{_LIBRARY}/here.pth"
else
  exec "{sys.executable}" "$@"
fi
""",
}
"""Programs of the runner's machine."""


def _two_contexts(text: str) -> str:
    """One cluster by two names: what is deployed and what is tried are told apart as on two clusters."""
    told = YAML(typ="safe").load(text)
    one = told["contexts"][0]["context"]
    told["contexts"] = [{"name": name, "context": one} for name in ("production", "previews")]
    return json.dumps(told)


@dataclass
class Story:
    """What came of a pull request."""

    runner: Runner
    forge: Forge
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

    @property
    def told(self) -> str:
        """All that anybody can read afterwards."""
        kept = [content.decode() for files in self.runner.artifacts.values() for content in files.values()]
        return "\n".join([*self.runner.logs, json.dumps(self.forge.comments), *kept])


@pytest.fixture(scope="module")
def story(runner: Runner, forge: Forge) -> Story:
    """One pull request: planned, told, made, left alone by the sweep, removed when closed; then merged and watched."""
    told = Story(runner, forge)
    told.planned = runner.job("plan")
    told.bucket = runner.objects()
    runner.job("comment")
    runner.job("comment")  # a second push
    told.before, told.others = runner.namespaces(), [runner.others()]
    told.made = runner.job("make")
    told.between = runner.namespaces()
    told.early = runner.job("sweep")
    told.late = runner.expired()
    told.removed = runner.job("remove")
    told.after = runner.namespaces()
    told.others.append(runner.others())
    told.applied = runner.job("apply")
    told.steady = runner.job("drift")
    by_hand = {"metadata": {"labels": {"owner": "somebody-else"}}}
    runner.core.patch_namespace("binder", by_hand)
    told.drifted = runner.job("drift", fails=5)
    return told
