"""What an upgrade or a way back changes, on 80 columns and without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from binder_deploy.cli.flows.told import Kubernetes, Told

WIDTH = 79


def told_lines(told: Told) -> list[str]:
    """Every change on lines of its own; what needs a hand comes last."""
    return [*_charts(told), *(_kubernetes(told.kubernetes) if told.kubernetes else ()), *_remarks(told)]


def _charts(told: Told) -> Iterator[str]:
    yield f"Bundle {told.before} → {told.after}"
    room = max((len(move.chart) for move in told.moves), default=0)
    for move in told.moves:
        yield f"  {move.chart:<{room}}  {_version(move.before) or '(new)'} → {_version(move.after) or '(goes)'}"
    if told.repacked:
        yield from _wrapped(f"Other archives of the same version: {', '.join(told.repacked)}")
    if told.nothing:
        yield "  charts and settings are the same"


def _version(text: str) -> str:
    from binder_deploy.cli.flows.acquire import short  # here, not above: it knows how charts are fetched

    return short(text) if text else ""


def _kubernetes(found: Kubernetes) -> Iterator[str]:
    nodes = ", ".join(f"{pool} {version}" for pool, version in found.pools.items())
    yield from _wrapped(f"Kubernetes {found.server}{f'; nodes: {nodes}' if nodes else ''}")
    if found.support:
        until = f"Its standard support ends on {found.support.ends} (read {found.support.read}, {found.support.source})"
        yield from _wrapped(until)
    elif found.wanted:
        yield from _wrapped("The end of its standard support is unknown here")
    if found.wanted:
        yield from _wrapped(found.wanted)


def _remarks(told: Told) -> Iterator[str]:
    for title, remarks in (
        ("binder.yaml", told.migrations),
        ("Images", told.images),
        ("Values that the newer charts refuse", told.lost),
        ("This cluster no longer serves", told.gone),
        ("Helm leaves a chart's own kinds as they are; `kubectl apply --server-side` these first", told.kinds),
    ):
        for remark in remarks:
            yield from _wrapped(f"{title}: {remark}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)
