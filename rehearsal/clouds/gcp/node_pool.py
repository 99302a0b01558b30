"""GKE node pools."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import node_config, places, rules, words
from binder_deploy.rehearsal.clouds.gcp.cluster import MASTER_VERSION, find_cluster
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def _name_of_cluster(props: Props) -> str:
    return str(props["cluster"]).rsplit("/", 1)[-1]


def _id(props: Props) -> str:
    place = f"projects/{props['project']}/locations/{props['location']}"
    return f"{place}/clusters/{_name_of_cluster(props)}/nodePools/{props['name']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props, longest=39)
    location = props.get("location")
    region = places.region_of(location or "")
    if not location:
        yield Problem("location", "no location: set it here (the cluster's), or a region or zone on the provider")
    elif region is None:
        yield Problem("location", f"unknown region or zone {location!r}")
    for i, zone in enumerate(props.get("nodeLocations") or ()):
        if not places.is_zone(zone) or (region and places.region_of(zone) != region):
            yield Problem(f"nodeLocations[{i}]", f"{zone!r} is not a zone of {region or location}")
    yield from _check_sizes(props)
    yield from node_config.check(props.get("nodeConfig") or {}, "nodeConfig")
    yield from _check_upgrades(props)


def _check_sizes(props: Props) -> Iterator[Problem]:
    if props.get("nodeCount") is not None and props.get("autoscaling") and props.get("initialNodeCount") is not None:
        yield Problem("nodeCount", "conflicts with initialNodeCount")
    scaling = props.get("autoscaling")
    if scaling is None:
        return
    per_zone = {"minNodeCount", "maxNodeCount"} & set(scaling)
    total = {"totalMinNodeCount", "totalMaxNodeCount"} & set(scaling)
    if per_zone and total:
        yield Problem("autoscaling", f"{min(total)} conflicts with {min(per_zone)}: per zone or in total, not both")
    for low, high in (("minNodeCount", "maxNodeCount"), ("totalMinNodeCount", "totalMaxNodeCount")):
        least, most = int(scaling.get(low) or 0), scaling.get(high)
        if most is not None and int(most) < max(1, least):
            yield Problem(f"autoscaling.{high}", f"{most} is less than {low} ({least}) or than 1")
    if not {"maxNodeCount", "totalMaxNodeCount"} & set(scaling):
        yield Problem("autoscaling.maxNodeCount", "must be set, or totalMaxNodeCount")
    yield from rules.choice(scaling, "locationPolicy", "ANY", "BALANCED", path="autoscaling.locationPolicy")


def _check_upgrades(props: Props) -> Iterator[Problem]:
    settings = props.get("upgradeSettings") or {}
    yield from rules.choice(settings, "strategy", "SURGE", "BLUE_GREEN", path="upgradeSettings.strategy")
    if settings.get("maxSurge") == 0 and settings.get("maxUnavailable") == 0:
        yield Problem("upgradeSettings.maxSurge", "maxSurge and maxUnavailable cannot both be 0")


def _require(cloud: Cloud, props: Props) -> None:
    cluster = find_cluster(cloud, props["cluster"], props["project"], props["location"])
    config = props.get("nodeConfig") or {}
    node_config.require_account(cloud, config.get("serviceAccount"), props["project"])
    metadata = (config.get("workloadMetadataConfig") or {}).get("mode")
    if metadata == "GKE_METADATA" and not (cluster.outputs.get("workloadIdentityConfig") or {}).get("workloadPool"):
        raise words.bad_request("Workload Identity is not enabled on the cluster: GKE_METADATA cannot be used")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    cluster = find_cluster(cloud, props["cluster"], props["project"], props["location"])
    location = props["location"]
    zones = props.get("nodeLocations") or cluster.outputs.get("nodeLocations")
    if not zones:
        zones = [location] if places.is_zone(location) else list(places.ZONES[location][:3])
    groups = [
        f"https://www.googleapis.com/compute/v1/projects/{props['project']}/zones/{zone}/instanceGroupManagers/"
        f"gke-{_name_of_cluster(props)}-{props['name']}-grp"
        for zone in zones
    ]
    return {
        "nodeLocations": zones,
        "instanceGroupUrls": groups,
        "managedInstanceGroupUrls": [g.replace("instanceGroupManagers", "instanceGroups") for g in groups],
        "initialNodeCount": props.get("initialNodeCount", props.get("nodeCount", 0 if props.get("autoscaling") else 1)),
        "version": props.get("version", MASTER_VERSION),
        "maxPodsPerNode": props.get("maxPodsPerNode", 110),
        "management": {"autoRepair": True, "autoUpgrade": True, **(props.get("management") or {})},
        "nodeConfig": {
            "machineType": "e2-medium", "diskSizeGb": 100, "diskType": "pd-balanced",
            **(props.get("nodeConfig") or {}),
        },
    }  # fmt: skip


NODE_POOL = Kind(
    pulumi_type="gcp:container/nodePool:NodePool",
    label="NodePool",
    id=_id,
    outputs=_outputs,
    computed=("instanceGroupUrls", "managedInstanceGroupUrls"),
    located={"project": "project", "location": "location"},
    immutable=frozenset({
        "name", "project", "location", "cluster", "initialNodeCount", "maxPodsPerNode", "namePrefix",
        "nodeConfig.serviceAccount", "nodeConfig.oauthScopes", "nodeConfig.spot", "nodeConfig.preemptible",
        "nodeConfig.shieldedInstanceConfig", "nodeConfig.metadata", "nodeConfig.minCpuPlatform",
        "nodeConfig.localSsdCount", "nodeConfig.sandboxConfig", "nodeConfig.guestAccelerators",
        "nodeConfig.ephemeralStorageLocalSsdConfig", "nodeConfig.bootDiskKmsKey", "placementPolicy",
    }),
    check=_check,
    require=_require,
    autoname=39,
)  # fmt: skip
