"""The cache of finished binaries: each with a receipt, verified on every use, put in place whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from binder_deploy.tools.lock import Binary
from binder_deploy.tools.place import Site

RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Receipt:
    """Where a cached binary came from."""

    sha256: str
    origin: str
    """`release <address>` or `build <package>`."""
    when: str
    """UTC, ISO 8601."""


@dataclass(frozen=True)
class Installed:
    """A cached binary, as it is now."""

    name: str
    version: str
    origin: str
    path: Path
    size: int
    """Bytes."""
    ok: bool
    """It is the file that its receipt describes."""
    wanted: bool
    """The lock names this version for this machine; `prune` removes the others."""


def sha256(path: Path) -> str:
    """Hex digest of a file (0.1 s per 100 MB)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified(site: Site, binaries: list[Binary]) -> dict[str, bool]:
    """Name → whether the cached binary is what its receipt says; a name without a cached binary is left out.

    Size and time of a file prove nothing about its content, so every file is hashed, several at once.
    """
    present = [binary for binary in binaries if site.folder(binary).exists()]
    if not present:
        return {}
    # hashlib lets go of the interpreter's lock.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = pool.map(lambda binary: _sound(site.folder(binary) / binary.name), present)
    return {binary.name: ok for binary, ok in zip(present, results, strict=True)}


def put(site: Site, binary: Binary, file: Path, origin: str) -> Path:
    """Move a finished file, which must lie in the cache's file system, into the cache: whole or not at all."""
    staged = Path(mkdtemp(dir=site.work, prefix="put-"))
    target = site.folder(binary)
    receipt = Receipt(sha256(file), origin, datetime.now(UTC).isoformat(timespec="seconds"))
    (staged / RECEIPT).write_text(json.dumps(asdict(receipt), indent=2), encoding="utf-8")
    file.rename(staged / binary.name)
    staged.chmod(0o755)
    discard(site, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    return target / binary.name


def discard(site: Site, folder: Path) -> None:
    """Take a folder out of the cache: first by a rename, so that no run ever sees half of it."""
    if folder.exists():
        aside = Path(mkdtemp(dir=site.work, prefix="discard-"))
        folder.rename(aside / folder.name)
        shutil.rmtree(aside)


def listing(site: Site) -> list[Installed]:
    """Every binary in the cache, whether wanted or left over."""
    wanted = {site.folder(binary) for binary in site.lock.binaries.values()}
    folders = sorted(path for path in site.tools.glob("*/*") if path.is_dir())
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(lambda folder: _describe(folder, folder in wanted), folders))


def _describe(folder: Path, wanted: bool) -> Installed:
    name = folder.parent.name
    file = folder / name
    receipt = _receipt(file)
    return Installed(
        name=name,
        version=folder.name.rsplit("-", 2)[0],
        origin=receipt.origin if receipt else "unknown",
        path=file,
        size=file.stat().st_size if file.is_file() else 0,
        ok=_sound(file),
        wanted=wanted,
    )


def _sound(file: Path) -> bool:
    receipt = _receipt(file)
    return receipt is not None and file.is_file() and sha256(file) == receipt.sha256


def _receipt(file: Path) -> Receipt | None:
    try:
        return Receipt(**json.loads((file.parent / RECEIPT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # missing, cut off or foreign: nothing vouches for the file
        return None
