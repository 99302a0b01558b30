"""The deployment that modules share is handed on only as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.rehearsal.controllers.api import Api

pytestmark = [pytest.mark.system, pytest.mark.slow]

MAPS = "/api/v1/namespaces/default/configmaps"


def test_what_somebody_leaves_behind_is_seen(living: Any, hand_out: Callable[[], Any]) -> None:
    assert hand_out().session is living.session
    new = living.whole()
    with Api.of(living.session.kubeconfig) as api:
        api.create(MAPS, {"metadata": {"name": "forgotten"}})
        assert living.whole() - new == {"/api/v1/configmaps default/forgotten"}
        api.delete(f"{MAPS}/forgotten")
    with living.session.cloud.transaction() as cloud:
        cloud.add("compute/address", "forgotten", {}, {}, "engine")
    assert living.whole() - new == {"compute/address::forgotten"}
    with living.session.cloud.transaction() as cloud:
        cloud.remove("compute/address", "forgotten")
    assert hand_out().session is living.session
