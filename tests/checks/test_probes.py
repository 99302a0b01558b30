"""Probes read page by page, keep secrets to themselves, and say which facts a rehearsal played."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.settings.leftovers import Leftover, Sweep
from binder_deploy.settings.model import Settings

SECRET = "5eb63bbbe01eeed093cb22bb8f5acdc35eb63bbbe01eeed093cb22bb8f5acdc3"
OTHER = SECRET[::-1]
VALUES = f"""
imageBuilderType: pink
config: {{BinderHub: {{hub_url: "https://hub.example.org/", image_prefix: h/p/r/r2d-}}}}
registry: {{password: {SECRET}}}
"""


def secret(**data: str) -> dict[str, Any]:
    return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}}


class Server:
    """An API server that knows a few paths and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []

    def answer(self, path: str, accept: str, body: Any) -> tuple[int, Any]:
        self.asked.append((path, accept))
        if body:
            wanted = body["spec"]["resourceAttributes"]
            return 201, {"status": {"allowed": wanted["verb"] != "delete"}}
        found = self.answers.get(path)
        return (404, {"message": "the server could not find the requested resource"}) if found is None else (200, found)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def kubeconfig(server: Server, tmp_path: Path) -> Iterator[Path]:
    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = server.answer(self.path, self.headers.get("Accept", ""), body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{http.server_port}"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    yield file
    http.shutdown()
    http.server_close()


@pytest.fixture
def probes(kubeconfig: Path, settings: Callable[..., Settings]) -> dict[Key[Any], Probe[Any]]:
    return probes_for(Given(settings=settings(), folder=kubeconfig.parent, kubeconfig=kubeconfig, simulated=True))


def test_a_list_is_read_to_its_last_page(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answers = {
        "/api/v1/pods?limit=500": {"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "x/y"}},
        "/api/v1/pods?limit=500&continue=x%2Fy": {"items": [{"metadata": {"name": "b"}}], "metadata": {}},
    }
    assert [pod["metadata"]["name"] for pod in probes[f.PODS].collect()] == ["a", "b"]


def test_workloads_come_with_their_kind(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answers = {"/apis/apps/v1/daemonsets?limit=500": {"items": [{"metadata": {"name": "dind"}}]}}
    assert probes[f.WORKLOADS].collect() == ({"metadata": {"name": "dind"}, "kind": "DaemonSet"},)


def test_an_api_that_is_not_served_has_no_objects(probes: dict[Key[Any], Probe[Any]]) -> None:
    assert probes[f.CERTIFICATES].collect() == ()


def test_a_refusal_is_raised_with_the_server_s_words(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answer = lambda path, accept, body: (403, {"message": "pods is forbidden"})  # type: ignore[method-assign]
    with pytest.raises(Exception, match="403 for /api/v1/pods: pods is forbidden"):
        probes[f.PODS].collect()


def test_only_names_are_asked_of_secrets(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answers = {
        "/api/v1/secrets?limit=500": {"items": [{"metadata": {"name": "hub", "namespace": "binder"}}]},
    }
    assert probes[f.REFERENTS].collect().secrets == {("binder", "hub")}
    (accept,) = {accept for path, accept in server.asked if path.startswith("/api/v1/secrets")}
    assert "PartialObjectMetadataList" in accept


def test_the_hub_s_secrets_leave_as_shapes(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answers = {
        "/api/v1/namespaces/binder/secrets/hub": secret(
            **{
                "hub.services.binder.apiToken": SECRET,
                "hub.config.ConfigurableHTTPProxy.auth_token": f"{SECRET}\n",
                "hub.config.JupyterHub.cookie_secret": OTHER,
                "hub.config.CryptKeeper.keys": f"{OTHER};{SECRET}",
                "values.yaml": SECRET,
            }
        )
    }
    shapes = probes[f.HUB_SECRETS].collect()
    assert [(shape.name.rpartition(".")[2], shape.hex64) for shape in shapes] == [
        ("apiToken", True),
        ("auth_token", False),
        ("cookie_secret", True),
        ("keys", True),
    ]
    assert len({shape.group for shape in shapes}) == 4
    assert SECRET not in repr(shapes)


def test_equal_secrets_have_one_group(server: Server, probes: dict[Key[Any], Probe[Any]]) -> None:
    server.answers = {
        "/api/v1/namespaces/binder/secrets/hub": secret(
            **{"hub.services.binder.apiToken": SECRET, "hub.config.JupyterHub.cookie_secret": SECRET}
        )
    }
    assert len({shape.group for shape in probes[f.HUB_SECRETS].collect()}) == 1


def test_binderhub_s_configuration_leaves_without_its_secrets(
    server: Server, probes: dict[Key[Any], Probe[Any]]
) -> None:
    server.answers = {"/api/v1/namespaces/binder/secrets/binder-secret": secret(**{"values.yaml": VALUES})}
    config = probes[f.BINDER_CONFIG].collect()
    assert config == f.BinderConfig("https://hub.example.org/", "h/p/r/r2d-", "pink")


def test_rights_are_asked_of_the_api_server(probes: dict[Key[Any], Probe[Any]]) -> None:
    rights = probes[f.BINDER_ACCESS].collect()
    assert rights["create pods"] is True
    assert rights["get pods/log"] is True
    assert rights["delete pods"] is False


def test_a_rehearsal_s_played_facts_are_simulated_and_no_others(probes: dict[Key[Any], Probe[Any]]) -> None:
    asked = {key: probe for key, probe in probes.items() if isinstance(probe, Probe)}
    assert {key for key, probe in asked.items() if probe.source == "simulated"} == {key for key in asked if key.played}
    assert {"state of the workloads", "state of the volume claims"} <= {key.name for key in asked if key.played}


def test_a_real_cluster_s_facts_are_observed(kubeconfig: Path, settings: Callable[..., Settings]) -> None:
    probes = probes_for(Given(settings=settings(), folder=kubeconfig.parent, kubeconfig=kubeconfig))
    assert {probe.source for probe in probes.values()} == {"observed"}


def test_every_fact_that_a_check_needs_has_a_probe_when_all_is_given(
    kubeconfig: Path, settings: Callable[..., Settings]
) -> None:
    from binder_deploy.charts.model import ChartSet, LocalChart

    version = "1.0.0-0.dev.git.3983.h383374de"
    versions = {"binderhub": version, "jupyterhub": "4.4.0"}
    chart = LocalChart("umbrella", "1.0.0", "umbrella", "folder", "", versions, {"binderhub": ">=1.28.0-0"})
    probes = probes_for(
        Given(
            settings=settings(),
            folder=kubeconfig.parent,
            kubeconfig=kubeconfig,
            leftovers=lambda: [Leftover("disk", "d", "label", "rm d")],
            tools={"helm": "/where/it/is/helm"},
            charts=ChartSet(chart, chart, chart),
            charts_in=kubeconfig.parent,
            address="192.0.2.7",
        )
    )
    assert {key for check in CATALOGUE for key in check.needs} == set(probes)
    assert probes[f.CHART_KUBE_VERSIONS].collect() == {"binderhub": ">=1.28.0-0"}
    assert {r.pool for r in probes[f.REQUESTS].collect()} == {"core", "user", "build"}
    assert probes[f.LEFTOVERS].collect() == Sweep((Leftover("disk", "d", "label", "rm d"),))
