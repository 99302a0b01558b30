"""The way out: plain Pulumi goes on with what was ejected, and finds nothing to change. And a lost passphrase."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from binder_deploy.charts.resolve import Resolved, resolve
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.eject import ejected
from binder_deploy.cli.flows.remove import remove
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.events import ResourceStep
from binder_deploy.stacks.recover import recover

pytestmark = [pytest.mark.system, pytest.mark.slow]

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"
HOST = "pulumi-language-python"
"""Pulumi's own host for Python programs, which comes with its release; `binder-deploy` needs none."""


def nothing(_event: object) -> None:
    pass


@pytest.fixture(scope="module")
def deployed(
    tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Session, Deployment, Resolved]]:
    """The example, deployed into a simulated cloud, once for these tests."""
    folder = tmp_path_factory.mktemp("deployment")
    (folder / "binder.yaml").write_bytes(GKE.read_bytes())
    settings = load(folder / "binder.yaml")
    resolved = resolve(lock_file=None, folder=None, cache=folder / "cache", allow_stand_ins=True)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("BINDER_DEPLOY_CACHE", str(session_cache))
        session = stack.enter_context(open_session(tools))
        stack.enter_context(applied(session.environ))
        set_stage(session.cloud, settings)
        session.start_controllers()
        deployment = open_deployment(
            folder,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
            simulated=True,
        )
        deploy(deployment, nothing)
        yield session, deployment, resolved


def test_plain_pulumi_has_nothing_to_change_in_an_ejected_project(
    deployed: tuple[Session, Deployment, Resolved], tmp_path: Path
) -> None:
    _, deployment, _ = deployed
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


def test_a_lost_passphrase_costs_the_secrets_and_nothing_else(deployed: tuple[Session, Deployment, Resolved]) -> None:
    session, deployment, resolved = deployed
    before = {r["urn"] for r in deployment.engine.resources()}
    tokens = deployment.engine.configuration()
    unlocked = {k: v for k, v in deployment.site.environ.items() if k != "PULUMI_CONFIG_PASSPHRASE"}
    closed = replace(deployment.site, environ=unlocked)
    fresh = replace(deployment.site, environ={**unlocked, "PULUMI_CONFIG_PASSPHRASE": "another"})
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PULUMI_CONFIG_PASSPHRASE")
        recover(closed, fresh, deployment.settings.name)
        (session.work / f"Pulumi.{deployment.settings.name}.yaml").unlink()
        again = open_deployment(
            deployment.folder,
            deployment.settings,
            deployment.tools,
            resolved,
            fresh,
            deployment.sweep,
            simulated=True,
        )
        made = again.engine.configuration()
        assert set(made) == set(tokens)
        assert all(made[key] != tokens[key] for key in tokens)
        changed: dict[str, str] = {}

        def watch(event: object) -> None:
            if isinstance(event, ResourceStep) and event.change != "same":
                changed[event.name] = event.change

        again.engine.up(watch)
        assert {r["urn"] for r in again.engine.resources()} == before
        assert "replace" not in changed.values(), changed
        assert "delete" not in changed.values(), changed
        assert set(again.engine.preview(nothing).changes) == {"same"}
        remove(again, nothing)
        assert leftovers(session.cloud.read()) == []
