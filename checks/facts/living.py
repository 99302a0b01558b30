"""Facts of a service that is in use: nodes that come and go, pods that people start, what the hub was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from binder_deploy.checks.facts.deployment import Objects
from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class NodeGroup:
    """What the cluster's autoscaler says of one group of nodes."""

    name: str
    """As the cloud names it: the end of the group's URL."""
    healthy: bool
    backing_off: str
    """Why it brings no node for the time being, or nothing."""


@dataclass(frozen=True)
class Culling:
    """When the hub stops servers; seconds. `max_age_s` 0 is never."""

    enabled: bool
    users: bool
    """Whether people are removed with their servers."""
    timeout_s: int
    every_s: int
    max_age_s: int


@dataclass(frozen=True)
class HubConfig:
    """The public part of what JupyterHub was given."""

    culling: Culling
    memory_guarantee: str
    """Of one server, as JupyterHub writes it (`1G`); empty if there is none."""
    memory_limit: str
    cors: str
    """Whose pages may use people's servers (an origin, `*`), or nothing."""
    auth: bool
    """Whether the spawner expects people who logged in."""
    authenticator: str
    """Class or short name."""
    lets_in: bool
    """Whether anybody at all is allowed to log in."""
    callbacks: tuple[str, ...]
    """Addresses to which login providers send people back."""
    redirect: str
    """Where the hub sends people who logged in for BinderHub, or nothing."""
    opens_binder: bool
    """Whether the role of users includes access to BinderHub."""


@dataclass(frozen=True)
class Minors:
    """Which minor versions of Kubernetes a cluster runs: 36 is 1.36."""

    server: int
    """The control plane's."""
    pools: Mapping[str, int]
    """Pool → its oldest node's; a pool without nodes is not in it."""


@dataclass(frozen=True)
class Surroundings:
    """What this program runs in."""

    cloud_shell: bool
    ci: bool
    fixed_token: str | None
    """Environment variable with an access token that nobody renews, or `None`."""


SURROUNDINGS: Key[Surroundings] = Key("this machine's surroundings", played=True)
"""A rehearsal takes them out of the environment."""
NOW: Key[datetime] = Key("time")

MINORS: Key[Minors | None] = Key("versions of Kubernetes", played=True)
"""`None`: there is no cluster yet."""
NODE_STATES: Key[Objects] = Key("state of the nodes", played=True)
POD_STATES: Key[Objects] = Key("state of the pods", played=True)
BUDGET_STATES: Key[Objects] = Key("state of the pod disruption budgets", played=True)
CSI_DRIVERS: Key[Objects] = Key("disk drivers")
VOLUMES: Key[Objects] = Key("volumes")
AUTOSCALER: Key[tuple[NodeGroup, ...]] = Key("state of the autoscaler", beyond="a cloud's autoscaler")
HUB_CONFIG: Key[HubConfig] = Key("configuration of JupyterHub")
