"""The engine's place for a deployment: its programs, its variables, the passphrase."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML

from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.launcher import write_launcher
from binder_deploy.stacks.passphrase import given_passphrase, passphrase_environ, settle
from binder_deploy.stacks.stored import Stored

HEADER = ("encryptionsalt", "secretsprovider", "encryptedkey")

DRY = "dry"
"""Below `.binder-deploy`: the state of a plan that is made before there is a place for state."""


def closed_site(work: Path, tools: Mapping[str, Path], backend: Backend) -> Site:
    """The engine's place, without a passphrase: enough to see what is stored, not to read its secrets.

    `work`: the deployment's `.binder-deploy`. `tools` has `pulumi` and `pulumi-resource-kubernetes`.
    """
    home, root = work / "pulumi", work / "engine"
    for path in (home, root / "bin"):
        path.mkdir(parents=True, exist_ok=True)
    if not backend.shared:
        Path(backend.url.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
    write_launcher(root / "bin" / "pulumi", tools["pulumi"])
    _link(root / "bin" / "pulumi-resource-kubernetes", tools["pulumi-resource-kubernetes"])
    environ = {
        "PULUMI_BACKEND_URL": backend.url,
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return Site(work, root, environ, backend.secrets_provider, backend.organization)


def opened_site(site: Site, backend: Backend, stored: Stored | None) -> Site:
    """The same with what reads the secrets. Without a `stored` stack a missing passphrase is made and kept.

    Raises `PassphraseLost`.
    """
    if stored:
        _restore_header(site.work / f"Pulumi.{backend.stack}.yaml", stored.provider)
    if backend.passphrase_id is None:
        return site
    if stored and not given_passphrase():
        settle(backend.passphrase_id, stored.provider.get("encryptionsalt", ""))  # a change that was cut off
    variables = passphrase_environ(backend.passphrase_id, stored is not None, where=backend.where)
    return replace(site, environ={**site.environ, **variables})


def dry_site(site: Site) -> Site:
    """A place with an empty state that is thrown away (`leave_dry`): to plan where no state can be yet."""
    leave_dry(site)
    work = site.work / DRY
    state = work / "state"
    state.mkdir(parents=True)
    environ = {
        **site.environ,
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(32),
    }
    return Site(work, site.root, environ)


def leave_dry(site: Site) -> None:
    """Remove what a dry place left."""
    shutil.rmtree(site.work if site.work.name == DRY else site.work / DRY, ignore_errors=True)


def _restore_header(file: Path, provider: Mapping[str, str]) -> None:
    """Let the configuration's secrets be encrypted as the state's are.

    Left to itself the engine would encrypt a missing configuration's with a passphrase, also beside a state that has a
    key. One that was encrypted otherwise, before the state was moved, cannot be read any more: the state remembers what
    matters of it (`ledger`).
    """
    if file.exists():
        told = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}
        if {key: told[key] for key in HEADER if told.get(key, "default") != "default"} == dict(provider):
            return
        file.replace(keep_aside(file.parent, file.name))
    if provider:
        with file.open("w", encoding="utf-8") as stream:
            YAML().dump(dict(provider), stream)


def keep_aside(work: Path, name: str) -> Path:
    """A new file's path below `backups`, in a folder for the owner alone."""
    backups = work / "backups"
    backups.mkdir(exist_ok=True, mode=0o700)
    return backups / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{name}"


def _link(link: Path, target: Path) -> None:
    """Point a link at a tool, replacing an older one atomically (another command may be running it)."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
