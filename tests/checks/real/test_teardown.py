"""The check of a removal, on the simulated cloud of a deployment that is up, and on one from which all is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.model import Failed, Passed, Verdict
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.shows("BD-END-001", "failed")
def test_a_deployment_that_is_up_is_all_left_over(living: Any) -> None:
    verdict = living.ask("BD-END-001", leftovers=lambda: leftovers(living.cloud.read()))
    assert isinstance(verdict, Failed)
    assert "still there" in verdict.message
    assert "gcloud" in verdict.remedy


@pytest.mark.shows("BD-END-001", "passed")
def test_a_cloud_with_nothing_of_ours_has_no_leftovers(
    ask: Callable[..., Verdict], write: Callable[..., Any], tmp_path: Path
) -> None:
    cloud = CloudFile(tmp_path / "cloud.json")
    set_stage(cloud, write({}))
    assert isinstance(ask("BD-END-001", leftovers=lambda: leftovers(cloud.read())), Passed)
