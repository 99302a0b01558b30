"""Google's list of prices: the Cloud Billing Catalog API, with an API key or a login.

Shape: https://cloud.google.com/billing/docs/reference/rest/v1/services.skus. A price has no key but its description,
which is what is matched here. Where it is not known for sure (the cluster fee, forwarding rules, Artifact Registry)
nothing is read: the shipped table has those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from binder_deploy.stacks.cost.prices import ANYWHERE, Row, Unit
from binder_deploy.stacks.cost.refresh.errors import PricesUnavailable

BASE = "https://cloudbilling.googleapis.com"
PAGE = 5000
NANO = 1e-9

_FAMILY = r"(?P<spot>Spot Preemptible )?(?P<family>[A-Z]\d+[A-Z]?) (?:Predefined |AMD )?Instance"


@dataclass(frozen=True)
class Wanted:
    """One price, or a family of them, by the beginning of its description."""

    item: str
    unit: Unit
    description: str
    """Regular expression; its groups `family`, `gpu` and `spot` fill in the item."""


WANTED: Mapping[str, tuple[Wanted, ...]] = {
    "Compute Engine": (
        Wanted("vcpu:{family}{spot}", "hour", rf"{_FAMILY} Core running in .*"),
        Wanted("memory:{family}{spot}", "GB-hour", rf"{_FAMILY} Ram running in .*"),
        Wanted("gpu:nvidia-tesla-{gpu}", "hour", r"Nvidia Tesla (?P<gpu>[A-Z]\d+) GPU running in .*"),
        Wanted(
            "gpu:nvidia-tesla-{gpu}:spot",
            "hour",
            r"Nvidia Tesla (?P<gpu>[A-Z]\d+) GPU attached to Spot Preemptible VMs running in .*",
        ),
        Wanted("disk:pd-balanced", "GB-month", r"Balanced PD Capacity( in .*)?"),
        Wanted("disk:pd-standard", "GB-month", r"Storage PD Capacity( in .*)?"),
        Wanted("disk:pd-ssd", "GB-month", r"SSD backed PD Capacity( in .*)?"),
        Wanted("address", "hour", r"External IP Charge on a Standard VM.*"),
    ),
    "Networking": (
        Wanted("nat-vm", "hour", r"Networking Cloud Nat Gateway Uptime.*"),
        Wanted("nat-data", "GB", r"Networking Cloud Nat Data Processing.*"),
    ),
}
"""Service → what is read of it."""


def rows(http: httpx.Client, region: str, today: date, *, base: str = "") -> Iterator[Row]:
    """Every price of the region that an estimate can use. `http` brings the login. Raises `PricesUnavailable`.

    The list has what counts today, whenever it was set.
    """
    base = base or BASE
    names = {s["displayName"]: s["name"] for s in _pages(http, f"{base}/v1/services", "services")}
    seen: set[tuple[str, str]] = set()
    for service, wanted in WANTED.items():
        if service not in names:
            raise PricesUnavailable(f"{base} knows no service {service}")
        url = f"{base}/v1/{names[service]}/skus"
        for sku in _pages(http, url, "skus"):
            row = _row(sku, region, today, wanted)
            if row and (row.region, row.item) not in seen:
                seen.add((row.region, row.item))
                yield row


def _pages(http: httpx.Client, url: str, key: str) -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        try:
            answer = http.get(url, params={"pageSize": PAGE, "pageToken": token, "currencyCode": "USD"})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise PricesUnavailable(f"{url} cannot be read ({type(error).__name__}: {error})") from error
        page = answer.json()
        yield from page.get(key, ())
        if not (token := page.get("nextPageToken", "")):
            return


def _row(sku: Mapping[str, Any], region: str, today: date, wanted: tuple[Wanted, ...]) -> Row | None:
    regions = sku.get("serviceRegions", ())
    if sku["category"]["usageType"] not in ("OnDemand", "Preemptible") or not {region, "global"} & set(regions):
        return None
    for want in wanted:
        if match := re.fullmatch(want.description, sku["description"]):
            groups = match.groupdict()
            item = want.item.format(
                family=(groups.get("family") or "").lower(),
                gpu=(groups.get("gpu") or "").lower(),
                spot=":spot" if groups.get("spot") else "",
            )
            usd = _first(sku["pricingInfo"][0]["pricingExpression"]["tieredRates"])
            if not usd:
                return None
            return Row(
                provider="google",
                region=region if region in regions else ANYWHERE,
                item=item,
                unit=want.unit,
                usd=usd,
                source=f"{BASE}/v1/{sku['name']}",
                read=today,
            )
    return None


def _first(rates: list[dict[str, Any]]) -> float | None:
    """The first price that is not nothing: a free allowance comes before it."""
    for rate in rates:
        price = rate["unitPrice"]
        usd = int(price.get("units", 0)) + int(price.get("nanos", 0)) * NANO
        if usd > 0:
            return round(usd, 10)
    return None
