"""The table of list prices: rows with a source and a date, and how they are looked up.

`prices.json` ships with the program. A `prices.yaml` in the deployment's folder, rows of the same form, goes before it:
for a region that is not in the table, or a price that was agreed on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.settings.base import Model
from binder_deploy.settings.errors import Problem, SettingsError

OWN = "prices.yaml"
"""The deployment's own rows."""
ANYWHERE = "any"
"""The region of a price that is the same in all of them."""
STALE_AFTER_DAYS = 365

Provider = Literal["google", "aws"]
Unit = Literal["hour", "GB-hour", "GB-month", "GB", "NLCU-hour", "month"]
"""`NLCU-hour`: Amazon's unit of a network load balancer's traffic, 1 GB an hour."""


class Row(Model):
    """One list price, and where it was read."""

    provider: Provider
    region: str = Field(min_length=1)
    """As the cloud spells it, or `any`."""
    item: str = Field(min_length=1)
    """What is priced: `machine:m6i.xlarge`, `vcpu:e2:spot`, `disk:pd-balanced`, `nat`, …; docs/cost.md has the list."""
    unit: Unit
    usd: float = Field(gt=0)
    """US dollars for one unit, before taxes and discounts."""
    source: str = Field(min_length=1)
    """Address of the page or list; in a `prices.yaml`, whatever tells where the number is from."""
    read: date
    """The day for which the source has the price: when it was made or read there, not when it was copied."""
    undated: bool = False
    """The source itself bears no date, so that nobody knows how long it has said so."""
    note: str = ""

    def stale(self, today: date) -> bool:
        """Whether it is too old to be trusted, or of unknown age."""
        return self.undated or (today - self.read).days > STALE_AFTER_DAYS


@dataclass(frozen=True)
class Price:
    """What one unit of something costs, and the rows that this rests on."""

    usd: float
    unit: str
    rows: tuple[Row, ...]


class Table:
    """The rows of one provider, as one region sees them."""

    def __init__(self, provider: Provider, region: str, rows: Iterable[Row]) -> None:
        """`rows`: of two that price the same, the earlier one counts, be it for the region or for all of them."""
        self._rows: dict[str, Row] = {}
        for row in rows:
            if row.provider == provider and row.region in (region, ANYWHERE):
                self._rows.setdefault(row.item, row)

    def price(self, item: str) -> Price | None:
        """The price of an item, or None where no row has it."""
        row = self._rows.get(item)
        return Price(row.usd, row.unit, (row,)) if row else None


_ROWS: TypeAdapter[tuple[Row, ...]] = TypeAdapter(tuple[Row, ...])


def shipped() -> tuple[Row, ...]:
    """The rows that came with this release."""
    text = resources.files("binder_deploy.stacks.cost").joinpath("prices.json").read_text(encoding="utf-8")
    return _ROWS.validate_python(json.loads(text))


def known(folder: Path) -> tuple[Row, ...]:
    """Every row that a deployment in this folder can use, its own first. Raises `SettingsError` for a bad row."""
    return (*own(folder), *shipped())


def own(folder: Path) -> Sequence[Row]:
    """The rows of the folder's `prices.yaml`; none if there is no such file. Raises `SettingsError` for a bad row."""
    file = folder / OWN
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError.one(file.name, f"cannot be read ({type(error).__name__})") from None
    try:
        data: Any = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        raise SettingsError.one(file.name, "is not valid YAML") from None
    try:
        return _ROWS.validate_python(data or ())
    except ValidationError as error:
        raise SettingsError(
            [_problem(file.name, e["loc"], e["msg"]) for e in error.errors(include_url=False)]
        ) from None


def _problem(name: str, loc: Sequence[int | str], message: str) -> Problem:
    where = f"row {int(loc[0]) + 1}" if loc else "the file"
    field = f", {loc[1]}" if len(loc) > 1 else ""
    return Problem(name, f"{where}{field}: {message[:1].lower()}{message[1:]}", "docs/cost.md shows the form of a row")
