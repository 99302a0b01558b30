"""Every kind of registry: BinderHub pushes with one login, reads with the other, and nodes can pull."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from binder_deploy.charts import bundle
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.model import Settings

Make = Callable[..., Settings]
PUSH = {"username": "pusher", "password": "env:PUSH"}
PULL = {"username": "reader", "password": "env:PULL"}
SECRETS = ServiceSecrets("a", "b", "c", "d", push_password="PUSH", pull_password="PULL")
EKS = {"kind": "eks", "account": "123456789012", "region": "eu-central-1", "zone": "eu-central-1a"}
REGISTRIES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "docker-hub": (
        {"kind": "docker-hub", "namespace": "lab"},
        "docker.io/lab/r2d-",
        "https://index.docker.io/v1/",
        "https://registry-1.docker.io",
    ),
    "ghcr": ({"kind": "ghcr", "namespace": "lab"}, "ghcr.io/lab/r2d-", "https://ghcr.io", "https://ghcr.io"),
    "quay": ({"kind": "quay", "namespace": "lab"}, "quay.io/lab/r2d-", "https://quay.io", "https://quay.io"),
    "harbor": (
        {"kind": "harbor", "host": "harbor.example.org", "path": "binder"},
        "harbor.example.org/binder/r2d-",
        "https://harbor.example.org",
        "https://harbor.example.org",
    ),
    "oci": (
        {"kind": "oci", "host": "images.example.org:5443", "path": "a/b"},
        "images.example.org:5443/a/b/r2d-",
        "https://images.example.org:5443",
        "https://images.example.org:5443",
    ),
}
"""Kind → settings, prefix of images, where the login is looked up, where the registry answers."""


def made(make_settings: Make, versions: dict[str, str], **sections: Any) -> dict[str, Any]:
    values: dict[str, Any] = binder_service(make_settings(**sections), SECRETS, versions, {})["binderhub"]
    return values


@pytest.mark.parametrize("kind", REGISTRIES)
def test_one_login_pushes_and_the_other_reads(kind: str, make_settings: Make, versions: dict[str, str]) -> None:
    registry, prefix, login_url, api_url = REGISTRIES[kind]
    values = made(make_settings, versions, registry={**registry, "push": PUSH, "pull": PULL})
    assert values["config"]["BinderHub"]["image_prefix"] == prefix
    assert values["registry"] == {"url": login_url, "username": "pusher", "password": "PUSH"}
    reader = values["config"]["DockerRegistry"]
    assert (reader["url"], reader["username"], reader["password"]) == (api_url, "reader", "PULL")
    pull = values["jupyterhub"]["imagePullSecret"]
    assert pull == {"create": True, "registry": login_url, "username": "reader", "password": "PULL"}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_with_one_login_it_reads_too(kind: str, make_settings: Make, versions: dict[str, str]) -> None:
    values = made(make_settings, versions, registry={**REGISTRIES[kind][0], "push": PUSH})
    assert values["config"]["DockerRegistry"]["password"] == "PUSH"
    assert values["jupyterhub"]["imagePullSecret"]["username"] == "pusher"


def test_harbor_is_told_where_tokens_are(make_settings: Make, versions: dict[str, str]) -> None:
    values = made(make_settings, versions, registry={**REGISTRIES["harbor"][0], "push": PUSH})
    url = "https://harbor.example.org/service/token?service=harbor-registry"
    assert values["config"]["DockerRegistry"]["token_url"] == url


def test_ecr_holds_no_password(make_settings: Make, versions: dict[str, str]) -> None:
    values = made(make_settings, versions, platform=EKS)
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    assert values["config"]["BinderHub"]["image_prefix"] == f"{host}/demo/r2d-"
    assert values["registry"] == {"url": f"https://{host}", "username": "AWS", "password": ""}
    assert list(values["extraConfig"]) == ["00-binder-deploy-pod-identity"]


@pytest.mark.parametrize("kind", REGISTRIES)
def test_the_charts_know_every_key(kind: str, make_settings: Make, versions: dict[str, str]) -> None:
    values = made(make_settings, versions, registry={**REGISTRIES[kind][0], "push": PUSH, "pull": PULL})
    for folder, given in (("binderhub", values), ("binderhub/charts/jupyterhub", values["jupyterhub"])):
        schema = json.loads((bundle.STAND_INS / folder / "values.schema.json").read_text())
        jsonschema.Draft7Validator(schema).validate(given)
