"""How the progress of the tools reads."""

from __future__ import annotations

from binder_deploy.cli.ui.console import seconds
from binder_deploy.tools.report import Progress


def progress_line(event: Progress) -> str:
    """`building the engine  412/1600  2 min 10 s, about 5 min left`."""
    line = event.message
    if event.done is not None and event.total:
        share = f"{event.done}/{event.total}" if event.step != "download" else f"{100 * event.done // event.total} %"
        line += f"  {share}"
    if event.elapsed >= 1:
        line += f"  {seconds(event.elapsed)}"
    if event.expected:
        line += f" of about {seconds(event.expected)}"
    return line
