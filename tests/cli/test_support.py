"""The support archive: what is in it judges the same elsewhere, and no planted secret gets anywhere."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from binder_deploy.checks.reports.data import SCHEMA
from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.ops.secret_forms import forms
from binder_deploy.ops.support.archive import read

pytestmark = pytest.mark.system

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")


def planted(where: str) -> str:
    """A secret that tells where it was planted; no pattern knows its looks."""
    return f"planted-{where}-Zx9/+q"


WHERE = (
    "settings-env", "settings-file", "settings-value", "kubeconfig", "secret-object", "secret-document", "registry",
    "pod-env", "log", "event", "url", "annotation", "bug-log", "environment",
)  # fmt: skip
SECRETS = {where: planted(where) for where in WHERE}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


POD = {
    "metadata": {
        "name": "hub-1",
        "namespace": "binder",
        "labels": {"component": "hub"},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"x": SECRETS["annotation"]}),
            "note": f"made with {SECRETS['secret-object']}",
        },
    },
    "spec": {
        "nodeName": "n1",
        "containers": [
            {
                "name": "hub",
                "image": f"registry.example/hub?auth={encoded('bot:' + SECRETS['registry'])}",
                "env": [{"name": "CONFIG_TOKEN", "value": SECRETS["pod-env"]}],
                "args": [f"--db=postgres://hub:{quote(SECRETS['url'], safe='')}@db:5432/hub"],
            }
        ],
    },
    "status": {
        "phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [{"name": "hub", "restartCount": 1, "state": {"running": {}}}],
    },
}
EVENT = {
    "kind": "Event",
    "metadata": {"name": "e", "namespace": "binder"},
    "message": f"Authorization: Bearer {SECRETS['event']} was refused, token={SECRETS['secret-object']}",
}
HUB = {
    "metadata": {"name": "hub", "namespace": "binder"},
    "data": {
        "hub.services.binder.apiToken": encoded(SECRETS["secret-object"]),
        "values.yaml": encoded(f"hub:\n  cookieSecret: {SECRETS['secret-document']}\n"),
        ".dockerconfigjson": encoded(json.dumps({"auths": {"r": {"auth": encoded("bot:" + SECRETS["registry"])}}})),
    },
}
LOG = "\n".join(
    [
        f"2026-01-01T00:00:00Z cookie is {SECRETS['secret-document']}",
        f"GET /hub/api?token={SECRETS['log']}",
        f"git clone https://bot:{quote(SECRETS['url'], safe='')}@github.com/org/private",
        f"Authorization: Basic {encoded('bot:' + SECRETS['registry'])}",
        f"password={SECRETS['settings-env']} and {SECRETS['settings-file']}",
        f"kubeconfig {encoded(SECRETS['kubeconfig'])}",
        "-----BEGIN PRIVATE KEY-----\nTUlJRXZRSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0M\n-----END PRIVATE KEY-----",
        "the line that is wanted",
    ]
)
ANSWERS: dict[str, Any] = {
    "/version": {"gitVersion": "v1.33.4"},
    "/api/v1/pods": {"items": [POD]},
    "/api/v1/namespaces/binder/pods": {"items": [POD]},
    "/api/v1/namespaces/traefik/pods": {"items": []},
    "/api/v1/namespaces/binder/pods/hub-1/log": LOG,
    "/api/v1/namespaces/binder/secrets": {"items": [HUB]},
    "/api/v1/namespaces/traefik/secrets": {"items": []},
    "/api/v1/namespaces/cert-manager/secrets": {"items": []},
    "/api/v1/namespaces/binder-monitoring/secrets": {"items": []},
    "/api/v1/namespaces/binder/secrets/hub": HUB,
    "/api/v1/nodes": {"items": [{"metadata": {"name": "n1", "labels": {"binder-deploy/pool": "core"}}}]},
    "/api/v1/events": {"items": [EVENT]},
}


class Handler(BaseHTTPRequestHandler):
    """An API server that knows a few paths."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        found = ANSWERS.get(parts.path)
        if "PartialObjectMetadataList" in self.headers.get("Accept", ""):
            found = {"items": []}
        self._reply(404 if found is None else 200, {"message": "no"} if found is None else found)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._reply(201, {"status": {"allowed": True}})

    def _reply(self, status: int, body: Any) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployment with a cluster and a secret in every place where one may be."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # no login is looked for on the network
    monkeypatch.setenv("HUB_LOGIN", SECRETS["settings-env"])
    monkeypatch.setenv("SOME_API_TOKEN", SECRETS["environment"])
    (tmp_path / "github-token").write_text(f"{SECRETS['settings-file']}\n")
    text = GKE.replace("binder:\n  max_servers", "binder:\n  github_token: file:github-token\n  max_servers")
    text += "\naccess: { kind: github, client_id: abc, client_secret: 'env:HUB_LOGIN', organizations: [org] }\n"
    slipped = {"traefik": {"values": {"plugin": {"apiKey": SECRETS["settings-value"]}}}}
    text += f"charts: {json.dumps(slipped)}\n"
    (tmp_path / "binder.yaml").write_text(text)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "u", "user": {"token": SECRETS["kubeconfig"]}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    (tmp_path / ".binder-deploy").mkdir()
    (tmp_path / ".binder-deploy" / "kubeconfig").write_text(json.dumps(config))
    bugs = tmp_path / "home" / "binder-deploy" / "log"
    bugs.mkdir(parents=True)
    (bugs / "bug-1.log").write_text(f"KeyError: password: {SECRETS['bug-log']} {SECRETS['environment']}")
    yield tmp_path
    server.shutdown()
    server.server_close()


STARTED: list[str] = []


def _note_programs(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        STARTED.append(repr(arguments))


sys.addaudithook(_note_programs)


def found_in(text: str) -> list[str]:
    """Where secrets were planted that this text shows in any shape."""
    return [where for where, secret in SECRETS.items() if any(form in text for form in forms([secret]))]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_planted_secret_gets_anywhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    STARTED.clear()
    assert run(["support", "--output", "s.tar.gz"]) == exits.DONE
    reports = ["r.json", "r.xml", "r.sarif", "r.html"]
    arguments = [part for name in reports for part in ("--report", name)]
    assert run(["check", "--from", "s.tar.gz", "--json", *arguments]) in (exits.DONE, exits.BLOCKED)
    said = capsys.readouterr()
    assert found_in(said.out + said.err) == []
    assert found_in("\n".join(STARTED)) == []
    for name in reports:
        assert found_in(Path(name).read_text()) == [], name
    members = read(Path("s.tar.gz"))
    for name, text in members.items():
        assert found_in(name + text) == [], name
        assert "TUlJRXZRSUJB" not in text, f"{name}: a private key"


def test_every_part_is_there_or_said_to_be_missing(folder: Path) -> None:
    assert run(["support", "--output", "s.tar.gz"]) == exits.DONE
    members = read(Path("s.tar.gz"))
    assert set(members) >= {
        "manifest.json",
        "binder.yaml",
        "facts.json",
        "checks.json",
        "checks.html",
        "events.json",
        "logs/binder/hub-1/hub.log",
        "logs/binder/hub-1/hub.before.log",
        "logs/bugs/bug-1.log",
    }
    manifest = json.loads(members["manifest.json"])
    assert manifest["verdicts that this changed"] == []
    assert manifest["taken out"] > 10
    assert manifest["missing"]["logs of cert-manager"] == "404 Not Found"
    assert "nothing was deployed" in manifest["missing"]["state"]
    assert sorted(manifest["files"]) == sorted(set(members) - {"manifest.json"})
    assert "the line that is wanted" in members["logs/binder/hub-1/hub.log"]
    assert "client_secret: 'env:HUB_LOGIN'" in members["binder.yaml"], "references may be read"
    assert json.loads(members["checks.json"])["schema"] == SCHEMA
    assert manifest["versions"]["Python"]


def test_a_shared_state_is_asked_on_a_machine_that_never_deployed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise Refused("the bucket may not be read")

    monkeypatch.setattr("binder_deploy.cli.flows.support.opened_for_checks", refused)
    file = folder / "binder.yaml"
    file.write_text(f"{file.read_text()}\nstate: {{kind: pulumi-cloud, organization: campus}}\n")
    assert run(["support", "--output", "s.tar.gz"]) == exits.DONE
    missing = json.loads(read(Path("s.tar.gz"))["manifest.json"])["missing"]
    assert "may not be read" in missing["state"]


def test_the_archive_is_judged_elsewhere_as_it_was_here(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    assert run(["support", "--output", "s.tar.gz"]) == exits.DONE
    archive = folder / "s.tar.gz"
    here = json.loads(read(archive)["checks.json"])
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    capsys.readouterr()
    code = run(["check", "--from", str(archive), "--json"])
    there = json.loads(capsys.readouterr().out)
    assert code == (exits.BLOCKED if here["blocked"] else exits.DONE)
    verdicts = {o["id"]: {k: v for k, v in o.items() if k != "seconds"} for o in there["outcomes"]}
    for outcome in here["outcomes"]:
        outcome.pop("seconds")
        assert verdicts[outcome["id"]] == outcome
    assert {"passed", "skipped"} <= set(there["summary"])
    assert any(o["reason"] != "unknown" for o in there["outcomes"] if o["verdict"] == "skipped")
    assert there["run"]["deployment"] == "campus-binder"


def test_settings_that_are_not_valid_do_not_keep_the_rest_away(folder: Path) -> None:
    file = folder / "binder.yaml"
    file.write_text(f"{file.read_text()}nme: {SECRETS['settings-value']}\n")
    assert run(["support", "--output", "s.tar.gz"]) == exits.DONE
    members = read(Path("s.tar.gz"))
    assert "binder.yaml" not in members, "nobody knows what stands in it"
    assert "unknown key" in json.loads(members["manifest.json"])["missing"]["binder.yaml"]
    assert "the line that is wanted" in members["logs/binder/hub-1/hub.log"]
    assert found_in("".join(members.values())) == []


def test_an_archive_with_a_secret_is_not_written_and_the_member_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_deploy.ops.redact.Redactor.text", lambda self, text: text)
    assert run(["support", "--output", "s.tar.gz"]) == exits.FAILED
    said = capsys.readouterr().err
    assert "a known secret is still in" in said
    assert found_in(said) == []
    assert not (folder / "s.tar.gz").exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda file: None,
        lambda file: file.write_text("not an archive"),
        lambda file: file.mkdir(),
    ],
    ids=["no file", "no archive", "a folder"],
)
def test_what_is_no_archive_is_exit_2(
    make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x.tar.gz")
    assert run(["check", "--from", str(tmp_path / "x.tar.gz")]) == exits.USAGE
    assert "--from" in capsys.readouterr().err


def test_an_output_that_cannot_be_is_refused_before_the_work(folder: Path) -> None:
    assert run(["support", "--output", "none/s.tar.gz"]) == exits.USAGE
