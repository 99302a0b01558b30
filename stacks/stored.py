"""What lies at a state's place, as anybody sees it who can reach it: the secrets stay encrypted."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from binder_deploy.stacks.engine import PROJECT, Site

_NO_STACK = "no stack named"
_CUT = "failed to load checkpoint"


class StateOutOfReach(Exception):
    """The state's place does not answer as it should; the text has the engine's words."""


@dataclass(frozen=True)
class Stored:
    """A stack that exists."""

    resources: tuple[Mapping[str, Any], ...]
    provider: Mapping[str, str]
    """How its secrets are encrypted, as a configuration file says it: `{encryptionsalt}`, or `{secretsprovider,
    encryptedkey}`; empty: Pulumi Cloud sees to it."""
    changed: str
    """When it was last written, RFC 3339; empty: never."""
    bytes: int

    @property
    def count(self) -> int:
        """Things at a cloud or in a cluster that it knows of."""
        return sum(1 for r in self.resources if r.get("custom") and not str(r["type"]).startswith("pulumi:"))


def stored(site: Site, name: str) -> Stored | None:
    """The deployment's stack; None if there is none. Needs no passphrase. Raises `StateOutOfReach`."""
    ended = export(site, name)
    if ended is None:
        return None
    told = json.loads(ended)
    deployment = told.get("deployment") or {}
    return Stored(
        resources=tuple(deployment.get("resources") or ()),
        provider=_provider(deployment.get("secrets_providers") or {}),
        changed=str((deployment.get("manifest") or {}).get("time", "")),
        bytes=len(ended.encode()),
    )


def names(site: Site) -> tuple[str, ...]:
    """Every deployment whose state lies at the site's place. Needs no passphrase. Raises `StateOutOfReach`."""
    ended = _asked(site, "stack", "ls", "--project", PROJECT, "--json")
    if ended.returncode:
        raise StateOutOfReach(_first_line(ended.stderr))
    return tuple(sorted(str(one["name"]).rpartition("/")[2] for one in json.loads(ended.stdout)))


def _provider(told: Mapping[str, Any]) -> dict[str, str]:
    about = told.get("state") or {}
    match told.get("type"):
        case "passphrase":
            return {"encryptionsalt": about["salt"]}
        case "cloud":
            return {"secretsprovider": about["url"], "encryptedkey": about["encryptedkey"]}
    return {}


def export(site: Site, name: str) -> str | None:
    """The engine's own JSON of it, secrets encrypted, which is what a backup is made of."""
    ended = _asked(site, "stack", "export", "--stack", f"{site.organization}/{PROJECT}/{name}")
    if ended.returncode == 0:
        return ended.stdout
    if _NO_STACK in ended.stderr:
        return None
    hint = (
        "; a local one that was cut short is put together again by `binder-deploy plan`" if _CUT in ended.stderr else ""
    )
    raise StateOutOfReach(_first_line(ended.stderr) + hint)


def _asked(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(site.root / "bin" / "pulumi"), *arguments, "--non-interactive"],
        cwd=site.work,
        env={**os.environ, **site.environ},
        capture_output=True,
        text=True,
        check=False,
    )


def _first_line(said: str) -> str:
    return said.strip().removeprefix("error: ").partition("\n")[0]
