"""Compute Engine's network side: networks, subnetworks, routers, NAT, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import islice
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


def _link(id: str) -> str:
    return rules.COMPUTE + id


def resolve_network(cloud: Cloud, reference: str, project: str) -> Record:
    return rules.resolve(cloud, "compute/network", reference, f"projects/{project}/global/networks/{reference}")


def resolve_subnetwork(cloud: Cloud, reference: str, project: str, region: str) -> Record:
    missing = f"projects/{project}/regions/{region}/subnetworks/{reference}"
    return rules.resolve(cloud, "compute/subnetwork", reference, missing, region=region)


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
        "selfLink": _link(id),
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
        "network": _link(network.id),
        "selfLink": _link(id),
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


# Routers and NAT


def _router_id(props: Props) -> str:
    return f"projects/{props['project']}/regions/{props['region']}/routers/{props['name']}"


def _check_regional(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props)
    yield from rules.region(props)


def _require_router(cloud: Cloud, props: Props) -> None:
    resolve_network(cloud, props["network"], props["project"])


def _router_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "network": _link(resolve_network(cloud, props["network"], props["project"]).id),
        "selfLink": _link(_router_id(props)),
        "creationTimestamp": old.outputs["creationTimestamp"] if old else numbers.now(),
    }


def _delete_router(cloud: Cloud, record: Record) -> None:
    # A NAT is a part of its router and goes with it.
    for nat in rules.users(cloud, record, {"compute/routerNat": ("router",)}):
        cloud.remove(nat.type, nat.id)
    cloud.remove(record.type, record.id)


ROUTER = Kind(
    pulumi_type="gcp:compute/router:Router",
    label="Router",
    id=_router_id,
    outputs=_router_outputs,
    computed=("selfLink", "creationTimestamp"),
    located=REGIONAL,
    immutable=frozenset({"name", "project", "region", "network", "encryptedInterconnectRouter"}),
    check=_check_regional,
    require=_require_router,
    delete=_delete_router,
    autoname=63,
)


def _nat_id(props: Props) -> str:
    router = str(props["router"]).rsplit("/", 1)[-1]
    return f"{props['project']}/{props['region']}/{router}/{props['name']}"


def _check_nat(props: Props) -> Iterator[Problem]:
    yield from _check_regional(props)
    yield from rules.choice(props, "natIpAllocateOption", "AUTO_ONLY", "MANUAL_ONLY")
    yield from rules.choice(
        props, "sourceSubnetworkIpRangesToNat",
        "ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS",
    )  # fmt: skip
    yield from rules.choice(
        props.get("logConfig") or {}, "filter", "ERRORS_ONLY", "TRANSLATIONS_ONLY", "ALL", path="logConfig.filter"
    )
    listed = props.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    if listed != bool(props.get("subnetworks")):
        yield Problem("subnetworks", "goes with sourceSubnetworkIpRangesToNat LIST_OF_SUBNETWORKS, and only with it")
    if props.get("natIps") and props.get("natIpAllocateOption") == "AUTO_ONLY":
        yield Problem("natIps", "must be empty with natIpAllocateOption AUTO_ONLY")


def _require_nat(cloud: Cloud, props: Props) -> None:
    missing = f"projects/{props['project']}/regions/{props['region']}/routers/{props['router']}"
    router = rules.resolve(cloud, "compute/router", props["router"], missing, region=props["region"])
    for listed in props.get("subnetworks") or ():
        subnetwork = resolve_subnetwork(cloud, listed["name"], props["project"], props["region"])
        if subnetwork.outputs["network"] != router.outputs["network"]:
            raise words.invalid(
                "resource.nats[0].subnetworks[0].name", listed["name"], "Subnetwork is not in the router's network"
            )


def _nat_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"type": props.get("type", "PUBLIC"), "minPortsPerVm": props.get("minPortsPerVm", 64)}


ROUTER_NAT = Kind(
    pulumi_type="gcp:compute/routerNat:RouterNat",
    label="RouterNat",
    id=_nat_id,
    outputs=_nat_outputs,
    computed=(),
    located=REGIONAL,
    immutable=frozenset({"name", "project", "region", "router", "type", "endpointTypes", "initialNatIps"}),
    check=_check_nat,
    require=_require_nat,
    autoname=63,
)


# Addresses


def _address_id(props: Props) -> str:
    return f"projects/{props['project']}/regions/{props['region']}/addresses/{props['name']}"


def _check_address(props: Props) -> Iterator[Problem]:
    yield from _check_regional(props)
    yield from rules.labels(props)
    yield from rules.choice(props, "addressType", "EXTERNAL", "INTERNAL")
    yield from rules.choice(props, "networkTier", "PREMIUM", "STANDARD")
    if props.get("addressType") == "INTERNAL" and props.get("networkTier"):
        yield Problem("networkTier", "must be left out for an INTERNAL address")
    if props.get("addressType", "EXTERNAL") == "EXTERNAL" and props.get("subnetwork"):
        yield Problem("subnetwork", "goes with addressType INTERNAL only")


def _require_address(cloud: Cloud, props: Props) -> None:
    if props.get("subnetwork"):
        resolve_subnetwork(cloud, props["subnetwork"], props["project"], props["region"])


def _address_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = _address_id(props)
    given = old.outputs if old else {}
    external = props.get("addressType", "EXTERNAL") == "EXTERNAL"
    return {
        "address": given.get("address") or props.get("address") or _new_address(cloud, props),
        "addressId": numbers.number(id, 19),
        "addressType": "EXTERNAL" if external else "INTERNAL",
        "networkTier": props.get("networkTier", "PREMIUM") if external else "",
        "creationTimestamp": given.get("creationTimestamp") or numbers.now(),
        "labelFingerprint": numbers.number(str(props.get("labels")), 10),
        "selfLink": _link(id),
        "users": given.get("users", []),
        **rules.labelled(props),
    }


def _new_address(cloud: Cloud, props: Props) -> str:
    if not props.get("subnetwork"):
        return numbers.public_address(cloud)
    subnetwork = resolve_subnetwork(cloud, props["subnetwork"], props["project"], props["region"])
    taken = {r.outputs.get("address") for r in cloud.of_type("compute/address")}
    # Google keeps the first address of a range for the gateway.
    free = islice(IPv4Network(subnetwork.outputs["ipCidrRange"]).hosts(), 1, None)
    return next(str(address) for address in free if str(address) not in taken)


def address_users(cloud: Cloud, record: Record) -> list[Record]:
    """Forwarding rules that carry the address: they name it, its link or the IP address itself."""
    return [
        rule
        for rule in cloud.of_type("compute/forwardingRule")
        if any(
            value == record.outputs.get("address") or rules.refers(value, record)
            for field in ("ipAddress", "IPAddress", "address")
            for value in (rule.inputs.get(field), rule.outputs.get(field))
        )
    ]


def _delete_address(cloud: Cloud, record: Record) -> None:
    for user in address_users(cloud, record):
        raise words.in_use("address", record.id, user.id)
    cloud.remove(record.type, record.id)


ADDRESS = Kind(
    pulumi_type="gcp:compute/address:Address",
    label="Address",
    id=_address_id,
    outputs=_address_outputs,
    computed=("address", "addressId", "creationTimestamp", "labelFingerprint", "selfLink", "users"),
    located=REGIONAL,
    immutable=frozenset({
        "name", "project", "region", "address", "addressType", "description", "network", "networkTier",
        "prefixLength", "purpose", "subnetwork", "ipVersion",
    }),
    check=_check_address,
    require=_require_address,
    delete=_delete_address,
    autoname=63,
)  # fmt: skip

KINDS = (NETWORK, SUBNETWORK, ROUTER, ROUTER_NAT, ADDRESS)
