"""The program for plain `pulumi up` in a checkout (see `Pulumi.yaml`): the same one that `binder-deploy` runs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pulumi

from binder_deploy.charts.bundle import load as load_bundle
from binder_deploy.charts.bundle import needed
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.resolve import Resolved, resolve
from binder_deploy.charts.umbrella import assemble
from binder_deploy.settings.choices import chart_sections
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import FILE_NAME, LOCK_NAME, load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.surroundings import KEY, Surroundings
from binder_deploy.stacks.existing import There
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.program import NAMESPACE, program
from binder_deploy.tools.place import default_cache


def main(root: Path) -> None:
    """Declare the deployment of `binder.yaml`, with the charts of the bundle, verified.

    `root` is the folder of `Pulumi.yaml`; a relative `BINDER_DEPLOY_FILE` starts there.
    """
    file = root / os.environ.get("BINDER_DEPLOY_FILE", FILE_NAME)
    settings = load(file)
    resolved = resolve(
        lock_file=file.parent / LOCK_NAME,
        folder=None,
        cache=default_cache() / "charts",
        allow_stand_ins=False,
        bundle=needed(load_bundle(), settings.platform.kind, chart_sections(settings)),
    )
    if resolved.new_digests:
        raise SettingsError.one(
            LOCK_NAME,
            "does not hold the digests of all charts, and without them nothing says that they are the right ones",
            "run `binder-deploy plan` once, which writes them, and commit the file",
        )
    extra_config = {
        name: (file.parent / path).read_text(encoding="utf-8")
        for name, path in settings.charts.binder_service.extra_config.items()
    }
    program(settings, lay_out(resolved, root), extra_config, there=_there(settings, root))


def _there(settings: Settings, root: Path) -> There | None:
    """The cluster of `platform.kind: existing`, as `binder-deploy` found it. Raises `SettingsError` if it has not."""
    if not isinstance(settings.platform, Existing):
        return None
    found, kubeconfig = pulumi.Config(NAMESPACE).get(KEY), work_folder(root) / "kubeconfig"
    if found is None or not kubeconfig.exists():
        raise SettingsError.one(
            "platform.kind",
            "existing: what the cluster has already is not known here, so it might be installed a second time",
            f"deploy with `binder-deploy up`, which looks at it and keeps that as {NAMESPACE}:{KEY}",
        )
    return There(Surroundings.of(found), Path(os.path.relpath(kubeconfig)).as_posix())


def lay_out(resolved: Resolved, root: Path) -> ChartSet:
    """The charts in `root`'s work folder; their paths start where this runs, which is where plugins run."""
    work = work_folder(root)
    charts = assemble(resolved, work)
    way = Path(os.path.relpath(work))
    return ChartSet(
        binder_service=_below(way, charts.binder_service),
        traefik=_below(way, charts.traefik),
        cert_manager=_below(way, charts.cert_manager),
        platform={name: _below(way, chart) for name, chart in charts.platform.items()},
    )


def _below(way: Path, chart: LocalChart) -> LocalChart:
    return replace(chart, path=(way / chart.path).as_posix())


if __name__ == "__main__":
    main(Path(pulumi.get_root_directory()))
