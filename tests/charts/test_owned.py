from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from binder_deploy.charts.values import owned
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.merge import deep, merge
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings

Make = Callable[..., Settings]
OWNED = {"a.b": "hub.server", "c": "it is ours, always"}


def nested(path: str, value: Any = 1) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


@pytest.mark.parametrize("theirs", [nested("a.b"), nested("a.b.deeper"), {"a": None}, {"a": [1]}])
def test_a_key_of_ours_is_refused_by_name_with_the_setting_to_use(theirs: Mapping[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        merge({"a": {"b": 1}}, theirs, OWNED, "charts.demo.values")
    problem = caught.value.problems[0]
    assert problem.path == "charts.demo.values.a.b"
    assert problem.remedy == "use hub.server"


def test_a_reason_stands_where_there_is_no_setting() -> None:
    with pytest.raises(SettingsError) as caught:
        merge({}, {"c": {"d": 1}}, OWNED, "x")
    assert caught.value.problems[0].remedy == "it is ours, always"


def test_all_problems_come_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        merge({}, {"c": "hunter2", "a": {"b": "hunter2"}}, OWNED, "x")
    assert [p.path for p in caught.value.problems] == ["x.a.b", "x.c"]
    assert "hunter2" not in str(caught.value)


def test_what_is_not_ours_is_merged_last_and_lists_are_replaced() -> None:
    ours = {"a": {"b": 1}, "d": {"e": [1, 2], "f": 1}}
    assert merge(ours, {"a": {"x": 2}, "d": {"e": [3]}}, OWNED, "x") == {"a": {"b": 1, "x": 2}, "d": {"e": [3], "f": 1}}
    assert ours == {"a": {"b": 1}, "d": {"e": [1, 2], "f": 1}}, "nothing is changed in place"


def test_null_cannot_wipe_out_a_whole_section() -> None:
    with pytest.raises(SettingsError, match=r"x\.d\.g: null would delete"):
        merge({"d": {"g": {"h": 1}}}, {"d": {"g": None}}, OWNED, "x")


def test_deep_merging_leaves_its_layers_alone() -> None:
    layer = {"a": {"b": 1}}
    deep(layer, {"a": {"c": 2}})["a"]["b"] = 9
    assert layer == {"a": {"b": 1}}


@pytest.mark.parametrize("path", owned.BINDER_SERVICE)
def test_every_owned_key_of_the_binder_service_is_refused(
    path: str, make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]
) -> None:
    settings = make_settings(charts={"binder-service": {"values": nested(path)}})
    with pytest.raises(SettingsError) as caught:
        binder_service(settings, secrets, versions, {})
    assert [p.path for p in caught.value.problems] == [f"charts.binder-service.values.{path}"]


@pytest.mark.parametrize("path", owned.TRAEFIK)
def test_every_owned_key_of_traefik_is_refused(path: str, make_settings: Make) -> None:
    with pytest.raises(SettingsError):
        traefik(make_settings(charts={"traefik": {"values": nested(path)}}), "41.3.0")


@pytest.mark.parametrize("path", owned.CERT_MANAGER)
def test_every_owned_key_of_cert_manager_is_refused(path: str, make_settings: Make) -> None:
    with pytest.raises(SettingsError):
        cert_manager(make_settings(charts={"cert-manager": {"values": nested(path)}}), "v1.21.1")


def leaves(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    return [
        path
        for key, value in values.items()
        for path in (leaves(value, f"{prefix}{key}.") if isinstance(value, Mapping) and value else [f"{prefix}{key}"])
    ]


def test_every_setting_named_as_the_way_to_go_exists(make_settings: Make) -> None:
    model = make_settings().model_dump(by_alias=True)
    named = {*owned.BINDER_SERVICE.values(), *owned.TRAEFIK.values(), *owned.CERT_MANAGER.values()}
    for setting in (text for text in named if " " not in text):
        node: Any = model
        for part in setting.split("."):
            assert part in node, setting
            node = node[part]


def test_secrets_and_placement_of_the_golden_values_are_all_owned(
    make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]
) -> None:
    values = binder_service(make_settings(), secrets, versions, {})
    sensitive = [p for p in leaves(values) if any(w in p.lower() for w in ("token", "secret", "keys", "nodeselector"))]
    assert len(sensitive) >= 8
    for path in sensitive:
        ours = any(path == key or path.startswith(f"{key}.") for key in owned.BINDER_SERVICE)
        assert ours, path
