"""Every kind of thing that a deployment leaves on AWS, and how each is listed and removed.

In the order in which they can be removed: what uses a thing comes before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from binder_deploy.ops.leftovers.aws_api import AwsApi
from binder_deploy.settings import eks_names
from binder_deploy.settings.address import Route53
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names
from binder_deploy.settings.registry import Ecr


@dataclass(frozen=True)
class Thing:
    """Something that exists."""

    name: str
    """As AWS shows it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    vpc: str = ""
    """Id of the VPC that it is in."""
    id: str = ""
    """As the command wants it, if not by its name."""
    kind: str = ""
    """Where a list has things of several kinds."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing to look for."""

    name: str
    cost: str
    """What one costs or blocks."""
    remove: str
    """Arguments of `aws`; `{id}` is the thing's."""
    list: Callable[[], Iterator[Thing]]
    """Every one in the account and region. Raises `NotAsked`."""
    names: tuple[str, ...] = ()
    """Physical names that this deployment gives."""
    prefix: str = ""
    """With which the names begin that this deployment gives."""


@dataclass(frozen=True)
class _Ec2:
    """A kind that EC2 lists, with its tags."""

    name: str
    cost: str
    operation: str
    wanted: str
    """What of the answer (JMESPath)."""
    id: str
    remove: str
    arn: str
    """The kind's word in ARNs."""
    tags: str = "Tags"
    vpc: str = "VpcId"


_BLOCKS = "free; blocks the deletion of its VPC"
_LIVING_NAT = "NatGateways[?State != 'deleted' && State != 'deleting']"
_LIVING_ENDPOINT = "VpcEndpoints[?State != 'deleted' && State != 'deleting']"
_LIVING_INSTANCE = "Reservations[].Instances[] | [?State.Name != 'terminated' && State.Name != 'shutting-down']"
_FIRST = (
    _Ec2("instance", "billed by the second", "describe_instances", _LIVING_INSTANCE, "InstanceId",
         "terminate-instances --instance-ids", "instance"),
    _Ec2("launch template", "free; its name is taken", "describe_launch_templates", "LaunchTemplates[]",
         "LaunchTemplateId", "delete-launch-template --launch-template-id", "launch-template"),
    _Ec2("volume", "billed by the GB", "describe_volumes", "Volumes[]", "VolumeId",
         "delete-volume --volume-id", "volume"),
    _Ec2("snapshot", "billed by the GB", "describe_snapshots", "Snapshots[]", "SnapshotId",
         "delete-snapshot --snapshot-id", "snapshot"),
)  # fmt: skip
_NETWORK = (
    _Ec2("NAT gateway", "billed by the hour and by traffic", "describe_nat_gateways", _LIVING_NAT, "NatGatewayId",
         "delete-nat-gateway --nat-gateway-id", "natgateway"),
    _Ec2("elastic IP", "billed by the hour", "describe_addresses", "Addresses[]", "AllocationId",
         "release-address --allocation-id", "elastic-ip"),
    _Ec2("VPC endpoint", "billed by the hour; blocks the deletion of its VPC", "describe_vpc_endpoints",
         _LIVING_ENDPOINT, "VpcEndpointId", "delete-vpc-endpoints --vpc-endpoint-ids", "vpc-endpoint"),
    # Those in use belong to something else in this list.
    _Ec2("network interface", _BLOCKS, "describe_network_interfaces", "NetworkInterfaces[?Status == 'available']",
         "NetworkInterfaceId", "delete-network-interface --network-interface-id", "network-interface", "TagSet"),
    _Ec2("security group", _BLOCKS, "describe_security_groups", "SecurityGroups[?GroupName != 'default']", "GroupId",
         "delete-security-group --group-id", "security-group"),
    _Ec2("subnet", _BLOCKS, "describe_subnets", "Subnets[]", "SubnetId", "delete-subnet --subnet-id", "subnet"),
    # The main one goes with its VPC.
    _Ec2("route table", _BLOCKS, "describe_route_tables", "RouteTables[?!(Associations[?Main])]", "RouteTableId",
         "delete-route-table --route-table-id", "route-table"),
    _Ec2("internet gateway", _BLOCKS, "describe_internet_gateways", "InternetGateways[]", "InternetGatewayId",
         "delete-internet-gateway --internet-gateway-id", "internet-gateway", vpc="Attachments[0].VpcId"),
    _Ec2("VPC", "free; counts against the quota", "describe_vpcs", "Vpcs[]", "VpcId", "delete-vpc --vpc-id", "vpc"),
)  # fmt: skip
_TAGS_AT_ONCE = 20
"""Load balancers whose tags may be asked for in one question."""
_ASKED = {"autoscaling", "ecr", "eks", "elasticloadbalancing", "logs", "budgets"}
"""Services whose things are listed here one by one."""
_ASKED_EC2 = {kind.arn for kind in (*_FIRST, *_NETWORK)}


def kinds(settings: Settings, api: AwsApi) -> tuple[Kind, ...]:
    """All kinds that a deployment with these settings can leave behind."""
    return (
        *_balancers(settings, api),
        *_clusters(settings, api),
        *(_ec2(kind, api) for kind in _FIRST),
        *(_ec2(kind, api) for kind in _NETWORK),
        _logs(settings, api),
        *_identities(settings, api),
        *_registry(settings, api),
        *_records(settings, api),
        *_budget(settings, api),
        _others(settings, api),
    )


def tags(found: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """A list of tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in found or ()}


def _ec2(kind: _Ec2, api: AwsApi) -> Kind:
    import jmespath

    def every() -> Iterator[Thing]:
        asked: dict[str, Any] = {"OwnerIds": ["self"]} if kind.operation == "describe_snapshots" else {}
        for found in api.search("ec2", kind.operation, kind.wanted, **asked):
            yield Thing(found[kind.id], tags(found.get(kind.tags)), jmespath.search(kind.vpc, found) or "")

    return Kind(kind.name, kind.cost, f"ec2 {kind.remove} {{id}}", every)


def _balancers(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    def every(operation: str, wanted: str, name: str, arn: str) -> Iterator[Thing]:
        found = list(api.search("elbv2", operation, wanted))
        told = {}
        arns_of_all = [one[arn] for one in found]
        for start in range(0, len(found), _TAGS_AT_ONCE):
            arns = arns_of_all[start : start + _TAGS_AT_ONCE]
            for described in api.search("elbv2", "describe_tags", "TagDescriptions[]", ResourceArns=arns):
                told[described["ResourceArn"]] = tags(described["Tags"])
        for one in found:
            yield Thing(one[name], told.get(one[arn], {}), one.get("VpcId", ""), one[arn])

    yield Kind(
        "load balancer",
        "billed by the hour and by traffic",
        "elbv2 delete-load-balancer --load-balancer-arn {id}",
        partial(every, "describe_load_balancers", "LoadBalancers[]", "LoadBalancerName", "LoadBalancerArn"),
        (eks_names.load_balancer(settings),),
    )
    yield Kind(
        "target group",
        "free by itself",
        "elbv2 delete-target-group --target-group-arn {id}",
        partial(every, "describe_target_groups", "TargetGroups[]", "TargetGroupName", "TargetGroupArn"),
    )


def _clusters(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    ours = Names(settings.name).cluster

    def clusters() -> Iterator[Thing]:
        return (Thing(name) for name in api.search("eks", "list_clusters", "clusters[]"))

    def groups() -> Iterator[Thing]:
        if ours in {cluster.name for cluster in clusters()}:
            for name in api.search("eks", "list_nodegroups", "nodegroups[]", clusterName=ours):
                yield Thing(f"{ours}/{name}", id=name)

    def lent() -> Iterator[Thing]:
        if ours in {cluster.name for cluster in clusters()}:
            for found in api.search("eks", "list_pod_identity_associations", "associations[]", clusterName=ours):
                # As we tag it: the list has no tags, and an association only one service account.
                name = f"{found['namespace']}/{found['serviceAccount']}"
                yield Thing(f"{ours}/{name}", {"Name": name}, id=found["associationId"])

    def scaled() -> Iterator[Thing]:
        for found in api.search("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]"):
            yield Thing(found["AutoScalingGroupName"], tags(found.get("Tags")))

    yield Kind(
        "node group",
        "its nodes are billed by the second",
        f"eks delete-nodegroup --cluster-name {ours} --nodegroup-name {{id}}",
        groups,
        prefix=f"{ours}/",
    )
    yield Kind(
        "pod identity association",
        "free; goes with its cluster",
        f"eks delete-pod-identity-association --cluster-name {ours} --association-id {{id}}",
        lent,
        prefix=f"{ours}/",
    )
    yield Kind("cluster", "billed by the hour", "eks delete-cluster --name {id}", clusters, (ours,))
    yield Kind(
        "autoscaling group",
        "makes machines, which are billed",
        "autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name {id}",
        scaled,
    )


def _logs(settings: Settings, api: AwsApi) -> Kind:
    name = eks_names.log_group(settings)

    def every() -> Iterator[Thing]:
        for found in api.search("logs", "describe_log_groups", "logGroups[]", logGroupNamePrefix=name):
            yield Thing(found["logGroupName"])

    return Kind("log group", "billed by the GB", "logs delete-log-group --log-group-name {id}", every, (name,))


def _identities(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    ours = eks_names.roles(settings)

    def roles() -> Iterator[Thing]:
        for name in api.search("iam", "list_roles", "Roles[].RoleName"):
            if name in ours:  # the list has no tags
                yield Thing(name, tags(api.search("iam", "list_role_tags", "Tags[]", RoleName=name)))

    def providers() -> Iterator[Thing]:
        for arn in api.search("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[].Arn"):
            asked = {"OpenIDConnectProviderArn": arn}
            yield Thing(arn, tags(api.search("iam", "list_open_id_connect_provider_tags", "Tags[]", **asked)))

    yield Kind(
        "role",
        "free; detach its policies first",
        "iam delete-role --role-name {id}",
        roles,
        ours,
    )
    yield Kind(
        "OIDC provider",
        "free; lets whoever holds its key act in the account",
        "iam delete-open-id-connect-provider --open-id-connect-provider-arn {id}",
        providers,
    )


def _registry(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    def repositories() -> Iterator[Thing]:
        return (Thing(name) for name in api.search("ecr", "describe_repositories", "repositories[].repositoryName"))

    def templates() -> Iterator[Thing]:
        wanted = "repositoryCreationTemplates[]"
        for found in api.search("ecr", "describe_repository_creation_templates", wanted):
            yield Thing(found["prefix"], tags(found.get("resourceTags")))

    if not isinstance(settings.registry, Ecr):
        return
    yield Kind(
        "repository",
        "its images are billed by the GB",
        "ecr delete-repository --force --repository-name {id}",
        repositories,
        prefix=eks_names.repositories(settings),
    )
    yield Kind(
        "repository creation template",
        "free; lets a push make repositories",
        "ecr delete-repository-creation-template --prefix {id}",
        templates,
        (settings.name,),
    )


def _records(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    """The records, where the zone is ours to write to."""
    dns = settings.address.dns
    if not isinstance(dns, Route53):
        return

    def every() -> Iterator[Thing]:
        found = api.search("route53", "list_resource_record_sets", "ResourceRecordSets[]", HostedZoneId=dns.zone_id)
        for record in found:
            if record["Type"] == "A":
                change = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
                yield Thing(record["Name"].rstrip("."), id=json.dumps(change, separators=(",", ":")))

    yield Kind(
        "DNS record",
        "leads people to an address that may become somebody else's",
        f"route53 change-resource-record-sets --hosted-zone-id {dns.zone_id} --change-batch '{{id}}'",
        every,
        settings.hosts,
    )


def _budget(settings: Settings, api: AwsApi) -> Iterator[Kind]:
    if not settings.budget:
        return
    account = getattr(settings.platform, "account", "")

    def every() -> Iterator[Thing]:
        wanted = "Budgets[].BudgetName"
        found = api.search("budgets", "describe_budgets", wanted, region=api.home, AccountId=account)
        return (Thing(name) for name in found)

    yield Kind(
        "budget",
        "free; sends mail",
        f"budgets delete-budget --account-id {account} --budget-name {{id}}",
        every,
        (eks_names.budget(settings),),
    )


def _others(settings: Settings, api: AwsApi) -> Kind:
    """Whatever else has our tag. Of kinds that are listed above the tagging service is not believed: it goes on
    telling of things for a while after they are gone."""

    def every() -> Iterator[Thing]:
        filters = [{"Key": OWNER_LABEL, "Values": [settings.name]}]
        wanted = "ResourceTagMappingList[]"
        for found in api.search("resourcegroupstaggingapi", "get_resources", wanted, TagFilters=filters):
            arn = found["ResourceARN"]
            _, _, service, _, _, rest = arn.split(":", 5)
            word = rest.replace(":", "/").partition("/")[0]
            if service not in _ASKED and not (service == "ec2" and word in _ASKED_EC2):
                yield Thing(arn, tags(found["Tags"]), kind=f"{service} {word}")

    return Kind("other resource", "look what it costs", "", every)
