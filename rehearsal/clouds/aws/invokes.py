"""Data sources: what programs may ask about what is there."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.aws import addons, network, places, words
from binder_deploy.rehearsal.clouds.aws.cluster import STANDARD, caller, principal_of
from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.kind import Place
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.clouds.operations import Invoke
from binder_deploy.rehearsal.clouds.wire import Props


def get_caller_identity(cloud: Cloud, args: Props, place: Place) -> Props:
    arn = caller(cloud)
    user = f"AROA{number(principal_of(arn), 17)}:{arn.rpartition('/')[2]}"
    return {"id": place.project, "accountId": place.project, "arn": arn, "userId": user}


def get_session_context(cloud: Cloud, args: Props, place: Place) -> Props:
    arn = str(args["arn"])
    principal = principal_of(arn)
    session = arn.rpartition("/")[2] if ":assumed-role/" in arn else ""
    return {
        "id": arn, "arn": arn, "issuerArn": principal, "issuerId": f"AROA{number(principal, 17)}",
        "issuerName": principal.rpartition("/")[2], "sessionName": session,
    }  # fmt: skip


def get_availability_zones(cloud: Cloud, args: Props, place: Place) -> Props:
    region = str(args.get("region") or place.region)
    barred = {*(args.get("excludeNames") or ()), *(args.get("excludeZoneIds") or ())}
    names = [z for z in places.ZONES.get(region, ()) if not {z, places.zone_id(z)} & barred]
    return {
        "id": region, "region": region, "names": names, "zoneIds": [places.zone_id(z) for z in names],
        "groupNames": [f"{region}-zg-1"] if names else [],
    }  # fmt: skip


def get_region(cloud: Cloud, args: Props, place: Place) -> Props:
    region = str(args.get("region") or place.region)
    return {
        "id": region,
        "region": region,
        "name": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": "",
    }


def get_partition(cloud: Cloud, args: Props, place: Place) -> Props:
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def get_subnet(cloud: Cloud, args: Props, place: Place) -> Props:
    record = network.get_subnet(cloud, str(args["id"]), "EC2 DescribeSubnets")
    return {**record.outputs, "id": record.id, "state": "available"}


def get_vpc(cloud: Cloud, args: Props, place: Place) -> Props:
    record = network.get_vpc(cloud, str(args["id"]), "EC2 DescribeVpcs")
    return {**record.outputs, "id": record.id, "state": "available"}


def get_addon_version(cloud: Cloud, args: Props, place: Place) -> Props:
    addon, kubernetes = str(args["addonName"]), str(args["kubernetesVersion"])
    if addon not in addons.VERSIONS or kubernetes not in STANDARD:
        why = f"no add-on {addon} is known for Kubernetes {kubernetes}"
        raise words.refused("EKS DescribeAddonVersions", "InvalidParameterException", why)
    return {
        "id": addon, "addonName": addon, "kubernetesVersion": kubernetes, "mostRecent": args.get("mostRecent", False),
        "region": place.region, "version": addons.version(addon, kubernetes),
    }  # fmt: skip


INVOKES: dict[str, Invoke] = {
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:iam/getSessionContext:getSessionContext": get_session_context,
    "aws:ec2/getSubnet:getSubnet": get_subnet,
    "aws:ec2/getVpc:getVpc": get_vpc,
    "aws:eks/getAddonVersion:getAddonVersion": get_addon_version,
}
