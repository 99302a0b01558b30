"""Writes a comment to a file, without a secret in it."""

from __future__ import annotations

import os
from pathlib import Path

from binder_deploy.cli.ci.comment import Noted, markdown
from binder_deploy.cli.flows.errors import Blocked
from binder_deploy.ops.redact import Redactor
from binder_deploy.ops.support.known import of_environment
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.references import references
from binder_deploy.settings.secrets import resolve


def write_comment(file: Path, noted: Noted, settings: Settings, folder: Path, error: Exception | None) -> None:
    """Write it. What is blocked is told by the verdicts; another error in its own words. Raises `OSError`."""
    why = "" if error is None else "A check blocks." if isinstance(error, Blocked) else str(error)
    text = markdown(noted, settings.name, settings.platform.where, why)
    file.write_text(Redactor(_secrets(settings, folder)).text(text), encoding="utf-8")


def _secrets(settings: Settings, folder: Path) -> list[str]:
    found = list(of_environment(os.environ))
    for reference in references(settings):
        try:
            found.append(resolve(reference.ref, reference.path, folder))
        except SettingsError:
            continue  # a secret that is missing cannot be in a text
    return found
