"""Maintenance outlives `up` and the machine that it was begun on, and ends with the deployment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from binder_deploy.settings.maintenance import KEY
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.ledger import TYPE, Ledger, maintenance_in, recall
from binder_deploy.stacks.program import NAMESPACE

pytestmark = pytest.mark.system

TEXT = "Back at ten: a --flag, a 'quote'\nand a second line"
RELEASE = "kubernetes:helm.sh/v3:Release"


def test_the_program_closes_the_binder_and_the_state_takes_note(deploy: Any) -> None:
    shut, usual = deploy(config={KEY: TEXT}), deploy()
    config = shut.one(RELEASE, "binder-service-release").raw["values"]["binderhub"]["config"]
    assert config["LaunchQuota"]["total_quota"] == 0
    assert "Back at ten" in config["BinderHub"]["banner_message"]
    before = usual.one(RELEASE, "binder-service-release").raw["values"]["binderhub"]["config"]
    assert before["LaunchQuota"]["total_quota"] > 0
    assert shut.one(TYPE).inputs[KEY] == TEXT
    assert KEY not in usual.one(TYPE).inputs
    assert (
        deploy(config={KEY: ""}).one(RELEASE, "binder-service-release").raw["values"]["binderhub"]["config"] == before
    )


def test_nothing_else_is_changed_by_it(deploy: Any) -> None:
    shut, usual = deploy(config={KEY: TEXT}), deploy()
    others = [
        {r.urn: r.inputs for r in run.resources if r.type != TYPE and "binder-service" not in r.name}
        for run in (shut, usual)
    ]
    assert others[0] == others[1]


@pytest.fixture
def machine(tmp_path: Path, tools: Mapping[str, Path]) -> Callable[[str], Engine]:
    """Engines of several machines that share one state."""

    def make(name: str) -> Engine:
        for folder in (f"{name}/work", f"{name}/home", f"{name}/bin", "state"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        program = tmp_path / name / "bin" / "pulumi"
        if not program.exists():
            program.symlink_to(tools["pulumi"])
        environ = {
            "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
            "PULUMI_HOME": str(tmp_path / name / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PATH": os.environ["PATH"],
        }
        site = Site(tmp_path / name / "work", tmp_path / name, environ)
        return Engine(site, "test", _remember)

    return make


def _remember() -> None:
    Ledger("campus", pulumi.Config(NAMESPACE))


@pytest.mark.system
def test_what_the_state_says_holds_on_every_machine(machine: Callable[[str], Engine]) -> None:
    here, there = machine("here"), machine("there")
    here.up(lambda event: None)
    assert maintenance_in(here.resources()) is None

    here.configure(KEY, TEXT)
    ledger = [r["urn"] for r in here.resources() if r["type"] == TYPE]
    here.up(lambda event: None, ledger)
    assert maintenance_in(here.resources()) == TEXT
    recall(there)
    assert there.value(KEY) == TEXT

    there.configure(KEY, "")
    there.up(lambda event: None, ledger)
    recall(here)
    assert here.value(KEY) == ""
    assert here.up(lambda event: None).changes == {"same": 2}

    # Begun, and cut off before the state took note: it did not happen.
    here.configure(KEY, TEXT)
    recall(here)
    assert here.value(KEY) == ""

    # A deployment that is made anew begins open.
    here.configure(KEY, TEXT)
    here.up(lambda event: None)
    here.destroy(lambda event: None)
    recall(here)
    assert not here.value(KEY)
