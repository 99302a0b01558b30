"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Path]:
    """The pinned programs, obtained as a user's first run obtains them (a fresh machine builds for minutes)."""
    from binder_deploy.cli.flows.acquire import CONTROL_PLANE_TOOLS, ENGINE_TOOLS
    from binder_deploy.tools.acquire import acquire

    return acquire([*ENGINE_TOOLS, *CONTROL_PLANE_TOOLS])


@pytest.fixture
def cache(tmp_path: Path, tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own that has the tools already, and is the one that commands use."""
    own = tmp_path / "cache"
    own.mkdir()
    share_tools(own)
    monkeypatch.setenv("BINDER_DEPLOY_CACHE", str(own))
    return own


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory, tools: Mapping[str, Path]) -> Path:
    """The same for tests that share what they look at."""
    own = tmp_path_factory.mktemp("cache")
    share_tools(own)
    return own


def share_tools(cache: Path) -> None:
    """Let a cache have the tools of the usual one."""
    from binder_deploy.tools.place import default_cache

    (cache / "tools").symlink_to(default_cache() / "tools")
