"""The driver on the real engine, with a program that needs no provider."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pytest

from binder_deploy.stacks.engine import Engine, EngineError, Interrupted, Site, StateLocked, of_type
from binder_deploy.stacks.events import Diagnostic, Event, ResourceStep

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


def test_a_state_that_another_run_holds_is_told_from_other_failures(make: Make, site: Site) -> None:
    engine = make(lambda: None)
    engine.up(lambda event: None)
    (stack,) = (site.root.parent / "state").rglob("stacks/binder-deploy/test.json")
    locks = stack.parents[2] / "locks" / "organization" / "binder-deploy" / "test"
    locks.mkdir(parents=True, exist_ok=True)
    held = {"pid": os.getpid(), "username": "somebody", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    (locks / "4711.json").write_text(json.dumps(held))
    with pytest.raises(StateLocked):
        engine.up(lambda event: None)


def test_what_is_forgotten_leaves_the_state_and_nothing_else(make: Make) -> None:
    engine = make(things("one", "two"))
    engine.up(lambda event: None)
    (one,) = [r["urn"] for r in engine.resources() if r["urn"].endswith("::one")]
    engine.forget([one])
    assert [r["urn"].rsplit("::", 1)[-1] for r in engine.resources()][1:] == ["two"]
    assert engine.destroy(lambda event: None).changes == {"delete": 2}


def test_an_operation_that_was_asked_to_stop_says_so(make: Make) -> None:
    engine = make(things(*(f"thing-{n}" for n in range(200))))

    def stop(event: Event) -> None:
        if isinstance(event, ResourceStep):
            engine.stop()

    with pytest.raises(Interrupted):
        engine.up(stop)
    engine.up(lambda event: None)
    assert len(of_type(engine.resources(), "binder-deploy:")) == 200
