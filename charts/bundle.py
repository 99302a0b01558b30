"""The shipped bundle: which charts, in which version, from where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml import YAML

FILE = Path(__file__).parent / "bundle.yaml"
NAMED = "bundle.yaml"
"""In a folder of archives: says how the bundle is called."""
STAND_INS = Path(__file__).parent / "standins"


@dataclass(frozen=True)
class Source:
    """One chart of a bundle."""

    name: str
    version: str
    repository: str
    """`https://…` of an index, or `oci://…` of the chart itself."""
    platform: str = ""
    """The kind of platform that alone needs it; empty: every one does."""
    setting: str = ""
    """The section of `binder.yaml` that asks for it; empty: none has to."""


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
        charts={
            name: Source(
                name, chart["version"], chart["repository"], chart.get("platform", ""), chart.get("setting", "")
            )
            for name, chart in raw["charts"].items()
        },
        known=dict(raw["known"]),
    )


def shipped_or_in(folder: Path | None) -> Bundle:
    """The shipped bundle; with a folder, under the name that `bundle save` wrote there, else the folder's own."""
    shipped = load()
    if folder is None:
        return shipped
    told = folder / NAMED
    named = YAML(typ="safe").load(told) if told.is_file() else None
    return replace(shipped, name=str(named["name"]) if isinstance(named, dict) and "name" in named else folder.name)


def needed(bundle: Bundle, platform: str, asked: Collection[str] = ()) -> Bundle:
    """The charts of a bundle that a deployment on this kind of platform installs.

    `asked`: sections of its settings that ask for charts of their own (`settings.choices.chart_sections`).
    """
    wanted = {n: c for n, c in bundle.charts.items() if c.platform in ("", platform) and c.setting in ("", *asked)}
    return replace(bundle, charts=wanted)
