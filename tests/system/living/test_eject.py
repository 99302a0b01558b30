"""The way out: plain Pulumi goes on with what was ejected, and finds nothing to change."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.eject import ejected
from binder_deploy.stacks.engine import Engine

pytestmark = [pytest.mark.system, pytest.mark.slow]

HOST = "pulumi-language-python"
"""Pulumi's own host for Python programs, which comes with its release; `binder-deploy` needs none."""


def nothing(_event: object) -> None:
    pass


def test_plain_pulumi_has_nothing_to_change_in_an_ejected_project(living: Any, tmp_path: Path) -> None:
    deployment: Deployment = living.deployment
    project = tmp_path / "project"
    ejected(deployment, deployment.folder / "binder.yaml", project, "the passphrase is in $PULUMI_CONFIG_PASSPHRASE")
    known = deployment.engine.secrets()
    assert known
    for file in (p for p in project.rglob("*") if p.is_file()):
        assert not any(secret.encode() in file.read_bytes() for secret in known if len(secret) > 20), file
    unchanged = by_plain_pulumi(deployment, project) if shutil.which(HOST) else by_the_engine(deployment, project)
    assert deployment.engine.preview(nothing).changes == {"same": unchanged}


def by_plain_pulumi(deployment: Deployment, project: Path) -> int:
    """`pulumi preview`, as a person types it, in the project's folder; how many resources stay as they are."""
    (project / "venv").symlink_to(sys.prefix)  # what `pulumi install` makes
    # The project itself says where the state is.
    environ = {k: v for k, v in os.environ.items() if k != "PULUMI_BACKEND_URL"}
    pulumi = str(deployment.tools["pulumi"])
    subprocess.run([pulumi, "stack", "select", deployment.settings.name], cwd=project, env=environ, check=True)
    ended = subprocess.run(
        [pulumi, "preview", "--non-interactive", "--expect-no-changes", "--diff"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line.strip().endswith("unchanged")]
    return int(line.split()[0])


def by_the_engine(deployment: Deployment, project: Path) -> int:
    """The project's `__main__.py` on the same engine, started in its folder, without a host for the language."""
    copied = project.with_name("copied")  # the driver writes a Pulumi.yaml of its own
    shutil.copytree(project, copied)
    site = replace(deployment.site, work=copied)

    def program() -> None:
        runpy.run_path(str(copied / "__main__.py"))

    engine = Engine(site, deployment.settings.name, program)
    changes = engine.preview(nothing).changes
    assert set(changes) == {"same"}
    return changes["same"]
