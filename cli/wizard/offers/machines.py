"""Machine types for people's servers, each with how many servers it holds and what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from binder_deploy.cli.wizard.document import document, places
from binder_deploy.cli.wizard.question import Given, Option
from binder_deploy.cli.wizard.questions.said import EKS, GKE
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.machines import GIB, machine
from binder_deploy.stacks.cost.machines import hourly
from binder_deploy.stacks.cost.prices import ANYWHERE, Provider, Table, known, shipped

SHORT_LIST: Mapping[str, Sequence[str]] = {
    GKE: (
        "e2-standard-4", "e2-standard-8", "e2-standard-16", "e2-highmem-8", "n2-standard-8", "n2-standard-16",
        "n2-highmem-8", "n2d-standard-8", "n2d-standard-16",
    ),
    EKS: (
        "m6i.xlarge", "m6i.2xlarge", "m6i.4xlarge", "m6a.2xlarge", "m7i.2xlarge", "r6i.xlarge", "r6i.2xlarge",
        "c6i.4xlarge",
    ),
}  # fmt: skip
"""Types that suit servers, of the architecture that the upstream images are built for. Any other can be typed."""
_PROVIDERS: Mapping[str, Provider] = {GKE: "google", EKS: "aws"}


def priced(given: Given, folder: Path, only: Collection[str] | None = None) -> Sequence[Option]:
    """The short list, as far as it is among `only` (None: all of it), the cheapest for each server first."""
    platform = given["platform"]
    table = Table(_PROVIDERS[platform], given.get("region", ""), _rows(folder))
    found = []
    for name in SHORT_LIST[platform]:
        if only is not None and name not in only:
            continue
        data = document({**given, "machine": name})
        if held := _held(data):
            kind = machine(platform, name)
            price = hourly(table, kind, spot=False)
            cost = f"${price.usd:.2f}/h" if price else "price unknown"
            most = data["platform"]["pools"]["user"]["max"]
            words = f"{kind.vcpus:>2} vCPU {kind.memory / GIB:>3.0f} GiB, {held:>2} servers, {most:>2} nodes, {cost}"
            found.append((price.usd / held if price else float("inf"), Option(name, words)))
    return [option for _, option in sorted(found, key=lambda pair: pair[0])]


def regions(given: Given) -> Iterator[str]:
    """Regions that the shipped prices know."""
    provider = _PROVIDERS[given["platform"]]
    yield from sorted({row.region for row in shipped() if row.provider == provider} - {ANYWHERE})


def _rows(folder: Path) -> Any:
    try:
        return known(folder)
    except SettingsError:
        return shipped()  # a bad prices.yaml is told when the cost is


def _held(data: dict[str, Any]) -> int:
    try:
        return places(data)
    except SettingsError:
        return 0
