"""The shipped bundle: which charts, in which version, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

FILE = Path(__file__).parent / "bundle.yaml"
STAND_INS = Path(__file__).parent / "standins"


@dataclass(frozen=True)
class Source:
    """One chart of a bundle."""

    name: str
    version: str
    repository: str
    """`https://…` of an index, or `oci://…` of the chart itself."""


@dataclass(frozen=True)
class Bundle:
    """A tested set of charts."""

    name: str
    charts: Mapping[str, Source]
    known: Mapping[str, str]
    """`NAME-VERSION` → sha256 of the published archive."""


def load(file: Path = FILE) -> Bundle:
    """The bundle that ships with this release."""
    raw = YAML(typ="safe").load(file)
    return Bundle(
        name=str(raw["name"]),
        charts={name: Source(name, chart["version"], chart["repository"]) for name, chart in raw["charts"].items()},
        known=dict(raw["known"]),
    )
