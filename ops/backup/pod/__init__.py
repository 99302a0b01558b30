"""What runs inside the cluster, beside the hub's database. Each file is a program of its own: it is sent as text and
has nothing but Python's standard library (and, in the hub's image, JupyterHub)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SCRIPTS: Mapping[str, str] = {
    name: (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in ("send", "receive", "revoke")
}
"""Name → text."""
START = "import sys;exec(sys.stdin.buffer.read(int(sys.argv.pop(1))).decode())"
"""How a text is run that comes first on standard input: a command line becomes part of an address, and those are short.
Its length is the first argument."""


def command(script: str, *arguments: str) -> list[str]:
    """The command line for a script whose text is then sent by standard input, before anything else."""
    return ["python3", "-c", START, str(len(SCRIPTS[script].encode())), *arguments]
