"""Data sources: what programs may ask about what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import dns, places
from binder_deploy.rehearsal.clouds.gcp.cluster import MASTER_VERSION
from binder_deploy.rehearsal.clouds.gcp.network import resolve_network, resolve_subnetwork
from binder_deploy.rehearsal.clouds.kind import ApiError, Place
from binder_deploy.rehearsal.clouds.wire import Props

Invoke = Callable[[Cloud, Props, Place], Props]


def _project(args: Props, place: Place) -> str:
    return str(args.get("project") or place.project)


def _found(record: Record, **more: Any) -> Props:
    return {"id": record.id, **record.outputs, **more}


def get_project(cloud: Cloud, args: Props, place: Place) -> Props:
    project = str(args.get("projectId") or place.project)
    record = cloud.get("organizations/project", f"projects/{project}")
    if record is None:
        raise ApiError(
            f"googleapi: Error 403: Permission 'resourcemanager.projects.get' denied on resource '{project}' "
            "(or it may not exist)., forbidden"
        )
    return _found(record)


def get_managed_zone(cloud: Cloud, args: Props, place: Place) -> Props:
    return _found(dns.find_zone(cloud, _project(args, place), str(args["name"])))


def get_network(cloud: Cloud, args: Props, place: Place) -> Props:
    record = resolve_network(cloud, str(args["name"]), _project(args, place))
    inside = [r.outputs["selfLink"] for r in cloud.of_type("compute/subnetwork")
              if r.outputs["network"] == record.outputs["selfLink"]]  # fmt: skip
    return _found(record, subnetworksSelfLinks=inside)


def get_subnetwork(cloud: Cloud, args: Props, place: Place) -> Props:
    wanted = str(args.get("selfLink") or args.get("name") or "")
    region = str(args.get("region") or place.region)
    record = resolve_subnetwork(cloud, wanted, _project(args, place), region)
    ranges: list[Props] = record.outputs.get("secondaryIpRanges") or []
    return _found(record, secondaryIpRanges=ranges)


def get_zones(cloud: Cloud, args: Props, place: Place) -> Props:
    project, region = _project(args, place), str(args.get("region") or place.region)
    names = list(places.ZONES.get(region, ()))
    return {"id": f"projects/{project}/regions/{region}", "names": names, "project": project, "region": region}


def get_engine_versions(cloud: Cloud, args: Props, place: Place) -> Props:
    location = str(args.get("location") or place.location)
    channels = {"RAPID": "1.36.0-gke.1100000", "REGULAR": MASTER_VERSION, "STABLE": "1.34.3-gke.1200000"}
    versions = sorted(channels.values(), reverse=True)
    return {
        "id": f"projects/{_project(args, place)}/locations/{location}",
        "location": location,
        "project": _project(args, place),
        "defaultClusterVersion": MASTER_VERSION,
        "latestMasterVersion": versions[0],
        "latestNodeVersion": versions[0],
        "validMasterVersions": versions,
        "validNodeVersions": versions,
        "releaseChannelDefaultVersion": channels,
        "releaseChannelLatestVersion": channels,
    }


INVOKES: dict[str, Invoke] = {
    "gcp:organizations/getProject:getProject": get_project,
    "gcp:dns/getManagedZone:getManagedZone": get_managed_zone,
    "gcp:compute/getNetwork:getNetwork": get_network,
    "gcp:compute/getSubnetwork:getSubnetwork": get_subnetwork,
    "gcp:compute/getZones:getZones": get_zones,
    "gcp:container/getEngineVersions:getEngineVersions": get_engine_versions,
}
