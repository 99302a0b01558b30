"""What a report is made of: the outcomes, and the run that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from binder_deploy.checks.model import Outcome, Phase


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of checks, ready to be reported."""

    outcomes: Sequence[Outcome]
    deployment: str
    """Its name."""
    platform: str
    """Its kind: `gke`."""
    at: datetime
    """When it ended, with a time zone."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Program → version."""
    simulated: bool = False
    """A rehearsal: what it plays proves nothing about a cloud."""
    settings_file: str = "binder.yaml"
    """Path of the settings, relative to the repository that a report is read in."""
    settings_text: str = ""
    """Its text, for the lines of settings; empty if it is not at hand."""

    def phases(self) -> Iterator[tuple[Phase, tuple[Outcome, ...]]]:
        """Phases in order, with their outcomes; those without any are left out."""
        for phase in Phase:
            found = tuple(o for o in self.outcomes if o.check.phase is phase)
            if found:
                yield phase, found
