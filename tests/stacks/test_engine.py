"""The driver on the real engine, with a program that needs no provider."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pytest

from binder_deploy.stacks.engine import Engine, Site, of_type
from binder_deploy.stacks.errors import EngineError, Interrupted, StateLocked
from binder_deploy.stacks.events import Diagnostic, Event, ResourceStep
from binder_deploy.stacks.launcher import write_launcher

pytestmark = pytest.mark.system

SENTINEL = "a-secret-that-nobody-may-see"


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("binder-deploy:test:Thing", name)
        self.register_outputs({})


def things(*names: str) -> Callable[[], None]:
    """A program that makes things of these names."""

    def program() -> None:
        for name in names:
            Thing(name)

    return program


@pytest.fixture
def site(tmp_path: Path, tools: Mapping[str, Path]) -> Site:
    for name in ("work", "state", "home", "root/bin"):
        (tmp_path / name).mkdir(parents=True)
    pulumi_program = tmp_path / "root" / "bin" / "pulumi"
    pulumi_program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nexec {tools["pulumi"]} "$@"\n')
    pulumi_program.chmod(0o755)
    environ = {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": os.environ["PATH"],
    }
    return Site(tmp_path / "work", tmp_path / "root", environ)


Make = Callable[[Callable[[], None]], Engine]


@pytest.fixture
def make(site: Site) -> Make:
    return lambda program: Engine(site, "test", program)


def test_what_is_made_is_told_and_kept_and_made_once(make: Make) -> None:
    engine = make(things("one"))
    seen: list[Event] = []
    assert engine.up(seen.append).changes == {"create": 2}
    steps = [(e.name, e.change, e.state) for e in seen if isinstance(e, ResourceStep)]
    assert ("one", "create", "done") in steps
    assert len(of_type(engine.resources(), "binder-deploy:")) == 1
    assert engine.up(lambda event: None).changes == {"same": 2}
    assert engine.destroy(lambda event: None).changes == {"delete": 2}


def test_secrets_are_encrypted_and_on_no_command_line(make: Make, site: Site) -> None:
    engine = make(lambda: None)
    engine.configure_secrets({"hubToken": SENTINEL})
    assert "hubToken" in engine.configured()
    (written,) = site.work.glob("Pulumi.*.yaml")
    assert SENTINEL not in (site.root.parent / "said").read_text()
    for file in (p for p in site.root.parent.rglob("*") if p.is_file()):
        assert SENTINEL.encode() not in file.read_bytes(), file
    assert "secure" in written.read_text()


def test_a_program_that_fails_is_an_error_with_the_engines_words(make: Make) -> None:
    def program() -> None:
        raise ValueError("no such zone")

    seen: list[Event] = []
    with pytest.raises(EngineError, match="no such zone"):
        make(program).up(seen.append)
    assert any(isinstance(e, Diagnostic) and e.severity == "error" for e in seen)


def test_an_observer_that_breaks_is_not_swallowed(make: Make) -> None:
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make(things("one")).up(broken)


def lock_of(site: Site, pid: int, host: str) -> Path:
    """A lock on the state, as the engine writes it."""
    locks = site.root.parent / "state" / ".pulumi" / "locks" / "organization" / "binder-deploy" / "test"
    locks.mkdir(parents=True, exist_ok=True)
    held = {"pid": pid, "username": "somebody", "hostname": host, "timestamp": "2026-01-01T00:00:00Z"}
    file = locks / "4711.json"
    file.write_text(json.dumps(held))
    return file


def a_dead_process() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_the_lock_of_a_dead_process_is_cleared(make: Make, site: Site) -> None:
    engine = make(lambda: None)
    engine.up(lambda event: None)
    lock = lock_of(site, a_dead_process(), socket.gethostname())
    engine.up(lambda event: None)
    assert not lock.exists()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_state_that_another_run_holds_is_told_with_who_holds_it(make: Make, site: Site, elsewhere: bool) -> None:
    engine = make(lambda: None)
    engine.up(lambda event: None)
    pid, host = (a_dead_process(), "elsewhere") if elsewhere else (os.getpid(), socket.gethostname())
    lock = lock_of(site, pid, host)
    with pytest.raises(StateLocked, match=f"process {pid} of somebody on {host}"):
        engine.up(lambda event: None)
    assert lock.exists()


def test_a_wrong_passphrase_is_the_engines_refusal_and_not_a_crash(make: Make, site: Site) -> None:
    make(lambda: None).configure_secrets({"hubToken": SENTINEL})
    wrong = Site(site.work, site.root, {**site.environ, "PULUMI_CONFIG_PASSPHRASE": "y"})
    with pytest.raises(EngineError, match="passphrase"):
        Engine(wrong, "test", lambda: None).configured()


def test_an_interrupt_from_the_terminal_reaches_the_engine_exactly_once(tmp_path: Path) -> None:
    program = tmp_path / "counts"
    program.write_text(
        f"#!{sys.executable}\nimport os, signal, sys, time\n"
        "seen = []\nsignal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
        "print('ready', flush=True)\nend = time.monotonic() + 1.5\n"
        "while time.monotonic() < end: time.sleep(0.05)\nprint(len(seen), flush=True)\n"
    )
    program.chmod(0o755)
    write_launcher(tmp_path / "launcher", program)
    with subprocess.Popen([tmp_path / "launcher"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert os.getpgid(child.pid) != os.getpgid(0), "a terminal's Ctrl-C goes to our group alone"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "1\n"


def test_what_is_rewritten_out_leaves_the_state_and_nothing_else(make: Make) -> None:
    engine = make(things("one", "two"))
    engine.up(lambda event: None)
    engine.rewrite(lambda resources: [r for r in resources if not r["urn"].endswith("::one")])
    assert [r["urn"].rsplit("::", 1)[-1] for r in engine.resources()][1:] == ["two"]
    assert engine.destroy(lambda event: None).changes == {"delete": 2}


def test_an_operation_that_was_asked_to_stop_says_so(make: Make) -> None:
    engine = make(things(*(f"thing-{n}" for n in range(200))))

    def stop(event: Event) -> None:
        if isinstance(event, ResourceStep):
            engine.stop()

    with pytest.raises(Interrupted):
        engine.up(stop)
    assert len(of_type(engine.resources(), "binder-deploy:")) < 200, "nothing new starts after the wish to stop"
    engine.up(lambda event: None)
    assert len(of_type(engine.resources(), "binder-deploy:")) == 200
