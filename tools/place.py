"""Where tools are obtained for: the lock, the cache and the machine, as one value."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from binder_deploy.tools.lock import Binary, Lock, shipped

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def default_cache() -> Path:
    """`$BINDER_DEPLOY_CACHE`, else the user's cache folder of the operating system."""
    named = os.environ.get("BINDER_DEPLOY_CACHE")
    return Path(named).expanduser().absolute() if named else Path(platformdirs.user_cache_dir("binder-deploy"))


@dataclass(frozen=True)
class Site:
    """A machine with its cache; the defaults are this one."""

    lock: Lock = field(default_factory=shipped)
    cache: Path = field(default_factory=default_cache)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    """What programs are started with; its PATH is searched."""
    system: str = sys.platform
    """In Go's words: linux or darwin."""
    architecture: str = field(
        default_factory=lambda: _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    )
    connect_timeout: float = 3.0
    """Seconds until a host counts as unreachable."""

    @property
    def tools(self) -> Path:
        """The folder of the finished binaries."""
        return self.cache / "tools"

    @property
    def work(self) -> Path:
        """Scratch: whatever lies here while nobody holds the lock is the rest of a dead run."""
        return self.cache / "work"

    @property
    def build(self) -> Path:
        """Go's caches of builds under way: kept when a build is cut off, so that the next goes on there."""
        return self.cache / "build"

    @property
    def logs(self) -> Path:
        """The output of builds."""
        return self.cache / "logs"

    def folder(self, binary: Binary) -> Path:
        """The folder of a finished binary and its receipt."""
        return self.tools / binary.name / f"{binary.version}-{self.system}-{self.architecture}"
