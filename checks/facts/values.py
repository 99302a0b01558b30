"""What the charts' own schemas say to the values that the charts would get."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class Fit:
    """One chart that brings a schema. What is wrong is told without the value: it may be a secret."""

    chart: str
    problems: tuple[str, ...] = ()
    """`charts.traefik.values.ports.web.port must be integer`."""


FITS: Key[tuple[Fit, ...]] = Key("values against the charts' schemas")
