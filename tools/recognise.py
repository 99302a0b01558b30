"""Telling whether a file is the locked version of a tool, by asking it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from binder_deploy.tools.lock import Binary
from binder_deploy.tools.place import Site
from binder_deploy.tools.report import Attempt, Failed

_PATIENCE = 15.0  # seconds; a 100 MB binary's first start from a slow disk


def on_path(site: Site, binaries: Sequence[Binary]) -> tuple[dict[str, Path], list[Attempt]]:
    """The binaries that PATH has in exactly the locked version, and why each other was not taken."""
    found: dict[str, Path] = {}
    attempts: list[Attempt] = []
    if not binaries:
        return found, attempts
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for binary, result in zip(binaries, pool.map(lambda binary: _find(site, binary), binaries), strict=True):
            if isinstance(result, Path):
                found[binary.name] = result
            else:
                attempts.append(Attempt(binary.name, "PATH", "", result))
    return found, attempts


def _find(site: Site, binary: Binary) -> Path | str:
    if binary.recognise is None:
        return "not looked for: it does not tell its version"
    path = shutil.which(binary.name, path=site.environment.get("PATH", ""))
    if path is None:
        return "not there"
    try:
        require(site, binary, Path(path))
    except Failed as failure:
        return str(failure)
    return Path(path).absolute()


def require(site: Site, binary: Binary, file: Path) -> None:
    """Raise Failed unless the file says that it is the locked version."""
    if binary.recognise is None:
        return
    # Asked for its version, pulumi may ask the network for a newer one.
    environment = dict(site.environment) | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run(
            [file, *binary.recognise.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"{file} does not start: {error}") from error
    pattern = re.compile(binary.recognise.pattern.replace("{version}", re.escape(binary.version)))
    lines = (said.stdout + said.stderr).splitlines()
    if not any(pattern.fullmatch(line.strip()) for line in lines):
        raise Failed(f"{file} is not version {binary.version}: it says {(lines or [''])[0][:80]!r}")
