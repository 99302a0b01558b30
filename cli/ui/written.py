"""Reports as files: which are wanted is seen to before the work begins, and they are written however it ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from binder_deploy.checks.model import Outcome
from binder_deploy.checks.reports.formats import format_of
from binder_deploy.checks.reports.run import Run
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer


def refuse_unwritable(files: Sequence[Path]) -> None:
    """Raises `UnknownFormat`, and `Refused` for a folder that there is not: now, and not after the work."""
    for file in files:
        format_of(file)
        if not file.resolve().parent.is_dir():
            raise Refused(f"--report {file}: there is no folder {file.parent}")


def write_reports(run: Run, files: Sequence[Path]) -> None:
    """Write each in the format of its name. Raises `OSError`."""
    for file in files:
        file.write_text(format_of(file)(run), encoding="utf-8")


def noting(noted: dict[str, Outcome], observe: Observer) -> Observer:
    """An observer that keeps every check's last outcome on the way: a flow that ends early hands out none."""

    def note(event: object) -> None:
        if isinstance(event, Outcome):
            noted[event.check.id] = event
        observe(event)

    return note
