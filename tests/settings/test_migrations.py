"""An older binder.yaml is read as it is, rewritten step by step, and keeps what people wrote into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_deploy.settings import migrations
from binder_deploy.settings.load import parse
from binder_deploy.settings.migrations import Migration, migrated, needed

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
OLDER = GKE.replace("version: 1", "version: -1 # the format").replace("max_servers", "seats")


def places(document: Any) -> None:
    document["binder"]["places"] = document["binder"].pop("seats")


def servers(document: Any) -> None:
    document["binder"]["max_servers"] = document["binder"].pop("places")


STEPS = (Migration(-1, 0, "seats → places", places), Migration(0, 1, "places → max_servers", servers))


def test_one_format_after_the_other_and_comments_stay() -> None:
    text, steps = migrated(OLDER, STEPS)
    assert steps == STEPS
    assert "version: 1  # the format" in text
    assert "max_servers: 60" in text
    assert 'cost-centre: "4711"' in text
    assert "# people open binder.campus.example.org" in text
    assert [line for line in text.splitlines() if "#" in line and "format" not in line] == [
        line for line in GKE.splitlines() if "#" in line
    ]
    assert migrated(text, STEPS) == (text, ())


def test_the_newest_format_is_not_touched() -> None:
    odd = "version:   1\nname:  {a:    b}\n"
    assert migrated(odd, STEPS) == (odd, ())


@pytest.mark.parametrize("version", [1, 2, "0", True, False, None, [0]])
def test_what_no_step_leads_on_from_stays_as_it_is(version: object) -> None:
    assert needed(version, STEPS) == ()


def test_an_older_file_is_read_as_the_newest_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", STEPS)
    assert parse(OLDER) == parse(GKE)


def test_the_shipped_steps_lead_to_the_format_that_is_read() -> None:
    assert all(step.before < step.after for step in migrations.MIGRATIONS)
    assert not needed(1), "nothing leads away from the format of this release"
