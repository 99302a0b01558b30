"""What tests of several rooms share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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


@pytest.fixture(autouse=True)
def _shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Holds a test to its mark `shows`: the check was asked in it, and that was its verdict."""
    claimed = {mark.args for mark in request.node.iter_markers("shows")}
    if not claimed:
        yield
        return
    from binder_deploy.checks import runner
    from binder_deploy.checks.collect import Collected
    from binder_deploy.checks.model import Check, Failed, Outcome, Passed, Warned

    words = {Failed: "failed", Warned: "failed", Passed: "passed"}
    seen: set[tuple[str, str]] = set()
    judge = runner.judge

    def noting(check: Check, collected: Sequence[Collected], ignore: Collection[str]) -> Outcome:
        outcome = judge(check, collected, ignore)
        seen.add((check.id, words.get(type(outcome.verdict), "")))
        return outcome

    monkeypatch.setattr(runner, "judge", noting)
    yield
    assert claimed <= seen, f"marked as showing {sorted(claimed - seen)}, but it did not"
