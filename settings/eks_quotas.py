"""AWS's quotas that a deployment draws on, by their codes (Service Quotas)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile


@dataclass(frozen=True)
class Code:
    """One quota."""

    service: str
    code: str
    name: str


STANDARD_FAMILIES = frozenset("acdhimrtz")
"""Letters of the families that share one quota."""
VCPUS: Mapping[tuple[str, bool], Code] = {
    ("standard", False): Code("ec2", "L-1216C47A", "on-demand standard vCPUs"),
    ("standard", True): Code("ec2", "L-34B43A08", "spot standard vCPUs"),
    ("g", False): Code("ec2", "L-DB2E81BA", "on-demand G and VT vCPUs"),
    ("g", True): Code("ec2", "L-3819A6DF", "spot G and VT vCPUs"),
    ("p", False): Code("ec2", "L-417A185B", "on-demand P vCPUs"),
    ("p", True): Code("ec2", "L-7212CCBC", "spot P vCPUs"),
}
"""(group of families, spot) → what counts them. EC2 counts machines and accelerators by vCPUs only."""

ADDRESSES = Code("ec2", "L-0263D0A3", "elastic IP addresses")
VPCS = Code("vpc", "L-F678F1CE", "VPCs")
GATEWAYS = Code("vpc", "L-A4707A72", "internet gateways")
NATS = Code("vpc", "L-FE5A380F", "NAT gateways")
INTERFACES = Code("vpc", "L-DF5E4CA3", "network interfaces")
SECURITY_GROUPS = Code("vpc", "L-E79EC296", "security groups")
CLUSTERS = Code("eks", "L-1194D53C", "EKS clusters")
BALANCERS = Code("elasticloadbalancing", "L-69A177A2", "network load balancers")
DISKS = Code("ebs", "L-7A658B76", "gp3 storage")
"""In TiB."""


def vcpus(machine: str, spot: bool) -> Code | None:
    """What counts an instance type's vCPUs; `None` for families that are not in our table."""
    return VCPUS.get((group(machine), spot))


def group(machine: str) -> str:
    """Of the instance type's family: `standard`, `g`, `p`, or its own first letters."""
    letters = "".join(takewhile(str.isalpha, machine))
    if letters in ("g", "gr", "vt"):
        return "g"
    return "standard" if letters in STANDARD_FAMILIES else letters
