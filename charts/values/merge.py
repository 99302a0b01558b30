"""Merging of values, and the keys that are ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from binder_deploy.settings.errors import Problem, SettingsError


def deep(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers of values, later ones winning: mappings are merged, anything else is replaced, as Helm does."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            under = merged.get(key)
            if isinstance(value, Mapping):
                merged[key] = deep(under if isinstance(under, Mapping) else {}, value)
            else:
                merged[key] = value
    return merged


def merge(ours: Mapping[str, Any], theirs: Mapping[str, Any], owned: Mapping[str, str], path: str) -> dict[str, Any]:
    """`theirs` over `ours`, unless it touches a key that is ours.

    `owned` maps a dotted path of values to what to use instead (a setting's path, or a sentence); `path`
    is where `theirs` comes from, such as `charts.traefik.values`. A key is touched by setting it, anything
    below it, or by replacing a mapping above it with something else. Raises `SettingsError` with every one.
    """
    problems = [
        Problem(f"{path}.{key}", "binder-deploy sets this itself", _instead(owned[key]))
        for key in sorted(owned)
        if _touches(theirs, key.split("."))
    ]
    problems += [
        Problem(f"{path}.{key}", "null would delete what binder-deploy sets", "name the single keys to change")
        for key in _emptied(ours, theirs)
        if not any(p.path == f"{path}.{key}" for p in problems)
    ]
    if problems:
        raise SettingsError(problems)
    return deep(ours, theirs)


def _touches(theirs: Any, parts: list[str]) -> bool:
    if not parts:
        return True
    if not isinstance(theirs, Mapping):
        return True
    return parts[0] in theirs and _touches(theirs[parts[0]], parts[1:])


def _emptied(ours: Mapping[str, Any], theirs: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Paths where a mapping of ours would be replaced by something that is none."""
    for key, value in theirs.items():
        under = ours.get(key)
        if isinstance(under, Mapping) and under:
            if isinstance(value, Mapping):
                yield from _emptied(under, value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}"


def _instead(setting: str) -> str:
    return setting if " " in setting else f"use {setting}"
