"""Starts the engine in a process group of its own.

A terminal's Ctrl-C goes to the whole foreground group. The engine takes a first interrupt as a wish to stop and a
second one as an order to die on the spot, which leaves things at the cloud that no state knows. So it must get
exactly one: ours.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

_LEAVE_GROUP = "import os, sys; os.setpgid(0, 0); os.execv(sys.argv[1], sys.argv[1:])"


def write_launcher(file: Path, program: Path) -> None:
    """Make `file` an executable that becomes `program`; an older one is replaced in one step."""
    python = shlex.join([sys.executable, "-I", "-S", "-c", _LEAVE_GROUP, str(program)])
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(f'#!/bin/sh\nexec {python} "$@"\n', encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(file)
