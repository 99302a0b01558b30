"""The values as a whole are compared with golden files; `GOLDEN=write` writes them anew, for review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.settings.model import Settings

from .conftest import same_as_golden

Make = Callable[..., Settings]


def test_binder_service(make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]) -> None:
    same_as_golden("binder-service", binder_service(make_settings(), secrets, versions, {}))


def test_binder_service_with_everything_set(make_settings: Make, versions: dict[str, str]) -> None:
    settings = make_settings(
        registry={"push": "key"},
        binder={
            "max_servers": 0,
            "per_repo": 3,
            "launches_per_hour": 0,
            "banned_repositories": ["^org/bad(/.*)?$"],
            "builds": {"builder": "pink", "max_age_minutes": 30},
        },
        hub={
            "server": {"memory_guarantee": "512Mi", "memory_limit": "1500M", "cpu_guarantee": 0.25, "cpu_limit": 4},
            "culling": {"idle_minutes": 30, "every_minutes": 5, "max_age_hours": 0},
            "database_gb": 5,
            "storage_class": "premium-rwo",
        },
        charts={"binder-service": {"values": {"binderhub": {"config": {"BinderHub": {"about_message": "hi"}}}}}},
    )
    secrets = ServiceSecrets("API", "PROXY", "COOKIE", "CRYPT", registry_key="KEY", github_token="GITHUB")
    same_as_golden("binder-service-full", binder_service(settings, secrets, versions, {"theme": "c.x = 1\n"}))


def test_traefik(make_settings: Make) -> None:
    same_as_golden("traefik", traefik(make_settings(), "41.3.0"))


def test_cert_manager(make_settings: Make) -> None:
    same_as_golden("cert-manager", cert_manager(make_settings(), "v1.21.1"))


class Opaque:
    """Like an engine's promise: any look into it is a mistake."""

    def __bool__(self) -> bool:
        raise TypeError("a promise has no truth")

    def __eq__(self, other: object) -> bool:
        raise TypeError("a promise cannot be compared")

    def __hash__(self) -> int:
        raise TypeError("a promise cannot be hashed")

    def __str__(self) -> str:
        raise TypeError("a promise has no text")

    def __iter__(self) -> Any:
        raise TypeError("a promise cannot be iterated")


def test_secrets_are_passed_on_and_never_looked_into(make_settings: Make, versions: dict[str, str]) -> None:
    promises = [Opaque() for _ in range(6)]
    values = binder_service(make_settings(registry={"push": "key"}), ServiceSecrets(*promises), versions, {})
    binderhub, hub = values["binderhub"], values["binderhub"]["jupyterhub"]
    given = [
        hub["hub"]["services"]["binder"]["apiToken"],
        hub["proxy"]["secretToken"],
        hub["hub"]["cookieSecret"],
        hub["hub"]["config"]["CryptKeeper"]["keys"][0],
        binderhub["registry"]["password"],
        binderhub["config"]["GitHubRepoProvider"]["access_token"],
    ]
    assert all(a is b for a, b in zip(given, promises, strict=True))


def test_secrets_are_not_in_their_repr() -> None:
    assert "hunter2" not in repr(ServiceSecrets("hunter2", "hunter2", "hunter2", "hunter2"))


def test_files_of_the_owners_run_after_ours(
    make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]
) -> None:
    settings = make_settings(binder={"banned_repositories": ["x"]})
    snippets = binder_service(settings, secrets, versions, {"b": "2", "00-a": "1"})["binderhub"]["extraConfig"]
    names = sorted(snippets)
    assert [n for n in names if n.startswith("99-")] == names[-2:] == ["99-00-a", "99-b"]


def test_keys_that_a_chart_does_not_know_are_left_out(make_settings: Make, secrets: ServiceSecrets) -> None:
    old = {"binderhub": "1.0.0-0.dev.git.3160.h0000000", "jupyterhub": "2.0.0"}
    values = binder_service(make_settings(), secrets, old, {})["binderhub"]
    assert "extraPodSpec" not in values
    rules = values["jupyterhub"]["singleuser"]["networkPolicy"]["egressAllowRules"]
    assert "dnsPortsKubeSystemNamespace" not in rules
    assert rules["nonPrivateIPs"] is False


def test_ranges_of_the_cluster_outside_private_space_are_closed_too(
    make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]
) -> None:
    platform = make_settings().platform.model_dump() | {"network": {"kind": "managed", "services": "34.118.224.0/20"}}
    closed = binder_service(make_settings(platform=platform), secrets, versions, {})["guardrails"]["egress"]["closed"]
    assert "34.118.224.0/20" in closed
    assert "10.64.0.0/14" not in closed, "10.0.0.0/8 has it"
    assert "169.254.0.0/16" in closed, "the metadata server"


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("33.2.1", "redirectTo"),
        ("34.0.0", "redirections.entryPoint"),
        ("38.0.2", "redirections.entryPoint"),
        ("39.0.0", "http.redirections.entryPoint"),
        ("41.3.0+standin.c1", "http.redirections.entryPoint"),
    ],
)
def test_the_redirect_to_https_is_where_each_traefik_looks_for_it(make_settings: Make, version: str, path: str) -> None:
    value: Any = traefik(make_settings(), version)["ports"]["web"]
    for part in path.split("."):
        value = value[part]
    assert value.get("to", value.get("port")) == "websecure"
    assert value["priority"] > 0


def test_the_definitions_come_with_every_cert_manager(make_settings: Make) -> None:
    assert cert_manager(make_settings(), "v1.14.7")["installCRDs"] is True
    assert cert_manager(make_settings(), "v1.15.0")["crds"] == {"enabled": True, "keep": False}
