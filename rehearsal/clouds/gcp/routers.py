"""Cloud Router and Cloud NAT: how nodes without public addresses reach the internet."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import numbers, rules, words
from binder_deploy.rehearsal.clouds.gcp.network import (
    REGIONAL,
    check_regional,
    link,
    resolve_network,
    resolve_subnetwork,
)
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def _router_id(props: Props) -> str:
    return f"projects/{props['project']}/regions/{props['region']}/routers/{props['name']}"


def _require_router(cloud: Cloud, props: Props) -> None:
    resolve_network(cloud, props["network"], props["project"])


def _router_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "network": link(resolve_network(cloud, props["network"], props["project"]).id),
        "selfLink": link(_router_id(props)),
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
    check=check_regional,
    require=_require_router,
    delete=_delete_router,
    autoname=63,
)


def _nat_id(props: Props) -> str:
    router = str(props["router"]).rsplit("/", 1)[-1]
    return f"{props['project']}/{props['region']}/{router}/{props['name']}"


def _check_nat(props: Props) -> Iterator[Problem]:
    yield from check_regional(props)
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

KINDS = (ROUTER, ROUTER_NAT)
