"""Order of chart versions: Semantic Versioning 2.0.0, rule 11.

BinderHub publishes only pre-releases (`1.0.0-0.dev.git.<count>.h<sha>`); their numeric parts compare as
numbers, so the commit count decides. Charts write `v1.21.1` or `1.21.1`; both are read."""

from __future__ import annotations

import re

_NUMBER = r"0|[1-9]\d*"
_SEMVER = re.compile(
    rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

Key = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


def is_version(text: str) -> bool:
    """Whether `text` is a semantic version, with or without a `v` in front."""
    return _SEMVER.fullmatch(text) is not None


def key(version: str) -> Key:
    """Sorting key; build metadata (`+…`) is ignored. Raises `ValueError` for anything but a version."""
    match = _SEMVER.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is not a semantic version")
    major, minor, patch, pre = match.groups()
    parts = pre.split(".") if pre else []
    identifiers = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts)
    return (int(major), int(minor), int(patch)), not parts, identifiers


def same(first: str, second: str) -> bool:
    """Equal but for a leading `v`."""
    return first.removeprefix("v") == second.removeprefix("v")
