"""Regional addresses of Compute Engine."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import islice

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import numbers, rules, words
from binder_deploy.rehearsal.clouds.gcp.network import (
    REGIONAL,
    check_regional,
    link,
    resolve_subnetwork,
)
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def _address_id(props: Props) -> str:
    return f"projects/{props['project']}/regions/{props['region']}/addresses/{props['name']}"


def _check_address(props: Props) -> Iterator[Problem]:
    yield from check_regional(props)
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
        "selfLink": link(id),
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

KINDS = (ADDRESS,)
