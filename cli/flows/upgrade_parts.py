"""What upgrade and rollback work with: a deployment as it is and as it shall be, each with its own charts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.charts import compare
from binder_deploy.charts import lock as locks
from binder_deploy.charts.resolve import Prefer, Resolved
from binder_deploy.cli.flows.acquire import get_charts, get_tools
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.existing import bring_kubeconfig
from binder_deploy.cli.flows.files import replace_file
from binder_deploy.cli.flows.real import sweep_of
from binder_deploy.cli.flows.state_site import Confirm, open_state
from binder_deploy.settings.choices import chart_sections
from binder_deploy.settings.load import LOCK_NAME, parse
from binder_deploy.settings.model import Settings


@dataclass(frozen=True)
class Side:
    """One end of the way: settings and charts that go together."""

    text: str
    """Of binder.yaml."""
    settings: Settings
    resolved: Resolved

    @property
    def bundle(self) -> str:
        """Its name."""
        return self.resolved.bundle


Open = Callable[[Side], Deployment]
"""Lays out a side's charts and opens the deployment with them: the one that was opened last is the one to work on."""


def side(text: str, name: str, lock_in: Path, bundle: Path | None, prefer: Prefer, observe: Observer) -> Side:
    """Settings from their text, charts as the lock in that folder, or a bundle, has them.

    Raises `SettingsError`, `ChartsError`, `DigestMismatch`.
    """
    settings = parse(text, name)

    def without_notes(event: object) -> None:  # of the two sides one leaves out what the other takes
        if not isinstance(event, Notice):
            observe(event)

    found = get_charts(
        lock_in,
        bundle,
        without_notes,
        platform=settings.platform.kind,
        asked=chart_sections(settings),
        allow_stand_ins=False,
        prefer=prefer,
    )
    return Side(text, settings, found)


def opener(folder: Path, settings: Settings, observe: Observer, confirm: Confirm | None) -> Open:
    """Of a real deployment. Raises as `open_state` does."""
    tools = get_tools(observe, rehearsal=False, installs=True)
    site = open_state(settings, folder, tools, observe, confirm)
    bring_kubeconfig(settings, folder, site.work, os.environ)
    return lambda one: open_deployment(folder, one.settings, tools, one.resolved, site, lambda: sweep_of(one.settings))


def write_files(one: Side, file: Path) -> None:
    """Make binder.yaml and the lock say what this side is; each in one step, and neither if it says so already."""
    if file.read_text(encoding="utf-8") != one.text:
        replace_file(file, one.text)
    lock_file = file.resolve().parent / LOCK_NAME
    lock = compare.lock_of(one.resolved)
    # Nothing can be locked where everything is played. By text: a damaged file is to be replaced, too.
    if lock.archives and (not lock_file.exists() or lock_file.read_bytes() != lock.text().encode()):
        locks.write(lock_file, lock)
