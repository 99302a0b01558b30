"""The program for plain `pulumi up` in a checkout (see `Pulumi.yaml`): the same one that `binder-deploy` runs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.resolve import Resolved, resolve
from binder_deploy.charts.umbrella import assemble
from binder_deploy.settings.load import FILE_NAME, LOCK_NAME, load
from binder_deploy.stacks.local_site import FOLDER, work_folder
from binder_deploy.stacks.program import program
from binder_deploy.tools.place import default_cache


def main() -> None:
    """Declare the deployment of `binder.yaml`, with the charts of the bundle, verified."""
    file = Path(os.environ.get("BINDER_DEPLOY_FILE", FILE_NAME))
    settings = load(file)
    resolved = resolve(
        lock_file=file.parent / LOCK_NAME,
        folder=None,
        cache=default_cache() / "charts",
        allow_stand_ins=False,
    )
    extra_config = {
        name: (file.parent / path).read_text(encoding="utf-8")
        for name, path in settings.charts.binder_service.extra_config.items()
    }
    program(settings, lay_out(resolved, Path.cwd()), extra_config)


def lay_out(resolved: Resolved, root: Path) -> ChartSet:
    """The charts below `root`, where the engine runs: paths start there, not in our work folder."""
    charts = assemble(resolved, work_folder(root))
    return ChartSet(
        binder_service=_below(charts.binder_service),
        traefik=_below(charts.traefik),
        cert_manager=_below(charts.cert_manager),
    )


def _below(chart: LocalChart) -> LocalChart:
    return replace(chart, path=f"{FOLDER}/{chart.path}")


if __name__ == "__main__":
    main()
