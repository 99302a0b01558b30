"""Quotas are held against every pool at its largest, without what the deployment itself uses already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.facts import account as a
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict

P = "projects/demo-project"
ZONE = f"/compute/v1/{P}/zones/europe-west1-b"
REGION = f"/compute/v1/{P}/regions/europe-west1"
PROJECT = f"/compute/v1/{P}"
# 3 x 4 for the service, 4 x 8 for people, 2 x 4 for builds.
FULL = 52
Judge = Callable[..., Verdict]


def limit(cloud: Any, path: str, **changed: tuple[float, float]) -> None:
    """Set (limit, usage) of some quotas."""
    status, body = cloud.answers[path]
    kept = [q for q in body["quotas"] if q["metric"] not in changed]
    new = [{"metric": name, "limit": of, "usage": used} for name, (of, used) in changed.items()]
    cloud.answers[path] = status, {"quotas": [*kept, *new]}


def machine(kind: str, spot: bool = False) -> dict[str, Any]:
    return {
        "machineType": f"https://www.googleapis.com{ZONE}/machineTypes/{kind}",
        "scheduling": {"provisioningModel": "SPOT" if spot else "STANDARD"},
    }


@pytest.mark.shows("BD-QUO-001", "failed")
def test_too_few_vcpus_in_the_region_name_the_pool_to_shrink(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, CPUS=(64, 24))
    found = verdict("BD-QUO-001")
    assert isinstance(found, Failed)
    assert f"CPUS (europe-west1): {FULL} vCPU needed at full scale, but of 64 others use 24 and 40" in found.message
    assert "set platform.pools.user.max to 2, or ask for CPUS of 76 or more" in found.remedy


def test_several_pools_shrink_where_one_does_not_do(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, CPUS=(24, 0))
    found = verdict("BD-QUO-001")
    assert isinstance(found, Failed)
    assert found.remedy.startswith("set platform.pools.user.max to 1 and platform.pools.core.max to 2, or ")


def test_a_quota_that_is_just_enough_is_enough(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, CPUS=(FULL, 0))
    assert isinstance(verdict("BD-QUO-001"), Passed)
    limit(cloud, REGION, CPUS=(FULL - 1, 0))
    assert isinstance(verdict("BD-QUO-001"), Failed)


def test_what_the_deployment_itself_runs_is_not_held_against_it(cloud: Any, verdict: Judge) -> None:
    def running(query: dict[str, list[str]], _: str) -> tuple[int, Any]:
        assert query["filter"] == ["labels.binder-deploy=demo"]
        return 200, {"items": [machine("e2-standard-4"), machine("e2-standard-8")]}

    limit(cloud, REGION, CPUS=(FULL, 12), INSTANCES=(9, 2))
    assert isinstance(verdict("BD-QUO-001"), Failed)
    cloud.answers[f"{ZONE}/instances"] = running
    assert isinstance(verdict("BD-QUO-001"), Passed)
    assert isinstance(verdict("BD-QUO-004"), Passed)


def test_a_family_with_a_quota_of_its_own_is_held_against_that(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, N2_CPUS=(8, 0))
    assert isinstance(verdict("BD-QUO-001"), Passed)
    found = verdict("BD-QUO-001", platform={"pools": {"user": {"machine": "n2-standard-8", "min": 0, "max": 4}}})
    assert isinstance(found, Failed)
    assert found.message.startswith("N2_CPUS (europe-west1): 32 vCPU")


def test_a_family_whose_quota_the_region_does_not_tell_is_not_passed(verdict: Judge) -> None:
    pool = {"machine": "n4-standard-8", "min": 0, "max": 4, "disk_type": "hyperdisk-balanced"}
    found = verdict("BD-QUO-001", platform={"pools": {"user": pool}})
    assert isinstance(found, Skipped)
    assert "N4_CPUS" in found.message


@pytest.mark.parametrize(("granted", "counted"), [(0, "CPUS"), (100, "PREEMPTIBLE_CPUS")])
def test_spot_machines_draw_on_their_own_quota_once_there_is_one(
    granted: int, counted: str, cloud: Any, collected: Callable[..., tuple[a.Quota, ...]]
) -> None:
    limit(cloud, REGION, PREEMPTIBLE_CPUS=(granted, 0))
    pool = {"machine": "e2-standard-8", "min": 0, "max": 4, "spot": True}
    found = collected(a.REGIONAL_QUOTAS, platform={"pools": {"user": pool}})
    demands = {quota.name: {d.setting for d in quota.demands} for quota in found if quota.kind == "cpu"}
    assert "platform.pools.user.max" in demands[counted]


@pytest.mark.shows("BD-QUO-002", "failed")
def test_a_free_trial_is_recognised_by_its_vcpus(cloud: Any, verdict: Judge) -> None:
    limit(cloud, PROJECT, CPUS_ALL_REGIONS=(12, 0))
    found = verdict("BD-QUO-002")
    assert isinstance(found, Failed)
    assert "CPUS_ALL_REGIONS (all regions): 52 vCPU" in found.message
    assert "free trial" in found.remedy
    assert "platform.pools" not in found.remedy, "one node in each pool is 16 vCPU: no smaller maximum helps"


@pytest.mark.shows("BD-QUO-003", "failed")
def test_disks_of_every_node_are_counted(cloud: Any, verdict: Judge) -> None:
    # 3 x 100, 4 x 100 and 2 x 200 GB of boot disks, and the hub's.
    limit(cloud, REGION, SSD_TOTAL_GB=(500, 0))
    found = verdict("BD-QUO-003")
    assert isinstance(found, Failed)
    assert "SSD_TOTAL_GB (europe-west1): 1101 GB" in found.message


def test_disks_of_the_deployment_are_its_own(cloud: Any, verdict: Judge) -> None:
    disk = {"type": f"https://www.googleapis.com{ZONE}/diskTypes/pd-balanced", "sizeGb": "101"}
    limit(cloud, REGION, SSD_TOTAL_GB=(1101, 101))
    assert isinstance(verdict("BD-QUO-003"), Failed)
    cloud.answers[f"{ZONE}/disks"] = 200, {"items": [disk]}
    assert isinstance(verdict("BD-QUO-003"), Passed)


@pytest.mark.shows("BD-QUO-004", "failed")
@pytest.mark.parametrize(
    ("changed", "pool", "told"),
    [
        ({"INSTANCES": (8, 0)}, {}, "INSTANCES (europe-west1): 9 machines"),
        ({}, {"gpu": {"type": "nvidia-tesla-t4"}}, "NVIDIA_T4_GPUS (europe-west1): 4 GPU"),
    ],
)
def test_too_few_machines_or_accelerators(
    changed: dict[str, tuple[float, float]], pool: dict[str, Any], told: str, cloud: Any, verdict: Judge
) -> None:
    limit(cloud, REGION, **changed)
    user = {"machine": "e2-standard-8", "min": 0, "max": 4, **pool}
    found = verdict("BD-QUO-004", platform={"pools": {"user": user}})
    assert isinstance(found, Failed)
    assert told in found.message


@pytest.mark.shows("BD-QUO-005", "failed")
def test_no_public_address_is_left(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, STATIC_ADDRESSES=(8, 8), IN_USE_ADDRESSES=(8, 7))
    found = verdict("BD-QUO-005")
    assert isinstance(found, Failed)
    assert "STATIC_ADDRESSES" in found.message
    assert "IN_USE_ADDRESSES" in found.message


def test_the_deployment_s_own_addresses_are_not_held_against_it(cloud: Any, verdict: Judge) -> None:
    limit(cloud, REGION, STATIC_ADDRESSES=(1, 1), IN_USE_ADDRESSES=(2, 2))
    cloud.answers[f"{REGION}/addresses"] = 200, {"items": [{"name": "demo-ip", "status": "IN_USE"}]}
    cloud.answers[f"{REGION}/routers/demo-router"] = 200, {"name": "demo-router"}
    assert isinstance(verdict("BD-QUO-005"), Passed)


@pytest.mark.shows("BD-QUO-006", "failed")
def test_no_network_is_left(cloud: Any, verdict: Judge) -> None:
    limit(cloud, PROJECT, NETWORKS=(5, 5))
    found = verdict("BD-QUO-006")
    assert isinstance(found, Failed)
    assert "NETWORKS (all regions): 1 needed" in found.message
    cloud.answers[f"{PROJECT}/global/networks/demo-net"] = 200, {"name": "demo-net"}
    assert isinstance(verdict("BD-QUO-006"), Passed)
