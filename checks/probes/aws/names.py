"""Whether something that is not ours has a name that this deployment will give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.account import NamesFound, Taken
from binder_deploy.checks.probes.aws.access import Aws, NotAllowed, asking, code, tags
from binder_deploy.settings import eks_names
from binder_deploy.settings.address import Route53
from binder_deploy.settings.leftovers import Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import OWNER_LABEL, Names
from binder_deploy.settings.registry import Ecr

_ABSENT = {
    "ResourceNotFoundException",
    "NoSuchEntity",
    "TemplateNotFoundException",
    "InvalidLaunchTemplateName.NotFoundException",
    "LoadBalancerNotFound",
    "NotFoundException",
}
"""The services' words for: nothing has that name."""


@dataclass(frozen=True)
class _Thing:
    """A name that this deployment gives."""

    kind: str
    name: str
    get: Callable[[], Mapping[str, str] | None]
    """Tags of what has it; `None`: nothing has. Raises what AWS refuses with."""
    look: str
    """Arguments of `aws` that show it."""
    action: str
    """The right that may ask."""


def names(aws: Aws, settings: Settings, deployed: bool) -> NamesFound:
    """What has our names and not our tag.

    `deployed`: the deployment has its address already, so the records of its hosts are its own (they carry no tag).
    """
    free, taken, unasked = 0, [], []
    for thing in _things(aws, settings, deployed):
        try:
            with asking(thing.kind, thing.action):
                found = thing.get()
        except NotAllowed as refused:
            unasked.append(Unasked(thing.kind, str(refused)))
        except ClientError as error:
            if code(error) not in _ABSENT:
                raise
            free += 1
        else:
            if found is None or found.get(OWNER_LABEL) == settings.name:
                free += 1
            else:
                taken.append(Taken(thing.kind, thing.name, f"aws {thing.look} --region {aws.region}"))
    return NamesFound(free, tuple(taken), tuple(unasked))


def _things(aws: Aws, settings: Settings, deployed: bool) -> Iterator[_Thing]:
    named, ec2 = Names(settings.name), aws.client("ec2")
    yield _Thing(
        "cluster",
        named.cluster,
        lambda: tags(aws.client("eks").describe_cluster(name=named.cluster)["cluster"].get("tags")),
        f"eks describe-cluster --name {named.cluster}",
        "eks:DescribeCluster",
    )
    for role in eks_names.roles(settings):
        yield _Thing(
            "role",
            role,
            lambda role=role: tags(aws.client("iam").get_role(RoleName=role)["Role"].get("Tags")),  # type: ignore[misc]
            f"iam get-role --role-name {role}",
            "iam:GetRole",
        )
    for template in eks_names.launch_templates(settings):

        def of_template(template: str = template) -> Mapping[str, str]:
            (found,) = ec2.describe_launch_templates(LaunchTemplateNames=[template])["LaunchTemplates"]
            return tags(found.get("Tags"))

        look = f"ec2 describe-launch-templates --launch-template-names {template}"
        yield _Thing("launch template", template, of_template, look, "ec2:DescribeLaunchTemplates")
    group = eks_names.log_group(settings)
    yield _Thing(
        "log group",
        group,
        partial(_log_group, aws, group),
        f"logs describe-log-groups --log-group-name-prefix {group}",
        "logs:DescribeLogGroups and logs:ListTagsForResource",
    )
    balancer = eks_names.load_balancer(settings)
    yield _Thing(
        "load balancer",
        balancer,
        partial(_load_balancer, aws, balancer),
        f"elbv2 describe-load-balancers --names {balancer}",
        "elasticloadbalancing:DescribeLoadBalancers and elasticloadbalancing:DescribeTags",
    )
    if isinstance(settings.registry, Ecr):
        yield from _registry(aws, settings)
    if settings.budget:
        yield _budget(aws, settings)
    if not deployed:
        yield from _records(aws, settings)


def _log_group(aws: Aws, name: str) -> Mapping[str, str] | None:
    logs = aws.client("logs")
    found = aws.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    for group in found:
        if group["logGroupName"] == name:
            return tags(logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"])
    return None


def _load_balancer(aws: Aws, name: str) -> Mapping[str, str]:
    elb = aws.client("elbv2")
    (found,) = elb.describe_load_balancers(Names=[name])["LoadBalancers"]
    (told,) = elb.describe_tags(ResourceArns=[found["LoadBalancerArn"]])["TagDescriptions"]
    return tags(told["Tags"])


def _registry(aws: Aws, settings: Settings) -> Iterator[_Thing]:
    ecr = aws.client("ecr")

    def template() -> Mapping[str, str] | None:
        (found,) = ecr.describe_repository_creation_templates(prefixes=[settings.name])["repositoryCreationTemplates"]
        # A template has no tags of its own, only those that it gives.
        return tags(found.get("resourceTags"))

    def repositories() -> Mapping[str, str] | None:
        prefix = eks_names.repositories(settings)
        for found in aws.pages("ecr", "describe_repositories", "repositories"):
            if found["repositoryName"].startswith(prefix):
                has = tags(ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"])
                if has.get(OWNER_LABEL) != settings.name:
                    return has
        return None

    yield _Thing(
        "repository creation template",
        settings.name,
        template,
        f"ecr describe-repository-creation-templates --prefixes {settings.name}",
        "ecr:DescribeRepositoryCreationTemplates",
    )
    yield _Thing(
        "repositories",
        f"{eks_names.repositories(settings)}…",
        repositories,
        "ecr describe-repositories",
        "ecr:DescribeRepositories and ecr:ListTagsForResource",
    )


def _budget(aws: Aws, settings: Settings) -> _Thing:
    budgets, name = aws.client("budgets", aws.home), eks_names.budget(settings)

    def get() -> Mapping[str, str]:
        budgets.describe_budget(AccountId=aws.account, BudgetName=name)
        arn = f"arn:{aws.partition}:budgets::{aws.account}:budget/{name}"
        return tags(budgets.list_tags_for_resource(ResourceARN=arn).get("ResourceTags"))

    look = f"budgets describe-budget --account-id {aws.account} --budget-name {name}"
    return _Thing("budget", name, get, look, "budgets:ViewBudget and budgets:ListTagsForResource")


def _records(aws: Aws, settings: Settings) -> Iterator[_Thing]:
    """They carry no tag: those that lead to our own address are ours."""
    dns = settings.address.dns
    if not isinstance(dns, Route53):
        return
    for host in settings.hosts:

        def get(host: str = host) -> Mapping[str, str] | None:
            record = _record(aws, dns.zone_id, host)
            if record is None:
                return None
            mine: Any = [{"Name": f"tag:{OWNER_LABEL}", "Values": [settings.name]}]
            ours = {a["PublicIp"] for a in aws.client("ec2").describe_addresses(Filters=mine)["Addresses"]}
            leads = {value["Value"] for value in record.get("ResourceRecords", ())}
            return {OWNER_LABEL: settings.name} if leads and leads <= ours else {}

        look = f"route53 list-resource-record-sets --hosted-zone-id {dns.zone_id} --start-record-name {host}"
        yield _Thing("DNS record", host, get, look, "route53:ListResourceRecordSets and ec2:DescribeAddresses")


def _record(aws: Aws, zone: str, host: str) -> Mapping[str, Any] | None:
    """What answers for a host: an address, or another name."""
    found = aws.client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=host, StartRecordType="A", MaxItems="1"
    )["ResourceRecordSets"]
    return next((r for r in found if r["Name"].rstrip(".") == host and r["Type"] in ("A", "CNAME")), None)
