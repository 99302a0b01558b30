"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Path]:
    """The pinned programs, obtained as a user's first run obtains them (a fresh machine builds for minutes)."""
    from binder_deploy.cli.flows.acquire import CONTROL_PLANE_TOOLS, ENGINE_TOOLS
    from binder_deploy.tools.acquire import acquire

    return acquire([*ENGINE_TOOLS, *CONTROL_PLANE_TOOLS])


@pytest.fixture
def cache(tmp_path: Path, tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the test's own that has the tools already."""
    from binder_deploy.tools.place import default_cache

    shared = default_cache()
    own = tmp_path / "cache"
    own.mkdir()
    (own / "tools").symlink_to(shared / "tools")
    monkeypatch.setenv("BINDER_DEPLOY_CACHE", str(own))
    yield own


os.environ.setdefault("PULUMI_SKIP_UPDATE_CHECK", "true")
