"""Whether lines of text are wanted is said in three ways."""

from __future__ import annotations

import pytest

from binder_deploy.cli.ui.look import Color, plain, set_look


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "dumb"}, True),
        ({}, True),
        ({"TERM": "xterm", "BINDER_DEPLOY_PLAIN": "1"}, True),
        ({"TERM": "xterm", "BINDER_DEPLOY_PLAIN": "0"}, False),
    ],
    ids=str,
)
def test_plain_by_the_environment(environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "BINDER_DEPLOY_PLAIN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert plain() is expected


def test_plain_by_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("BINDER_DEPLOY_PLAIN", "")
    set_look(None, Color.AUTO, plain=True)
    assert plain()
