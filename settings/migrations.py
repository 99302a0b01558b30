"""Older formats of `binder.yaml`, and how each becomes the next one.

Reading takes every format that a migration leads on from; the file itself is rewritten by `upgrade` alone. A migration
changes the document in place, as ruamel reads it, so that comments, order and quotes stay.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.util import load_yaml_guess_indent

VERSION = "version"
"""The key that holds the format."""


@dataclass(frozen=True)
class Migration:
    """One step from a format to the next."""

    before: int
    after: int
    what: str
    """For the operator: `binder.quota is called binder.max_servers`."""
    change: Callable[[Any], None]
    """Of the document; `version` is set afterwards."""


MIGRATIONS: tuple[Migration, ...] = ()
"""In order. Format 1 is the only one so far."""


def needed(version: object, migrations: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """The steps from a format to the newest one; none for the newest, and for what is no format at all."""
    steps: list[Migration] = []
    for step in MIGRATIONS if migrations is None else migrations:
        if step.before == version and not isinstance(version, bool):
            steps.append(step)
            version = step.after
    return tuple(steps)


def migrated(text: str, migrations: Sequence[Migration] | None = None) -> tuple[str, tuple[Migration, ...]]:
    """The text in the newest format, and the steps that led there; untouched where there are none.

    The text must be valid YAML with a mapping. Whatever a migration raises comes through.
    """
    yaml, written = YAML(), io.StringIO()
    yaml.preserve_quotes, yaml.width = True, 4096
    document = yaml.load(text)
    steps = needed(document.get(VERSION), migrations)
    if not steps:
        return text, ()
    for step in steps:
        step.change(document)
        document[VERSION] = step.after
    _, indent, block = load_yaml_guess_indent(text)
    yaml.indent(mapping=indent or 2, sequence=(indent or 2) + (block or 0), offset=block or 0)
    yaml.dump(document, written)
    return written.getvalue(), steps
