"""Which of the rights that the program needs are missing.

AWS can be asked to think a request through without making it (`iam:SimulatePrincipalPolicy`), the organisation's
control policies and permissions boundaries included. Who may not ask that can still ask EC2, which takes a request
with the note that it is only a rehearsal; for the rest nothing is known then, and that is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from binder_deploy.checks.facts.account import Missing, Permissions
from binder_deploy.checks.probes.aws.access import REFUSALS, Aws, NotAllowed, asking, code, line
from binder_deploy.checks.probes.aws.identity import caller
from binder_deploy.checks.probes.aws.needs import Need, needs, zone_needs
from binder_deploy.settings.address import Route53
from binder_deploy.settings.eks import Eks, ManagedVpc
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import labels

_ASK = "iam:SimulatePrincipalPolicy and iam:GetRole"
_SSO = "AWSReservedSSO_"
"""Roles whose name begins so belong to IAM Identity Center, and cannot be changed as roles."""


class _NoPolicies(Exception):
    """Whoever asks has no policies that could be looked at."""


def permissions(aws: Aws, settings: Settings, platform: Eks) -> Permissions:
    """What is missing in the account."""
    wanted = tuple(needs(settings, platform))
    try:
        return _simulated(aws, settings, wanted)
    except (NotAllowed, _NoPolicies) as why:
        return _rehearsed(aws, wanted, platform, str(why))


def zone_permissions(aws: Aws, settings: Settings) -> Permissions | None:
    """What is missing to change records, or `None` where they are not ours. Raises `NotAllowed`."""
    dns = settings.address.dns
    if not isinstance(dns, Route53):
        return None
    wanted = zone_needs(dns)
    try:
        return _simulated(aws, settings, wanted)
    except _NoPolicies as why:
        return Permissions(str(caller(aws)["Arn"]), len(_actions(wanted)), (), _actions(wanted), str(why))


def principal(aws: Aws) -> str:
    """ARN of the user or role whose policies count. Raises `_NoPolicies`, `NotAllowed`."""
    arn = str(caller(aws)["Arn"])
    if ":user/" in arn:
        return arn
    assumed = re.fullmatch(r"arn:[^:]+:sts::[0-9]+:assumed-role/([^/]+)/.+", arn)
    if not assumed:
        raise _NoPolicies(f"{arn} is neither a user nor a role: there are no policies of its own to look at")
    # The session's ARN leaves out the role's path.
    with asking("the permissions", _ASK):
        return str(aws.client("iam").get_role(RoleName=assumed[1])["Role"]["Arn"])


def _simulated(aws: Aws, settings: Settings, wanted: tuple[Need, ...]) -> Permissions:
    who = principal(aws)
    missing: list[Missing] = []
    unclear: list[str] = []
    for need in wanted:
        denied: dict[str, list[str]] = {}
        for found in _results(aws, settings, need, who):
            why = _why(found)
            if why and found.get("MissingContextValues") and why == _NOT_ALLOWED:
                unclear.append(found["EvalActionName"])
            elif why:
                denied.setdefault(why, []).append(found["EvalActionName"])
        for why, actions in denied.items():
            command = _COMMANDS[why](who, need, actions)
            missing += [Missing(action, need.purpose, why, command) for action in actions]
    told = "what a policy's conditions ask for is known only when it happens" if unclear else ""
    return Permissions(who, len(_actions(wanted)), tuple(missing), tuple(unclear), told)


def _results(aws: Aws, settings: Settings, need: Need, who: str) -> Iterator[Mapping[str, Any]]:
    place = {"partition": aws.partition, "region": aws.region, "account": aws.account, "name": settings.name}
    with asking("the permissions", _ASK):
        yield from aws.pages(
            "iam",
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=who,
            ActionNames=list(need.actions),
            ResourceArns=[need.resource.format(**place)],
            ContextEntries=list(_context(aws, settings, need)),
        )


def _context(aws: Aws, settings: Settings, need: Need) -> Iterator[Mapping[str, Any]]:
    """What conditions commonly ask for."""
    known: dict[str, Iterable[str]] = {
        "aws:RequestedRegion": [aws.region],
        "aws:TagKeys": sorted(labels(settings)),
        **{f"aws:RequestTag/{key}": [value] for key, value in labels(settings).items()},
        **{f"aws:ResourceTag/{key}": [value] for key, value in labels(settings).items()},
    }
    if need.passed_to:
        known["iam:PassedToService"] = [need.passed_to]
    for key, values in known.items():
        kind = "stringList" if key == "aws:TagKeys" else "string"
        yield {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": list(values)}


_ORGANISATION = "the organisation's control policies forbid it"
_BOUNDARY = "beyond the permissions boundary"
_DENIED = "a policy denies it"
_NOT_ALLOWED = "no policy allows it"


def _why(found: Mapping[str, Any]) -> str:
    """Why the request would be refused, or nothing."""
    if not found.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return _ORGANISATION
    if not found.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return _BOUNDARY
    if found["EvalDecision"] == "allowed":
        return ""
    return _DENIED if found["EvalDecision"] == "explicitDeny" else _NOT_ALLOWED


def _grant(who: str, need: Need, actions: list[str]) -> str:
    kind, _, path = who.rpartition(":")[2].partition("/")
    name = path.rpartition("/")[2]
    if name.startswith(_SSO):
        permission_set = name.removeprefix(_SSO).rpartition("_")[0]
        return f"in IAM Identity Center, add {', '.join(actions)} to the permission set {permission_set}"
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    called = re.sub("[^a-z]+", "-", need.purpose.removeprefix("the "))
    return (
        f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name binder-deploy-{called} "
        f"--policy-document '{policy}'"
    )


_COMMANDS: Mapping[str, Callable[[str, Need, list[str]], str]] = {
    _NOT_ALLOWED: _grant,
    _DENIED: lambda who, need, actions: (
        f"see which statement denies it: aws iam simulate-principal-policy --policy-source-arn {who} --action-names "
        f"{' '.join(actions)} --query 'EvaluationResults[].MatchedStatements'"
    ),
    _BOUNDARY: lambda who, need, actions: f"widen the permissions boundary of {who} by {', '.join(actions)}",
    _ORGANISATION: lambda who, need, actions: (
        f"ask whoever administers the organisation to allow {', '.join(actions)} in this account"
    ),
}


def _rehearsed(aws: Aws, wanted: tuple[Need, ...], platform: Eks, why: str) -> Permissions:
    """As far as EC2 can tell. `why` the rest is not known."""
    who, ec2 = str(caller(aws)["Arn"]), aws.client("ec2")
    requests: dict[str, Callable[[], Any]] = {
        "ec2:AllocateAddress": lambda: ec2.allocate_address(Domain="vpc", DryRun=True),
        "ec2:CreateLaunchTemplate": lambda: ec2.create_launch_template(
            LaunchTemplateName="binder-deploy-dry-run",
            LaunchTemplateData={"InstanceType": platform.pools.core.machine},
            DryRun=True,
        ),
    }
    if isinstance(platform.network, ManagedVpc):
        cidr = str(platform.network.cidr)
        requests["ec2:CreateVpc"] = lambda: ec2.create_vpc(CidrBlock=cidr, DryRun=True)
        requests["ec2:CreateInternetGateway"] = lambda: ec2.create_internet_gateway(DryRun=True)
    purposes = {action: need for need in wanted for action in need.actions}
    known, missing = set(), []
    for action, request in requests.items():
        try:
            request()
        except ClientError as error:
            if code(error) in REFUSALS:
                told = f"EC2 says: {line(error).partition('. Encoded')[0].rstrip('.')}"
                need = purposes[action]
                missing.append(Missing(action, need.purpose, told, f"allow {action} to {who}"))
            elif code(error) != "DryRunOperation":
                continue
        known.add(action)
    return Permissions(
        who, len(_actions(wanted)), tuple(missing), tuple(a for a in _actions(wanted) if a not in known), why
    )


def _actions(wanted: Iterable[Need]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(action for need in wanted for action in need.actions))
