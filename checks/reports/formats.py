"""A report as a file, in the format that the file's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from binder_deploy.checks.reports.run import Run


class UnknownFormat(ValueError):
    """A file name that ends in no known format; the message has those that there are."""

    def __init__(self, path: Path) -> None:
        known = ", ".join(f"{suffix} ({name})" for suffix, (name, _) in FORMATS.items())
        super().__init__(f"--report {path}: the name of the file says the format; let it end in {known}")


def format_of(path: Path) -> Callable[[Run], str]:
    """What makes the text. Raises `UnknownFormat`."""
    if path.suffix not in FORMATS:
        raise UnknownFormat(path)
    return FORMATS[path.suffix][1]


def _json(run: Run) -> str:
    from binder_deploy.checks.reports import data

    return data.text(run)


def _junit(run: Run) -> str:
    from binder_deploy.checks.reports import junit

    return junit.text(run)


def _sarif(run: Run) -> str:
    from binder_deploy.checks.reports import sarif

    return sarif.text(run)


def _page(run: Run) -> str:
    from binder_deploy.checks.reports import page

    return page.text(run)


FORMATS: Mapping[str, tuple[str, Callable[[Run], str]]] = {
    ".json": ("JSON", _json),
    ".xml": ("JUnit", _junit),
    ".sarif": ("SARIF 2.1.0", _sarif),
    ".html": ("a page to read", _page),
}
"""Suffix → how people call the format, and what makes it. Each is imported when it is asked for."""
