"""The program of an ejected project (`stacks.eject`): the same one that `binder-deploy` runs, from what lies there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pulumi

from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.settings.load import FILE_NAME, load
from binder_deploy.settings.surroundings import KEY, Surroundings
from binder_deploy.stacks.existing import There
from binder_deploy.stacks.program import NAMESPACE, program

CHARTS = "charts.json"
"""Which charts lie in the folder, by what the program needs to know of them."""
KUBECONFIG = "kubeconfig"


def main(folder: Path) -> None:
    """Declare the deployment that was ejected into `folder`, which must be where the engine runs this.

    Raises `SettingsError`, `OSError` for a file that is gone.
    """
    settings = load(folder / FILE_NAME)
    extra_config = {
        name: (folder / path).read_text(encoding="utf-8")
        for name, path in settings.charts.binder_service.extra_config.items()
    }
    found = pulumi.Config(NAMESPACE).get(KEY)
    there = There(Surroundings.of(found), KUBECONFIG) if found else None
    program(settings, read(folder / CHARTS), extra_config, there=there)


def write(file: Path, charts: ChartSet) -> None:
    """Note the charts for `read`."""
    file.write_text(json.dumps(asdict(charts), indent=2) + "\n", encoding="utf-8")


def read(file: Path) -> ChartSet:
    """The charts that `write` noted. Raises `OSError`."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    platform = {name: LocalChart(**about) for name, about in told.pop("platform").items()}
    return ChartSet(**{name: LocalChart(**about) for name, about in told.items()}, platform=platform)
