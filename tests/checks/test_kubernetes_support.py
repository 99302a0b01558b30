"""One minor at a time, nodes never newer than the control plane; what nobody wrote down is unknown."""

from __future__ import annotations

from datetime import date

import pytest

from binder_deploy.checks.kubernetes_support import refused_step, support


@pytest.mark.parametrize(
    ("server", "wanted", "pools", "why"),
    [
        (35, 35, {"core": 35}, ""),
        (35, 36, {"core": 35, "user": 33}, ""),
        (35, 37, {}, "one minor at a time is all that is allowed; write 1.36"),
        (35, 34, {}, "no cloud takes one back; write 1.35"),
        (34, 35, {"core": 36}, "nodes are newer than a control plane of 1.35: core 1.36"),
        (35, 36, {"core": 35, "user": 32}, "more than 3 minors behind 1.36: user 1.32"),
    ],
)
def test_steps_that_a_cloud_refuses(server: int, wanted: int, pools: dict[str, int], why: str) -> None:
    found = refused_step(server, wanted, pools)
    assert why in f"{found.why}; {found.remedy}" if found else why == ""


def test_the_end_of_support_has_a_source_and_a_day() -> None:
    found = support("eks", 36)
    assert found is not None
    assert found.ends == date(2027, 8, 2)
    assert found.source.startswith("https://docs.aws.amazon.com/")
    assert found.read < found.ends


@pytest.mark.parametrize(("platform", "minor"), [("gke", 12), ("gke", 34), ("existing", 36), ("eks", 99)])
def test_what_is_not_in_the_table_is_unknown(platform: str, minor: int) -> None:
    assert support(platform, minor) is None
