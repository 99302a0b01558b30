"""What a simulated cloud knows about one type of resource: data and small functions, no machinery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.wire import Props


class ApiError(Exception):
    """The cloud refuses; the message is in the cloud's own words."""


@dataclass(frozen=True)
class Problem:
    """An input that can be seen to be wrong without asking the cloud."""

    path: str
    """Property path: `nodeConfig.taints[0].key`."""
    reason: str


@dataclass(frozen=True)
class Place:
    """Where things go that do not say it themselves: the provider's configuration."""

    project: str = ""
    """Google's project, or the number of Amazon's account."""
    region: str = ""
    zone: str = ""
    caller: str = ""
    """Who deploys, as Amazon writes it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the provider puts on everything."""

    @property
    def location(self) -> str:
        return self.zone or self.region


def no_problems(props: Props) -> Iterable[Problem]:
    return ()


def nothing_required(cloud: Cloud, props: Props) -> None:
    return None


def as_it_is(cloud: Cloud, id: str) -> str:
    return id


def nothing_more(cloud: Cloud, record: Record) -> None:
    return None


def remove(cloud: Cloud, record: Record) -> None:
    """Delete a record that nothing depends on."""
    cloud.remove(record.type, record.id)


@dataclass(frozen=True)
class Kind:
    """A type of resource. The functions get properties with `located` filled in and nulls left out."""

    pulumi_type: str
    """`gcp:compute/network:Network`."""
    label: str
    """As the provider's errors call it: `Network`."""
    id: Callable[[Props], str]
    outputs: Callable[[Cloud, Props, Record | None], Props]
    """What the cloud adds to the inputs; the record is the present one when it is an update."""
    computed: tuple[str, ...]
    """Outputs that a preview cannot know."""
    located: Mapping[str, str] = field(default_factory=lambda: {"project": "project"})
    """Property → attribute of `Place` that fills it where the program does not."""
    immutable: frozenset[str] = frozenset()
    """Property paths (without indices) whose change needs a replacement."""
    growing: frozenset[str] = frozenset()
    """Immutable ones that may change in place as long as the new IP range contains the old one."""
    check: Callable[[Props], Iterable[Problem]] = no_problems
    """Rules on values alone; parts that a preview does not know are absent."""
    require: Callable[[Cloud, Props], None] = nothing_required
    """Rules that need the cloud: references, overlaps, quotas. Raises `ApiError`."""
    made: Callable[[Cloud, Record], None] = nothing_more
    """What else the cloud makes, or marks as used, when it is made or changed."""
    delete: Callable[[Cloud, Record], None] = remove
    """Take it away, or raise `ApiError`."""
    locked: Callable[[Props], None] | None = None
    """Raise `ApiError` if the provider itself refuses to delete, by what the engine's state says of it."""
    provision: Callable[[Props], Props] | None = None
    """Slow part of a creation, outside any transaction; its outputs win."""
    dismantle: Callable[[Record], None] | None = None
    """Slow part of a deletion, after `delete` has agreed."""
    autoname: int = 0
    """Greatest length of its name when the program leaves it to the provider; 0: it must be given."""
    name: str = "name"
    """Property that is its name."""
    unique: bool = False
    """Every creation makes another one: the functions get a number for it in `__unique`."""
    upsert: bool = False
    """Creating what exists is no error: the API is a read-modify-write of a set."""
    imported: Callable[[Cloud, str], str] = as_it_is
    """Its id, from that by which an import asks for it."""
    secret: frozenset[str] = frozenset()
    """Outputs that are secret whatever the inputs are."""

    @property
    def type(self) -> str:
        """Type of its records: `compute/network`."""
        return self.pulumi_type.split(":")[1]
