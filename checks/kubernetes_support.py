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


@dataclass(frozen=True)
class RefusedStep:
    """Between versions: why no cloud takes it, and what to do instead."""

    why: str
    remedy: str


def refused_step(server: int, wanted: int, pools: Mapping[str, int]) -> RefusedStep | None:
    """Why a control plane cannot come, or stay, from 1.`server` to 1.`wanted`; None: it can.

    `pools`: name → minor of the oldest node.
    """
    if wanted < server:
        why = f"the control plane is at 1.{server} already, and no cloud takes one back"
        return RefusedStep(why, f"write 1.{server}")
    if wanted > server + 1:
        why = f"the control plane is at 1.{server}, and one minor at a time is all that is allowed"
        return RefusedStep(why, f"write 1.{server + 1} and run `binder-deploy up`, then the next one")
    newer = {pool: minor for pool, minor in pools.items() if minor > max(server, wanted)}
    if newer:
        why = f"nodes are newer than a control plane of 1.{max(server, wanted)}: {_listed(newer)}"
        return RefusedStep(why, "bring the control plane up to the nodes' version first")
    late = {pool: minor for pool, minor in pools.items() if wanted - minor > MAX_SKEW}
    if late:
        why = f"nodes are more than {MAX_SKEW} minors behind 1.{wanted}: {_listed(late)}"
        return RefusedStep(why, "bring those nodes up first, in the cloud's console or by its command line")
    return None


def _listed(pools: Mapping[str, int]) -> str:
    return ", ".join(f"{pool} 1.{minor}" for pool, minor in sorted(pools.items()))


@functools.cache
def _table() -> Mapping[str, Any]:
    text = (files("binder_deploy.checks") / "kubernetes_support.yaml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = YAML(typ="safe").load(text)
    return table
