"""What watches a deployment: values as a whole (`GOLDEN=write` writes them anew), alerts, the dashboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import promql_parser
import pytest
from ruamel.yaml import YAML

from binder_deploy.charts import bundle
from binder_deploy.charts.requests import requests
from binder_deploy.charts.resolve import stand_in
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.monitoring.alerts import PAGE, Alert, every
from binder_deploy.charts.values.monitoring.credentials import credentials
from binder_deploy.charts.values.monitoring.grafana import DASHBOARD
from binder_deploy.charts.values.monitoring.scrape import USUAL
from binder_deploy.charts.values.monitoring.together import RELEASES, monitoring_values
from binder_deploy.charts.values.origins import origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings

from .conftest import same_as_golden

Make = Callable[..., Settings]
ROOT = Path(__file__).parents[2]
SLACK = {"alerts": {"kind": "slack", "url": "env:ALERTS_URL"}}
OWN = {"kind": "certificate", "certificate": "file:c.pem", "key": "file:k.pem"}
MAIL = {
    "kind": "email", "to": ["ops@example.org"], "sender": "binder@example.org", "server": "smtp.example.org:587",
    "username": "binder", "password": "env:SMTP_PASSWORD",
}  # fmt: skip
EXISTING: Mapping[str, Any] = {
    "platform": {"kind": "existing", "context": "c", "ingress_class": "nginx", "cert_manager": "use"},
    "registry": {"kind": "ghcr", "namespace": "n", "push": {"username": "u", "password": "env:P"}},
}
SECRETS = ServiceSecrets(
    "API", "PROXY", "COOKIE", "CRYPT", metrics_token="s3cret-1", grafana_password="s3cret-2", alerts_secret="s3cret-3"
)


@pytest.fixture
def settings(make_settings: Make) -> Settings:
    return make_settings(monitoring=SLACK)


def given(settings: Settings) -> dict[str, dict[str, Any]]:
    return monitoring_values(settings, origins(settings))


@pytest.mark.parametrize("chart", RELEASES)
def test_the_values_are_those_that_were_reviewed(chart: str, settings: Settings) -> None:
    same_as_golden(f"monitoring-{chart}", given(settings)[chart])


@pytest.mark.parametrize("chart", RELEASES)
@pytest.mark.parametrize("sections", [{"monitoring": {}}, {"monitoring": {"alerts": MAIL}}, {"monitoring": SLACK}])
def test_the_charts_know_every_key_that_we_set(chart: str, sections: Any, make_settings: Make) -> None:
    schema = json.loads((bundle.STAND_INS / chart / "values.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(given(make_settings(**sections))[chart])


@pytest.mark.parametrize(
    ("chart", "values"),
    [
        ("prometheus", {"servers": {}}),
        ("prometheus", {"server": {"retentionDays": 3}}),
        ("prometheus", {"alertmanager": {"persistance": {}}}),
        ("prometheus", {"kube-state-metrics": {"nodeselector": {}}}),
        ("grafana", {"dashboard": {}}),
        ("grafana", {"admin": {"password": "x"}}),
    ],
)
def test_a_misplaced_key_is_refused(chart: str, values: Mapping[str, Any]) -> None:
    schema = json.loads((bundle.STAND_INS / chart / "values.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(values)


@pytest.mark.parametrize("chart", RELEASES)
def test_a_stand_in_plays_the_version_that_is_shipped(chart: str) -> None:
    assert stand_in(chart).version.partition("+")[0] == bundle.load().charts[chart].version


def test_its_charts_are_installed_only_where_they_are_asked_for(make_settings: Make) -> None:
    shipped = bundle.load()
    assert not set(RELEASES) & set(bundle.needed(shipped, "gke").charts)
    assert set(RELEASES) <= set(bundle.needed(shipped, "gke", {"monitoring"}).charts)
    assert given(make_settings()) == {}


def test_what_is_charts_own_to_scrape_is_switched_off(settings: Settings) -> None:
    jobs = given(settings)["prometheus"]["scrapeConfigs"]
    assert all(jobs[name] == {"enabled": False} for name in USUAL)
    assert set(jobs) - set(USUAL) == {"hub", "binder", "traefik", "cert-manager", "kube-state-metrics", "alertmanager"}


def test_what_is_not_ours_is_not_looked_into(make_settings: Make) -> None:
    values = given(make_settings(**EXISTING, monitoring={}))["prometheus"]
    assert not {"traefik", "cert-manager"} & set(values["scrapeConfigs"])
    assert values["server"]["namespaces"] == ["binder"]
    assert values["kube-state-metrics"]["namespaces"] == "binder,binder-monitoring"


def test_the_hub_is_asked_where_it_answers_also_below_a_path(make_settings: Make) -> None:
    bare = make_settings(address={"kind": "ip"}, monitoring={})
    assert given(bare)["prometheus"]["scrapeConfigs"]["hub"]["metrics_path"] == "/jupyter/hub/metrics"


def test_nothing_that_a_chart_writes_into_a_config_map_is_a_secret(make_settings: Make) -> None:
    for alerts in (SLACK["alerts"], MAIL):
        settings = make_settings(monitoring={"alerts": alerts})
        text = json.dumps(given(settings))
        assert "s3cret" not in text and "env:" not in text
        held = credentials(settings, SECRETS)
        assert [sorted(secret.values()) for _, secret in sorted(held.items())] == [
            ["s3cret-3"], ["admin", "s3cret-2"], ["s3cret-1"],
        ], "each program has its own"  # fmt: skip


def test_prometheus_alone_may_come_to_the_hub_and_read_its_measurements(
    settings: Settings, make_settings: Make, versions: dict[str, str]
) -> None:
    def hub(of: Settings) -> dict[str, Any]:
        found: dict[str, Any] = binder_service(of, SECRETS, versions, {})["binderhub"]["jupyterhub"]["hub"]
        return found

    watched, usual = hub(settings), hub(make_settings())
    assert watched["services"]["binder-deploy-metrics"] == {"apiToken": "s3cret-1"}
    assert watched["loadRoles"]["binder-deploy-metrics"]["scopes"] == ["read:metrics"]
    (rule,) = watched["networkPolicy"]["ingress"]
    (peer,) = rule["from"]
    assert set(peer) == {"namespaceSelector", "podSelector"}, "both at once, or all of a namespace may come"
    assert "ingress" not in usual["networkPolicy"] and "binder-deploy-metrics" not in usual["services"]


@pytest.mark.parametrize(
    ("chart", "values", "instead"),
    [
        ("prometheus", {"server": {"retention": "1y"}}, "monitoring.keep_days"),
        ("prometheus", {"server": {"persistentVolume": {"size": "1Gi"}}}, "monitoring.disk_gb"),
        ("prometheus", {"alertmanager": {"config": {"receivers": []}}}, "monitoring.alerts"),
        ("grafana", {"ingress": {"enabled": True}}, "open monitoring"),
        ("grafana", {"adminPassword": "x"}, "generated once"),
    ],
)
def test_what_is_ours_cannot_be_set_besides(
    chart: str, values: Mapping[str, Any], instead: str, make_settings: Make
) -> None:
    settings = make_settings(monitoring={}, charts={chart: {"values": values}})
    with pytest.raises(SettingsError) as caught:
        given(settings)
    assert instead in str(caught.value)


def test_its_pods_count_where_the_core_pool_is_measured(settings: Settings, versions: dict[str, str]) -> None:
    values = binder_service(settings, SECRETS, versions, {})
    of = [values, traefik(settings, "41.3.0"), cert_manager(settings, "v1.21.1")]
    more = {r.pod: r for r in requests(*of, given(settings))}.keys() - {r.pod for r in requests(*of)}
    assert more == {"prometheus", "alertmanager", "kube-state-metrics", "grafana"}


# Alerts and the dashboard.


@pytest.fixture(params=["ours", "own certificate", "bare address", "theirs"])
def watched(request: pytest.FixtureRequest, make_settings: Make) -> Settings:
    sections: dict[str, Any] = {
        "ours": {},
        "own certificate": {"tls": OWN},
        "bare address": {"address": {"kind": "ip"}},
        "theirs": EXISTING,
    }[request.param]
    return make_settings(**{**sections, "monitoring": {}})


def asked() -> list[str]:
    """Expressions of the dashboard."""
    panels = json.loads(DASHBOARD)["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def selectors(node: Any) -> Iterator[Any]:
    """Vector selectors of a parsed expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for part in ("lhs", "rhs", "expr", "vector_selector"):
        if (below := getattr(node, part, None)) is not None:
            yield from selectors(below)
    for argument in getattr(node, "args", None) or ():
        yield from selectors(argument)


def measurements() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(Path(__file__).parent / "measurements.yaml")
    return found


def names(expression: str) -> set[str]:
    return {str(selector.name) for selector in selectors(promql_parser.parse(expression))}


def known() -> set[str]:
    return {name for job in measurements().values() for name in job["names"]}


def test_every_alert_asks_for_measurements_that_exist(watched: Settings) -> None:
    for alert in every(watched):
        found = names(alert.expression)
        assert found and found <= known() | {n for n in found if n.startswith("jupyterhub_")}, alert.name


@pytest.mark.parametrize("expression", asked())
def test_the_dashboard_asks_for_measurements_that_exist(expression: str) -> None:
    found = names(expression)
    assert found and found <= known() | {n for n in found if n.startswith("jupyterhub_")}


def test_every_measurement_of_the_table_is_used(make_settings: Make) -> None:
    used = {n for e in asked() for n in names(e)}
    for sections in ({}, {"tls": OWN}):
        used |= {n for alert in every(make_settings(**sections)) for n in names(alert.expression)}
    assert known() <= used


def test_a_broken_expression_would_not_pass() -> None:
    with pytest.raises(ValueError, match=r".+"):
        promql_parser.parse("sum(rate(x[5m])")
    assert names("absent(a == 1) or sum by (b) (rate(c[1m])) / d") == {"a", "c", "d"}


def test_every_alert_says_what_it_means_and_what_comes_next(watched: Settings) -> None:
    from typer.main import get_command

    from binder_deploy.cli.app import app

    page = (ROOT / PAGE).read_text()
    alerts: tuple[Alert, ...] = every(watched)
    assert len({alert.name for alert in alerts}) == len(alerts)
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for alert in alerts:
        said = alert.rule["annotations"]
        assert all(said[key] for key in ("summary", "description", "next", "page"))
        program, command, *_ = said["next"].split()
        assert program == "binder-deploy" and command in commands, alert.name
        assert f"\n### {alert.name}\n" in page, f"{PAGE} has no section {alert.name}"
        assert said["page"] == f"{PAGE}#{alert.name.lower()}"


def test_the_checks_that_alerts_send_to_exist(make_settings: Make) -> None:
    from binder_deploy.checks.catalogue import CATALOGUE
    from binder_deploy.checks.model import Phase

    ids, phases = {check.id for check in CATALOGUE}, {phase.value for phase in Phase}
    for alert in every(make_settings()):
        for option, among in (("--only", ids), ("--phase", phases)):
            _, there, value = alert.next.partition(f"{option} ")
            assert not there or value in among, alert.name


def test_a_certificate_is_told_of_before_it_ends_and_after_it_should_have_been_renewed(make_settings: Make) -> None:
    def left(**sections: Any) -> int:
        (alert,) = [a for a in every(make_settings(**sections)) if a.name == "CertificateExpires"]
        return int(alert.expression.rpartition("< ")[2])

    hour = 3600
    assert left(address={"kind": "ip"}) < 160 * hour / 3, "those for an address live for 160 hours"
    assert left() < 45 * 24 * hour / 3, "the shortest of the others for 45 days"
    assert left(tls=OWN) == 21 * 24 * hour


def test_no_servers_at_all_is_no_reason_to_say_that_there_are_too_many(make_settings: Make) -> None:
    closed = make_settings(binder={"max_servers": 0})
    assert "ServersNearLimit" not in {alert.name for alert in every(closed)}
