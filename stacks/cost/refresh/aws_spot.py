"""Amazon's spot prices: what the EC2 API says of them now, which wants a login.

Shape: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html. A price holds for one
zone and changes by the hour, so a row is worth a day at the most; its date tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from binder_deploy.stacks.cost.prices import Row

PRODUCT = "Linux/UNIX"


def question(types: Sequence[str], zone: str, now: datetime) -> Mapping[str, Any]:
    """What to ask `describe_spot_price_history`: the prices that hold now."""
    return {
        "InstanceTypes": sorted(set(types)),
        "AvailabilityZone": zone,
        "ProductDescriptions": [PRODUCT],
        "StartTime": now.astimezone(UTC),
    }


def rows(history: Iterable[Mapping[str, Any]], region: str, now: datetime) -> Iterator[Row]:
    """The last price of each type in `SpotPriceHistory`, as `machine:TYPE:spot`."""
    last: dict[str, Mapping[str, Any]] = {}
    for entry in history:
        kind = entry["InstanceType"]
        if entry["ProductDescription"] == PRODUCT and (
            kind not in last or entry["Timestamp"] > last[kind]["Timestamp"]
        ):
            last[kind] = entry
    for kind, entry in sorted(last.items()):
        yield Row(
            provider="aws",
            region=region,
            item=f"machine:{kind}:spot",
            unit="hour",
            usd=float(entry["SpotPrice"]),
            source=source(region),
            read=now.astimezone(UTC).date(),
            note=f"in {entry['AvailabilityZone']}; it changes by the hour",
        )


def source(region: str) -> str:
    """Where a row of a region is from."""
    return f"https://ec2.{region}.amazonaws.com/?Action=DescribeSpotPriceHistory"
