"""A Google Cloud on this machine: answers in the shapes of the public reference, to the SDKs' own clients."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from google.oauth2.credentials import Credentials

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import account as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe, Verdict
from binder_deploy.checks.probes.google import probes
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

P = "projects/demo-project"
REGION, ZONE = "europe-west1", "europe-west1-b"
TOKEN = "ya29.never-in-an-address"
MISSING = 404, {"error": {"code": 404, "message": "The resource was not found", "status": "NOT_FOUND"}}
CPUS = {"CPUS": 200, "E2_CPUS": 200, "N2_CPUS": 200}
LIMITS = {
    **CPUS,
    "INSTANCES": 100,
    "SSD_TOTAL_GB": 4096,
    "DISKS_TOTAL_GB": 4096,
    "STATIC_ADDRESSES": 8,
    "IN_USE_ADDRESSES": 8,
    "PREEMPTIBLE_CPUS": 0,
    "NVIDIA_T4_GPUS": 1,
}
GLOBAL_LIMITS = {"CPUS_ALL_REGIONS": 200, "NETWORKS": 5, "SUBNETWORKS": 100, "ROUTERS": 20, "FIREWALLS": 100}

Answer = tuple[int, Any] | Callable[[dict[str, list[str]], Any], tuple[int, Any]]


def quotas(limits: Mapping[str, float], **used: float) -> list[dict[str, Any]]:
    return [{"metric": name, "limit": limit, "usage": used.get(name, 0)} for name, limit in limits.items()]


def refusal(reason: str = "IAM_PERMISSION_DENIED", **metadata: str) -> tuple[int, Any]:
    """How Google says no."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }
    return 403, {
        "error": {"code": 403, "message": "Permission denied.", "status": "PERMISSION_DENIED", "details": [info]}
    }


class Cloud:
    """Paths and their answers; what is not there is 404. Tests change one thing at a time."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.lacking: set[str] = set()
        self.off: set[str] = set()
        self.answers: dict[str, Answer] = {
            "/tokeninfo": lambda _, body: (200, {"email": "dev@example.org"} if TOKEN in body else {}),
            f"/v3/{P}": (200, {"name": "projects/42", "projectId": "demo-project", "state": "ACTIVE"}),
            f"/v3/{P}:testIamPermissions": self._held,
            f"/v1/{P}/services:batchGet": self._services,
            f"/v1/{P}/billingInfo": (200, {"billingEnabled": True}),
            f"/v1/{P}/locations/{REGION}/serverConfig": (
                200,
                {
                    "channels": [
                        {"channel": "RAPID", "defaultVersion": "1.35.1-gke.100"},
                        {"channel": "REGULAR", "defaultVersion": "1.34.3-gke.1100"},
                    ]
                },
            ),
            f"/dns/v1/{P}/managedZones/example-org": (200, {"dnsName": "example.org.", "visibility": "public"}),
            f"/dns/v1/{P}/managedZones/example-org:testIamPermissions": self._held,
            f"/compute/v1/{P}/regions/{REGION}": (200, {"quotas": quotas(LIMITS)}),
            f"/compute/v1/{P}": (200, {"quotas": quotas(GLOBAL_LIMITS)}),
            f"/compute/v1/{P}/global/firewalls": (200, {"items": []}),
        }
        for kind in ("instances", "disks"):
            self.answers[f"/compute/v1/{P}/zones/{ZONE}/{kind}"] = 200, {"items": []}
        self.answers[f"/compute/v1/{P}/regions/{REGION}/addresses"] = 200, {"items": []}
        for name in ("e2-standard-4", "e2-standard-8"):
            self.machine(name)
        for policy in (
            "iam.disableServiceAccountKeyCreation",
            "iam.disableServiceAccountCreation",
            "gcp.resourceLocations",
            "gcp.restrictServiceUsage",
            "compute.restrictLoadBalancerCreationForTypes",
        ):
            self.policy(policy)

    def machine(self, name: str, architecture: str = "X86_64") -> None:
        self.answers[f"/compute/v1/{P}/zones/{ZONE}/machineTypes/{name}"] = (
            200,
            {"name": name, "guestCpus": int(name.rpartition("-")[2]), "architecture": architecture},
        )

    def policy(self, name: str, **rule: Any) -> None:
        path = f"/v2/{P}/policies/{name}:getEffectivePolicy"
        self.answers[path] = 200, {"name": f"{P}/policies/{name}", "spec": {"rules": [rule]}}

    def answer(self, path: str, query: dict[str, list[str]], body: str) -> tuple[int, Any]:
        self.asked.append(path)
        found = self.answers.get(path, MISSING)
        return found(query, body) if callable(found) else found

    def _held(self, _: dict[str, list[str]], body: str) -> tuple[int, Any]:
        return 200, {"permissions": [p for p in json.loads(body)["permissions"] if p not in self.lacking]}

    def _services(self, query: dict[str, list[str]], _: str) -> tuple[int, Any]:
        def state(name: str) -> str:
            return "DISABLED" if name.rpartition("/")[2].partition(".")[0] in self.off else "ENABLED"

        return 200, {
            "services": [{"name": name.replace(P, "projects/42"), "state": state(name)} for name in query["names"]]
        }


class _Server(ThreadingHTTPServer):
    # All probes ask at the same time: the default of 5 drops connections.
    request_queue_size = 64


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    made = Cloud()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, answer = made.answer(parts.path, parse_qs(parts.query), body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked(cloud: Cloud) -> Callable[[Settings], dict[Key[Any], Probe[Any]]]:
    """The probes of a deployment with these settings, at that cloud."""

    def made(settings: Settings, address: str | None = None) -> dict[Key[Any], Probe[Any]]:
        from binder_deploy.checks.probes.google.access import Google

        def connect() -> Google:
            return Google("demo-project", Credentials(token=TOKEN), cloud.url)  # type: ignore[no-untyped-call]

        given = Given(settings=settings, folder=Path(), address=address)
        return {
            **probes(given, connect),
            f.SETTINGS: Probe(lambda: settings),
            f.CHART_KUBE_VERSIONS: Probe(lambda: {"binderhub": ">=1.28.0-0", "jupyterhub": ">=1.34.0-0"}),
        }

    return made


@pytest.fixture
def verdict(
    asked: Callable[..., dict[Key[Any], Probe[Any]]], settings: Callable[..., Settings]
) -> Callable[..., Verdict]:
    """What one check says of a deployment with some settings changed."""

    def judged(check_id: str, address: str | None = None, /, **change: Any) -> Verdict:
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], asked(settings(**change), address))[0].verdict

    return judged


@pytest.fixture
def collected(
    asked: Callable[..., dict[Key[Any], Probe[Any]]], settings: Callable[..., Settings]
) -> Callable[..., tuple[a.Quota, ...]]:
    """The quotas of a deployment with some settings changed."""

    def made(key: Key[tuple[a.Quota, ...]], **change: Any) -> tuple[a.Quota, ...]:
        found: tuple[a.Quota, ...] = asked(settings(**change))[key].collect()
        return found

    return made
