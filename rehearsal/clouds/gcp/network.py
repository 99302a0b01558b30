"""Compute Engine's networks and subnetworks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import numbers, rules, words
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

NETWORK_USERS = {
    "compute/subnetwork": ("network",),
    "compute/router": ("network",),
    "compute/firewall": ("network",),
    "compute/forwardingRule": ("network",),
    "container/cluster": ("network",),
}
SUBNETWORK_USERS = {
    "container/cluster": ("subnetwork",),
    "compute/forwardingRule": ("subnetwork",),
    "compute/address": ("subnetwork",),
}


REGIONAL = {"project": "project", "region": "region"}


def link(id: str) -> str:
    return rules.COMPUTE + id


def resolve_network(cloud: Cloud, reference: str, project: str) -> Record:
    return rules.resolve(cloud, "compute/network", reference, f"projects/{project}/global/networks/{reference}")


def resolve_subnetwork(cloud: Cloud, reference: str, project: str, region: str) -> Record:
    missing = f"projects/{project}/regions/{region}/subnetworks/{reference}"
    return rules.resolve(cloud, "compute/subnetwork", reference, missing, region=region)


def check_regional(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props)
    yield from rules.region(props)


# Networks


def _network_id(props: Props) -> str:
    return f"projects/{props['project']}/global/networks/{props['name']}"


def _check_network(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props)
    yield from rules.description(props)
    yield from rules.choice(props, "routingMode", "REGIONAL", "GLOBAL")
    mtu = props.get("mtu")
    if mtu is not None and not 1300 <= int(mtu) <= 8896:
        yield Problem("mtu", "must lie between 1300 and 8896")


def _network_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = _network_id(props)
    return {
        "autoCreateSubnetworks": props.get("autoCreateSubnetworks", True),
        "routingMode": props.get("routingMode", "REGIONAL"),
        "mtu": props.get("mtu", 0),
        "selfLink": link(id),
        "networkId": numbers.number(id, 19),
        "numericId": numbers.number(id, 19),
        "gatewayIpv4": "",
    }


def _delete_network(cloud: Cloud, record: Record) -> None:
    for user in rules.users(cloud, record, NETWORK_USERS):
        raise words.in_use("network", record.id, user.id)
    cloud.remove(record.type, record.id)


NETWORK = Kind(
    pulumi_type="gcp:compute/network:Network",
    label="Network",
    id=_network_id,
    outputs=_network_outputs,
    computed=("selfLink", "networkId", "numericId", "gatewayIpv4"),
    immutable=frozenset({"name", "project", "autoCreateSubnetworks", "description"}),
    check=_check_network,
    delete=_delete_network,
    autoname=63,
)


# Subnetworks


def _subnetwork_id(props: Props) -> str:
    return f"projects/{props['project']}/regions/{props['region']}/subnetworks/{props['name']}"


def _ranges(props: Any) -> Iterator[tuple[str, IPv4Network]]:
    """Name (empty for the primary one) and addresses of each range of a subnetwork."""
    if props.get("ipCidrRange"):
        yield "", IPv4Network(props["ipCidrRange"])
    for secondary in props.get("secondaryIpRanges") or ():
        if secondary.get("ipCidrRange"):
            yield secondary.get("rangeName", ""), IPv4Network(secondary["ipCidrRange"])


def range_of(subnetwork: Record, name: str) -> str | None:
    """Addresses of a subnetwork's secondary range."""
    return next((str(network) for found, network in _ranges(subnetwork.outputs) if name and found == name), None)


def overlapping(cloud: Cloud, network: Record, wanted: IPv4Network, except_id: str = "") -> tuple[Record, str] | None:
    """The subnetwork of a network, and its range, that collides with a range."""
    for other in rules.users(cloud, network, {"compute/subnetwork": ("network",)}):
        for _, taken in _ranges(other.outputs):
            if other.id != except_id and taken.overlaps(wanted):
                return other, str(taken)
    return None


def _check_subnetwork(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props)
    yield from rules.region(props)
    found = list(rules.cidr(props.get("ipCidrRange"), "ipCidrRange"))
    names: set[str] = set()
    for i, secondary in enumerate(props.get("secondaryIpRanges") or ()):
        path = f"secondaryIpRanges[{i}]"
        found += rules.cidr(secondary.get("ipCidrRange"), f"{path}.ipCidrRange")
        for problem in rules.name(secondary, "rangeName"):
            yield Problem(f"{path}.rangeName", problem.reason)
        if secondary.get("rangeName") in names:
            yield Problem(f"{path}.rangeName", f"{secondary['rangeName']!r} is there twice")
        names.add(secondary.get("rangeName"))
    yield from found
    if not found:
        yield from _within_apart(props)


def _within_apart(props: Props) -> Iterator[Problem]:
    ranges = list(_ranges(props))
    for i, (name, network) in enumerate(ranges):
        if not 4 <= network.prefixlen <= 29:
            yield Problem("ipCidrRange", f"{network} must have a prefix between /4 and /29")
        for other, taken in ranges[:i]:
            if network.overlaps(taken):
                yield Problem(
                    "secondaryIpRanges", f"{name} ({network}) overlaps {other or 'the primary range'} ({taken})"
                )


def _require_subnetwork(cloud: Cloud, props: Props) -> None:
    network = resolve_network(cloud, props["network"], props["project"])
    for _, wanted in _ranges(props):
        collision = overlapping(cloud, network, wanted, except_id=_subnetwork_id(props))
        if collision:
            raise words.invalid(
                "resource.ipCidrRange",
                wanted,
                f"Invalid IPCidrRange: {wanted} conflicts with existing subnetwork '{collision[0].name}' in region "
                f"'{collision[0].outputs['region']}'",
            )


def _subnetwork_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = _subnetwork_id(props)
    network = resolve_network(cloud, props["network"], props["project"])
    gateway = str(IPv4Network(props["ipCidrRange"])[1]) if props.get("ipCidrRange") else ""
    return {
        "network": link(network.id),
        "selfLink": link(id),
        "gatewayAddress": gateway,
        "fingerprint": numbers.number(id, 12),
        "subnetworkId": int(numbers.number(id, 15)),
        "creationTimestamp": old.outputs["creationTimestamp"] if old else numbers.now(),
        "purpose": props.get("purpose", "PRIVATE"),
        "stackType": props.get("stackType", "IPV4_ONLY"),
        "privateIpGoogleAccess": props.get("privateIpGoogleAccess", False),
    }


def _delete_subnetwork(cloud: Cloud, record: Record) -> None:
    for user in rules.users(cloud, record, SUBNETWORK_USERS):
        raise words.in_use("subnetwork", record.id, user.id)
    cloud.remove(record.type, record.id)


SUBNETWORK = Kind(
    pulumi_type="gcp:compute/subnetwork:Subnetwork",
    label="Subnetwork",
    id=_subnetwork_id,
    outputs=_subnetwork_outputs,
    computed=("selfLink", "gatewayAddress", "fingerprint", "subnetworkId", "creationTimestamp"),
    located=REGIONAL,
    immutable=frozenset({"name", "project", "region", "network", "description", "purpose", "ipCidrRange"}),
    growing=frozenset({"ipCidrRange"}),
    check=_check_subnetwork,
    require=_require_subnetwork,
    delete=_delete_subnetwork,
    autoname=63,
)

KINDS = (NETWORK, SUBNETWORK)
