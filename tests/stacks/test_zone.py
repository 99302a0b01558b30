"""The state remembers in which of Cloudflare's zones records were made; the token never gets there."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.stacks.ledger import TYPE, zone_in

pytestmark = pytest.mark.system

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "cf-token-of-this-test"
DNS = {"kind": "cloudflare", "zone_id": ZONE, "token": "env:CLOUDFLARE_API_TOKEN"}


def test_the_zone_is_noted_and_nothing_is_made_by_the_engine(deploy: Any) -> None:
    run = deploy(address={"domain": "campus.example.org", "dns": DNS}, config={"cloudflareToken": TOKEN})
    assert run.one(TYPE).inputs["cloudflareZone"] == ZONE
    assert zone_in([{"type": r.type, "inputs": r.inputs} for r in run.resources]) == ZONE
    assert not [r for r in run.resources if "dns" in r.type]
    assert TOKEN not in repr(run.resources)


def test_elsewhere_there_is_none(deploy: Any) -> None:
    assert zone_in([{"type": r.type, "inputs": r.inputs} for r in deploy().resources]) is None
