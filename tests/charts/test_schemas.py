"""Our values against the schemas of the charts that they are for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
import pytest

from binder_deploy.charts import bundle, umbrella
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.settings.model import Settings

Make = Callable[..., Settings]


def check(folder: str, values: Mapping[str, Any]) -> None:
    schema = json.loads((bundle.STAND_INS / folder / "values.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(values)


@pytest.mark.parametrize("builder", ["dind", "pink"])
@pytest.mark.parametrize("push", ["workload-identity", "key"])
def test_the_binder_service_knows_every_key_that_we_set(
    builder: str, push: str, make_settings: Make, versions: dict[str, str]
) -> None:
    settings = make_settings(
        registry={"push": push}, binder={"builds": {"builder": builder}, "banned_repositories": ["x"]}
    )
    secrets = ServiceSecrets("a", "b", "c", "d", registry_key="e", github_token="f")
    values = binder_service(settings, secrets, versions, {"mine": "pass"})
    ours = json.loads((umbrella.TEMPLATE / "values.schema.json").read_text())
    jsonschema.Draft7Validator(ours).validate(values)
    check("binderhub", values["binderhub"])
    check("binderhub/charts/jupyterhub", values["binderhub"]["jupyterhub"])


def test_traefik_knows_every_key_that_we_set(make_settings: Make) -> None:
    check("traefik", traefik(make_settings(), "41.3.0"))


def test_cert_manager_knows_every_key_that_we_set(make_settings: Make) -> None:
    check("cert-manager", cert_manager(make_settings(), "v1.21.1"))


@pytest.mark.parametrize(
    ("folder", "values"),
    [
        ("binderhub", {"hub": {}}),
        ("binderhub", {"dind": {"resource": {}}}),
        ("binderhub/charts/jupyterhub", {"hub": {"url": "x"}}),
        ("traefik", {"ports": {"web": {"expose": {}}}, "redirect": True}),
        ("traefik", {"providers": {"kubernetesIngress": {"class": "x"}}}),
        ("cert-manager", {"crd": {"enabled": True}}),
        ("cert-manager", {"webhook": {"nodeselector": {}}}),
    ],
)
def test_a_misplaced_key_is_refused_as_upstream_refuses_it(folder: str, values: Mapping[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(folder, values)


@pytest.mark.parametrize(
    "change",
    [{"guardrail": {}}, {"ingress": {"binderHost": ""}}, {"guardrails": {"maxPods": 0}}, {"binderhub": 1}],
)
def test_our_own_schema_is_strict(
    change: Mapping[str, Any], make_settings: Make, secrets: ServiceSecrets, versions: dict[str, str]
) -> None:
    values = binder_service(make_settings(), secrets, versions, {})
    schema = json.loads((umbrella.TEMPLATE / "values.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({**values, **change})
