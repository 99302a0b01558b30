"""Reads the facts back from a support archive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.codec import CannotRead
from binder_deploy.checks.facts.deployment import SETTINGS
from binder_deploy.checks.model import Fact
from binder_deploy.checks.record import Record, from_json
from binder_deploy.checks.reports.run import Run
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.ops.support.archive import NotAnArchive, read
from binder_deploy.settings.service import Checks

SCHEMA = "binder-deploy/support/v1"
MANIFEST, FACTS, REPORT = "manifest.json", "facts.json", "checks.json"


@dataclass(frozen=True)
class Kept:
    """What an archive holds of a run of checks."""

    facts: Record
    run: Run
    """About it; without outcomes."""
    checks: Checks
    """The deployment's settings for checks."""


def read_archive(path: Path) -> Kept:
    """The recorded facts. Raises `Refused` for what is no support archive, or one without facts."""
    try:
        members = read(path)
        manifest = json.loads(members[MANIFEST])
        if manifest["schema"] != SCHEMA:
            raise NotAnArchive(f"not a support archive ({SCHEMA})")
        if FACTS not in members:
            raise NotAnArchive("it holds no facts; its manifest.json says why")
        facts = from_json(json.loads(members[FACTS]), CATALOGUE)
        run = Run(
            outcomes=(),
            deployment=manifest["deployment"],
            platform=manifest["platform"],
            at=datetime.fromisoformat(manifest["at"]),
            versions=manifest["versions"],
            simulated=any(isinstance(fact, Fact) and fact.source == "simulated" for fact in facts.values()),
            settings_text=members.get("binder.yaml", ""),
        )
    except OSError as error:
        raise Refused(f"--from {path}: cannot be read ({error.strerror or type(error).__name__})") from None
    except (NotAnArchive, CannotRead) as error:
        raise Refused(f"--from {path}: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise Refused(f"--from {path}: not a support archive, or a damaged one") from None
    settings = facts.get(SETTINGS)
    return Kept(facts, run, settings.value.checks if isinstance(settings, Fact) else Checks())
