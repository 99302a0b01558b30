"""The plugin as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from binder_deploy.rehearsal.record import Record

pytestmark = pytest.mark.system

# Plays the engine: starts the plugin, says its number and port, and is gone.
ENGINE = """
import subprocess, sys
plugin = subprocess.Popen([sys.executable, "-m", sys.argv[1], "127.0.0.1:1"],
                          stdout=subprocess.PIPE, text=True, start_new_session=True)
sys.stdout.write(f"{plugin.pid} {plugin.stdout.readline()}")
"""


@pytest.fixture(params=["gcp", "aws"])
def plugin(request: pytest.FixtureRequest) -> str:
    return f"binder_deploy.rehearsal.clouds.{request.param}"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    Record(id="t", folder=tmp_path, pid=0, started="", binaries={}, cloud=tmp_path / "cloud.json").save()
    return {**os.environ, "BINDER_DEPLOY_REHEARSAL": str(tmp_path)}


def test_it_ends_with_the_engine(plugin: str, environ: dict[str, str]) -> None:
    command = [sys.executable, "-c", ENGINE, plugin]
    engine = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    pid, port = map(int, engine.stdout.split())
    assert port > 0
    try:
        psutil.Process(pid).wait(timeout=10)
    except psutil.NoSuchProcess:
        return


def test_it_listens_on_loopback_alone(plugin: str, environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", plugin, "127.0.0.1:1"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        port = int(started.stdout.readline())
        connections = psutil.Process(started.pid).net_connections(kind="inet")
        started.kill()
    # gRPC listens through IPv6 sockets: the address is IPv4's, mapped.
    where = [(c.laddr.ip.removeprefix("::ffff:"), c.laddr.port, c.status) for c in connections]
    assert where == [("127.0.0.1", port, psutil.CONN_LISTEN)]


def test_outside_a_rehearsal_it_refuses_to_run(plugin: str, environ: dict[str, str]) -> None:
    del environ["BINDER_DEPLOY_REHEARSAL"]
    command = [sys.executable, "-m", plugin]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "binder-deploy rehearse" in ended.stderr
