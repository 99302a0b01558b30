"""Until when a cloud supports a version of Kubernetes, and which steps between versions it takes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

MAX_SKEW = 3
"""Minors that a kubelet may be behind its API server: https://kubernetes.io/releases/version-skew-policy/ (1.28 on)."""


@dataclass(frozen=True)
class Support:
    """One minor version at one cloud."""

    ends: date
    source: str
    read: date


def support(platform: str, minor: int) -> Support | None:
    """Standard support of 1.`minor` on this kind of platform; None: unknown."""
    told = _table().get(platform) or {}
    ends = (told.get("standard") or {}).get(f"1.{minor}")
    return Support(ends, str(told["source"]), told["read"]) if ends else None


def refused_step(server: int, wanted: int, pools: Mapping[str, int]) -> str:
    """Why the cloud would refuse to bring a control plane from 1.`server` to 1.`wanted`; empty: it would not.

    `pools`: name → minor of the oldest node.
    """
    if wanted < server:
        return f"the control plane is at 1.{server} already, and no cloud takes one back; write 1.{server}"
    if wanted > server + 1:
        return (
            f"the control plane is at 1.{server}, and one minor at a time is all that is allowed; write 1.{server + 1}"
        )
    newer = {pool: minor for pool, minor in pools.items() if minor > max(server, wanted)}
    if newer:
        return f"nodes are newer than the control plane would be: {_listed(newer)}"
    late = {pool: minor for pool, minor in pools.items() if wanted - minor > MAX_SKEW}
    if late:
        return f"nodes are more than {MAX_SKEW} minors behind 1.{wanted}: {_listed(late)}; bring them up first"
    return ""


def _listed(pools: Mapping[str, int]) -> str:
    return ", ".join(f"{pool} 1.{minor}" for pool, minor in sorted(pools.items()))


@functools.cache
def _table() -> Mapping[str, Any]:
    text = (files("binder_deploy.checks") / "kubernetes_support.yaml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = YAML(typ="safe").load(text)
    return table
