"""What a deployment costs, on 80 columns and without colour, and the same as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.cli.flows.cost import Costs
from binder_deploy.stacks.cost.model import ByUse, Estimate, Line, Load
from binder_deploy.stacks.cost.prices import STALE_AFTER_DAYS, Row

SCHEMA = "binder-deploy/cost/v1"
WIDTH = 79
WHAT, CELLS = 34, (13, 13, 17)
UNKNOWN = "unknown"


def show_cost(costs: Costs, console: Console, today: date | None = None) -> None:
    """The whole estimate."""
    for line in cost_lines(costs, today or date.today()):
        console.print(Text(line), soft_wrap=True)


def cost_lines(costs: Costs, today: date) -> list[str]:
    """The estimate as lines of text, 79 columns at most."""
    found = costs.estimate
    if not found.loads:
        return [line for note in found.notes for line in _wrapped(note)]
    return [
        f"Cost in US dollars, list prices, without taxes ({found.place})",
        _row("how many, in this order", *(load.title for load in found.loads)),
        *(
            _row(_counted(lines), *map(_cell, lines))
            for lines in zip(*(load.lines for load in found.loads), strict=True)
        ),
        _row("together", *map(_sum, found.loads)),
        *_remarks(costs, today),
    ]


def _counted(lines: tuple[Line, ...]) -> str:
    """`user nodes, n2-standard-8   0/6/2`."""
    counts = "/".join(f"{line.count:g}" for line in lines)
    plain = all(line.count == 1 for line in lines)
    room = WHAT - (0 if plain else len(counts) + 1)
    what = lines[0].what if len(lines[0].what) <= room else f"{lines[0].what[: room - 1]}…"
    return what if plain else f"{what:<{room}} {counts}"


def _cell(line: Line) -> str:
    if line.usd is None:
        return UNKNOWN
    return f"{line.usd:,.2f}" if line.quantity else "-"


def _sum(load: Load) -> str:
    if load.unknown and not load.usd:
        return UNKNOWN
    return f"{'over ' if load.unknown else ''}{load.usd:,.2f}"


def _row(what: str, *cells: str) -> str:
    return f"  {what:<{WHAT}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, CELLS, strict=True))


def _remarks(costs: Costs, today: date) -> Iterator[str]:
    found = costs.estimate
    missing = dict.fromkeys(what for load in found.loads for what in load.unknown)
    if missing:
        yield from _wrapped(f"Unknown, not in the sums: {'; '.join(missing)}.")
    yield from _wrapped(f"By use, not in the sums: {'; '.join(map(_use, found.by_use))}.")
    for note in found.notes:
        yield from _wrapped(note)
    dated = [row.read for row in found.rows if not row.undated]
    if dated:
        yield from _wrapped(f"Prices of {min(dated)} to {max(dated)}. {_old(found, today)}".rstrip())
    if missing or any(_can_be_read(row) for row in found.stale(today)):
        yield from _wrapped("Read them anew: binder-deploy cost --refresh")
    if costs.warning:
        yield from _wrapped(f"Warning: {costs.warning}.")


def _use(use: ByUse) -> str:
    if not use.price:
        return f"{use.what} ({UNKNOWN})"
    return f"{use.what} ({use.price.usd:g} for a {use.price.unit})"


def _old(found: Estimate, today: date) -> str:
    stale = [row for row in found.stale(today) if not row.undated]
    undated = [row for row in found.rows if row.undated]
    parts = []
    if stale:
        parts.append(f"Older than {STALE_AFTER_DAYS} days: {_items(stale)}.")
    if undated:
        parts.append(f"From a source without a date: {_items(undated)}.")
    return " ".join(parts)


def _can_be_read(row: Row) -> bool:
    """Whether the cloud's own list has it in words that are understood."""
    return row.provider == "aws" or not row.undated


def _items(rows: list[Row]) -> str:
    return ", ".join(dict.fromkeys(row.item for row in rows))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def cost_data(costs: Costs, today: date | None = None) -> dict[str, Any]:
    """The estimate for machines; keys are only ever added."""
    found, now = costs.estimate, today or date.today()
    return {
        "schema": SCHEMA,
        "currency": "USD",
        "place": found.place,
        "loads": [
            {
                "name": load.name,
                "hours": load.hours,
                "usd": round(load.usd, 4),
                "unknown": list(load.unknown),
                "lines": [_line_data(line) for line in load.lines],
            }
            for load in found.loads
        ],
        "by_use": [
            {
                "what": use.what,
                "usd": use.price.usd if use.price else None,
                "unit": use.price.unit if use.price else None,
            }
            for use in found.by_use
        ],
        "notes": list(found.notes),
        "warning": costs.warning or None,
        "prices": [{**row.model_dump(mode="json"), "stale": row.stale(now)} for row in found.rows],
    }


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "count": line.count,
        "quantity": round(line.quantity, 6),
        "unit": line.price.unit if line.price else None,
        "unit_usd": line.price.usd if line.price else None,
        "usd": None if line.usd is None else round(line.usd, 4),
    }
