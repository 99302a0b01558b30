"""The engine's place in a deployment's folder: `.binder-deploy/`, which keeps itself out of version control."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.launcher import write_launcher
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
    write_launcher(root / "bin" / "pulumi", tools["pulumi"])
    _link(root / "bin" / "pulumi-resource-kubernetes", tools["pulumi-resource-kubernetes"])
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


def owner(work: Path) -> str | None:
    """Which deployment was made from here, as `take_over` was told; None before the first."""
    file = work / "deployment"
    return file.read_text(encoding="utf-8").strip() if file.exists() else None


def take_over(work: Path, deployment: str) -> None:
    """Note which deployment is made from here."""
    (work / "deployment").write_text(f"{deployment}\n", encoding="utf-8")


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
