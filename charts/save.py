"""Bundles for sites without internet access: `save` writes the archives that `resolve(folder=…)` reads."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.charts.bundle import NAMED
from binder_deploy.charts.errors import ChartsError
from binder_deploy.charts.resolve import Resolved


def save(resolved: Resolved, into: Path) -> tuple[Path, ...]:
    """Write every archive as `NAME-VERSION.tgz` into `into`, which is made if need be; returns the files.

    Refuses stand-ins: they are no charts to install. To use the folder, pass it as `--bundle`, or as `upgrade --to`.
    """
    if resolved.stand_ins:
        names = ", ".join(resolved.stand_ins)
        raise ChartsError(names, "is played by a stand-in, which no one can install", "run where upstream is reachable")
    into.mkdir(parents=True, exist_ok=True)
    files = tuple(into / found.file for found in resolved.archives.values())
    for file, found in zip(files, resolved.archives.values(), strict=True):
        file.write_bytes(found.data)
    (into / NAMED).write_text(f'name: "{resolved.bundle}"\n', encoding="utf-8")
    return files
