"""Quotas are held against every pool at its largest, without what the deployment itself uses already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.facts import account as a
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict
from binder_deploy.settings import eks_quotas as q

pytestmark = pytest.mark.system

# 3 x 4 for the service, 4 x 8 for people, 2 x 4 for builds.
FULL = 52
STANDARD = q.VCPUS["standard", False]
OURS = [{"Key": "binder-deploy", "Value": "demo"}]
Judge = Callable[..., Verdict]


def machines(cloud: Any, kind: str, count: int, ours: bool = False) -> None:
    tags = [{"ResourceType": "instance", "Tags": OURS}] if ours else []
    cloud.client("ec2").run_instances(
        ImageId="ami-12c6146b", InstanceType=kind, MinCount=count, MaxCount=count, TagSpecifications=tags
    )


def test_too_few_vcpus_name_the_pool_to_shrink(cloud: Any, verdict: Judge) -> None:
    cloud.limits[STANDARD] = 64
    machines(cloud, "m6i.2xlarge", 3)
    found = verdict("BD-QUO-001")
    assert isinstance(found, Failed)
    assert f"(eu-central-1): {FULL} vCPU needed at full scale, but of 64 others use 24 and 40 are free" in found.message
    assert "set platform.pools.user.max to 2, or ask for on-demand standard vCPUs of 76 or more" in found.remedy
    assert "servicequotas/home/services/ec2/quotas/L-1216C47A" in found.remedy


def test_a_new_account_is_recognised_by_its_five_vcpus(cloud: Any, verdict: Judge) -> None:
    cloud.limits[STANDARD] = 5
    assert isinstance(verdict("BD-QUO-001"), Failed)


def test_what_the_deployment_itself_runs_is_not_held_against_it(cloud: Any, verdict: Judge) -> None:
    cloud.limits[STANDARD] = FULL
    machines(cloud, "m6i.xlarge", 3, ours=True)
    assert isinstance(verdict("BD-QUO-001"), Passed)
    machines(cloud, "m6i.xlarge", 1)
    assert isinstance(verdict("BD-QUO-001"), Failed)


def test_the_default_counts_where_the_account_has_no_quota_of_its_own(cloud: Any, verdict: Judge) -> None:
    del cloud.limits[STANDARD]
    cloud.answers["service-quotas.GetAWSDefaultServiceQuota"] = lambda asked: {"Quota": {"Value": 5.0}}
    assert isinstance(verdict("BD-QUO-001"), Failed)


def test_a_quota_that_nobody_tells_is_not_passed(cloud: Any, verdict: Judge) -> None:
    del cloud.limits[STANDARD]
    found = verdict("BD-QUO-001")
    assert isinstance(found, Skipped)
    assert "on-demand standard vCPUs" in found.message


def test_spot_machines_and_accelerators_have_quotas_of_their_own(
    cloud: Any, verdict: Judge, collected: Callable[..., tuple[a.Quota, ...]]
) -> None:
    user = {"machine": "g4dn.xlarge", "min": 0, "max": 4, "spot": True, "gpu": {}}
    found = collected(a.REGIONAL_QUOTAS, platform={"pools": {"user": user}})
    needed = {quota.name: quota.needed for quota in found if quota.kind in ("cpu", "gpu")}
    assert needed == {"on-demand standard vCPUs": 20, "spot G and VT vCPUs": 16}
    cloud.limits[q.VCPUS["g", True]] = 0
    short = verdict("BD-QUO-004", platform={"pools": {"user": user}})
    assert isinstance(short, Failed)
    assert "spot G and VT vCPUs (eu-central-1): 16 vCPU" in short.message


def test_a_family_that_is_not_in_our_table_is_not_passed(verdict: Judge) -> None:
    found = verdict("BD-QUO-001", platform={"pools": {"user": {"machine": "x1.16xlarge", "min": 0, "max": 1}}})
    assert isinstance(found, Skipped)
    assert "on-demand x vCPUs" in found.message


@pytest.mark.parametrize(
    ("machine", "group"),
    [("m6i.xlarge", "standard"), ("t3a.large", "standard"), ("g5.xlarge", "g"), ("p4d.24xlarge", "p"),
     ("inf2.xlarge", "inf"), ("x2idn.16xlarge", "x")],
)  # fmt: skip
def test_families_are_counted_as_ec2_counts_them(machine: str, group: str) -> None:
    assert q.group(machine) == group


def test_disks_of_every_node_are_counted_in_tib(cloud: Any, verdict: Judge) -> None:
    # 3 x 100, 4 x 100 and 2 x 200 GB of boot disks, and the hub's: 1.08 TiB.
    cloud.limits[q.DISKS] = 1
    found = verdict("BD-QUO-003")
    assert isinstance(found, Failed)
    assert "gp3 storage (eu-central-1): 1.0752 TiB needed" in found.message


def test_disks_of_others_are_counted_and_ours_are_not(
    cloud: Any, collected: Callable[..., tuple[a.Quota, ...]]
) -> None:
    tags = [{"ResourceType": "volume", "Tags": OURS}]
    ec2 = cloud.client("ec2")
    ec2.create_volume(Size=512, VolumeType="gp3", AvailabilityZone="eu-central-1a", TagSpecifications=tags)
    ec2.create_volume(Size=1024, VolumeType="gp3", AvailabilityZone="eu-central-1a")
    ec2.create_volume(Size=1024, VolumeType="gp2", AvailabilityZone="eu-central-1a")
    (disks,) = [quota for quota in collected(a.REGIONAL_QUOTAS) if quota.kind == "disk"]
    assert disks.used == 1


def test_no_public_address_is_left(cloud: Any, vpc: Any, verdict: Judge) -> None:
    for _ in range(4):
        cloud.client("ec2").allocate_address(Domain="vpc")
    found = verdict("BD-QUO-005")
    assert isinstance(found, Failed)
    assert "elastic IP addresses (eu-central-1): 2 needed" in found.message


def test_the_deployment_s_own_addresses_are_not_held_against_it(cloud: Any, verdict: Judge) -> None:
    cloud.limits[q.ADDRESSES] = 2
    tags = [{"ResourceType": "elastic-ip", "Tags": OURS}]
    for _ in range(2):
        cloud.client("ec2").allocate_address(Domain="vpc", TagSpecifications=tags)
    assert isinstance(verdict("BD-QUO-005"), Passed)


def test_no_network_is_left_unless_one_is_there_already(cloud: Any, vpc: Any, verdict: Judge) -> None:
    cloud.limits[q.VPCS] = 1  # every account has one from the start
    found = verdict("BD-QUO-006")
    assert isinstance(found, Failed)
    assert "VPCs (eu-central-1): 1 needed" in found.message
    assert isinstance(verdict("BD-QUO-006", **vpc()), Passed)


def test_nat_gateways_are_counted_in_their_zone(cloud: Any, vpc: Any, verdict: Judge) -> None:
    vpc()  # has one in eu-central-1a
    cloud.limits[q.NATS] = 1
    found = verdict("BD-QUO-006")
    assert isinstance(found, Failed)
    assert "NAT gateways (eu-central-1a): 1 needed" in found.message
    assert isinstance(verdict("BD-QUO-006", platform={"zone": "eu-central-1b"}), Passed)


@pytest.mark.shows("BD-QUO-007", "failed")
@pytest.mark.parametrize(("code", "name"), [(q.CLUSTERS, "EKS clusters"), (q.BALANCERS, "network load balancers")])
def test_no_cluster_or_load_balancer_is_left(code: q.Code, name: str, cloud: Any, verdict: Judge) -> None:
    cloud.limits[code] = 0
    found = verdict("BD-QUO-007")
    assert isinstance(found, Failed)
    assert f"{name} (eu-central-1): 1 needed" in found.message


def test_no_role_is_left(cloud: Any, verdict: Judge) -> None:
    cloud.answers["iam.GetAccountSummary"] = lambda _: {"SummaryMap": {"Roles": 995, "RolesQuota": 1000}}
    found = verdict("BD-QUO-007")
    assert isinstance(found, Failed)
    assert "IAM roles (all regions): 7 needed" in found.message
    for part in ("cluster", "nodes"):
        cloud.client("iam").create_role(RoleName=f"demo-{part}", AssumeRolePolicyDocument="{}")
    assert isinstance(verdict("BD-QUO-007"), Passed), "two of the 995 are ours"
