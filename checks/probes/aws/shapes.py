"""What instance types are made of, as EC2 tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from binder_deploy.checks.probes.aws.access import Aws, asking

_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class Shape:
    """One instance type."""

    vcpus: int
    architecture: str
    """Kubernetes' word."""
    addresses: int
    """IPv4 addresses of one network interface."""


def shapes(aws: Aws, names: Collection[str]) -> Mapping[str, Shape]:
    """Those of the types that the region has; the others are left out. Raises `NotAllowed`."""
    # A filter passes over what it does not find; a list of names would be refused as a whole.
    filters = [{"Name": "instance-type", "Values": sorted(names)}]
    with asking("instance types", "ec2:DescribeInstanceTypes"):
        found = list(aws.pages("ec2", "describe_instance_types", "InstanceTypes", Filters=filters))
    return {
        kind["InstanceType"]: Shape(
            int(kind["VCpuInfo"]["DefaultVCpus"]),
            next(
                (_ARCHITECTURES[a] for a in kind["ProcessorInfo"]["SupportedArchitectures"] if a in _ARCHITECTURES), ""
            ),
            int(kind["NetworkInfo"]["Ipv4AddressesPerInterface"]),
        )
        for kind in found
    }
