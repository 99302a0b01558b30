"""The draft: answers of a conversation that was interrupted, kept in the deployment's folder until they are used.

A secret is never among them: an answer about one is a reference, and is judged to be one before it is kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from binder_deploy.cli.wizard.answers import Answer, Answers, Origin
from binder_deploy.cli.wizard.questions import BY_NAME
from binder_deploy.stacks.local_site import FOLDER, work_folder

_NAME = "answers.json"
_VERSION = 1


def save(folder: Path, answers: Answers) -> None:
    """Keep the answers of a person; those of flags and of the environment are given anew each time."""
    kept = {
        name: {"value": answer.value, "origin": answer.origin.value}
        for name, answer in answers.items()
        if answer.origin not in (Origin.FLAG, Origin.ENVIRONMENT)
    }
    file = work_folder(folder) / _NAME
    fresh = file.with_name(f".{_NAME}.{os.getpid()}")
    fresh.write_text(json.dumps({"version": _VERSION, "answers": kept}, indent=1) + "\n", encoding="utf-8")
    fresh.replace(file)


def saved(folder: Path) -> dict[str, Answer]:
    """The answers that were kept; none where there is no draft, or one that cannot be read."""
    try:
        content = json.loads((folder / FOLDER / _NAME).read_text(encoding="utf-8"))
        return {
            name: Answer(str(kept["value"]), Origin(kept["origin"]))
            for name, kept in content["answers"].items()
            if content["version"] == _VERSION and name in BY_NAME
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # another release's, or torn: asking again loses little


def forget(folder: Path) -> None:
    """Remove the draft."""
    (folder / FOLDER / _NAME).unlink(missing_ok=True)
