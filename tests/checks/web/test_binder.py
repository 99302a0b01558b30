"""BinderHub over the public address: whether it answers, is well, and gets what visitors send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.rules import web as rules

pytestmark = pytest.mark.system

Judged = Callable[..., Verdict]


@pytest.mark.shows("BD-WEB-002", "passed")
def test_binder_answers_with_its_version(judged: Judged, binder: Any) -> None:
    verdict = judged("BD-WEB-002")
    assert isinstance(verdict, Passed)
    assert "BinderHub 1.0.0-0.dev.git.3983.h383374de" in verdict.message


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_host_without_an_ingress_is_not_a_binder(judged: Judged, binder: Any, door: Any) -> None:
    door.backends.clear()
    verdict = judged("BD-WEB-002")
    assert isinstance(verdict, Failed)
    assert "answers 404, and not as BinderHub: no Ingress leads from there" in verdict.message


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_binder_without_a_pod_fails(judged: Judged, binder: Any, door: Any) -> None:
    door.backends["binder.example.org"] = 1  # nothing listens there
    verdict = judged("BD-WEB-002")
    assert isinstance(verdict, Failed)
    assert "answers 502" in verdict.message


@pytest.mark.shows("BD-WEB-002", "failed")
def test_a_slow_binder_is_told(judged: Judged, binder: Any, door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SLOW_S", 0.2)
    door.delay_s = 0.3
    verdict = judged("BD-WEB-002")
    assert isinstance(verdict, Warned)
    assert "took 0.3 s" in verdict.message


@pytest.mark.shows("BD-WEB-003", "passed")
def test_a_full_quota_is_not_an_illness(judged: Judged, binder: Any) -> None:
    binder.full = True
    assert judged("BD-WEB-003") == Passed("Docker registry, JupyterHub API")
    assert binder.looks == 1


@pytest.mark.shows("BD-WEB-003", "passed")
def test_health_may_have_to_be_good_three_times_in_a_row(judged: Judged, binder: Any) -> None:
    verdict = judged("BD-WEB-003", health_looks=3, health_pause_s=0.01)
    assert verdict == Passed("Docker registry, JupyterHub API, 3 times in a row")
    assert binder.looks == 3


@pytest.mark.shows("BD-WEB-003", "failed")
def test_an_illness_at_the_second_look_is_named(judged: Judged, binder: Any) -> None:
    binder.ill_from_look = 2
    verdict = judged("BD-WEB-003", health_looks=3, health_pause_s=0.01)
    assert isinstance(verdict, Failed)
    assert "do not work: Docker registry, JupyterHub API (look 2)" in verdict.message
    assert binder.looks == 2


@pytest.mark.shows("BD-WEB-003", "failed")
def test_a_registry_that_binder_cannot_read_is_named(judged: Judged, binder: Any) -> None:
    binder.services["Docker registry"] = False
    verdict = judged("BD-WEB-003")
    assert isinstance(verdict, Failed)
    assert "do not work: Docker registry (" in verdict.message


@pytest.mark.shows("BD-WEB-003", "failed")
def test_somebody_else_s_health_page_is_not_binder_s(judged: Judged, binder: Any, door: Any) -> None:
    door.backends["binder.example.org"] = 1
    verdict = judged("BD-WEB-003")
    assert isinstance(verdict, Failed)
    assert "answers 502, and not as BinderHub" in verdict.message


@pytest.mark.shows("BD-WEB-006", "passed")
def test_encoded_slashes_arrive(judged: Judged, binder: Any) -> None:
    assert judged("BD-WEB-006") == Passed()


@pytest.mark.shows("BD-WEB-006", "failed")
def test_a_proxy_that_refuses_encoded_slashes_fails(judged: Judged, binder: Any, door: Any) -> None:
    door.refuses_encoded_slashes = True
    verdict = judged("BD-WEB-006")
    assert isinstance(verdict, Failed)
    assert "answered 400 before it reaches BinderHub" in verdict.message


@pytest.mark.shows("BD-WEB-006", "failed")
def test_a_proxy_that_decodes_slashes_fails(judged: Judged, binder: Any, door: Any) -> None:
    door.decodes = True
    verdict = judged("BD-WEB-006")
    assert isinstance(verdict, Failed)
    assert "arrives at BinderHub as a slash" in verdict.message


def test_a_binder_without_pages_has_no_such_links(judged: Judged, binder: Any) -> None:
    binder.launch_pages = False
    verdict = judged("BD-WEB-006")
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "not applicable"


@pytest.mark.shows("BD-WEB-007", "passed")
@pytest.mark.parametrize("origin", ["", "*", "https://docs.example.org"])
def test_pages_of_other_sites_hear_what_was_configured(judged: Judged, binder: Any, chart: Any, origin: str) -> None:
    binder.cors = chart.cors = origin
    assert isinstance(judged("BD-WEB-007"), Passed)


@pytest.mark.shows("BD-WEB-007", "failed")
def test_a_second_header_is_told(judged: Judged, binder: Any, chart: Any, door: Any) -> None:
    binder.cors = chart.cors = "https://docs.example.org"
    door.answers_with = ("Access-Control-Allow-Origin: *",)
    verdict = judged("BD-WEB-007")
    assert isinstance(verdict, Failed)
    assert "2 headers" in verdict.message


@pytest.mark.shows("BD-WEB-007", "failed")
def test_an_origin_that_was_not_configured_is_told(judged: Judged, binder: Any) -> None:
    binder.cors = "*"
    verdict = judged("BD-WEB-007")
    assert isinstance(verdict, Failed)
    assert "no other site, its answers say *" in verdict.message


@pytest.mark.shows("BD-WEB-011", "passed")
def test_build_events_arrive_and_nothing_is_launched(judged: Judged, binder: Any) -> None:
    assert judged("BD-WEB-011") == Passed("text/event-stream")


@pytest.mark.shows("BD-WEB-011", "failed")
def test_compressed_events_are_told(judged: Judged, binder: Any, door: Any) -> None:
    door.answers_with = ("Content-Encoding: identity, br",)
    verdict = judged("BD-WEB-011")
    assert isinstance(verdict, Failed)
    assert "compressed on the way" in verdict.message


@pytest.mark.shows("BD-WEB-011", "failed")
def test_a_page_instead_of_events_is_told(judged: Judged, binder: Any) -> None:
    binder.events = "text/html"
    verdict = judged("BD-WEB-011")
    assert isinstance(verdict, Failed)
    assert "answered 200 text/html and not with events" in verdict.message
