"""Roles and what they may do. IAM belongs to the account, not to a region."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds import numbers
from binder_deploy.rehearsal.clouds.aws import policies, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

LONGEST_INLINE = 10240
"""Characters of all inline policies of a role, white space left out."""
NAME = r"[\w+=,.@-]{1,64}", "1 to 64 letters, digits and + = , . @ - _"


def _check_role(props: Props) -> Iterator[Problem]:
    yield from rules.matches(props, "name", *NAME)
    yield from rules.tags(props)
    yield from policies.trust(props.get("assumeRolePolicy"), "assumeRolePolicy")
    if len(props.get("description") or "") > 1000:
        yield Problem("description", "1000 characters are allowed")
    duration = props.get("maxSessionDuration")
    if duration is not None and not 3600 <= int(duration) <= 43200:
        yield Problem("maxSessionDuration", "must lie between 3600 and 43200 seconds")


def _role_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    path = props.get("path") or "/"
    return {
        "arn": f"arn:aws:iam::{props[rules.ACCOUNT]}:role{path}{props['name']}",
        "path": path,
        "createDate": old.outputs["createDate"] if old else numbers.now(),
        "uniqueId": "AROA" + numbers.number(f"{props[rules.ACCOUNT]} {props['name']}", 17),
        "maxSessionDuration": props.get("maxSessionDuration", 3600),
        **rules.tagged(props),
    }


def _delete_role(cloud: Cloud, record: Record) -> None:
    if policies.attached(cloud, record):
        raise words.refused("IAM DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.")
    if any(r.outputs["role"] == record.name for r in cloud.of_type("iam/rolePolicy")):
        raise words.refused("IAM DeleteRole", "DeleteConflict", "Cannot delete entity, must delete policies first.")
    for user in cloud.of_type(*_USERS):
        if user.outputs.get(_USERS[user.type]) == record.outputs["arn"]:
            # IAM would let it go; the cluster, its nodes or pods would fail later, and could not be removed.
            raise words.refused(
                "IAM DeleteRole", "DeleteConflict", f"Cannot delete entity, {user.type} {user.id} still acts in it."
            )
    cloud.remove(record.type, record.id)


_USERS = {"eks/cluster": "roleArn", "eks/nodeGroup": "nodeRoleArn", "eks/podIdentityAssociation": "roleArn"}

ROLE = Kind(
    pulumi_type="aws:iam/role:Role",
    label="IAM Role",
    id=lambda props: str(props["name"]),
    outputs=_role_outputs,
    computed=("arn", "createDate", "uniqueId"),
    located=rules.GLOBAL,
    immutable=frozenset({"name", "namePrefix", "path"}),
    check=_check_role,
    delete=_delete_role,
    autoname=64,
)


def _require_role(cloud: Cloud, name: str, operation: str) -> None:
    rules.get(cloud, "iam/role", name, operation, "NoSuchEntity", f"The role with name {name} cannot be found.")


def _require_attachment(cloud: Cloud, props: Props) -> None:
    _require_role(cloud, str(props["role"]), "IAM AttachRolePolicy")
    arn = str(props["policyArn"])
    if arn.removeprefix(policies.PREFIX) not in policies.MANAGED:
        raise words.refused(
            "IAM AttachRolePolicy", "NoSuchEntity", f"Policy {arn} does not exist or is not attachable."
        )


ATTACHMENT = Kind(
    pulumi_type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    label="IAM Role Policy Attachment",
    id=lambda props: f"{props['role']}/{props['policyArn']}",
    outputs=lambda cloud, props, old: {},
    computed=(),
    located=rules.GLOBAL,
    immutable=frozenset({"role", "policyArn"}),
    require=_require_attachment,
    upsert=True,
)


def _check_policy(props: Props) -> Iterator[Problem]:
    yield from rules.matches(props, "name", r"[\w+=,.@-]{1,128}", "1 to 128 letters, digits and + = , . @ - _")
    yield from policies.identity(props.get("policy"), "policy")


def _policy_id(props: Props) -> str:
    return f"{props['role']}:{props['name']}"


def _require_policy(cloud: Cloud, props: Props) -> None:
    _require_role(cloud, str(props["role"]), "IAM PutRolePolicy")
    others = [r for r in cloud.of_type("iam/rolePolicy") if r.outputs["role"] == props["role"]]
    texts = [str(r.outputs["policy"]) for r in others if r.id != _policy_id(props)]
    if sum(len("".join(text.split())) for text in [*texts, str(props["policy"])]) > LONGEST_INLINE:
        why = f"Maximum policy size of {LONGEST_INLINE} bytes exceeded for role {props['role']}"
        raise words.refused("IAM PutRolePolicy", "LimitExceeded", why)


POLICY = Kind(
    pulumi_type="aws:iam/rolePolicy:RolePolicy",
    label="IAM Role Policy",
    id=_policy_id,
    outputs=lambda cloud, props, old: {},
    computed=(),
    located=rules.GLOBAL,
    immutable=frozenset({"role", "name", "namePrefix"}),
    check=_check_policy,
    require=_require_policy,
    autoname=128,
    upsert=True,
)

KINDS = (ROLE, ATTACHMENT, POLICY)
