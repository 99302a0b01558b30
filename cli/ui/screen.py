"""Which screen fits the place where the command runs."""

from __future__ import annotations

from binder_deploy.cli.ui.console import console
from binder_deploy.cli.ui.live import LiveScreen
from binder_deploy.cli.ui.plain import PlainScreen


def screen() -> LiveScreen | PlainScreen:
    """Live rows on a terminal, plain lines elsewhere."""
    people = console()
    return LiveScreen(people) if people.is_terminal and not people.is_dumb_terminal else PlainScreen()
