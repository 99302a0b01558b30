"""Verdicts refuse what they must not be."""

from __future__ import annotations

import pytest

from binder_deploy.checks.model import Check, Failed, Passed, Phase


@pytest.mark.parametrize(("message", "remedy"), [("broken", " "), ("", "mend it")])
def test_a_failure_without_message_or_remedy_cannot_be_built(message: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="how to mend"):
        Failed(message, remedy)


@pytest.mark.parametrize("check_id", ["BD-1", "bd-set-001", "BD-SET-1", "BD-SET-0001"])
def test_an_id_has_one_form(check_id: str) -> None:
    with pytest.raises(ValueError, match="BD-AREA-NNN"):
        Check(check_id, "x", Phase.SETTINGS, (), lambda facts: Passed())
