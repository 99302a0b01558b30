"""Known flaws of JupyterHub, as its changelog and its advisories tell them.

Source: github.com/jupyterhub/jupyterhub, `docs/source/reference/changelog.md` and the advisories that it names. Read on
2026-08-20, when 5.5.1 was the newest release: what became known later is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packaging.version import Version

READ = "2026-08-20"
"""Day of the source."""


@dataclass(frozen=True)
class Advisory:
    """A flaw, and where it is mended."""

    id: str
    severity: Literal["low", "moderate", "high"]
    fixed: tuple[str, ...]
    """First version that has the fix, of each line of releases that got one; the newest line last."""
    what: str
    only: str = ""
    """Where it matters at all; empty: everywhere."""

    def affects(self, version: Version) -> bool:
        """Whether a hub of this version has the flaw."""
        line = [Version(fix) for fix in self.fixed]
        mended = next((fix for fix in line if fix.major == version.major), line[-1])
        return version < mended


ADVISORIES = (
    Advisory("CVE-2024-28233", "high", ("4.1.0",), "a page of the same domain can take over a session"),
    Advisory(
        "CVE-2024-41942",
        "high",
        ("4.1.6", "5.1.0"),
        "whoever may administer users can become an administrator",
        "where somebody has the scope admin:users without being an administrator",
    ),
    Advisory("CVE-2026-33709", "moderate", ("5.4.4",), "a link to the login page can lead to a foreign site"),
    Advisory("CVE-2026-40864", "moderate", ("5.4.5",), "a foreign page can send requests in a user's name"),
    Advisory("CVE-2026-54338", "moderate", ("5.5.0",), "anybody can fill the hub's log by failed logins"),
    Advisory(
        "GHSA-c4gm-pwx9-9w8j",
        "high",
        ("5.5.1",),
        "shared servers can be reached by the wrong people",
        "where users may share their servers",
    ),
    Advisory(
        "GHSA-69wv-m5fw-2fhp",
        "low",
        ("5.5.1",),
        "limits of an administrator's rights can be passed by",
        "where administrators are limited to groups",
    ),
)


def known_flaws(version: str) -> tuple[Advisory, ...]:
    """What is known of this version. Raises `packaging.version.InvalidVersion`."""
    parsed = Version(version)
    return tuple(advisory for advisory in ADVISORIES if advisory.affects(parsed))
