"""Events and logs are collected as far as they can be had; people's own servers are not looked at."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.cli.flows.support_parts import Parts, living
from binder_deploy.ops.support.cluster import LOG_BYTES, NOT_USERS, events, logs
from binder_deploy.ops.support.known import of_document, of_environment, of_kubeconfig, of_namespace, of_secret

TOKEN = "0123456789abcdef0123456789abcdef"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def pod(name: str, restarts: int = 0, state: str = "running") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "status": {"containerStatuses": [{"name": "main", "restartCount": restarts, "state": {state: {}}}]},
    }


@pytest.fixture
def cluster(serve: Callable[..., str], tmp_path: Path) -> Callable[[dict[str, Any]], tuple[Path, list[Any]]]:
    """A kubeconfig of a server with these answers, and what it is asked."""

    def make(answers: dict[str, Any]) -> tuple[Path, list[Any]]:
        asked: list[Any] = []

        def answer(path: str, query: dict[str, str]) -> tuple[int, Any]:
            asked.append((path, query))
            found = answers.get(path, (404, {"message": "no"}))
            return found(query) if callable(found) else found

        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": serve(answer)}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        return file, asked

    return make


def test_logs_of_every_container_that_ran_are_read_the_ones_before_a_restart_too(cluster: Any) -> None:
    def log(query: dict[str, str]) -> tuple[int, Any]:
        return 200, b"before" if query.get("previous") else b"now"

    kubeconfig, asked = cluster(
        {
            "/api/v1/namespaces/binder/pods": (200, {"items": [pod("hub", 1), pod("proxy", 0, "waiting")]}),
            "/api/v1/namespaces/binder/pods/hub/log": log,
        }
    )
    said = logs(kubeconfig, ("binder",))
    assert said.files == {"logs/binder/hub/main.log": "now", "logs/binder/hub/main.before.log": "before"}
    assert said.missing == {}
    ((_, listing),) = [one for one in asked if one[0].endswith("/pods")]
    assert listing["labelSelector"] == NOT_USERS
    assert all(query["limitBytes"] == str(LOG_BYTES) for path, query in asked if path.endswith("/log"))


def test_what_is_refused_is_told_and_the_rest_is_there(cluster: Any) -> None:
    kubeconfig, _ = cluster(
        {
            "/api/v1/namespaces/binder/pods": (200, {"items": [pod("a"), pod("b"), pod("c")]}),
            "/api/v1/namespaces/binder/pods/c/log": (200, b"fine"),
            "/api/v1/namespaces/traefik/pods": (403, {"message": "forbidden"}),
        }
    )
    said = logs(kubeconfig, ("binder", "traefik"))
    assert said.files == {"logs/binder/c/main.log": "fine"}
    assert said.missing == {
        "logs of traefik": "403 Forbidden",
        "logs/binder/a/main.log and 1 more": "404 Not Found",
    }


def test_events_of_the_whole_cluster_are_read(cluster: Any) -> None:
    kubeconfig, _ = cluster({"/api/v1/events": (200, {"items": [{"reason": "FailedScheduling"}]})})
    assert events(kubeconfig) == [{"reason": "FailedScheduling"}]


def test_in_a_shared_cluster_events_of_others_are_not_read(cluster: Any) -> None:
    one = {"items": [{"reason": "Pulled"}]}
    kubeconfig, asked = cluster({"/api/v1/namespaces/pr-one/events": (200, one)})
    assert events(kubeconfig, ("pr-one",)) == one["items"]
    assert all(path != "/api/v1/events" for path, _ in asked)


def test_what_secret_objects_hold_is_known(cluster: Any) -> None:
    login = {"auths": {"registry.example": {"auth": encoded("bot:registry-password"), "username": "bot"}}}
    hub = {
        "metadata": {"name": "hub"},
        "data": {
            "api_token": encoded(TOKEN),
            "values.yaml": encoded(f"hub: {{cookieSecret: {TOKEN[::-1]}, name: hub, token: env:X}}\nx: 1"),
            "tls.crt": encoded("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
            "username": encoded("somebody"),
            "store": base64.b64encode(b"\xff\xfe\x00").decode(),
        },
    }
    release = {
        "metadata": {"name": "sh.helm.release.v1.binder-service.v1"},
        "type": "helm.sh/release.v1",
        "data": {"release": encoded("H4sIA")},
    }
    pull = {
        "metadata": {"name": "binder-build-docker-config"},
        "data": {".dockerconfigjson": encoded(json.dumps(login)), "push_secret": encoded("binder-build-docker-config")},
    }
    kubeconfig, _ = cluster({"/api/v1/namespaces/binder/secrets": (200, {"items": [hub, release, pull]})})
    assert set(of_namespace(kubeconfig, "binder")) == {
        TOKEN,
        TOKEN[::-1],
        encoded("bot:registry-password"),
        "bot:registry-password",
        "registry-password",
    }
    assert list(of_secret({})) == []
    assert list(of_kubeconfig(kubeconfig)) == [TOKEN]


def test_a_private_key_is_known_by_its_text() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n"
    assert pem in list(of_secret({"data": {"tls.key": encoded(pem)}}))
    assert pem in list(of_document(json.dumps({"users": [{"user": {"client-key-data": encoded(pem)}}]})))


def test_variables_that_are_named_like_secrets_are_known() -> None:
    assert list(of_environment({"GITHUB_TOKEN": "x", "HOME": "/root", "PULUMI_CONFIG_PASSPHRASE": "y"})) == ["x", "y"]


def test_what_is_no_document_holds_nothing() -> None:
    assert list(of_document("a: [")) == []
    assert list(of_document("just text")) == []


def test_a_namespace_that_may_not_be_read_is_named_and_the_others_secrets_are_known(cluster: Any) -> None:
    held = {"metadata": {"name": "hub"}, "data": {"hub.token": encoded(TOKEN[::-1])}}
    kubeconfig, _ = cluster(
        {
            "/api/v1/namespaces/alpha/secrets": (403, {"message": "forbidden"}),
            "/api/v1/namespaces/binder/secrets": (200, {"items": [held]}),
        }
    )
    parts = Parts()
    living(parts, kubeconfig, ("alpha", "binder"), shared=False)
    assert TOKEN[::-1] in parts.secrets
    assert "403" in parts.missing["secrets of namespace alpha"]
    assert "secrets of namespace binder" not in parts.missing
