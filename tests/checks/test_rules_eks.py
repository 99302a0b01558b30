"""Rules that speak of a cloud's own things know Amazon's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Failed, Passed
from binder_deploy.checks.probes.local import auth_helper, capacities

EKS = {"kind": "eks", "account": "123456789012", "region": "eu-central-1", "zone": "eu-central-1b"}
ADDRESSES = "service.beta.kubernetes.io/aws-load-balancer-eip-allocations"


@pytest.fixture
def amazon(world: Any, settings: Any) -> Callable[..., Any]:
    """The healthy world on EKS."""

    def make(entrypoint: dict[str, Any] | None = None, **hub: Any) -> Any:
        found = world()
        found[f.SETTINGS] = settings(platform=EKS, registry={"kind": "ecr"}, hub=hub)
        service = {
            "metadata": {"name": "entrypoint", "namespace": "traefik",
                         "annotations": {ADDRESSES: "eipalloc-0123456789abcdef0"}},
            "spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb"},
            "status": {"loadBalancer": {"ingress": [{"hostname": "demo-1.elb.eu-central-1.amazonaws.com"}]}},
            **(entrypoint or {}),
        }  # fmt: skip
        found[f.SERVICES] = found[f.SERVICE_ADDRESSES] = (service,)
        return found

    return make


def test_the_entry_point_asks_for_its_address_as_amazon_reads_it(amazon: Any, judge: Any) -> None:
    assert judge("BD-ING-003", amazon()) == Passed("eipalloc-0123456789abcdef0")
    bare = judge("BD-ING-003", amazon({"metadata": {"name": "entrypoint", "namespace": "traefik"}}))
    assert isinstance(bare, Failed) and "has no reserved address" in bare.message
    old = judge("BD-ING-003", amazon({"spec": {"type": "LoadBalancer"}}))
    assert isinstance(old, Failed) and "loadBalancerClass none" in old.message


def test_a_load_balancer_shows_a_host_name(amazon: Any, judge: Any) -> None:
    assert isinstance(judge("BD-ING-004", amazon()), Passed)
    waiting = judge("BD-ING-004", amazon({"status": {}}))
    assert isinstance(waiting, Failed) and "has no address yet" in waiting.message


def test_no_default_storage_class_is_how_eks_comes(amazon: Any, judge: Any) -> None:
    found = amazon()
    found[f.STORAGE_CLASSES] = ({"metadata": {"name": "gp2"}}, {"metadata": {"name": "demo-disk"}})
    assert isinstance(judge("BD-STO-001", found), Passed)


def test_settings_are_held_against_what_amazon_has(amazon: Any, judge: Any) -> None:
    assert isinstance(judge("BD-SET-007", amazon(storage_class="gp2")), Passed)
    other = judge("BD-SET-007", amazon(storage_class="standard-rwo"))
    assert isinstance(other, Failed) and "EKS" in other.message
    assert isinstance(judge("BD-SET-010", amazon()), Passed)


def test_pools_have_the_sizes_of_their_instances(settings: Any) -> None:
    found = capacities(settings(platform=EKS, registry={"kind": "ecr"}))
    assert found["user"].cpu == 7.91 and found["user"].pods == 58


def test_the_login_helper_is_amazons(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    chosen = settings(platform=EKS, registry={"kind": "ecr"})
    assert auth_helper(chosen) is None
    (tmp_path / "aws").write_text("#!/bin/sh\n")
    (tmp_path / "aws").chmod(0o755)
    assert auth_helper(chosen) == str(tmp_path / "aws")
