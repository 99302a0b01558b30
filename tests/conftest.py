"""What tests of several rooms share."""

from __future__ import annotations

import importlib.util
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def pytest_configure() -> None:
    """Where a CI machine runs these tests, they are about a person's machine all the same; who means CI, says so."""
    os.environ.pop("CI", None)
    # A shell's background job ignores Ctrl-C, and so would every program that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # jsonschema, when imported, would build 38 grammars with it for five seconds. Nothing here asks for its formats.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As `--dist loadfile`, but the files of `tests/system/living` go to one process: they share what they look at."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            living = "tests/system/living/"
            return living if nodeid.startswith(living) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Path]:
    """The pinned programs, obtained as a user's first run obtains them (a fresh machine builds for minutes)."""
    from binder_deploy.cli.flows.acquire import CHECK_TOOLS, CONTROL_PLANE_TOOLS, ENGINE_TOOLS
    from binder_deploy.tools.acquire import acquire

    return acquire([*ENGINE_TOOLS, *CHECK_TOOLS, *CONTROL_PLANE_TOOLS])


@pytest.fixture(scope="session")
def service_program() -> Callable[[str], Path]:
    """A pinned server program to test against, by its name in `tests/services/lock.toml`.

    Obtained as the product obtains its tools (a machine that reaches package mirrors only builds for some
    minutes, once), in a cache of their own, which `tools prune` does not tidy.
    """
    from binder_deploy.tools.acquire import Site, acquire
    from binder_deploy.tools.lock import read
    from binder_deploy.tools.place import default_cache

    lock = read(Path(__file__).parent / "services" / "lock.toml")
    site = Site(lock=lock, cache=default_cache() / "test-services")
    return lambda name: acquire([name], site=site)[name]


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


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the charts of an existing cluster, as they would be downloaded."""
    from binder_deploy.charts import bundle
    from binder_deploy.charts.resolve import stand_in

    folder = tmp_path_factory.mktemp("charts")
    for name in bundle.needed(bundle.load(), "existing").charts:
        archive = stand_in(name)
        (folder / archive.file).write_bytes(archive.data)
    return folder


def share_tools(cache: Path) -> None:
    """Let a cache have the tools of the usual one."""
    from binder_deploy.tools.place import default_cache

    (cache / "tools").symlink_to(default_cache() / "tools")


def _service(name: str) -> ModuleType:
    """A module of `tests/services`."""
    spec = importlib.util.spec_from_file_location(f"services_{name}", Path(__file__).parent / "services" / f"{name}.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def jupyterhub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real JupyterHub (`tests/services/jupyterhub.py`: `url`, `token`, `launch`, `running`), shared by all tests."""
    from binder_deploy.tools.place import default_cache

    with _service("jupyterhub").running_hub(tmp_path_factory.mktemp("hub"), default_cache() / "test") as hub:
        yield hub


@pytest.fixture
def binder() -> Iterator[Callable[[Any], Any]]:
    """Starts imitated BinderHubs (`tests/services/binderhub.py`), each with a script of what it answers."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(_service("binderhub").imitated_binder(script))


@pytest.fixture
def builds(jupyterhub: Any) -> Callable[..., Any]:
    """Makes scripts for `binder` that build what they do not know and launch at the real hub."""
    return lambda **options: _service("binderhub").Builds(jupyterhub.launch, **options)


@pytest.fixture
def cloudflare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with one zone (`tests/services/cloudflare.py`), which the program takes for Cloudflare."""
    with _service("cloudflare").running_cloudflare() as found:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", found.url)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "good")
        yield found


@pytest.fixture
def local() -> Any:
    """Runs what would be run in a pod (`ops.backup.pod_exec.Exec`) here: the same text, sent the same way."""
    from binder_deploy.ops.backup.pod import SCRIPTS, command
    from binder_deploy.ops.backup.pod_exec import At, ExecFailed

    def run(
        at: At, script: str, arguments: Sequence[str], given: Iterable[bytes], take: Callable[[bytes], None]
    ) -> None:
        _, *rest = command(script, *arguments)
        ended = subprocess.run(
            [sys.executable, *rest],
            input=b"".join((SCRIPTS[script].encode(), *given)),
            capture_output=True,
            check=False,
            timeout=60,
        )
        for start in range(0, len(ended.stdout), 1000):
            take(ended.stdout[start : start + 1000])
        if ended.returncode:
            raise ExecFailed(ended.stderr.decode().strip().rpartition("\n")[2])

    return run


@pytest.fixture
def small_database() -> Callable[..., Path]:
    """Makes a database with the tables that are asked for, and one user."""

    def make(place: Path, user: str = "ada") -> Path:
        with closing(sqlite3.connect(place)) as made, made:
            made.execute("CREATE TABLE users (name TEXT)")
            made.execute("CREATE TABLE api_tokens (prefix TEXT)")
            made.execute("CREATE TABLE alembic_version (version_num TEXT)")
            made.execute("INSERT INTO alembic_version VALUES ('4621fec11365')")
            made.execute("INSERT INTO users VALUES (?)", (user,))
        return place

    return make


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
