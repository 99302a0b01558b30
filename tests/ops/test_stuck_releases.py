"""Helm's records are mended only where the operation is known to be cut off, and only of releases that are ours."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.ops.stuck_releases import Begun, gone, repair

SECRETS = "/api/v1/namespaces/binder/secrets"
MADE = Begun("binder", "binder-service", installed=True)
UNKNOWN = Begun("binder", "binder-service", installed=False)
NOW = datetime.now(UTC)


def revision(number: int, status: str, since: datetime = NOW) -> dict[str, Any]:
    labels = {"owner": "helm", "name": "binder-service", "version": str(number), "status": status}
    record = {"version": number, "info": {"status": status}, "config": {"password": "kept"}}
    packed = base64.b64encode(gzip.compress(json.dumps(record).encode()))
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.binder-service.v{number}",
            "labels": {**labels, "modifiedAt": str(int(since.timestamp()))},
            "creationTimestamp": (since - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "data": {"release": base64.b64encode(packed).decode()},
    }


class Cluster(ThreadingHTTPServer):
    """An API server with one namespace of ours and Helm's records in it."""

    secrets: tuple[dict[str, Any], ...] = ()
    changes: list[tuple[str, str, Any]]
    """Every request that changes something: method, name, body."""


class Handler(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/api/v1/namespaces/binder":
            self._answer({"metadata": {"labels": {"binder-deploy": "demo"}}})
        elif path == SECRETS:
            self._answer({"items": list(self.server.secrets)})
        else:
            self._answer(next(s for s in self.server.secrets if path == f"{SECRETS}/{s['metadata']['name']}"))

    def do_DELETE(self) -> None:
        self._change()

    def do_PATCH(self) -> None:
        self._change()

    def _change(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "null")
        self.server.changes.append((self.command, self.path.rpartition(".")[2], body))
        self._answer({"kind": "Status"})

    def _answer(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(("127.0.0.1", 0), Handler)
    cluster.changes = []
    threading.Thread(target=cluster.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield cluster
    cluster.shutdown()
    cluster.server_close()


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: Path) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{cluster.server_port}"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    return file


@pytest.fixture
def mended(cluster: Cluster, kubeconfig: Path) -> Callable[..., tuple[str, list[tuple[str, str, Any]]]]:
    """What was said, and what was changed."""

    def run(*secrets: dict[str, Any], begun: Begun = MADE, owner: str | None = None, **more: Any) -> Any:
        cluster.secrets, cluster.changes = secrets, []
        return " ".join(repair(kubeconfig, [begun], owner=owner, **more)), cluster.changes

    return run


@pytest.mark.parametrize("status", ["pending-upgrade", "pending-rollback"])
def test_the_revision_before_becomes_the_last_one_again(mended: Any, status: str) -> None:
    said, changes = mended(revision(9, "deployed"), revision(10, status), revision(8, "superseded"))
    assert [change[:2] for change in changes] == [("DELETE", "v10")]
    assert f"revision 10, {status}" in said and "revision 9 is the last one again" in said


def test_an_only_revision_counts_as_failed_and_keeps_what_it_holds(mended: Any) -> None:
    _, ((method, name, body),) = mended(revision(1, "pending-install"))
    assert (method, name, body["metadata"]) == ("PATCH", "v1", {"labels": {"status": "failed"}})
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(body["data"]["release"]))))
    assert record["info"]["status"] == "failed" and record["config"] == {"password": "kept"}


@pytest.mark.parametrize("status", ["pending-install", "deployed", "failed"])
def test_what_the_state_does_not_know_is_installed_anew_whatever_became_of_it(mended: Any, status: str) -> None:
    said, changes = mended(revision(1, status), begun=UNKNOWN)
    assert [change[:2] for change in changes] == [("DELETE", "v1")] and "installed anew" in said


@pytest.mark.parametrize("status", ["deployed", "failed", "superseded"])
def test_what_the_state_knows_and_is_not_pending_is_left_alone(mended: Any, status: str) -> None:
    assert mended(revision(1, "superseded"), revision(2, status)) == ("", [])


def test_of_a_removal_that_was_cut_off_no_record_is_kept_so_that_it_is_installed_anew(mended: Any) -> None:
    said, changes = mended(revision(1, "superseded"), revision(2, "uninstalling"))
    assert [change[:2] for change in changes] == [("DELETE", "v1"), ("DELETE", "v2")] and "installed anew" in said


def test_gone_is_what_the_state_has_as_made_and_helm_has_no_record_of(cluster: Cluster, kubeconfig: Path) -> None:
    assert gone(kubeconfig, [MADE, UNKNOWN]) == (MADE,)
    cluster.secrets = (revision(1, "uninstalling"),)
    assert gone(kubeconfig, [MADE, UNKNOWN]) == ()
    assert cluster.changes == []


def test_a_release_in_a_namespace_without_our_mark_is_left_alone(mended: Any) -> None:
    assert mended(revision(1, "pending-install"), begun=UNKNOWN, owner="other") == ("", [])
    assert mended(revision(1, "pending-install"), begun=UNKNOWN, owner="demo")[1]


def test_where_others_may_be_at_work_it_must_have_been_quiet_for_long(mended: Any) -> None:
    quiet = timedelta(minutes=20)
    said, changes = mended(revision(1, "pending-install"), quiet=quiet)
    assert changes == [] and "another run may be at work" in said
    assert mended(revision(1, "pending-install", NOW - quiet), quiet=quiet)[1]


def test_nothing_of_the_values_is_said(mended: Any) -> None:
    assert "kept" not in mended(revision(1, "pending-install"))[0]
