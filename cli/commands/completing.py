"""What the shell completes, from what lies on this machine: instant, and no cloud is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path


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


def examples(incomplete: str) -> list[str]:
    """Names of the bundled examples."""
    return among(_files("binder_deploy.examples", "", ".yaml"))(incomplete)


def backups(incomplete: str) -> list[str]:
    """Backups of the deployment in this folder, the newest first."""
    shelf = Path(".binder-deploy", "backups")
    found = sorted((place.name for place in shelf.iterdir() if place.is_dir()), reverse=True) if shelf.is_dir() else []
    return among(["latest", *found])(incomplete)


def _files(package: str, folder: str, suffix: str) -> list[str]:
    where = resources.files(package).joinpath(folder) if folder else resources.files(package)
    return sorted(f.name.removesuffix(suffix) for f in where.iterdir() if f.name.endswith(suffix))
