"""What an account at a cloud is, may do and has left: facts that no rehearsal can ask.

The same shapes for every cloud. Rules only compare; whatever is a cloud's own (how a right is granted, where a limit
is raised) comes in the facts as the text or the command to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from binder_deploy.checks.model import Key
from binder_deploy.settings.leftovers import Unasked

_ACCOUNT = "an account"


@dataclass(frozen=True)
class Identity:
    """Who asks."""

    principal: str
    """As the cloud names them; empty where it does not tell."""


@dataclass(frozen=True)
class NoIdentity:
    """Nobody is logged in, or the login has ended."""

    why: str
    remedy: str


@dataclass(frozen=True)
class Account:
    """The project or account that everything is made in."""

    setting: str
    """Where it is named: `platform.project`, `platform.account`."""
    id: str
    problem: str
    """Why nothing can be made in it, in words; empty if it is active."""
    remedy: str


@dataclass(frozen=True)
class Missing:
    """A right that the program needs and that whoever asks has not."""

    permission: str
    purpose: str
    """What it is for: `the cluster`."""
    role: str
    """A predefined role that has it, or, where there are none, what is in its way."""
    command: str
    """Grants it, or says what else has to be done."""


@dataclass(frozen=True)
class Permissions:
    """The rights that were asked for."""

    principal: str
    """Who has them or not; empty where the cloud does not tell."""
    asked: int
    missing: tuple[Missing, ...]
    unclear: tuple[str, ...] = ()
    """Those of which nobody can tell before they are used."""
    why: str = ""
    """Why not."""


@dataclass(frozen=True)
class Services:
    """The cloud's services that a deployment uses, where an account switches them on one by one."""

    asked: int
    off: tuple[str, ...]
    stuck: bool
    """The service that switches on others is off itself: the program cannot do it."""
    command: str
    """Switches on those that are off."""


@dataclass(frozen=True)
class Policy:
    """A rule of the organisation that this program could break."""

    name: str
    verdict: Literal["allows", "forbids", "unclear"]
    meets: str
    """What of the deployment it is about."""
    remedy: str


@dataclass(frozen=True)
class Billing:
    """Whether somebody pays."""

    account: str
    """Project or account id."""
    on: bool
    command: str
    """Switches it on."""


@dataclass(frozen=True)
class Offer:
    """A machine type (or an accelerator) in the zone of the nodes."""

    setting: str
    """Where it is named: `platform.pools.user.machine`."""
    pool: str
    name: str
    zone: str
    offered: bool
    architecture: str = ""
    """Kubernetes' word: `amd64`, `arm64`; empty where the cloud does not tell."""
    elsewhere: tuple[str, ...] = ()
    """Other zones of the region that have it."""


@dataclass(frozen=True)
class Versions:
    """The Kubernetes versions that a new cluster can get."""

    setting: str
    """What chooses one: `platform.release_channel`, `platform.kubernetes`."""
    chosen: str
    defaults: Mapping[str, str]
    """Choice → the version that it gives today."""
    ends: Mapping[str, date] = field(default_factory=dict)
    """Choice → last day on which it is supported at the usual price; empty where the cloud moves on by itself."""
    asked: date | None = None
    """Today, where ends are known."""


@dataclass(frozen=True)
class Zone:
    """The DNS zone whose records are ours to change."""

    setting: str
    """Where it is named: `address.dns.zone`, `address.dns.zone_id`."""
    name: str
    found: bool
    domain: str = ""
    """What it holds, without the final dot."""
    public: bool = True
    look: str = ""
    """Command that lists the zones that there are."""


@dataclass(frozen=True)
class Subnetwork:
    """The institution's own network (a subnetwork, a VPC with its subnets), in which the nodes are to run."""

    name: str
    problems: tuple[str, ...]
    """Each begins with the setting that is wrong."""
    look: str
    """Command that shows what there is."""


@dataclass(frozen=True)
class Taken:
    """Something that has a name of ours and is not ours."""

    kind: str
    name: str
    look: str
    """Command that shows it."""


@dataclass(frozen=True)
class NamesFound:
    """What stands where this deployment will put something."""

    free: int
    """Names that nothing has, or that something of ours has."""
    taken: tuple[Taken, ...]
    unasked: tuple[Unasked, ...]


QuotaKind = Literal["cpu", "gpu", "machine", "disk", "address", "network", "cluster"]


@dataclass(frozen=True)
class Demand:
    """What one part of the deployment takes at its largest."""

    each: float
    count: int = 1
    setting: str = ""
    """What sets the count; empty if nothing does."""
    least: int = 1
    """The smallest count that the settings allow."""

    @property
    def total(self) -> float:
        return self.each * self.count


@dataclass(frozen=True)
class Quota:
    """A limit of the account, and what the deployment needs of it at full scale."""

    kind: QuotaKind
    name: str
    """As the cloud names it."""
    scope: str
    """What it holds for: a region, or `all regions`."""
    unit: str
    limit: float | None
    """`None`: the cloud does not tell it where the others stand."""
    used: float
    """By everything but this deployment."""
    demands: tuple[Demand, ...]
    more: str
    """Where and how more is asked for."""

    @property
    def needed(self) -> float:
        """By this deployment at its largest."""
        return sum(demand.total for demand in self.demands)

    @property
    def free(self) -> float:
        """What others leave; without end where no limit is told."""
        return float("inf") if self.limit is None else max(0.0, self.limit - self.used)


IDENTITY: Key[Identity | NoIdentity] = Key("who is logged in at the cloud", beyond=_ACCOUNT)
ACCOUNT: Key[Account] = Key("project or account", beyond=_ACCOUNT)
PERMISSIONS: Key[Permissions] = Key("rights in the project or account", beyond=_ACCOUNT)
ZONE_PERMISSIONS: Key[Permissions | None] = Key("rights on the DNS zone", beyond=_ACCOUNT)
"""`None`: the records are not ours to change."""
SERVICES: Key[Services | None] = Key("services that are switched on", beyond=_ACCOUNT)
"""`None`: the cloud has no such switches."""
POLICIES: Key[tuple[Policy, ...] | None] = Key("policies of the organisation", beyond=_ACCOUNT)
"""`None`: the cloud tells them to nobody here; what they forbid is among the permissions."""
BILLING: Key[Billing | None] = Key("billing", beyond=_ACCOUNT)
"""`None`: the cloud has no account that nobody pays for."""
OFFERS: Key[tuple[Offer, ...]] = Key("machine types in the zone", beyond=_ACCOUNT)
VERSIONS: Key[Versions] = Key("Kubernetes versions that are offered", beyond=_ACCOUNT)
ZONE: Key[Zone | None] = Key("DNS zone", beyond=_ACCOUNT)
"""`None`: the records are not ours to change."""
SUBNETWORK: Key[Subnetwork | None] = Key("existing network", beyond=_ACCOUNT)
"""`None`: the network is one of our own."""
NAMES: Key[NamesFound] = Key("what has the names of this deployment", beyond=_ACCOUNT)
REGIONAL_QUOTAS: Key[tuple[Quota, ...]] = Key("quotas of the region", beyond=_ACCOUNT)
GLOBAL_QUOTAS: Key[tuple[Quota, ...]] = Key("quotas of all regions", beyond=_ACCOUNT)
