"""Lays out what the engine installs: our umbrella chart around the chosen BinderHub, and the cluster-wide
charts. The engine sees only a release's inputs (path and version), so both must change with the content and
with nothing else: the same charts give the same bytes and the same paths."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from binder_deploy.charts import archive
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.resolve import Archive, Resolved

TEMPLATE = Path(__file__).parent / "binder-service"
NAME = "binder-service"
_FOLDER = "charts"


def assemble(resolved: Resolved, into: Path) -> ChartSet:
    """Write `<into>/charts/` anew, in one step, and say what is in it; paths are relative to `into`."""
    others = dict(resolved.archives)
    binderhub, traefik, cert_manager = (others.pop(n) for n in ("binderhub", "traefik", "cert-manager"))
    files = _umbrella(binderhub)
    digest = _content(files)
    version = f"0.1.0-c{digest[:12]}"
    files["Chart.yaml"] = files["Chart.yaml"].replace(b"VERSION", version.encode(), 1)
    tree = {f"{NAME}/{path}": data for path, data in files.items()}
    tree |= {chart.file: chart.data for chart in (traefik, cert_manager, *others.values())}
    _replace(into / _FOLDER, tree)
    return ChartSet(
        binder_service=LocalChart(
            NAME,
            version,
            f"{_FOLDER}/{NAME}",
            binderhub.origin,
            digest,
            dict(binderhub.dependencies),
            dict(binderhub.kube_versions),
        ),
        traefik=_copied(traefik),
        cert_manager=_copied(cert_manager),
        platform={name: _copied(chart) for name, chart in others.items()},
    )


def _umbrella(binderhub: Archive) -> dict[str, bytes]:
    """Our templates plus BinderHub's archive, untouched, as the vendored dependency."""
    files = archive.folder(TEMPLATE)
    # No repository: the same archive makes the same chart, wherever it was taken from.
    dependency = f'dependencies:\n  - name: binderhub\n    version: {binderhub.version}\n    repository: ""\n'
    files["Chart.yaml"] += dependency.encode()
    files[f"charts/{binderhub.file}"] = binderhub.data
    return files


def _content(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{path}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _copied(chart: Archive) -> LocalChart:
    path = f"{_FOLDER}/{chart.file}"
    return LocalChart(
        chart.name,
        chart.version,
        path,
        chart.origin,
        chart.sha256,
        dict(chart.dependencies),
        dict(chart.kube_versions),
    )


def _replace(folder: Path, tree: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `tree`. A run that dies midway leaves the old folder, or the new one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        draft = Path(work) / "new"
        for path, data in tree.items():
            file = draft / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        if folder.exists():
            shutil.move(folder, Path(work) / "old")
        draft.rename(folder)
