"""What an AWS account does not allow is told before anything is made in it, each thing by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict
from binder_deploy.checks.probes.aws import probes
from binder_deploy.checks.probes.aws.access import Aws
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

ACCOUNT, ZONE = "123456789012", "eu-central-1a"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/people/deployers"
OF_GOOGLE_ALONE = {"BD-ACC-005", "BD-ACC-006", "BD-ACC-007", "BD-ACC-011", "BD-QUO-002", "BD-QUO-004"}
"""Not asked here, or only with an existing network or accelerators."""
Judge = Callable[..., Verdict]
NO = {"EvalDecision": "implicitDeny"}


@pytest.mark.parametrize(
    "check_id",
    [
        pytest.param(check.id, marks=pytest.mark.shows(check.id, "passed"), id=check.id)
        for check in CATALOGUE
        if re.match("BD-(ACC|QUO)-", check.id) and check.id not in OF_GOOGLE_ALONE
    ],
)
def test_an_account_in_good_order_passes(check_id: str, cloud: Any, zone: Any, verdict: Judge) -> None:
    found = verdict(check_id, **zone())
    assert isinstance(found, Passed), found
    assert cloud.asked, "nothing was asked"


@pytest.mark.parametrize("check_id", ["BD-ACC-005", "BD-ACC-006", "BD-ACC-007"])
def test_what_aws_has_no_word_for_is_not_called_passed(check_id: str, verdict: Judge) -> None:
    found = verdict(check_id)
    assert isinstance(found, Skipped)
    assert found.reason == "not applicable"


def test_no_credentials_is_a_failure_that_says_how_to_log_in(
    eks: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    checks = [c for c in CATALOGUE if c.id in ("BD-ACC-001", "BD-ACC-002")]
    identity, account = (o.verdict for o in run(checks, probes(Given(settings=eks(), folder=tmp_path))))
    assert isinstance(identity, Failed)
    assert "no credentials for AWS" in identity.message
    assert "aws sso login" in identity.remedy
    assert isinstance(account, Skipped)


@pytest.mark.parametrize("word", ["ExpiredToken", "InvalidClientTokenId"])
def test_a_login_that_has_ended_is_a_failure(word: str, cloud: Any, verdict: Judge) -> None:
    cloud.answers["sts.GetCallerIdentity"] = lambda _: cloud.refuse(word, "The security token is expired")
    found = verdict("BD-ACC-001")
    assert isinstance(found, Failed)
    assert "The security token is expired" in found.message


def test_a_foreign_account_is_refused_and_nothing_else_is_asked_of_it(cloud: Any, verdict: Judge) -> None:
    other = {"platform": {"account": "999999999999"}}
    found = verdict("BD-ACC-002", **other)
    assert isinstance(found, Failed)
    assert "belong to account 123456789012" in found.message
    cloud.asked.clear()
    names = verdict("BD-ACC-012", **other)
    assert isinstance(names, Skipped)
    assert "999999999999" in names.detail or "123456789012" in names.detail
    assert set(cloud.asked) == {"sts.GetCallerIdentity"}


def test_a_region_that_the_account_has_not_switched_on(cloud: Any, eks: Callable[..., Settings]) -> None:
    settings = eks(platform={"region": "ap-east-1", "zone": "ap-east-1a"})
    (check,) = [c for c in CATALOGUE if c.id == "BD-ACC-002"]
    asked = probes(Given(settings=settings, folder=Path()), lambda: Aws(ACCOUNT, "ap-east-1", "aws", cloud.session))
    found = run([check], asked)[0].verdict
    assert isinstance(found, Failed)
    assert found.message.startswith("platform.region: ap-east-1")
    assert "aws account enable-region --region-name ap-east-1" in found.remedy


def test_rights_are_those_of_the_role_behind_the_session(cloud: Any, verdict: Judge) -> None:
    sources = []
    answer = cloud.answers["iam.SimulatePrincipalPolicy"]
    cloud.answers["iam.SimulatePrincipalPolicy"] = lambda asked: (
        sources.append(asked["PolicySourceArn"]) or answer(asked)
    )
    assert isinstance(verdict("BD-ACC-003"), Passed)
    assert set(sources) == {ROLE}, "the path of the role is not in the session's name"


def test_missing_rights_come_with_what_grants_them(cloud: Any, verdict: Judge) -> None:
    cloud.denied = {"eks:CreateCluster": NO, "iam:PassRole": NO}
    found = verdict("BD-ACC-003")
    assert isinstance(found, Failed)
    assert f"{ROLE} lacks 2 of" in found.message
    assert "for the cluster: eks:CreateCluster (no policy allows it)" in found.message
    assert "aws iam put-role-policy --role-name deployers --policy-name binder-deploy-cluster" in found.remedy
    assert '"Action":["eks:CreateCluster"]' in found.remedy


@pytest.mark.parametrize(
    ("says", "told", "remedy"),
    [
        ({**NO, "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "the organisation's control", "ask"),
        (
            {**NO, "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            "beyond the permissions boundary",
            "widen the permissions boundary",
        ),
        ({"EvalDecision": "explicitDeny"}, "a policy denies it", "see which statement denies it"),
    ],
)
def test_what_is_in_the_way_is_named(says: Any, told: str, remedy: str, cloud: Any, verdict: Judge) -> None:
    cloud.denied = {"eks:CreateCluster": says}
    found = verdict("BD-ACC-003")
    assert isinstance(found, Failed)
    assert told in found.message
    assert remedy in found.remedy


def test_a_condition_that_nobody_can_judge_before_is_not_a_refusal(cloud: Any, verdict: Judge) -> None:
    cloud.denied = {"ec2:CreateVpc": {**NO, "MissingContextValues": ["aws:SourceIp"]}}
    found = verdict("BD-ACC-003")
    assert isinstance(found, Skipped)
    assert "1 of" in found.message
    assert "ec2:CreateVpc" in found.message


def test_only_what_this_deployment_makes_is_asked_for(cloud: Any, vpc: Any, verdict: Judge) -> None:
    cloud.denied = {"ec2:CreateVpc": NO, "ecr:CreateRepositoryCreationTemplate": NO, "budgets:ModifyBudget": NO}
    registry = {"kind": "quay", "namespace": "demo", "push": {"username": "u", "password": "env:P"}}
    assert isinstance(verdict("BD-ACC-003", registry=registry, **vpc()), Passed)
    found = verdict("BD-ACC-003", budget={"monthly": 100, "emails": ["it@example.org"]})
    assert isinstance(found, Failed)
    assert all(action in found.message for action in cloud.denied)


def test_who_may_not_ask_about_rights_can_still_ask_ec2(cloud: Any, verdict: Judge) -> None:
    cloud.deny("iam.SimulatePrincipalPolicy")
    for operation in ("CreateVpc", "AllocateAddress", "CreateInternetGateway", "CreateLaunchTemplate"):
        cloud.answers[f"ec2.{operation}"] = lambda asked: cloud.refuse(
            "DryRunOperation" if asked["DryRun"] else "really made"
        )
    found = verdict("BD-ACC-003")
    assert isinstance(found, Skipped)
    assert "90 of 94 permissions could not be asked" in found.message
    assert "iam:SimulatePrincipalPolicy" in found.detail
    cloud.answers["ec2.CreateVpc"] = lambda _: cloud.refuse("UnauthorizedOperation", "You are not authorized")
    found = verdict("BD-ACC-003")
    assert isinstance(found, Failed)
    assert "ec2:CreateVpc (EC2 says: You are not authorized)" in found.message


def test_a_hosted_zone_that_may_only_be_read(cloud: Any, zone: Any, verdict: Judge) -> None:
    cloud.denied = {"route53:ChangeResourceRecordSets": NO}
    found = verdict("BD-ACC-004", **zone())
    assert isinstance(found, Failed)
    assert "for the DNS records: route53:ChangeResourceRecordSets" in found.message
    assert isinstance(verdict("BD-ACC-004"), Skipped), "without a zone of ours there is nothing to ask"


def test_a_type_that_the_zone_has_not_names_the_zones_that_have_it(cloud: Any, verdict: Judge) -> None:
    def offered(asked: dict[str, Any]) -> Any:
        def offer(name: str, zone: str) -> dict[str, str]:
            return {"InstanceType": name, "LocationType": "availability-zone", "Location": zone}

        return {"InstanceTypeOfferings": [offer("m6i.2xlarge", "eu-central-1b"), offer("m6i.xlarge", ZONE)]}

    cloud.answers["ec2.DescribeInstanceTypeOfferings"] = offered
    found = verdict("BD-ACC-008")
    assert isinstance(found, Failed)
    assert found.message == "platform.pools.user.machine: eu-central-1a has no m6i.2xlarge"
    assert "set platform.zone to eu-central-1b" in found.remedy


def test_a_zone_in_which_eks_puts_no_control_plane(cloud: Any, verdict: Judge) -> None:
    cloud.answers["ec2.DescribeAvailabilityZones"] = lambda asked: {
        "AvailabilityZones": [{"ZoneName": asked["ZoneNames"][0], "ZoneId": "use1-az3"}]
    }
    found = verdict("BD-ACC-008")
    assert isinstance(found, Failed)
    assert "eu-central-1a has no control planes of EKS" in found.message


def test_images_that_could_not_run_where_they_are_wanted(verdict: Judge) -> None:
    found = verdict("BD-ACC-009", platform={"pools": {"build": {"machine": "m6g.xlarge", "min": 0, "max": 1}}})
    assert isinstance(found, Failed)
    assert "images for arm64" in found.message


@pytest.mark.parametrize(
    ("domain", "private", "told"),
    [("ample.org", False, "does not lie in the zone"), ("example.org", True, "private zone")],
)
def test_a_hosted_zone_that_cannot_serve_the_hosts(
    domain: str, private: bool, told: str, zone: Any, verdict: Judge
) -> None:
    found = verdict("BD-ACC-010", **zone(domain, private))
    assert isinstance(found, Failed)
    assert told in found.message
    assert "aws route53 list-hosted-zones" in found.remedy


def test_a_hosted_zone_that_there_is_not(verdict: Judge) -> None:
    found = verdict("BD-ACC-010", address={"dns": {"kind": "route53", "zone_id": "Z0NOWHERE"}})
    assert isinstance(found, Failed)
    assert "address.dns.zone_id: there is no zone Z0NOWHERE" in found.message


def test_a_version_that_is_not_in_standard_support(cloud: Any, verdict: Judge) -> None:
    found = verdict("BD-ACC-013", platform={"kubernetes": "1.34"})
    assert isinstance(found, Failed)
    assert found.message == "platform.kubernetes: 1.34 is not offered there"
    assert "choose one of 1.35, 1.36" in found.remedy


@pytest.mark.shows("BD-ACC-014", "failed")
@pytest.mark.parametrize(("days", "told"), [(-1, "ended on"), (89, "ends in 89 days, on")])
def test_a_version_whose_support_ends(days: int, told: str, cloud: Any, versions: Any, verdict: Judge) -> None:
    end = datetime.now(UTC) + timedelta(days=days)
    answer = versions(("1.35", 2027, 3), ("1.36", 2999, 8))
    answer["clusterVersions"][0]["endOfStandardSupportDate"] = end
    cloud.answers["eks.DescribeClusterVersions"] = lambda _: answer
    found = verdict("BD-ACC-014", platform={"kubernetes": "1.35"})
    assert isinstance(found, Failed)
    assert told in found.message
    assert found.remedy == "set platform.kubernetes to 1.36"


def test_one_refused_question_leaves_the_others_and_says_what_to_allow(cloud: Any, verdict: Judge) -> None:
    cloud.deny("service-quotas.GetServiceQuota", "eks.DescribeClusterVersions")
    quota, version, account = (verdict(check_id) for check_id in ("BD-QUO-001", "BD-ACC-013", "BD-ACC-002"))
    assert isinstance(quota, Skipped)
    assert "allow servicequotas:GetServiceQuota" in quota.detail
    assert isinstance(version, Skipped)
    assert "allow eks:DescribeClusterVersions" in version.detail
    assert isinstance(account, Passed)


def test_credentials_are_in_no_message(cloud: Any, verdict: Judge) -> None:
    cloud.deny("iam.SimulatePrincipalPolicy", "ec2.CreateVpc", "ec2.AllocateAddress", "ec2.CreateInternetGateway")
    secret = cloud.session.get_credentials().secret_key
    assert secret
    for check in CATALOGUE:
        if re.match("BD-(ACC|QUO)-", check.id):
            assert secret not in repr(verdict(check.id))


def test_nothing_is_made_by_asking(cloud: Any, zone: Any, verdict: Judge) -> None:
    change = zone()
    cloud.asked.clear()
    for check in CATALOGUE:
        if re.match("BD-(ACC|QUO)-", check.id):
            verdict(check.id, **change)
    verbs = {operation.partition(".")[2] for operation in cloud.asked}
    assert {v for v in verbs if not re.match("Describe|Get|List|Simulate", v)} == set()


def test_a_rehearsal_asks_no_account(eks: Callable[..., Settings], tmp_path: Path) -> None:
    checks = [c for c in CATALOGUE if c.id in ("BD-ACC-001", "BD-QUO-001", "BD-REG-010")]
    given = Given(settings=eks(), folder=tmp_path, simulated=True)
    found = run(checks, probes_for(given))
    assert {outcome.verdict.message for outcome in found} == {"needs an account, which a rehearsal has not"}


def test_what_nobody_plays_never_leaves_this_machine(cloud: Any) -> None:
    with pytest.raises((ClientError, NotImplementedError)):
        cloud.client("eks").describe_addon_versions()
