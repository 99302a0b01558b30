"""Amazon's price list: one public CSV file for each service and region, no account needed.

Shape (AWS Billing user guide, "Reading the service price list files"): lines of metadata, among them the day of
publication, then a header, then one price a line. EC2's file has hundreds of megabytes, so it is read line by line.
Spot prices are not in it: they change by the hour.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx

from binder_deploy.settings.machines import ec2
from binder_deploy.stacks.cost.prices import Row, Unit
from binder_deploy.stacks.cost.refresh.errors import PricesUnavailable

BASE = "https://pricing.us-east-1.amazonaws.com"
PUBLISHED = "Publication Date"
HEADER = "SKU"


@dataclass(frozen=True)
class Wanted:
    """One price, or a family of them, and how its lines are told from the others."""

    item: str
    """May hold `{type}`, from the usage type."""
    unit: Unit
    usage: str
    """Regular expression of the usage type, without the region in front (`EUC1-`)."""
    operation: str = ".*"


WANTED: Mapping[str, tuple[Wanted, ...]] = {
    "AmazonEC2": (
        # RunInstances alone, without a number behind it, is Linux without a licence; BoxUsage is shared hardware.
        Wanted("machine:{type}", "hour", r"BoxUsage:(?P<type>[a-z0-9.-]+)", "RunInstances"),
        Wanted("disk:gp3", "GB-month", r"EBS:VolumeUsage\.gp3"),
        Wanted("nat", "hour", "NatGateway-Hours", "NatGateway"),
        Wanted("nat-data", "GB", "NatGateway-Bytes", "NatGateway"),
    ),
    "AmazonVPC": (Wanted("address", "hour", "PublicIPv4:InUseAddress"),),
    "AWSELB": (
        Wanted("load-balancer", "hour", "LoadBalancerUsage", "LoadBalancing:Network"),
        Wanted("load-balancer-data", "NLCU-hour", "LCUUsage", "LoadBalancing:Network"),
    ),
    "AmazonEKS": (Wanted("control-plane", "hour", "AmazonEKS-Hours:perCluster"),),
    "AmazonECR": (Wanted("registry", "GB-month", "TimedStorage-ByteHrs"),),
    "AmazonCloudWatch": (Wanted("logs", "GB", "DataProcessing-Bytes", "PutLogEvents"),),
    "AWSDataTransfer": (Wanted("egress", "GB", "DataTransfer-Out-Bytes"),),
}
"""Offer → what is read of it."""


def rows(http: httpx.Client, region: str, *, base: str = "") -> Iterator[Row]:
    """Every price of the region that an estimate can use. Raises `PricesUnavailable`."""
    for offer, wanted in WANTED.items():
        yield from _offer(http, f"{base or BASE}/offers/v1.0/aws/{offer}/current/{region}/index.csv", region, wanted)


def _offer(http: httpx.Client, url: str, region: str, wanted: tuple[Wanted, ...]) -> Iterator[Row]:
    try:
        with http.stream("GET", url) as answer:
            answer.raise_for_status()
            yield from _read(answer.iter_lines(), url, region, wanted)
    except httpx.HTTPError as error:
        raise PricesUnavailable(f"{url} cannot be read ({type(error).__name__}: {error})") from error


def _read(lines: Iterator[str], url: str, region: str, wanted: tuple[Wanted, ...]) -> Iterator[Row]:
    read, fields = "", None
    seen: set[str] = set()
    for cells in csv.reader(lines):
        if fields is None:
            if cells[:1] == [PUBLISHED]:
                read = cells[1][:10]
            if cells[:1] == [HEADER]:
                fields = cells
            continue
        found = _row(dict(zip(fields, cells, strict=False)), wanted)
        if found and found[0] not in seen:
            seen.add(found[0])
            item, unit, usd = found
            yield Row.model_validate(
                {
                    "provider": "aws", "region": region, "item": item, "unit": unit,
                    "usd": usd, "source": url, "read": read,
                }
            )  # fmt: skip
    if fields is None:
        raise PricesUnavailable(f"{url} is no price list: it has no header that begins with {HEADER}")


def _row(cells: Mapping[str, str], wanted: tuple[Wanted, ...]) -> tuple[str, Unit, float] | None:
    """Item, unit and price of a line that is wanted. Of prices by volume the first one counts."""
    if cells.get("TermType") != "OnDemand" or cells.get("Currency") != "USD" or cells.get("StartingRange") != "0":
        return None
    usd = float(cells["PricePerUnit"])
    usage, operation = cells.get("usageType", ""), cells.get("operation", "")
    for want in wanted:
        match = re.fullmatch(rf"(?:[A-Z]{{2,4}}\d?-)?{want.usage}", usage)
        if match and usd > 0 and re.fullmatch(want.operation, operation):
            kind = match.groupdict().get("type", "")
            if kind and kind not in _TYPES:
                return None
            return want.item.format(type=kind), want.unit, usd
    return None


_TYPES = frozenset(ec2.names())
