"""What the shell completes, from what lies on this machine: instant, and no cloud is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import typer

TOKENS = ("hub-token", "proxy-token", "cookie-secret", "crypt-key", "passphrase")
"""Secrets that every deployment has."""
PARTS = ("hub", "proxy", "binder", "builder", "traefik", "cert-manager")
"""Of the service, as `logs` calls them."""
PLACES = ("local", "gs://", "s3://", "pulumi-cloud/")
"""How the place of a state begins."""


def among(values: Iterable[str]) -> Callable[[str], list[str]]:
    """Completion with one of a few words."""
    known = tuple(values)
    return lambda incomplete: [value for value in known if value.startswith(incomplete)]


def contexts(incomplete: str) -> list[str]:
    """Contexts of the kubeconfig."""
    from binder_deploy.cli.wizard.offers.contexts import contexts as found

    return among(found())(incomplete)


def checks(incomplete: str) -> list[str]:
    """Ids of the checks: each has a page."""
    return among(_files("binder_deploy.checks", "pages", ".md"))(incomplete.upper())


def phases(incomplete: str) -> list[str]:
    """Phases of the checks."""
    from binder_deploy.checks.model import Phase

    return among(Phase)(incomplete)


def examples(incomplete: str) -> list[str]:
    """Names of the bundled examples."""
    return among(_files("binder_deploy.examples", "", ".yaml"))(incomplete)


def backups(ctx: typer.Context, incomplete: str) -> list[str]:
    """Backups of the deployment, the newest first."""
    shelf = _file(ctx).parent / ".binder-deploy" / "backups"
    found = sorted((place.name for place in shelf.iterdir() if place.is_dir()), reverse=True) if shelf.is_dir() else []
    return among(["latest", *found])(incomplete)


def kept_rehearsals(incomplete: str) -> list[str]:
    """Ids of the rehearsals that were left running."""
    from binder_deploy.rehearsal.folders import is_kept, rehearsals

    return among(sorted(folder.name for folder in rehearsals().iterdir() if is_kept(folder)))(incomplete)


def banned(ctx: typer.Context, incomplete: str) -> list[str]:
    """Repositories that the settings ban."""
    found = _at(_settings(ctx), "binder", "banned_repositories")
    return among(map(str, found) if isinstance(found, list) else ())(incomplete)


def secrets(ctx: typer.Context, incomplete: str) -> list[str]:
    """Secrets that can be rotated: those that every deployment has, and what the settings refer to."""
    return among([*TOKENS, *_references(_settings(ctx), "")])(incomplete)


def folders(incomplete: str) -> list[str]:
    """Folders, each with a slash behind it, so that one can go on into it; those with chart archives first."""
    shown, slash, _ = incomplete.rpartition("/")
    parent = Path(f"{shown}{slash}").expanduser()
    try:
        inside = [place for place in parent.iterdir() if place.is_dir() and not place.name.startswith(".")]
    except OSError:
        return []
    inside.sort(key=lambda place: (not any(place.glob("*.tgz")), place.name))
    return among(f"{shown}{slash}{place.name}/" for place in inside)(incomplete)


def bundles(incomplete: str) -> list[str]:
    """The bundle that is shipped, by its name, and folders."""
    from binder_deploy.charts.bundle import load

    return [*among([load().name])(incomplete), *folders(incomplete)]


def _file(ctx: typer.Context) -> Path:
    """The settings that the command line names so far."""
    return Path(ctx.params.get("file") or "binder.yaml")


def _settings(ctx: typer.Context) -> Any:
    """As plain data: judging them takes longer than a person waits for a key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(_file(ctx).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError):
        return None  # it completes nothing; the command itself says what is wrong


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _references(data: Any, path: str) -> Iterable[str]:
    """Paths of the settings that say where a secret is kept."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _references(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, str) and data.startswith(("env:", "file:")):
        yield path


def _files(package: str, folder: str, suffix: str) -> list[str]:
    where = resources.files(package).joinpath(folder) if folder else resources.files(package)
    return sorted(f.name.removesuffix(suffix) for f in where.iterdir() if f.name.endswith(suffix))
