"""Where pods run: labels and taints of the node pools, and the selectors that follow from them."""

from __future__ import annotations

from typing import Any, Literal

from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import shares

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


def priority(settings: Settings) -> dict[str, str]:
    """Of the pods without which the service is down; nothing in a shared cluster, whose priorities are not ours."""
    return {} if shares(settings) else {"priorityClassName": PRIORITY_CLASS}


def on(settings: Settings, role: Role) -> dict[str, str]:
    """Node selector of the pods in this role: of our pool, or what the settings say of nodes that are not ours to
    label. Empty: wherever there is room."""
    platform = settings.platform
    if isinstance(platform, Existing):
        return dict(getattr(platform.nodes, role))
    return {POOL_LABEL: role}


def purpose(settings: Settings) -> dict[str, Any]:
    """Zero to JupyterHub's affinity, for core pods and for servers. Where build nodes carry the same taint as user
    nodes only a requirement keeps servers off them; nodes that are not ours may have no such label."""
    theirs = isinstance(settings.platform, Existing)
    return {"nodeAffinity": {"matchNodePurpose": "prefer" if theirs else "require"}}
