"""The registry inside the cluster: its own values, and what they mean for BinderHub, builds and nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from binder_deploy.charts import bundle, umbrella
from binder_deploy.charts.archive import contents, folder, pack
from binder_deploy.charts.bundle import needed
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.releases import planned_releases
from binder_deploy.charts.requests import requests
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import Values, values
from binder_deploy.charts.values.zot import ZOT, zot
from binder_deploy.settings.choices import chart_sections
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings

from .conftest import same_as_golden

Make = Callable[..., Settings]
SECRETS = ServiceSecrets("a", "b", "c", "d", push_password="PUSH", pull_password="PULL", registry_users="HASHES")
INSIDE = {"registry": {"kind": "in-cluster"}, "tls": {"email": "ops@example.org", "server": "production"}}
EXISTING = {"kind": "existing", "context": "there"}


@pytest.fixture
def settings(make_settings: Make) -> Settings:
    return make_settings(**INSIDE)


@pytest.fixture
def charts(versions: dict[str, str]) -> ChartSet:
    def local(name: str) -> LocalChart:
        return LocalChart(name, bundle.load().charts[name].version, f"charts/{name}", "folder", "a" * 64, versions)

    return ChartSet(*map(local, ("binderhub", "traefik", "cert-manager")), {ZOT: local(ZOT)})


def test_zot(settings: Settings) -> None:
    same_as_golden("zot", zot(settings, SECRETS))


def test_it_knows_every_key_that_we_set(settings: Settings) -> None:
    schema = json.loads((bundle.STAND_INS / ZOT / "values.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(zot(settings, SECRETS))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({"pvc": {"size": "1Gi"}})


def test_the_stand_in_plays_the_version_that_is_shipped() -> None:
    played = contents(ZOT, pack(ZOT, folder(bundle.STAND_INS / ZOT)))
    assert played.version.partition("+")[0] == bundle.load().charts[ZOT].version


def test_who_pulls_may_only_read_and_nobody_else_may_anything(settings: Settings) -> None:
    config = json.loads(zot(settings, SECRETS)["configFiles"]["config.json"])
    (rights,) = config["http"]["accessControl"]["repositories"].values()
    assert {p["users"][0]: p["actions"] for p in rights["policies"]} == {
        "binder-push": ["read", "create", "update"],
        "binder-pull": ["read"],
    }
    assert rights["defaultPolicy"] == []
    assert "anonymousPolicy" not in rights


def test_images_stay_as_long_as_the_settings_say(make_settings: Make) -> None:
    settings = make_settings(**{**INSIDE, "registry": {"kind": "in-cluster", "keep_days": 7}})
    config = json.loads(zot(settings, SECRETS)["configFiles"]["config.json"])
    (policy,) = config["storage"]["retention"]["policies"]
    assert policy["keepTags"] == [{"patterns": [".*"], "pushedWithin": "168h", "pulledWithin": "168h"}]


def test_builds_write_and_binderhub_and_nodes_read(settings: Settings, versions: dict[str, str]) -> None:
    made = binder_service(settings, SECRETS, versions, {})["binderhub"]
    url = "https://registry.example.org"
    assert made["config"]["BinderHub"]["image_prefix"] == "registry.example.org/demo/r2d-"
    assert made["registry"] == {"url": url, "username": "binder-push", "password": "PUSH"}
    assert made["config"]["DockerRegistry"] == {"url": url, "username": "binder-pull", "password": "PULL"}
    pull = {"create": True, "registry": url, "username": "binder-pull", "password": "PULL"}
    assert made["jupyterhub"]["imagePullSecret"] == pull


@pytest.mark.parametrize(
    ("platform", "addresses"), [({}, None), ({"address": "10.1.2.3"}, ["10.1.2.3/32"]), ({"address": None}, None)]
)
def test_builds_are_let_through_to_the_door_and_nowhere_else(
    platform: dict[str, Any], addresses: list[str] | None, make_settings: Make, versions: dict[str, str]
) -> None:
    made = binder_service(make_settings(**INSIDE, platform={**EXISTING, **platform}), SECRETS, versions, {})
    entrance = made["guardrails"]["egress"]["entrance"]
    assert entrance["namespace"] == "traefik"
    assert entrance.get("addresses") == addresses
    jsonschema.Draft7Validator(json.loads((umbrella.TEMPLATE / "values.schema.json").read_text())).validate(made)


def test_without_it_nothing_is_opened(make_settings: Make, versions: dict[str, str]) -> None:
    made = binder_service(make_settings(), SECRETS, versions, {})
    assert "entrance" not in made["guardrails"]["egress"]


@pytest.mark.parametrize(
    ("changed", "instead"),
    [
        ({"pvc": {"storage": "1Gi"}}, r"registry\.disk_gb"),
        ({"configFiles": {"config.json": "{}"}}, "registry"),
        ({"ingress": {"enabled": False}}, "Traefik is the only door"),
        ({"secretFiles": {"htpasswd": "x"}}, "generated once"),
    ],
)
def test_what_is_ours_is_refused_by_name(changed: dict[str, Any], instead: str, make_settings: Make) -> None:
    with pytest.raises(SettingsError, match=instead):
        zot(make_settings(**INSIDE, charts={"zot": {"values": changed}}), SECRETS)


def test_it_is_installed_where_it_is_chosen_and_only_there(
    settings: Settings, make_settings: Make, charts: ChartSet
) -> None:
    def chosen(one: Settings) -> tuple[set[str], set[str], list[tuple[str, str]]]:
        given: Values = values(one, charts, SECRETS, {})
        planned = [(r.namespace, r.name) for r in planned_releases(one, charts, SECRETS)]
        return set(needed(bundle.load(), "gke", chart_sections(one)).charts), set(given.platform), planned

    found, given, planned = chosen(settings)
    assert found == {"binderhub", "traefik", "cert-manager", ZOT}
    assert given == {ZOT}
    assert ("binder", "registry") in planned
    found, given, planned = chosen(make_settings())
    assert ZOT not in found and not given and ("binder", "registry") not in planned


def test_its_pod_counts_where_room_is_counted(settings: Settings, charts: ChartSet) -> None:
    given = values(settings, charts, SECRETS, {})
    asked = {r.pod: r for r in requests(given.binder_service, given.traefik, given.cert_manager, given.platform)}
    assert (asked["registry"].pool, asked["registry"].memory) == ("core", 256 * 2**20)
    assert "registry" not in {r.pod for r in requests(given.binder_service, given.traefik, given.cert_manager)}
