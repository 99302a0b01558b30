"""Artifact Registry after `up`: old images go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Key, Passed, Probe, Verdict
from binder_deploy.checks.probes.google import probes
from binder_deploy.checks.probes.google.access import Google
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

PATH = "/v1/projects/demo-project/locations/europe-west1/repositories/demo-images"
DELETES = {"delete-old": {"id": "delete-old", "action": "DELETE"}, "keep": {"id": "keep", "action": "KEEP"}}


@pytest.fixture
def judged(cloud: Any, settings: Callable[..., Settings]) -> Callable[[], Verdict]:
    from google.oauth2.credentials import Credentials

    def verdict() -> Verdict:
        given = Given(settings=settings(), folder=Path(), kubeconfig=Path("kubeconfig"))
        credentials = Credentials(token="t")  # type: ignore[no-untyped-call]
        asked: dict[Key[Any], Probe[Any]] = probes(given, lambda: Google("demo-project", credentials, cloud.url))
        return run([c for c in CATALOGUE if c.id == "BD-REG-011"], asked)[0].verdict

    return verdict


@pytest.mark.shows("BD-REG-011", "passed")
def test_a_repository_that_deletes_passes(cloud: Any, judged: Callable[[], Verdict]) -> None:
    cloud.answers[PATH] = 200, {"name": PATH[4:], "cleanupPolicies": DELETES}
    assert isinstance(judged(), Passed)


@pytest.mark.shows("BD-REG-011", "failed")
@pytest.mark.parametrize(
    "repository",
    [{}, {"cleanupPolicies": {"keep": DELETES["keep"]}}, {"cleanupPolicies": DELETES, "cleanupPolicyDryRun": True}],
)
def test_a_repository_that_keeps_everything_is_told(
    repository: dict[str, Any], cloud: Any, judged: Callable[[], Verdict]
) -> None:
    cloud.answers[PATH] = 200, {"name": PATH[4:], **repository}
    found = judged()
    assert isinstance(found, Failed)
    assert "repository demo-images" in found.message
