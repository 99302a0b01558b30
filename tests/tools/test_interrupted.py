"""A run may be killed at any time, and two may run at once: the cache never holds half a binary."""

from __future__ import annotations

import signal
import threading
import time

import psutil
import pytest

from binder_deploy.tools.acquire import acquire, installed
from binder_deploy.tools.exclusive import children_notes

pytestmark = pytest.mark.system


def read_until(process, step):
    """Lines of a run up to the first of a step."""
    for line in process.stdout:
        if line.startswith(step):
            return line
    raise AssertionError(f"the run ended with {process.wait()} before {step}")


def noted(marker, run):
    """The process that wrote its number into a file, as soon as it did."""
    while not marker.exists() or not marker.read_text().endswith("\n"):
        assert run.poll() is None
        time.sleep(0.01)
    return psutil.Process(int(marker.read_text()))


def test_a_run_killed_in_a_download_leaves_no_half_binary_and_the_next_succeeds(world, server):
    server.publish(b"#!/bin/sh\necho tool version 1.2.3\n" + b"#" * 2_000_000)
    server.hold["/v1.2.3/tool-here"] = threading.Event()
    run = world.start()
    read_until(run, "download")
    run.kill()
    run.communicate()
    server.hold["/v1.2.3/tool-here"].set()
    assert installed(world.site) == []
    assert any(world.site.work.rglob("tool-here"))
    path = acquire(["tool"], site=world.site, observe=world.events.append)["tool"]
    assert path.read_bytes() == server.files["/v1.2.3/tool-here"]
    assert world.steps()[0] == "discard"
    assert not world.site.work.exists()


def test_a_run_killed_in_a_build_leaves_no_half_binary_and_the_next_ends_the_orphan(world):
    marker = world.root / "pid"
    world.fake_go(f"""
        mkdir -p out; printf half > out/tool; echo compiling; echo $$ > {marker}
        exec sleep 60
    """)
    run = world.start()
    orphan = noted(marker, run)
    note = children_notes(world.site) / str(orphan.pid)
    while not (note.exists() and note.read_text()):  # a kill before that leaves a compiler that ends by itself
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.communicate()
    assert orphan.is_running()
    assert installed(world.site) == []
    world.fake_go(":")
    assert acquire(["tool"], site=world.site)["tool"].stat().st_size > 4
    orphan.wait(5)


def test_ctrl_c_ends_the_compiler_too(world):
    marker = world.root / "pid"
    world.fake_go(f"echo $$ > {marker}; echo compiling; exec sleep 60")
    run = world.start()
    compiler = noted(marker, run)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=10)
    assert not compiler.is_running() or compiler.status() == psutil.STATUS_ZOMBIE
    assert installed(world.site) == []


def test_of_two_runs_at_once_one_builds_and_the_other_waits_says_for_whom_and_uses_it(world):
    calls, gate = world.root / "calls", world.root / "gate"
    world.fake_go(f"echo build >> {calls}; echo compiling; until [ -e {gate} ]; do sleep 0.02; done")
    first = world.start()
    read_until(first, "build")
    second = world.start()
    assert f"process {first.pid}, which obtains tool" in read_until(second, "wait")
    gate.touch()
    found = [run.communicate(timeout=30)[0].splitlines()[-1] for run in (first, second)]
    assert found[0] == found[1]
    assert found[0].startswith("found ")
    assert calls.read_text() == "build\n"
