"""A login is set up as a whole or not at all, and every key of it is one that the charts know."""

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
APPLICATION = {"client_id": "abc", "client_secret": "env:CLIENT_SECRET"}
OIDC = {
    "authorize_url": "https://id.example.org/authorize",
    "token_url": "https://id.example.org/token",
    "userdata_url": "https://id.example.org/userinfo",
}
LOGINS: dict[str, dict[str, Any]] = {
    "github": {"kind": "github", **APPLICATION, "organizations": ["lab:staff"], "admins": ["ada"]},
    "google": {"kind": "google", **APPLICATION, "domains": ["example.org"]},
    "oidc": {"kind": "oidc", **APPLICATION, **OIDC, "groups": ["staff"], "groups_claim": "groups"},
    "persistent": {"kind": "github", **APPLICATION, "users": ["bob"], "named_servers": 3, "disk_gb": 5},
}
RULES = {
    "github": ("GitHubOAuthenticator", "allowed_organizations", ["lab:staff"]),
    "google": ("GoogleOAuthenticator", "hosted_domain", ["example.org"]),
    "oidc": ("GenericOAuthenticator", "allowed_groups", ["staff"]),
    "persistent": ("GitHubOAuthenticator", "allowed_users", ["bob"]),
}
SECRETS = ServiceSecrets("a", "b", "c", "d", client_secret="CLIENT-SECRET")


@pytest.fixture(params=LOGINS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def values(kind: str, make_settings: Make, versions: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = binder_service(make_settings(access=LOGINS[kind]), SECRETS, versions, {})["binderhub"]
    return made


def test_both_halves_know_of_the_login(values: dict[str, Any]) -> None:
    hub = values["jupyterhub"]["hub"]
    assert values["config"]["BinderHub"]["auth_enabled"] is True
    assert hub["config"]["BinderSpawner"]["auth_enabled"] is True
    assert hub["config"]["JupyterHub"]["redirect_to_server"] is False
    assert hub["loadRoles"]["user"]["scopes"] == ["self", "access:services!service=binder"]
    assert values["jupyterhub"]["cull"]["users"] is False
    assert values["jupyterhub"]["singleuser"]["cmd"] == "jupyterhub-singleuser"


def test_the_callbacks_are_the_addresses_that_people_use(kind: str, values: dict[str, Any]) -> None:
    hub = values["jupyterhub"]["hub"]
    assert hub["services"]["binder"]["oauth_redirect_uri"] == "https://binder.example.org/oauth_callback"
    assert hub["config"][RULES[kind][0]]["oauth_callback_url"] == "https://hub.example.org/hub/oauth_callback"


def test_somebody_is_let_in_and_the_application_is_known(kind: str, values: dict[str, Any]) -> None:
    authenticator, rule, expected = RULES[kind]
    config = values["jupyterhub"]["hub"]["config"][authenticator]
    assert config[rule] == expected
    assert (config["client_id"], config["client_secret"]) == ("abc", "CLIENT-SECRET")


def test_a_google_domain_lets_its_people_in_and_not_only_others_out(
    make_settings: Make, versions: dict[str, str]
) -> None:
    made = binder_service(make_settings(access=LOGINS["google"]), SECRETS, versions, {})
    assert made["binderhub"]["jupyterhub"]["hub"]["config"]["GoogleOAuthenticator"]["allow_all"] is True


def test_named_servers_and_their_disk_are_off_unless_asked_for(kind: str, values: dict[str, Any]) -> None:
    named = kind == "persistent"
    assert ("use_named_servers" in values["config"]["BinderHub"]) == named
    assert values["jupyterhub"]["hub"].get("namedServerLimitPerUser") == (3 if named else None)
    storage = values["jupyterhub"]["singleuser"].get("storage", {})
    assert (storage.get("capacity"), storage.get("homeMountPath")) == (
        ("5Gi", "/home/jovyan/persistent") if named else (None, None)
    )


def test_an_open_service_has_no_trace_of_a_login(make_settings: Make, versions: dict[str, str]) -> None:
    made = binder_service(make_settings(), SECRETS, versions, {})["binderhub"]
    assert "auth_enabled" not in made["config"]["BinderHub"]
    assert "loadRoles" not in made["jupyterhub"]["hub"]


def test_the_charts_know_every_key(values: dict[str, Any]) -> None:
    for folder, given in (("binderhub", values), ("binderhub/charts/jupyterhub", values["jupyterhub"])):
        schema = json.loads((bundle.STAND_INS / folder / "values.schema.json").read_text())
        jsonschema.Draft7Validator(schema).validate(given)
