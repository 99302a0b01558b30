"""Where pods run: labels and taints of the node pools, and the selectors that follow from them."""

from __future__ import annotations

from typing import Literal

Role = Literal["core", "user", "build"]

POOL_LABEL = "binder-deploy/pool"
"""On every node; its value is the pool's role."""
PURPOSE_LABEL = "hub.jupyter.org/node-purpose"
"""Zero to JupyterHub's own label: `core` and `user`. Build nodes have none, else servers would land there."""
DEDICATED = ("hub.jupyter.org_dedicated", "user", "NoSchedule")
"""Taint (key, value, effect) of user and build nodes. Build pods tolerate no other one, and GKE refuses a
slash in a taint's key, which is why upstream tolerates this spelling, too."""
PRIORITY_CLASS = "binder-service-core"
"""PriorityClass of the pods without which the service is down."""


def on(role: Role) -> dict[str, str]:
    """Node selector of a pool."""
    return {POOL_LABEL: role}
