"""An AWS on this machine: moto plays the services, in this process; a table answers what it does not know.

Answers of the table go through botocore's own parameter checks on the way in and are held to the service's published
shapes on the way out. Nothing ever leaves the process: what neither answers is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader
from botocore.validate import validate_parameters
from moto import mock_aws

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import account as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe, Verdict
from binder_deploy.checks.probes.aws import probes
from binder_deploy.checks.runner import run
from binder_deploy.settings import eks_quotas as q
from binder_deploy.settings.model import Settings

ACCOUNT, REGION, ZONE = "123456789012", "eu-central-1", "eu-central-1a"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/people/deployers"
LOADER = create_loader()
LIMITS: Mapping[q.Code, float] = {
    **dict.fromkeys(q.VCPUS.values(), 200),
    q.ADDRESSES: 5,
    q.VPCS: 5,
    q.GATEWAYS: 5,
    q.NATS: 5,
    q.INTERFACES: 5000,
    q.SECURITY_GROUPS: 2500,
    q.CLUSTERS: 100,
    q.BALANCERS: 50,
    q.DISKS: 50,
}
EKS: dict[str, Any] = {
    "platform": {"kind": "eks", "account": ACCOUNT, "region": REGION, "zone": ZONE},
    "address": {"domain": "example.org"},
}


class Refusal(Exception):
    """An answer of the table that is an error of AWS."""

    def __init__(self, code: str, message: str = "refused", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Cloud:
    """`answers`: `service.Operation` → what it says to a request (its parameters). Tests change one thing at a time."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.asked: list[str] = []
        self.limits = dict(LIMITS)
        self.denied: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "iam.SimulatePrincipalPolicy": self._simulated,
            "service-quotas.GetServiceQuota": self._quota,
            "service-quotas.GetAWSDefaultServiceQuota": lambda _: self.refuse("NoSuchResourceException"),
            "eks.DescribeClusterVersions": lambda _: in_support(("1.36", 2027, 8), ("1.35", 2027, 3)),
            "ecr.DescribeRepositoryCreationTemplates": lambda _: self.refuse("TemplateNotFoundException"),
        }
        session.events.register("before-parameter-build", self._note)
        session.events.register("before-call", self._answer)

    def client(self, service: str, region: str = REGION) -> Any:
        return self.session.client(service, region_name=region)

    def refuse(self, code: str, message: str = "refused") -> Any:
        raise Refusal(code, message)

    def deny(self, *operations: str) -> None:
        """Let these be refused, as to somebody without the right."""
        for operation in operations:
            self.answers[operation] = lambda _: self.refuse("AccessDeniedException", "you are not authorized")

    def _note(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params
        self.asked.append(f"{model.service_model.service_name}.{model.name}")

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> Any:
        answer = self.answers.get(f"{model.service_model.service_name}.{model.name}")
        if answer is None:
            return None
        try:
            said = answer(context["asked"])
        except Refusal as no:
            response = AWSResponse("https://aws", 403, {}, None)
            return response, {"Error": {"Code": no.code, "Message": no.message}, "ResponseMetadata": {}}
        validate_parameters(said, model.output_shape)
        return AWSResponse("https://aws", 200, {}, None), {**said, "ResponseMetadata": {}}

    def _simulated(self, asked: dict[str, Any]) -> Any:
        def result(action: str) -> dict[str, Any]:
            found = {"EvalActionName": action, "EvalResourceName": asked["ResourceArns"][0], "EvalDecision": "allowed"}
            return {**found, **self.denied.get(action, {})}

        return {"EvaluationResults": [result(action) for action in asked["ActionNames"]], "IsTruncated": False}

    def _quota(self, asked: dict[str, Any]) -> Any:
        for code, limit in self.limits.items():
            if (code.service, code.code) == (asked["ServiceCode"], asked["QuotaCode"]):
                return {"Quota": {"QuotaCode": code.code, "Value": float(limit)}}
        return self.refuse("NoSuchResourceException")


def _never(_: Any, request: Any) -> None:
    raise AssertionError(f"left this process: {request.url}")


def session(key: str, secret: str, token: str | None) -> Any:
    """A session with these credentials and no others; sessions share the services' models, which take long to read."""
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    return boto3.Session(key, secret, token, region_name=REGION, botocore_session=core)


def in_support(*known: tuple[str, int, int]) -> dict[str, Any]:
    """Versions in standard support, with the month in which it ends."""
    return {
        "clusterVersions": [
            {
                "clusterVersion": version,
                "versionStatus": "STANDARD_SUPPORT",
                "endOfStandardSupportDate": datetime(year, month, 2, tzinfo=UTC),
            }
            for version, year, month in known
        ]
    }


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An account, as somebody sees it who has taken the role `deployers`."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # a second for each test
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", _never)
    with mock_aws():
        first = session("AKIAIOSFODNN7EXAMPLE", "never-in-a-message", None)
        iam = first.client("iam")
        iam.create_role(RoleName="deployers", Path="/people/", AssumeRolePolicyDocument="{}")
        lent = first.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="dev")["Credentials"]
        yield Cloud(session(lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"]))


@pytest.fixture
def versions() -> Callable[..., dict[str, Any]]:
    """EKS's answer about versions."""
    return in_support


@pytest.fixture
def vpc(cloud: Cloud) -> Callable[..., dict[str, Any]]:
    """Makes an institution's VPC, with what is wrong with it; gives the settings that name it."""

    def made(
        zones: tuple[str, str] = (ZONE, "eu-central-1b"),
        public_zone: str = ZONE,
        outward: bool = True,
        gateway: bool = True,
        tags: Mapping[str, str] | None = None,
        size: int = 20,
    ) -> dict[str, Any]:
        ec2 = cloud.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        private = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{16 * n}.0/{size}", AvailabilityZone=at)["Subnet"]["SubnetId"]
            for n, at in enumerate(zones)
        ]
        public = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.240.0/24", AvailabilityZone=public_zone)
        public = public["Subnet"]["SubnetId"]
        if tags:
            ec2.create_tags(Resources=[public], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        door = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=door, VpcId=vpc)
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        for subnets, way, there in (
            ([public], {"GatewayId": door}, gateway),
            (private, {"NatGatewayId": nat}, outward),
        ):
            table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
            if there:
                ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
            for subnet in subnets:
                ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        network = {"kind": "existing", "vpc": vpc, "private_subnets": private, "public_subnets": [public]}
        return {"platform": {"network": network}}

    return made


@pytest.fixture
def zone(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Makes a hosted zone; gives the settings that name it."""

    def made(domain: str = "example.org", private: bool = False) -> dict[str, Any]:
        # moto's own ids are not all in capitals, as AWS's are.
        monkeypatch.setattr("moto.route53.models.create_route53_zone_id", lambda **_: "Z0123456789EXAMPLE")
        inside = {"VPC": {"VPCRegion": REGION, "VPCId": "vpc-1"}, "HostedZoneConfig": {"PrivateZone": True}}
        cloud.client("route53").create_hosted_zone(Name=domain, CallerReference="1", **(inside if private else {}))
        return {"address": {"dns": {"kind": "route53", "zone_id": "Z0123456789EXAMPLE"}}}

    return made


@pytest.fixture
def asked(cloud: Cloud, settings: Callable[..., Settings]) -> Callable[..., dict[Key[Any], Probe[Any]]]:
    """The probes of a deployment with these settings, in that account."""

    def made(settings: Settings, given: Mapping[str, Any]) -> dict[Key[Any], Probe[Any]]:
        from binder_deploy.checks.probes.aws.access import Aws

        return {
            **probes(
                Given(settings=settings, folder=Path(), **given), lambda: Aws(ACCOUNT, REGION, "aws", cloud.session)
            ),
            f.SETTINGS: Probe(lambda: settings),
            f.CHART_KUBE_VERSIONS: Probe(lambda: {"binderhub": ">=1.28.0-0", "jupyterhub": ">=1.35.0-0"}),
        }

    return made


@pytest.fixture
def eks() -> Callable[..., Settings]:
    """Valid settings of an EKS deployment with some sections changed."""

    def merged(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(base)
        for key, value in change.items():
            out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
        return out

    base = {"version": 1, "name": "demo", "tls": {"email": "it@example.org"}, "tags": {"owner": "it"}, **EKS}
    return lambda **change: Settings.model_validate(merged(base, change))


@pytest.fixture
def verdict(asked: Callable[..., dict[Key[Any], Probe[Any]]], eks: Callable[..., Settings]) -> Callable[..., Verdict]:
    """What one check says of a deployment with some settings changed. `given`: what is at hand beside them."""

    def judged(check_id: str, given: Mapping[str, Any] | None = None, /, **change: Any) -> Verdict:
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], asked(eks(**change), given or {}))[0].verdict

    return judged


@pytest.fixture
def collected(
    asked: Callable[..., dict[Key[Any], Probe[Any]]], eks: Callable[..., Settings]
) -> Callable[..., tuple[a.Quota, ...]]:
    """The quotas of a deployment with some settings changed."""

    def made(key: Key[tuple[a.Quota, ...]], **change: Any) -> tuple[a.Quota, ...]:
        found: tuple[a.Quota, ...] = asked(eks(**change), {})[key].collect()
        return found

    return made
