"""What is told of nodes, logins and surroundings is read as it is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Key, Probe, Skipped, Verdict
from binder_deploy.checks.probes.living import autoscaler, surroundings
from binder_deploy.checks.rules.architecture import architecture
from binder_deploy.checks.runner import run
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings

EXISTING = """
version: 1
name: campus
platform: {kind: existing, context: campus}
address: {domain: example.org}
tls: {email: it@example.org}
registry: {kind: oci, host: registry.example.org, path: binder, push: {username: robot, password: "env:PASSWORD"}}
tags: {owner: it}
"""


@pytest.mark.parametrize(
    ("machine", "arch"),
    [
        ("e2-standard-4", "amd64"),
        ("n2d-standard-8", "amd64"),
        ("t2a-standard-4", "arm64"),
        ("c4a-highmem-8", "arm64"),
        ("m6i.large", "amd64"),
        ("g4dn.xlarge", "amd64"),
        ("m7g.large", "arm64"),
        ("c6gn.2xlarge", "arm64"),
        ("t4g.medium", "arm64"),
    ],
)
def test_a_machine_type_tells_its_architecture(machine: str, arch: str) -> None:
    assert architecture(machine) == arch


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, (False, False, None)),
        ({"CLOUD_SHELL": "true"}, (True, False, None)),
        ({"AWS_EXECUTION_ENV": "CloudShell"}, (True, False, None)),
        ({"CI": "1"}, (False, True, None)),
        ({"CI": "false", "AWS_SESSION_TOKEN": "FwoG"}, (False, False, "AWS_SESSION_TOKEN")),
    ],
)
def test_the_environment_tells_where_this_runs(environ: Mapping[str, str], told: tuple[Any, ...]) -> None:
    assert surroundings(environ) == living.Surroundings(*told)


class Answers:
    """In the place of the API server."""

    def __init__(self, status: str) -> None:
        self.status = status

    def get(self, path: str) -> Mapping[str, Any]:
        return {"data": {"status": self.status}}


@pytest.mark.parametrize("status", ["", "Cluster-autoscaler status at 2023-01-01 12:00:00\nHealth: Healthy\n"])
def test_an_autoscaler_of_old_is_not_taken_for_a_healthy_one(status: str) -> None:
    with pytest.raises(LookupError, match=r"older than Kubernetes 1\.30"):
        autoscaler(Answers(status))  # type: ignore[arg-type]


def judged(check_id: str, facts: Mapping[Key[Any], Any]) -> Verdict:
    (check,) = [c for c in CATALOGUE if c.id == check_id]
    return run([check], {key: Probe(lambda key=key: facts[key]) for key in check.needs})[0].verdict  # type: ignore[misc]


@pytest.mark.parametrize("check", ["BD-POD-005", "BD-SET-014"])
def test_other_people_s_nodes_are_not_counted(check: str) -> None:
    verdict = judged(check, {f.SETTINGS: parse(EXISTING), f.PODS: (), f.NODES: ()})
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "not applicable"


@pytest.mark.parametrize("check", ["BD-CLU-003", "BD-CLU-006", "BD-CLU-008", "BD-BND-005", "BD-BND-006", "BD-BND-007"])
def test_an_empty_cluster_shows_nothing(check: str, settings: Callable[..., Settings]) -> None:
    facts = {
        f.NODES: (),
        f.PODS: (),
        f.WORKLOADS: (),
        f.CAPACITIES: {},
        f.BINDER_CONFIG: f.BinderConfig(None, None, None),
    }
    verdict = judged(check, facts)
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "not applicable"
