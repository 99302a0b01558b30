"""Roles that let a repository's jobs act at Amazon without a key: as documents, as a script, and carried out.

Two roles: one for the deployment itself, one for previews. Each may be taken only by jobs of this repository (GitHub:
in certain environments), and may do what the checks hold `up` to (`checks.probes.aws.needs`), and read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

from binder_deploy.checks.probes.aws.needs import Need, needs, zone_needs
from binder_deploy.cli.ci.forge import Forge
from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.told import environments, variable
from binder_deploy.settings.address import Route53
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import partition
from binder_deploy.settings.ephemeral import name_of
from binder_deploy.settings.model import Settings
from binder_deploy.settings.state import BucketState

SESSION_S = 7200
"""As long as the longest job."""
POLICY = "binder-deploy"
Document = Mapping[str, Any]

_READS = (
    "autoscaling:Describe*", "budgets:ViewBudget", "ec2:Describe*", "ecr:Describe*", "ecr:List*", "eks:Describe*",
    "eks:List*", "elasticloadbalancing:Describe*", "iam:GetRole", "iam:ListRoleTags", "iam:ListRoles",
    "iam:SimulatePrincipalPolicy", "logs:Describe*", "route53:Get*", "route53:List*", "servicequotas:Get*",
    "servicequotas:List*", "tag:GetResources",
)  # fmt: skip
"""What checks and the sweep look at."""
_REGIONAL = ("ec2", "eks", "logs", "autoscaling", "ecr")


@dataclass(frozen=True)
class Role:
    """A role to be made."""

    identity: str
    name: str
    environments: tuple[str, ...]
    trust: Document
    policy: Document


@dataclass(frozen=True)
class Trust:
    """Everything that is made in an account."""

    account: str
    partition: str
    issuer: str
    audience: str
    roles: tuple[Role, ...]

    @property
    def provider(self) -> str:
        """The OIDC provider's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{urlsplit(self.issuer).netloc}"

    def arn(self, role: Role) -> str:
        """A role's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:role/{role.name}"


def trust(
    settings: Settings,
    forge: Forge,
    account: str,
    region: str,
    branches: Sequence[str] = (),
    *,
    previews: Settings | None,
) -> Trust:
    """What has to exist. `branches`: GitLab's, beside the main one, whose jobs may act as `deploy`; its tokens tell
    Amazon of no environment. `previews`: the settings that they have; None: there are none."""
    part = partition(region)
    audience = "sts.amazonaws.com" if forge.kind is Kind.GITHUB else forge.url
    empty = Trust(account, part, forge.issuer, audience, ())
    roles = tuple(
        Role(
            identity,
            # The underscore is in no deployment's name: whatever this one is called, the role is not among those that
            # begin with it, and so cannot change itself.
            f"binder_ci-{settings.name}{'-preview' if identity == 'preview' else ''}",
            users,
            _trusting(forge, empty, users, branches if identity == "deploy" else ()),
            _policy(
                previews if previews and identity == "preview" else settings,
                _preview_names(settings.name) if identity == "preview" else (settings.name,),
                part,
                account,
                region,
            ),
        )
        for identity, users in forge.uses(previews=previews is not None).items()
    )
    return Trust(account, part, forge.issuer, audience, roles)


def _preview_names(base: str) -> tuple[str, ...]:
    """Patterns of all their names: a long base is cut shorter for a longer number."""
    return tuple(dict.fromkeys(name_of(base, 10**digits)[: -digits - 1] + "*" for digits in range(6)))


def _trusting(forge: Forge, there: Trust, environments: tuple[str, ...], branches: Sequence[str]) -> Document:
    host = urlsplit(there.issuer).netloc
    more = [f"project_path:{forge.repository}:ref_type:branch:ref:{branch}" for branch in branches]
    subjects = [*forge.subjects(environments), *more]
    exact = not any(sign in subject for subject in subjects for sign in "*?")
    audience, subject = {f"{host}:aud": there.audience}, {f"{host}:sub": subjects}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": there.provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": (
                    {"StringEquals": {**audience, **subject}}
                    if exact
                    else {"StringEquals": audience, "StringLike": subject}
                ),
            }
        ],
    }


def _policy(settings: Settings, names: Sequence[str], part: str, account: str, region: str) -> Document:
    """Few statements: what names its things by ours, what is bound to the region, what is neither."""
    statements: list[dict[str, Any]] = [_allow(_READS)]
    wanted = list(needs(settings, settings.platform)) if isinstance(settings.platform, Eks) else []
    dns = settings.address.dns
    if isinstance(dns, Route53):
        wanted += zone_needs(dns)
    regional: dict[str, None] = {}
    for need in wanted:
        if need.passed_to:
            statements.append(
                {**_allow(need.actions, _ours(need, names, part, account)),
                 "Condition": {"StringEquals": {"iam:PassedToService": need.passed_to}}}
            )  # fmt: skip
        elif need.resource.startswith("arn:{partition}:iam::{account}:role/{name}"):
            statements.append(_allow(need.actions, _ours(need, names, part, account)))
        elif need.actions[0].partition(":")[0] in _REGIONAL:
            regional |= dict.fromkeys(need.actions)
        else:
            arn = need.resource.format(partition=part, account=account, region=region, name=names[0])
            statements.append(_allow(need.actions, arn.replace("/C0", "/*")))
    if regional:
        statements.append({**_allow(tuple(regional)), "Condition": {"StringEquals": {"aws:RequestedRegion": region}}})
    statements += _state(settings, part, account)
    return {"Version": "2012-10-17", "Statement": statements}


def _ours(need: Need, names: Sequence[str], part: str, account: str) -> list[str]:
    """ARNs of the roles that begin with the deployment's name."""
    return [f"arn:{part}:iam::{account}:role/{name if name.endswith('*') else f'{name}-*'}" for name in names]


def _state(settings: Settings, part: str, account: str) -> Iterator[dict[str, Any]]:
    """The bucket: its list of names, its contents only below what the settings say."""
    state = settings.state
    if not isinstance(state, BucketState):
        return
    if state.url.startswith("s3:"):
        place = urlsplit(state.url)
        bucket = f"arn:{part}:s3:::{place.netloc}"
        own = "/".join(filter(None, (place.path.strip("/"), "*")))
        yield _allow(("s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:GetBucketTagging"), bucket)
        yield _allow(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), f"{bucket}/{own}")
    if (state.key or "").startswith("awskms:"):
        key = urlsplit(str(state.key)).path.strip("/")
        actions = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
        if key.startswith("alias/"):
            aliases = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": key}}
            yield {**_allow(actions, f"arn:{part}:kms:*:{account}:key/*"), "Condition": aliases}
        else:
            yield _allow(actions, key if key.startswith("arn:") else f"arn:{part}:kms:*:{account}:key/{key}")


def _allow(actions: Sequence[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def apply(found: Trust, iam: Any) -> tuple[str, ...]:
    """Make it, or bring what is there up to date; what was done. `iam`: boto3's client, of the right account."""
    done: list[str] = []
    try:
        about = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found.provider)
        if found.audience not in about["ClientIDList"]:
            iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=found.provider, ClientID=found.audience
            )
            done.append(f"the provider {found.provider} takes tokens for {found.audience}")
    except iam.exceptions.NoSuchEntityException:
        iam.create_open_id_connect_provider(Url=found.issuer, ClientIDList=[found.audience])
        done.append(f"made the provider {found.provider}")
    for role in found.roles:
        document = json.dumps(role.trust)
        try:
            iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=document, MaxSessionDuration=SESSION_S)
            done.append(f"made the role {role.name}")
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=document)
            iam.update_role(RoleName=role.name, MaxSessionDuration=SESSION_S)
            done.append(f"brought the role {role.name} up to date")
        iam.put_role_policy(RoleName=role.name, PolicyName=POLICY, PolicyDocument=json.dumps(role.policy))
    return tuple(done)


def script(found: Trust, forge: Forge) -> str:
    """The same as commands of the AWS command line, for `bash`; run again, it changes nothing."""
    return "\n".join(_lines(found, forge)) + "\n"


def _lines(found: Trust, forge: Forge) -> Iterator[str]:
    yield "#!/usr/bin/env bash"
    yield f"# Lets jobs of {forge.repository} act in account {found.account}. Read, then run it as an administrator."
    yield "set -euo pipefail"
    yield f'test "$(aws sts get-caller-identity --query Account --output text)" = {found.account}'
    provider = f"--open-id-connect-provider-arn {quote(found.provider)}"
    yield f"if aws iam get-open-id-connect-provider {provider} >/dev/null 2>&1; then"
    yield f"  aws iam add-client-id-to-open-id-connect-provider {provider} --client-id {quote(found.audience)}"
    yield "else"
    yield (f"  aws iam create-open-id-connect-provider --url {quote(found.issuer)} "
           f"--client-id-list {quote(found.audience)}")  # fmt: skip
    yield "fi"
    for role in found.roles:
        yield f"\n# {role.identity}"
        document, name = quote(json.dumps(role.trust)), f"--role-name {quote(role.name)}"
        yield f"if aws iam get-role {name} >/dev/null 2>&1; then"
        yield f"  aws iam update-assume-role-policy {name} --policy-document {document}"
        yield f"  aws iam update-role {name} --max-session-duration {SESSION_S}"
        yield "else"
        yield (f"  aws iam create-role {name} --max-session-duration {SESSION_S} "
               f"--assume-role-policy-document {document} >/dev/null")  # fmt: skip
        yield "fi"
        allowed = quote(json.dumps(role.policy))
        yield f"aws iam put-role-policy {name} --policy-name {POLICY} --policy-document {allowed}"
    yield "\n# What the repository must be told; none of it is secret."
    yield "cat <<EOF"
    yield from told(found, forge)
    yield "EOF"


def told(found: Trust, forge: Forge) -> Iterator[str]:
    """Commands that tell the repository which role each environment takes."""
    yield from environments(forge, [name for role in found.roles for name in role.environments])
    for role in found.roles:
        for name in role.environments:
            yield from variable(forge, name, "BINDER_AWS_ROLE", found.arn(role))
