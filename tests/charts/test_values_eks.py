"""What Amazon EKS needs besides: values as a whole, against golden files and the charts' own keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from binder_deploy.charts import bundle
from binder_deploy.charts.bundle import needed
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.resolve import stand_in
from binder_deploy.charts.values.eks.calico import installation
from binder_deploy.charts.values.eks.together import platform_values
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.settings.model import Settings

from .conftest import same_as_golden

CHARTS = ("aws-load-balancer-controller", "cluster-autoscaler", "crd.projectcalico.org.v1", "tigera-operator")


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    platform = {"kind": "eks", "account": "123456789012", "region": "eu-central-1", "zone": "eu-central-1b"}
    return make_settings(platform=platform)


@pytest.mark.parametrize("chart", [c for c in CHARTS if c != "crd.projectcalico.org.v1"])
def test_values(chart: str, settings: Settings) -> None:
    same_as_golden(f"eks-{chart}", platform_values(settings)[chart])


def test_what_calico_is_to_install(settings: Settings) -> None:
    same_as_golden("eks-installation", installation(settings))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_knows_every_key_that_we_set(chart: str, settings: Settings) -> None:
    schema = json.loads((bundle.STAND_INS / chart / "values.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(platform_values(settings)[chart])


@pytest.mark.parametrize(
    ("chart", "change"),
    [
        ("aws-load-balancer-controller", {"vpcID": "vpc-1"}),
        ("aws-load-balancer-controller", {"serviceAccount": {"named": "x"}}),
        ("cluster-autoscaler", {"autoDiscovery": {"cluster": "x"}}),
        ("tigera-operator", {"installation": {"enable": False}}),
        ("crd.projectcalico.org.v1", {"keep": True}),
    ],
)
def test_a_misplaced_key_is_refused(chart: str, change: dict[str, Any]) -> None:
    """Upstream's charts have no schema and would pass over it in silence."""
    schema = json.loads((bundle.STAND_INS / chart / "values.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(change)


def test_the_network_s_id_is_passed_on_and_never_looked_into(settings: Settings) -> None:
    promise = object()
    assert platform_values(settings, promise)["aws-load-balancer-controller"]["vpcId"] is promise


def test_calico_leaves_addresses_to_aws_and_fits_its_own_definition(settings: Settings) -> None:
    from ruamel.yaml import YAML

    file = bundle.STAND_INS / "crd.projectcalico.org.v1" / "templates" / "installations.yaml"
    definition = YAML(typ="safe").load(file.read_text())
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    # As the API server does it with a strict client: what is not declared is refused.
    jsonschema.Draft7Validator({**spec, "additionalProperties": False}).validate(installation(settings))
    assert installation(settings)["cni"] == {"type": "AmazonVPC"}


def test_a_platform_installs_its_own_charts_and_nobody_elses() -> None:
    shipped = bundle.load()
    everywhere = {"binderhub", "traefik", "cert-manager"}
    assert set(needed(shipped, "gke").charts) == set(needed(shipped, "existing").charts) == everywhere
    assert set(needed(shipped, "eks").charts) == {*everywhere, *CHARTS}
    assert {name for name, chart in shipped.charts.items() if not chart.setting} == {*everywhere, *CHARTS}


@pytest.mark.parametrize("chart", CHARTS)
def test_a_stand_in_plays_the_version_that_is_shipped(chart: str) -> None:
    assert stand_in(chart).version.partition("+")[0] == bundle.load().charts[chart].version


def test_there_are_values_for_every_chart_of_the_platform(
    settings: Settings, make_settings: Callable[..., Settings], versions: dict[str, str]
) -> None:
    def local(name: str) -> LocalChart:
        return LocalChart(name, bundle.load().charts[name].version, f"charts/{name}", "folder", "a" * 64, versions)

    charts = ChartSet(*map(local, ("binderhub", "traefik", "cert-manager")), {n: local(n) for n in CHARTS})
    assert set(values(settings, charts, NO_SECRETS, {}).platform) == set(charts.platform)
    assert values(make_settings(), charts, NO_SECRETS, {}).platform == {}
    assert {c.name for c in charts.all} == {"binderhub", "traefik", "cert-manager", *CHARTS}
