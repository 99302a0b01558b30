"""Who is told of alerts, and that what opens the way to them is only ever referred to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_deploy.settings.choices import chart_sections, our_namespaces, our_releases
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.references import references

EXAMPLE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
MAIL = (
    "{kind: email, to: [a@example.org], sender: b@example.org, server: 'smtp.example.org:587', username: u, "
    "password: %s}"
)


def settings(monitoring: str = "") -> Settings:
    return parse(EXAMPLE + (f"\nmonitoring: {monitoring}\n" if monitoring else ""))


def test_it_is_off_unless_it_is_asked_for() -> None:
    assert settings().monitoring is None
    assert "monitoring" not in chart_sections(settings()) and "binder-monitoring" not in our_namespaces(settings())
    watched = settings("{}")
    assert "monitoring" in chart_sections(watched)
    assert {("binder-monitoring", "prometheus"), ("binder-monitoring", "grafana")} <= our_releases(watched)


@pytest.mark.parametrize(
    ("alerts", "path"),
    [
        ("{kind: webhook, url: 'env:HOOK'}", "monitoring.alerts.url"),
        ("{kind: slack, url: 'file:hook.txt'}", "monitoring.alerts.url"),
        (MAIL % "'env:SMTP'", "monitoring.alerts.password"),
    ],
)
def test_the_way_to_people_is_a_secret_of_the_deployment(alerts: str, path: str) -> None:
    (found,) = [r for r in references(settings(f"{{alerts: {alerts}}}")) if r.key == "alertsSecret"]
    assert found.path == path


@pytest.mark.parametrize(
    ("monitoring", "says"),
    [
        ("{alerts: {kind: slack, url: 'https://hooks.example.org/T0/B0/hush'}}", "never the secret itself"),
        (f"{{alerts: {MAIL % 'hush'}}}", "never the secret itself"),
        ("{alerts: {kind: pigeon, url: 'env:X'}}", "monitoring.alerts"),
        ("{keep_days: 0}", "monitoring.keep_days"),
        ("{disk_gb: 1}", "monitoring.disk_gb"),
        ("{kind: elsewhere}", "monitoring.kind"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_not_repeated(monitoring: str, says: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(monitoring)
    assert says in str(caught.value) and "hush" not in str(caught.value)
