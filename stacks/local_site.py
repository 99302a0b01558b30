"""The engine's place in a deployment's folder: `.binder-deploy/`, which keeps itself out of version control."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.passphrase import passphrase_environ

FOLDER = ".binder-deploy"


def local_site(folder: Path, tools: Mapping[str, Path]) -> Site:
    """Make or find the engine's place below a deployment's folder.

    `tools` has `pulumi` and `pulumi-resource-kubernetes`. Raises `PassphraseLost`.
    """
    work = work_folder(folder)
    state, home, root = work / "state", work / "pulumi", work / "engine"
    state_exists = any(state.rglob("*.json"))
    for path in (state, home, root / "bin"):
        path.mkdir(parents=True, exist_ok=True)
    for name in ("pulumi", "pulumi-resource-kubernetes"):
        _link(root / "bin" / name, tools[name])
    environ = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        **passphrase_environ(_deployment_id(work), state_exists),
    }
    return Site(work=work, root=root, environ=environ)


def work_folder(folder: Path) -> Path:
    """`.binder-deploy` below a deployment's folder, made with its own ignore file."""
    work = folder.resolve() / FOLDER
    work.mkdir(exist_ok=True)
    ignore = work / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return work


def _deployment_id(work: Path) -> str:
    file = work / "id"
    if not file.exists():
        file.write_text(uuid.uuid4().hex + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def _link(link: Path, target: Path) -> None:
    """Point a link at a tool, replacing an older one atomically (another command may be running it)."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
