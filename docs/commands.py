"""Writes `docs/commands.md`, the command reference, from the commands' own help.

    python docs/commands.py

A test holds the page to it.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

TARGET = Path(__file__).with_name("commands.md")
COMMANDS = (
    "rehearse", "init", "up", "plan", "cost", "check", "launch", "status", "drift", "logs", "history", "open",
    "kubeconfig", "maintenance on", "maintenance off", "ban", "unban", "backup", "restore", "secrets rotate", "upgrade",
    "rollback", "down",
    "support", "tools list", "tools fetch",
    "tools prune", "config validate", "config show", "config schema", "config example", "bundle save", "state show",
    "state move", "state unlock", "state recover", "eject", "ci init", "ci trust", "ci comment",
    "ci environment", "ci sweep",
)  # fmt: skip


def reference() -> str:
    """The page's text."""
    parts = ["# Commands", "", "Written by `docs/commands.py` from what `--help` says."]
    for command in COMMANDS:
        parts += ["", f"## {command}", "", "```", _help(command), "```"]
    return "\n".join(parts) + "\n"


def _help(command: str) -> str:
    from binder_deploy.cli.app import run

    os.environ["COLUMNS"] = "100"
    with contextlib.redirect_stdout(io.StringIO()) as said:
        run([*command.split(), "--help"])
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
