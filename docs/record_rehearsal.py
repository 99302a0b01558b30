"""Records the screen of a real rehearsal as `docs/rehearsal.svg`.

    python docs/record_rehearsal.py

What is recorded is what a person sees at the end: the live rows are gone by then.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.flows.acquire import settings_or_example
from binder_deploy.cli.flows.events import Notice
from binder_deploy.cli.flows.rehearse import Request, Result, rehearse
from binder_deploy.cli.ui.live import LiveScreen
from binder_deploy.cli.ui.report import show_rehearsal

TARGET = Path(__file__).with_name("rehearsal.svg")


def main() -> None:
    """Rehearse the example and write the picture."""
    console = Console(record=True, width=104, force_terminal=True, file=io.StringIO(), highlight=False)
    console.print(Text("$ binder-deploy rehearse", style="bold"))
    found = settings_or_example(Path(__file__).parents[1] / "examples" / "gke.yaml")
    # Live rows move; a picture cannot.
    screen = LiveScreen(console)
    screen(Notice(f"{found.name}: {found.settings.name} on {found.settings.platform.kind}, rehearsed on this machine"))
    result = Result()
    rehearse(Request(found.folder, found.settings), result, screen)
    show_rehearsal(result, console)
    picture = console.export_svg(title="binder-deploy rehearse")
    # A document of its own: no font is fetched from elsewhere.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    TARGET.write_text(re.sub(r"[ \t]+\n", "\n", picture), encoding="utf-8")


if __name__ == "__main__":
    main()
