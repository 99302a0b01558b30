"""Where a setting stands in `binder.yaml`: the lines that a report points to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from binder_deploy.checks.model import Outcome
from binder_deploy.settings.model import Settings

_ROOTS = "|".join(re.escape(field.alias or name) for name, field in Settings.model_fields.items())
_PATH = re.compile(rf"(?<![\w.-])(?:{_ROOTS})(?:\.[a-z][a-z0-9_-]*)+")


def lines(text: str) -> Mapping[str, int]:
    """Dotted path of every setting in a YAML text → its line, from 1. Empty for what is no mapping."""
    try:
        data = YAML().load(text)
    except YAMLError:
        return {}
    found: dict[str, int] = {}
    if isinstance(data, CommentedMap):
        _walk(data, "", found)
    return found


def line(outcome: Outcome, known: Mapping[str, int]) -> int | None:
    """Line of the setting that the verdict names first, or of the section that it would stand in."""
    verdict = outcome.verdict
    for path in _PATH.findall(f"{verdict.message}\n{getattr(verdict, 'remedy', '')}"):
        while path:
            if path in known:
                return known[path]
            path = path.rpartition(".")[0]
    return None


def _walk(mapping: Any, above: str, found: dict[str, int]) -> None:
    for key, value in mapping.items():
        path = f"{above}{key}"
        found[path] = mapping.lc.key(key)[0] + 1
        if isinstance(value, CommentedMap):
            _walk(value, f"{path}.", found)
