"""Short notes that lie beside a state, where everybody finds them who shares it: the engine's stack tags.

A state of this machine alone needs none. Which state a folder's is, is remembered in the folder, so that the notes can
be read before it is opened.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.engine import PROJECT, Site
from binder_deploy.stacks.stored import StateOutOfReach

LONGEST_IN_PULUMI_CLOUD = 256
"""Characters of a tag there; a bucket sets no limit."""
_FILE, _NOTHING = "notes-at.json", "-"


def shared_by(site: Site, backend: Backend) -> bool:
    """Remember, in the engine's folder, that the state is this one; whether that is news. Of a local state: forget."""
    file = site.work / _FILE
    if not backend.shared:
        file.unlink(missing_ok=True)
        return False
    text = json.dumps({"url": backend.url, "stack": f"{backend.organization}/{PROJECT}/{backend.stack}"})
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.write_text(text, encoding="utf-8")
    return True


def shared(work: Path) -> bool:
    """Whether there is a place for notes that others see, too."""
    return (work / _FILE).exists()


def limit(work: Path) -> int | None:
    """How many characters a note may have."""
    return LONGEST_IN_PULUMI_CLOUD if _told(work)["url"].startswith("http") else None


def read(work: Path, key: str) -> str:
    """A note; empty if there is none. Raises `StateOutOfReach`."""
    text = str(json.loads(_asked(work, "ls", "--json") or "{}").get(key, ""))
    return "" if text == _NOTHING else text


def write(work: Path, key: str, text: str) -> None:
    """Make it say this; empty: nothing. Raises `StateOutOfReach`."""
    # In a bucket, the engine's `rm` leaves the last tag where it is, and says that it went well.
    _asked(work, "set", key, text or _NOTHING)


def _told(work: Path) -> dict[str, str]:
    return dict(json.loads((work / _FILE).read_text(encoding="utf-8")))


def _asked(work: Path, *arguments: str) -> str:
    told = _told(work)
    environ = {
        "PULUMI_BACKEND_URL": told["url"],
        "PULUMI_HOME": str(work / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    command = [str(work / "engine" / "bin" / "pulumi"), "stack", "tag", *arguments, "--stack", told["stack"]]
    try:
        ended = subprocess.run(
            [*command, "--non-interactive"],
            cwd=work,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:  # its tools were tidied away; who opens the state brings them back
        raise StateOutOfReach(f"the engine is not at hand: {error}") from error
    if ended.returncode:
        raise StateOutOfReach(ended.stderr.strip().removeprefix("error: ").partition("\n")[0])
    return ended.stdout
