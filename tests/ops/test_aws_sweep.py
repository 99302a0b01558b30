"""The sweep finds what is ours, leaves what is not, and never takes a refusal for an empty list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader
from moto import mock_aws

from binder_deploy.ops.leftovers.asking import NoCredentials
from binder_deploy.ops.leftovers.aws import sweep
from binder_deploy.ops.leftovers.aws_api import AwsApi, default_api
from binder_deploy.settings.leftovers import Sweep, Unasked
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

ACCOUNT, REGION = "123456789012", "eu-central-1"
ZONE_ID = "Z0123456789EXAMPLE"
OURS = {"binder-deploy": "demo", "owner": "it"}
BASE: dict[str, Any] = {
    "version": 1,
    "name": "demo",
    "platform": {"kind": "eks", "account": ACCOUNT, "region": REGION, "zone": "eu-central-1a"},
    "address": {"domain": "example.org", "dns": {"kind": "route53", "zone_id": ZONE_ID}},
    "tls": {"email": "it@example.org"},
    "budget": {"monthly": 100, "emails": ["it@example.org"]},
    "tags": {"owner": "it"},
}
_LOADER = create_loader()  # reading the services' models takes long


class Account:
    """What moto plays, and a table for what it does not."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.templates: list[dict[str, Any]] = []
        self.lent: list[dict[str, Any]] = []
        self.refused: set[str] = set()
        session.events.register("before-call", self._answer)

    def __getattr__(self, service: str) -> Any:
        return self.session.client(service.replace("_", "-"), region_name=REGION)

    def _answer(self, model: Any, **_: Any) -> Any:
        operation = f"{model.service_model.service_name}.{model.name}"
        if operation in self.refused:
            error = {"Code": "AccessDeniedException", "Message": f"not authorized to perform {operation}"}
            return AWSResponse("https://aws", 403, {}, None), {"Error": error, "ResponseMetadata": {}}
        if operation == "ecr.DescribeRepositoryCreationTemplates":
            said = {"repositoryCreationTemplates": self.templates, "ResponseMetadata": {}}
            return AWSResponse("https://aws", 200, {}, None), said
        if operation == "eks.ListPodIdentityAssociations":
            return AWSResponse("https://aws", 200, {}, None), {"associations": self.lent, "ResponseMetadata": {}}
        return None


def _never(_: Any, request: Any) -> None:
    raise AssertionError(f"left this process: {request.url}")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", _never)
    monkeypatch.setattr("moto.route53.models.create_route53_zone_id", lambda **_: ZONE_ID)
    with mock_aws():
        core = botocore.session.Session()
        core.register_component("data_loader", _LOADER)
        made = Account(boto3.Session("AKIAIOSFODNN7EXAMPLE", "never", region_name=REGION, botocore_session=core))
        made.route53.create_hosted_zone(Name="example.org", CallerReference="1")
        yield made


@pytest.fixture
def run(aws: Account) -> Callable[..., Sweep]:
    return lambda: sweep(Settings.model_validate(BASE), AwsApi(aws.session, REGION))


Run = Callable[[], Sweep]
Make = Callable[[Account, dict[str, str]], str]


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def specified(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": listed(tags)}]


def volume(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_volume(Size=1, AvailabilityZone="eu-central-1a", TagSpecifications=specified("volume", tags))
    return f"aws ec2 delete-volume --volume-id {made['VolumeId']} --region {REGION}"


def snapshot(aws: Account, tags: dict[str, str]) -> str:
    disk = aws.ec2.create_volume(Size=1, AvailabilityZone="eu-central-1a")["VolumeId"]
    made = aws.ec2.create_snapshot(VolumeId=disk, TagSpecifications=specified("snapshot", tags))
    return f"aws ec2 delete-snapshot --snapshot-id {made['SnapshotId']} --region {REGION}"


def instance(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, TagSpecifications=specified("instance", tags))
    return f"aws ec2 terminate-instances --instance-ids {made['Instances'][0]['InstanceId']} --region {REGION}"


def address(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.allocate_address(Domain="vpc", TagSpecifications=specified("elastic-ip", tags))
    return f"aws ec2 release-address --allocation-id {made['AllocationId']} --region {REGION}"


def launch_template(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="eks-x",
        LaunchTemplateData={"InstanceType": "m6i.large"},
        TagSpecifications=specified("launch-template", tags),
    )["LaunchTemplate"]
    return f"aws ec2 delete-launch-template --launch-template-id {made['LaunchTemplateId']} --region {REGION}"


def _subnet(aws: Account) -> dict[str, Any]:
    found: dict[str, Any] = aws.ec2.describe_subnets()["Subnets"][0]
    return found


def nat(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_nat_gateway(
        SubnetId=_subnet(aws)["SubnetId"],
        ConnectivityType="private",
        TagSpecifications=specified("natgateway", tags),
    )["NatGateway"]
    return f"aws ec2 delete-nat-gateway --nat-gateway-id {made['NatGatewayId']} --region {REGION}"


def interface(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_network_interface(
        SubnetId=_subnet(aws)["SubnetId"], TagSpecifications=specified("network-interface", tags)
    )["NetworkInterface"]
    name = made["NetworkInterfaceId"]
    return f"aws ec2 delete-network-interface --network-interface-id {name} --region {REGION}"


def security_group(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_security_group(
        GroupName="k8s-traefik-1",
        Description="[k8s]",
        VpcId=_subnet(aws)["VpcId"],
        TagSpecifications=specified("security-group", tags),
    )
    return f"aws ec2 delete-security-group --group-id {made['GroupId']} --region {REGION}"


def internet_gateway(aws: Account, tags: dict[str, str]) -> str:
    made = aws.ec2.create_internet_gateway(TagSpecifications=specified("internet-gateway", tags))
    name = made["InternetGateway"]["InternetGatewayId"]
    return f"aws ec2 delete-internet-gateway --internet-gateway-id {name} --region {REGION}"


def balancer(aws: Account, tags: dict[str, str]) -> str:
    made = aws.elbv2.create_load_balancer(
        Name="k8s-x", Subnets=[_subnet(aws)["SubnetId"]], Type="network", Tags=listed(tags)
    )["LoadBalancers"][0]
    return f"aws elbv2 delete-load-balancer --load-balancer-arn {made['LoadBalancerArn']} --region {REGION}"


def target_group(aws: Account, tags: dict[str, str]) -> str:
    made = aws.elbv2.create_target_group(
        Name="k8s-traefik-x", Protocol="TCP", Port=80, VpcId=_subnet(aws)["VpcId"], Tags=listed(tags)
    )["TargetGroups"][0]
    return f"aws elbv2 delete-target-group --target-group-arn {made['TargetGroupArn']} --region {REGION}"


def scaling_group(aws: Account, tags: dict[str, str]) -> str:
    aws.ec2.create_launch_template(LaunchTemplateName="eks-x", LaunchTemplateData={"InstanceType": "m6i.large"})
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="eks-user-1",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": "eks-x"},
        Tags=[{**tag, "PropagateAtLaunch": False} for tag in listed(tags)],
    )
    return (
        "aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name eks-user-1 "
        f"--region {REGION}"
    )


def provider(aws: Account, tags: dict[str, str]) -> str:
    made = aws.iam.create_open_id_connect_provider(
        Url=f"https://oidc.eks.{REGION}.amazonaws.com/id/1", ThumbprintList=["a" * 40], Tags=listed(tags)
    )
    arn = made["OpenIDConnectProviderArn"]
    return f"aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn} --region {REGION}"


TAGGED: dict[str, Make] = {
    "volume": volume,
    "snapshot": snapshot,
    "instance": instance,
    "elastic IP": address,
    "launch template": launch_template,
    "NAT gateway": nat,
    "network interface": interface,
    "security group": security_group,
    "internet gateway": internet_gateway,
    "load balancer": balancer,
    "target group": target_group,
    "autoscaling group": scaling_group,
    "OIDC provider": provider,
}


def cluster(aws: Account) -> str:
    aws.eks.create_cluster(name="demo", roleArn=f"arn:aws:iam::{ACCOUNT}:role/x", resourcesVpcConfig={})
    return "eks delete-cluster --name demo"


def log_group(aws: Account) -> str:
    aws.logs.create_log_group(logGroupName="/aws/eks/demo/cluster")
    return "logs delete-log-group --log-group-name /aws/eks/demo/cluster"


def role(aws: Account) -> str:
    aws.iam.create_role(RoleName="demo-ebs-csi", AssumeRolePolicyDocument="{}")
    return "iam delete-role --role-name demo-ebs-csi"


def repository(aws: Account) -> str:
    aws.ecr.create_repository(repositoryName="demo/r2d-x")
    return "ecr delete-repository --force --repository-name demo/r2d-x"


def creation_template(aws: Account) -> str:
    aws.templates.append({"prefix": "demo"})
    return "ecr delete-repository-creation-template --prefix demo"


def budget(aws: Account) -> str:
    made = {"BudgetName": "demo-budget", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
    made["BudgetLimit"] = {"Amount": "9", "Unit": "USD"}  # type: ignore[assignment]
    aws.budgets.create_budget(AccountId=ACCOUNT, Budget=made)
    return f"budgets delete-budget --account-id {ACCOUNT} --budget-name demo-budget"


NAMED: dict[str, Callable[[Account], str]] = {
    "cluster": cluster,
    "log group": log_group,
    "role": role,
    "repository": repository,
    "repository creation template": creation_template,
    "budget": budget,
}


def record(aws: Account, name: str = "hub.example.org") -> None:
    made = {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.7"}]}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": made}]}
    aws.route53.change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch=changes)


def test_nothing_is_found_in_an_empty_account(run: Run) -> None:
    assert run() == Sweep()


@pytest.mark.parametrize("kind", TAGGED)
def test_what_has_our_tag_is_found_with_its_command(kind: str, aws: Account, run: Run) -> None:
    command = TAGGED[kind](aws, OURS)
    swept = run()
    assert [(left.kind, left.command) for left in swept.found] == [(kind, command)]
    assert swept.found[0].reason.startswith("tag binder-deploy=demo; ")
    assert swept.unasked == ()


@pytest.mark.parametrize("kind", TAGGED)
def test_other_people_s_things_are_left_alone(kind: str, aws: Account, run: Run) -> None:
    TAGGED[kind](aws, {"binder-deploy": "demo-two", "kubernetes.io/cluster/demo-two": "owned"})
    assert run() == Sweep()


@pytest.mark.parametrize("kind", NAMED)
def test_what_has_a_name_of_ours_is_found_with_its_command(kind: str, aws: Account, run: Run) -> None:
    command = NAMED[kind](aws)
    swept = run()
    assert [(left.kind, left.command) for left in swept.found] == [(kind, f"aws {command} --region {REGION}")]
    assert swept.unasked == ()


def test_names_that_only_begin_like_ours_are_left_alone(aws: Account, run: Run) -> None:
    aws.ecr.create_repository(repositoryName="demo-two/r2d-x")
    aws.iam.create_role(RoleName="demo-two-nodes", AssumeRolePolicyDocument="{}")
    aws.iam.create_role(RoleName="demo-nodes", AssumeRolePolicyDocument="{}", Tags=listed({"binder-deploy": "other"}))
    aws.logs.create_log_group(logGroupName="/aws/eks/demo/cluster-of-theirs")
    aws.templates.append({"prefix": "demo-two"})
    record(aws, "www.example.org")
    assert run() == Sweep()


def test_a_record_comes_with_the_change_that_removes_it(aws: Account, run: Run) -> None:
    record(aws)
    (left,) = run().found
    assert (left.kind, left.name) == ("DNS record", "hub.example.org")
    assert f"--hosted-zone-id {ZONE_ID} --change-batch " in left.command
    assert '"Action":"DELETE"' in left.command
    assert "192.0.2.7" in left.command


@pytest.mark.parametrize(
    "tags",
    [
        {"elbv2.k8s.aws/cluster": "demo", "service.k8s.aws/stack": "traefik/entrypoint"},
        {"kubernetes.io/cluster/demo": "owned"},
        {"cluster.k8s.amazonaws.com/name": "demo"},
    ],
)
def test_what_controllers_made_is_ours_by_the_cluster_s_name(tags: dict[str, str], aws: Account, run: Run) -> None:
    balancer(aws, tags)
    security_group(aws, tags)
    interface(aws, tags)
    assert [left.kind for left in run().found] == ["load balancer", "network interface", "security group"]


def test_a_subnet_that_a_cluster_only_used_is_left_alone(aws: Account, run: Run) -> None:
    aws.ec2.create_tags(
        Resources=[_subnet(aws)["SubnetId"]], Tags=[{"Key": "kubernetes.io/cluster/demo", "Value": "shared"}]
    )
    assert run() == Sweep()


def test_everything_in_our_vpc_is_ours(aws: Account, run: Run) -> None:
    vpc = aws.ec2.create_vpc(CidrBlock="10.40.0.0/16", TagSpecifications=specified("vpc", OURS))["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.40.0.0/20")["Subnet"]["SubnetId"]
    aws.ec2.create_security_group(GroupName="theirs", Description="by hand", VpcId=vpc)
    aws.ec2.create_route_table(VpcId=vpc)
    aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3")
    found = run().found
    # In the order in which they can be removed; neither the default group nor the main route table can be at all.
    assert [left.kind for left in found] == ["VPC endpoint", "security group", "subnet", "route table", "VPC"]
    assert found[2].name == subnet
    assert found[2].reason.startswith(f"in our VPC {vpc}; ")


PVC = {"kubernetes.io/created-for/pvc/namespace": "binder", "kubernetes.io/created-for/pvc/name": "hub-db-dir"}


def test_a_disk_without_our_tag_is_ours_once_no_cluster_is_left(aws: Account, run: Run) -> None:
    volume(aws, PVC)
    volume(aws, {**PVC, "kubernetes.io/created-for/pvc/namespace": "theirs"})
    (left,) = run().found
    assert "made by a cluster for binder/hub-db-dir" in left.reason
    aws.eks.create_cluster(name="other", roleArn=f"arn:aws:iam::{ACCOUNT}:role/x", resourcesVpcConfig={})
    assert run() == Sweep(), "a living cluster may own it"


def test_a_cluster_list_that_was_refused_is_no_proof_that_none_is_left(aws: Account, run: Run) -> None:
    volume(aws, PVC)
    aws.refused = {"eks.ListClusters"}
    swept = run()
    assert swept.found == ()
    assert {unasked.kind for unasked in swept.unasked} == {"cluster", "node group", "pod identity association"}


def test_node_groups_come_before_their_cluster(aws: Account, run: Run) -> None:
    cluster(aws)
    aws.eks.create_nodegroup(
        clusterName="demo", nodegroupName="user", subnets=["subnet-1"], nodeRole=f"arn:aws:iam::{ACCOUNT}:role/x"
    )
    aws.lent = [{"namespace": "binder", "serviceAccount": "binderhub", "associationId": "a-1"}]
    found = run().found
    kinds = [left.kind for left in found]
    assert kinds.index("node group") < kinds.index("cluster")
    lent = found[kinds.index("pod identity association")]
    assert (lent.id, lent.called) == ("a-1", "binder/binderhub")
    assert "--cluster-name demo --association-id a-1" in lent.command


def test_what_is_gone_is_not_found_because_the_tagging_service_still_tells_of_it(aws: Account, run: Run) -> None:
    made = aws.ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, TagSpecifications=specified("instance", OURS))
    aws.ec2.terminate_instances(InstanceIds=[made["Instances"][0]["InstanceId"]])
    assert "instance" not in {left.kind for left in run().found}


def test_anything_else_with_our_tag_is_found_too(aws: Account, run: Run) -> None:
    aws.sqs.create_queue(QueueName="theirs", tags={"binder-deploy": "demo-two"})
    aws.sqs.create_queue(QueueName="spot-ends", tags=OURS)
    (left,) = run().found
    assert left.kind.startswith("sqs")
    assert left.name.endswith(":spot-ends")
    assert left.command == ""


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ec2.DescribeVolumes", "volume"),
        ("elasticloadbalancing.DescribeLoadBalancers", "load balancer"),
        ("iam.ListRoles", "role"),
        ("resourcegroupstaggingapi.GetResources", "other resource"),
    ],
)
def test_a_refusal_is_never_an_empty_list(operation: str, kind: str, aws: Account, run: Run) -> None:
    operation = operation.replace("elasticloadbalancing", "elbv2")
    aws.refused = {operation}
    assert run().unasked == (Unasked(kind, f"AccessDeniedException: not authorized to perform {operation}"),)


def test_in_another_account_nothing_is_looked_for(aws: Account) -> None:
    other = {**BASE, "platform": {**BASE["platform"], "account": "999999999999"}}
    with pytest.raises(NoCredentials, match=r"platform\.account: these credentials belong to account 123456789012"):
        sweep(Settings.model_validate(other), AwsApi(aws.session, REGION))


def test_without_credentials_it_says_how_to_log_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    with pytest.raises(NoCredentials, match="aws sso login"):
        sweep(Settings.model_validate(BASE), default_api(REGION, "aws"))
