"""What an estimate is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from binder_deploy.stacks.cost.prices import Price, Row


@dataclass(frozen=True)
class Line:
    """One thing that is billed by the time that it exists."""

    what: str
    """`user: n2-standard-8`: the same in every load."""
    count: float
    """How many there are (nodes, gateways), or how much (GB)."""
    quantity: float
    """What is billed, in the price's unit: node hours, GB-months."""
    price: Price | None
    """None: no row has it. Negative quantities are credits."""

    @property
    def usd(self) -> float | None:
        """What it costs; 0 for nothing at all, whatever the price; None if that is unknown."""
        if not self.quantity:
            return 0.0
        return self.quantity * self.price.usd if self.price else None


@dataclass(frozen=True)
class Load:
    """How much of the deployment runs, and what that costs."""

    name: str
    """Stable, for machines: `idle`, `full`, `workshop`."""
    title: str
    hours: float
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """The sum of what is known."""
        return sum(line.usd or 0.0 for line in self.lines)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What has no price, and is missing in the sum."""
        return tuple(line.what for line in self.lines if line.usd is None)


@dataclass(frozen=True)
class ByUse:
    """Something that is billed by what people do: nobody knows how much, so it is in no sum."""

    what: str
    price: Price | None


@dataclass(frozen=True)
class Estimate:
    """What a deployment costs at list prices, in US dollars, before taxes."""

    place: str
    """`google, europe-west1`; of an existing cluster, its context."""
    loads: tuple[Load, ...]
    """Idle and full for a month of 730 hours, and one workshop. Empty: nothing is provisioned."""
    by_use: tuple[ByUse, ...] = ()
    notes: tuple[str, ...] = ()

    def load(self, name: str) -> Load:
        """One load by its name."""
        return next(load for load in self.loads if load.name == name)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row that was used, once."""
        return tuple(dict.fromkeys(_rows(self)))

    @property
    def oldest(self) -> date | None:
        """Day of the oldest price that was used."""
        return min((row.read for row in self.rows), default=None)

    def stale(self, today: date) -> tuple[Row, ...]:
        """Rows that are too old to be trusted, or of unknown age."""
        return tuple(row for row in self.rows if row.stale(today))


def _rows(estimate: Estimate) -> Iterator[Row]:
    lines: Iterable[Line | ByUse] = (*(line for load in estimate.loads for line in load.lines), *estimate.by_use)
    for line in lines:
        if line.price:
            yield from line.price.rows
