"""A real JupyterHub behind its real proxy, over the public address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.model import Failed, Passed, Verdict

Judged = Callable[..., Verdict]
pytestmark = pytest.mark.system


@pytest.mark.shows("BD-WEB-001", "passed")
def test_the_hub_answers_with_its_version(judged: Judged, hub: Any) -> None:
    verdict = judged("BD-WEB-001")
    assert isinstance(verdict, Passed)
    assert f"JupyterHub {hub.version} in" in verdict.message


@pytest.mark.shows("BD-WEB-001", "failed")
def test_the_hub_s_proxy_without_its_hub_fails(judged: Judged, hub: Any, door: Any, binder: Any) -> None:
    door.backends["hub.example.org"] = binder.port  # an Ingress that leads to the wrong Service
    verdict = judged("BD-WEB-001")
    assert isinstance(verdict, Failed)
    assert "answers 404, and not as JupyterHub" in verdict.message


@pytest.mark.shows("BD-WEB-004", "passed")
def test_plain_http_ends_on_the_hub_s_page(judged: Judged, hub: Any, binder: Any) -> None:
    assert isinstance(judged("BD-WEB-004"), Passed)


@pytest.mark.shows("BD-WEB-004", "failed")
def test_tls_ended_twice_is_a_circle(judged: Judged, hub: Any, door: Any, binder: Any) -> None:
    # What stands behind the door believes in plain HTTP, and is itself a door that leads to HTTPS.
    door.backends["hub.example.org"] = door.http
    verdict = judged("BD-WEB-004")
    assert isinstance(verdict, Failed)
    assert "leads in a circle: http://hub.example.org/ → https://hub.example.org/" in verdict.message


@pytest.mark.shows("BD-WEB-005", "passed")
def test_binder_announces_the_hub_that_answers(judged: Judged, hub: Any) -> None:
    assert judged("BD-WEB-005") == Passed("https://hub.example.org/")


@pytest.mark.shows("BD-WEB-005", "failed")
@pytest.mark.parametrize("wrong", ["https://binder.example.org/", "https://hub.example.org/jupyter/"])
def test_an_address_without_a_hub_is_told(judged: Judged, hub: Any, chart: Any, binder: Any, wrong: str) -> None:
    chart.hub_url = wrong
    verdict = judged("BD-WEB-005")
    assert isinstance(verdict, Failed)
    assert f"sends people to {wrong}, where no hub answers" in verdict.message


@pytest.mark.shows("BD-WEB-005", "failed")
def test_another_hub_is_told(judged: Judged, hub: Any, old_hub: Any, chart: Any, door: Any) -> None:
    door.backends["binder.example.org"] = hub.port
    chart.hub_url = "https://binder.example.org/"
    verdict = judged("BD-WEB-005")
    assert isinstance(verdict, Failed)
    assert f"JupyterHub {hub.version} answers; the hub of this deployment is version 4.0.2" in verdict.message


@pytest.mark.shows("BD-WEB-008", "passed")
def test_strangers_are_refused(judged: Judged, hub: Any) -> None:
    assert judged("BD-WEB-008") == Passed()


@pytest.mark.shows("BD-WEB-008", "failed")
def test_a_proxy_that_adds_a_token_opens_the_api(judged: Judged, hub: Any, door: Any) -> None:
    door.adds = {"authorization": f"token {hub.token}"}
    verdict = judged("BD-WEB-008")
    assert isinstance(verdict, Failed)
    assert "answers anybody at hub/api/users" in verdict.message
    assert hub.token not in repr(verdict)


@pytest.mark.shows("BD-WEB-009", "passed")
def test_today_s_hub_has_no_grave_flaw(judged: Judged, hub: Any) -> None:
    verdict = judged("BD-WEB-009")
    assert isinstance(verdict, Passed)
    assert hub.version in verdict.message


@pytest.mark.shows("BD-WEB-009", "failed")
def test_a_grave_flaw_is_told(judged: Judged, old_hub: Any) -> None:
    verdict = judged("BD-WEB-009")
    assert isinstance(verdict, Failed)
    assert verdict.message == "JupyterHub 4.0.2 has known flaws of high severity: CVE-2024-28233"


@pytest.mark.shows("BD-WEB-010", "passed")
def test_websockets_get_through(judged: Judged, hub: Any) -> None:
    assert judged("BD-WEB-010") == Passed()


@pytest.mark.shows("BD-WEB-010", "failed")
def test_a_proxy_that_drops_the_upgrade_is_told(judged: Judged, hub: Any, door: Any) -> None:
    door.loses = frozenset({"upgrade"})
    verdict = judged("BD-WEB-010")
    assert isinstance(verdict, Failed)
    assert "arrive as ordinary ones" in verdict.message


@pytest.mark.shows("BD-WEB-010", "failed")
def test_a_proxy_that_refuses_the_upgrade_is_told(judged: Judged, hub: Any, door: Any) -> None:
    door.refuses_upgrades = True
    verdict = judged("BD-WEB-010")
    assert isinstance(verdict, Failed)
    assert "answered 426 before they reach the hub" in verdict.message
