"""The engine's place in a deployment's folder: `.binder-deploy/`, which keeps itself out of version control."""

from __future__ import annotations

import uuid
from pathlib import Path

FOLDER = ".binder-deploy"


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


def deployment_id(work: Path) -> str:
    """A random id, made once: two deployments of one name do not share a passphrase."""
    file = work / "id"
    if not file.exists():
        file.write_text(uuid.uuid4().hex + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()
