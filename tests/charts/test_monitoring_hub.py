"""What is asked of the hub, against a real one."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from binder_deploy.charts.values.monitoring.alerts import every
from binder_deploy.charts.values.monitoring.grafana import DASHBOARD

pytestmark = pytest.mark.system

_HUBS = re.compile(r"jupyterhub_[a-z_]+")


def get(hub: Any, path: str, token: str = "") -> httpx.Response:
    # As Prometheus does it: `authorization.type: Bearer`.
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{hub.url}hub/{path}", headers=headers, trust_env=False)


def test_the_hub_has_every_measurement_that_is_asked_for(jupyterhub: Any, make_settings: Any) -> None:
    answer = get(jupyterhub, "metrics", jupyterhub.metrics_token)
    assert answer.status_code == 200
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", answer.text, re.MULTILINE))
    expressions = [a.expression for a in every(make_settings(monitoring={}))]
    expressions += [t["expr"] for p in json.loads(DASHBOARD)["panels"] for t in p.get("targets", ())]
    asked = {name for expression in expressions for name in _HUBS.findall(expression)}
    assert asked, "nothing is asked of the hub"
    for name in asked:
        base = re.sub(r"_(bucket|count|sum)$", "", name)
        assert name in kinds or kinds.get(base) == "histogram", f"the hub has no {name}"


def test_nobody_reads_them_without_a_token_and_the_token_opens_nothing_else(jupyterhub: Any) -> None:
    assert get(jupyterhub, "metrics").status_code == 403
    assert get(jupyterhub, "api/users", jupyterhub.metrics_token).status_code == 403
    assert get(jupyterhub, "api/users", jupyterhub.token).status_code == 200
