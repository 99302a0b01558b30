"""What a login at Amazon may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from binder_deploy.checks.probes.aws import access
from binder_deploy.checks.probes.aws.identity import caller
from binder_deploy.cli.wizard.detect import detect
from binder_deploy.cli.wizard.offers.domains import holds
from binder_deploy.cli.wizard.offers.machines import SHORT_LIST
from binder_deploy.cli.wizard.question import Given, Option
from binder_deploy.cli.wizard.questions.said import EKS
from binder_deploy.settings.eks_names import WITHOUT_EKS, partition


def _login(given: Given) -> access.Aws:
    region = given.get("region") or detect("region", given, Path()) or access.HOMES["aws"]
    try:
        return access.login(given.get("account", ""), region, partition(region))
    except access.NotLoggedIn as error:
        raise access.NotLoggedIn(f"not logged in; run: {access.LOGIN}") from error


def _accounts(given: Given) -> Sequence[Option]:
    who = caller(_login(given))
    return [Option(str(who["Account"]), f"logged in as {str(who['Arn']).rpartition(':')[2]}")]


def _regions(given: Given) -> Sequence[Option]:
    found = _login(given).client("ec2").describe_regions()["Regions"]
    return [Option(name) for name in sorted(region["RegionName"] for region in found)]


def _zones(given: Given) -> Sequence[Option]:
    asked = [{"Name": "zone-type", "Values": ["availability-zone"]}]
    found = _login(given).client("ec2").describe_availability_zones(Filters=asked)["AvailabilityZones"]
    return [
        Option(zone["ZoneName"]) for zone in found if zone["State"] == "available" and zone["ZoneId"] not in WITHOUT_EKS
    ]


def _machines(given: Given) -> Sequence[Option]:
    wanted = [
        {"Name": "location", "Values": [given["zone"]]},
        {"Name": "instance-type", "Values": list(SHORT_LIST[EKS])},
    ]
    found = _login(given).pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=wanted,
    )
    return [Option(kind["InstanceType"]) for kind in found]


def _hosted_zones(given: Given) -> Sequence[Option]:
    found = _login(given).pages("route53", "list_hosted_zones", "HostedZones")
    return [
        Option(zone["Id"].rpartition("/")[2], zone["Name"].rstrip("."))
        for zone in found
        if not zone["Config"]["PrivateZone"] and holds(zone["Name"], given["domain"])
    ]


LISTS: Mapping[str, Callable[[Given], Sequence[Option]]] = {
    "accounts": _accounts,
    "regions": _regions,
    "zones": _zones,
    "machines": _machines,
    "hosted-zones": _hosted_zones,
}
