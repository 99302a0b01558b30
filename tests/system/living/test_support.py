"""On the real engine and a real control plane: the support archive is whole and clean, and checks take no time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from kubernetes.client import CoreV1Api

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Key, Outcome, Passed, Phase, Probe
from binder_deploy.checks.runner import run
from binder_deploy.checks.select import select
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.check import run_recorded
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.real import Request
from binder_deploy.cli.flows.selection import Selection
from binder_deploy.cli.flows.support import support
from binder_deploy.ops.client import api_client
from binder_deploy.ops.secret_forms import forms
from binder_deploy.ops.support.archive import read
from binder_deploy.stacks.local_site import FOLDER, take_over

pytestmark = [pytest.mark.system, pytest.mark.slow]

PLANTED = "planted-in-the-cluster-Zx9/+q"
MARGIN_S = 2.0


@pytest.fixture(scope="module")
def deployed(living: Any) -> Iterator[Deployment]:
    """A living deployment with a secret of somebody's in its cluster."""
    api = CoreV1Api(api_client(living.deployment.kubeconfig))
    _plant(api)
    yield living.deployment
    for kind in ("secret", "pod", "event"):
        getattr(api, f"delete_namespaced_{kind}")("planted", "binder")


def _plant(api: CoreV1Api) -> None:
    meta = {"name": "planted", "namespace": "binder"}
    api.create_namespaced_secret("binder", {"metadata": meta, "stringData": {"password": PLANTED}})
    env = [{"name": "DB_PASSWORD", "value": PLANTED}]
    container = {"name": "main", "image": "example.org/x", "env": env, "args": [f"--password={PLANTED}"]}
    api.create_namespaced_pod("binder", {"metadata": meta, "spec": {"containers": [container]}})
    api.create_namespaced_event(
        "binder",
        {
            "metadata": meta,
            "involvedObject": {"kind": "Pod", "namespace": "binder", "name": "planted"},
            "reason": "Failed",
            "message": f"login with {PLANTED} was refused",
            "type": "Warning",
        },
    )


class Watcher(threading.Thread):
    """Reads the arguments of every process of this one, over and over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done, self.seen = threading.Event(), set[str]()

    def run(self) -> None:
        while not self.done.wait(0.02):
            for child in psutil.Process().children(recursive=True):
                try:
                    self.seen.add(" ".join(child.cmdline()))
                except psutil.Error:
                    continue  # it has just ended


def _address(deployed: Deployment) -> str:
    outputs = deployed.engine.outputs()
    assert outputs
    return outputs.address


def _alike(outcome: Outcome) -> tuple[str, Any]:
    return outcome.check.id, replace(outcome.verdict, detail="")  # times and counts go on


def test_the_archive_of_a_living_deployment_is_whole_clean_and_judged_the_same(
    deployed: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = deployed.folder / FOLDER
    work.mkdir()
    take_over(work, "campus-binder")
    (work / "kubeconfig").write_bytes(deployed.kubeconfig.read_bytes())
    monkeypatch.setattr("binder_deploy.cli.flows.support.opened_for_checks", lambda request, observe: deployed)
    watcher = Watcher()
    watcher.start()
    packed = support(Request(deployed.folder / "binder.yaml"), tmp_path / "s.tar.gz", lambda event: None)
    watcher.done.set()
    watcher.join()

    members = read(packed.path)
    secrets = [*deployed.engine.secrets(), PLANTED]
    assert len(secrets) > 4
    shapes = forms(secrets)
    dirty = [name for name, text in members.items() if any(shape in text for shape in shapes)]
    assert dirty == []
    assert any("pulumi" in line for line in watcher.seen), "processes were looked at"
    assert not [line for line in watcher.seen if any(shape in line for shape in shapes)]

    manifest = json.loads(members["manifest.json"])
    assert manifest["verdicts that this changed"] == []
    assert {r["type"] for r in json.loads(members["state.json"])} >= {"gcp:container/cluster:Cluster"}
    assert json.loads(members["history.json"])[0]["result"] == "succeeded"
    assert json.loads(members["values/binder-service.json"])["binderhub"]
    assert any(event["reason"] == "Scheduled" for event in json.loads(members["events.json"]))
    assert manifest["versions"]["tool pulumi"]

    live = run(select(CATALOGUE, phases=checking.AFTER), checking.probes(deployed, _address(deployed)))
    again = run_recorded(packed.path, Selection(phases=tuple(phase.value for phase in checking.AFTER)))
    assert again.simulated
    assert sum(isinstance(o.verdict, Passed) for o in again.outcomes) > 5
    recorded = dict(map(_alike, again.outcomes))
    different = {check_id for check_id, verdict in map(_alike, live) if type(recorded[check_id]) is not type(verdict)}
    assert different == set()


def test_a_check_run_of_all_phases_takes_its_slowest_probe_and_two_seconds_at_most(deployed: Deployment) -> None:
    took: dict[str, float] = {}

    def timed(key: Key[Any], probe: Any) -> Any:
        if not isinstance(probe, Probe):
            return probe

        def collect() -> Any:
            start = time.monotonic()
            try:
                return probe.collect()
            finally:
                took[key.name] = time.monotonic() - start

        return replace(probe, collect=collect)

    checks = select(CATALOGUE, phases=[phase for phase in Phase if phase is not Phase.TEARDOWN])
    probes = {key: timed(key, probe) for key, probe in checking.probes(deployed, _address(deployed)).items()}
    start = time.monotonic()
    outcomes = run(checks, probes)
    whole = time.monotonic() - start
    assert len(outcomes) == len(checks)
    assert sum(took.values()) > max(took.values()), "there is something to do side by side"
    assert whole < max(took.values()) + MARGIN_S, sorted(took.items(), key=lambda one: -one[1])[:5]
