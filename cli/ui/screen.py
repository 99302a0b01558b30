"""Which screen fits the place where the command runs."""

from __future__ import annotations

from binder_deploy.cli.ui.console import console
from binder_deploy.cli.ui.live import LiveScreen
from binder_deploy.cli.ui.look import Verbosity, plain, verbosity
from binder_deploy.cli.ui.plain import PlainScreen


def screen() -> LiveScreen | PlainScreen:
    """Live rows on a terminal, plain lines elsewhere, and for who wants less or more than usual."""
    people, wanted = console(), verbosity()
    living = people.is_terminal and not plain() and wanted is Verbosity.NORMAL
    return LiveScreen(people) if living else PlainScreen(verbosity=wanted)
