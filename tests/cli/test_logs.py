"""`binder-deploy logs` writes the service's lines to standard output, without secrets, and says what it could not."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.logs import seconds_of

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
TOKEN, PLANTED = "kubeconfig-token-0123456789", "hub-secret-abcdef012345"
Deployment = Callable[[dict[str, Any]], list[str]]


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """Options that name a deployment whose API server answers this; paths that are missing are refused."""
    servers = []

    def make(answers: dict[str, Any]) -> list[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answers.get(urlsplit(self.path).path)
                body = found if isinstance(found, bytes) else json.dumps(found or {}).encode()
                self.send_response(403 if found is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }  # fmt: skip
        (tmp_path / ".binder-deploy").mkdir()
        (tmp_path / ".binder-deploy" / "kubeconfig").write_text(json.dumps(config))
        (tmp_path / "binder.yaml").write_text(GKE)
        return ["--file", str(tmp_path / "binder.yaml")]

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def pod(name: str) -> dict[str, Any]:
    status = {"containerStatuses": [{"name": name.partition("-")[0], "restartCount": 0, "state": {"running": {}}}]}
    return {"metadata": {"name": name, "namespace": "binder"}, "status": status}


def hub(lines: list[str]) -> dict[str, Any]:
    secret = {"metadata": {"name": "hub"}, "data": {"hub.token": base64.b64encode(PLANTED.encode()).decode()}}
    empty: dict[str, Any] = {"items": []}
    return {
        "/api/v1/namespaces/binder/pods": {"items": [pod("hub-1")]},
        "/api/v1/namespaces/binder/pods/hub-1/log": "".join(f"T{n} {line}\n" for n, line in enumerate(lines)).encode(),
        "/api/v1/namespaces/binder/secrets": {"items": [secret]},
        **{f"/api/v1/namespaces/{other}/{kind}": empty for other in ("traefik", "cert-manager")
           for kind in ("secrets", "pods")},
    }  # fmt: skip


def test_lines_carry_their_pod_and_no_secret(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    where = deployment(hub(["started", f"login with {PLANTED}", f"token is {TOKEN}", "password=hunter2-and-more"]))
    assert run(["logs", "hub", *where]) == exits.DONE
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "hub-1  started"
    assert len(out.splitlines()) == 4
    for secret in (PLANTED, TOKEN, "hunter2"):
        assert secret not in out + err


def test_a_secret_that_may_not_be_read_is_told_of(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    answers = hub(["Authorization: Bearer abcdefghijklmnop"])
    del answers["/api/v1/namespaces/binder/secrets"]
    assert run(["logs", *deployment(answers)]) == exits.DONE
    out, err = capsys.readouterr()
    assert "abcdefghijklmnop" not in out
    assert "the secrets of namespace binder could not be read" in err


def test_a_namespace_that_may_not_be_read_hides_no_secret_of_another(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = hub([f"login with {PLANTED}"])
    del answers["/api/v1/namespaces/traefik/secrets"]
    del answers["/api/v1/namespaces/cert-manager/secrets"]
    assert run(["logs", *deployment(answers)]) == exits.DONE
    out, err = capsys.readouterr()
    assert "login with" in out and PLANTED not in out
    assert "namespace traefik could not" in err and "namespace cert-manager could not" in err
    assert "namespace binder could not" not in err


def test_what_cannot_be_had_is_told_and_a_silent_cluster_is_an_error(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = hub([])
    del answers["/api/v1/namespaces/binder/pods/hub-1/log"]
    where = deployment(answers)
    assert run(["logs", *where]) == exits.DONE
    assert "no log of hub-1 could be had: 403 Forbidden" in capsys.readouterr().err
    assert run(["logs", "nobody", *where]) == exits.DONE
    assert "no pod of ours called nobody" in capsys.readouterr().err
    del answers["/api/v1/namespaces/binder/pods"]
    assert run(["logs", *where]) == exits.FAILED


@pytest.mark.parametrize(("text", "seconds"), [("", None), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_times_are_read(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("arguments", [["--since", "10"], ["--since", "m"], ["--follow", "--previous"]], ids=" ".join)
def test_what_makes_no_sense_is_exit_2(arguments: list[str], deployment: Deployment) -> None:
    assert run(["logs", *arguments, *deployment(hub([]))]) == exits.USAGE
    with pytest.raises(Refused):
        seconds_of("1w")


@pytest.mark.system
def test_who_reads_may_stop_reading(deployment: Deployment) -> None:
    where = deployment(hub([f"line {n} of many" for n in range(6000)]))
    command = [sys.executable, "-m", "binder_deploy.cli", "logs", "hub", *where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hub-1  line 0 of many\n"
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 0
    assert "Broken" not in said
