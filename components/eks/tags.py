"""Tags: our mark, the owner's own, and the name that the console shows."""

from __future__ import annotations

from collections.abc import Mapping


def tagged(tags: Mapping[str, str], name: str, **more: str) -> dict[str, str]:
    """Tags of the thing called `name`."""
    return {**tags, "Name": name, **more}
