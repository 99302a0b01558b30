"""Who may do what in a cluster, and which role a pod has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from binder_deploy.rehearsal.clouds import numbers
from binder_deploy.rehearsal.clouds.aws import policies, rules, words
from binder_deploy.rehearsal.clouds.aws.cluster import get_cluster, principal_of
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

POLICY = "arn:aws:eks::aws:cluster-access-policy/"
ADMINISTRATOR = POLICY + "AmazonEKSClusterAdminPolicy"
POLICIES = ("AmazonEKSAdminPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSEditPolicy",
            "AmazonEKSViewPolicy", "AmazonEKSSecretReaderPolicy")  # fmt: skip
_PRINCIPAL = r"arn:aws[-a-z]*:iam::[0-9]{12}:(role|user)/.+"


# Entries


def _entry_id(props: Props) -> str:
    return f"{props['clusterName']}:{props['principalArn']}"


def _check_entry(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.matches(
        props, "principalArn", _PRINCIPAL, "the form arn:aws:iam::ACCOUNT:role/NAME (or user/NAME); a session is none"
    )
    yield from rules.choice(props, "type", "STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2")
    for i, group in enumerate(props.get("kubernetesGroups") or ()):
        if group.startswith("system:"):
            yield Problem(f"kubernetesGroups[{i}]", f"{group!r}: the prefix system: is reserved")


def _require_entry(cloud: Cloud, props: Props) -> None:
    cluster = get_cluster(cloud, str(props["clusterName"]), "CreateAccessEntry")
    mode = cluster.outputs["accessConfig"]["authenticationMode"]
    if mode == "CONFIG_MAP":
        why = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP]"
        raise words.refused("EKS CreateAccessEntry", "InvalidRequestException", why)
    bootstrapped = cluster.outputs["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]
    if bootstrapped and props["principalArn"] == principal_of(str(cloud.session["caller"])):
        why = "The specified access entry resource is already in use on this cluster."
        raise words.refused("EKS CreateAccessEntry", "ResourceInUseException", why)


def _entry_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    principal = str(props["principalArn"])
    id = numbers.number(_entry_id(props), 12)
    user = principal.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/{{SessionName}}"
    return {
        "accessEntryArn": rules.arn("eks", props, f"access-entry/{props['clusterName']}/{id}"),
        "createdAt": old.outputs["createdAt"] if old else numbers.now(),
        "modifiedAt": numbers.now(),
        "type": props.get("type", "STANDARD"),
        "userName": props.get("userName") or (user if ":role/" in principal else principal),
        "kubernetesGroups": props.get("kubernetesGroups") or [],
        **rules.tagged(props),
    }


def _delete_entry(cloud: Cloud, record: Record) -> None:
    for right in cloud.of_type("eks/accessPolicyAssociation"):
        if _entry_id(right.outputs) == record.id:  # type: ignore[arg-type]
            cloud.remove(right.type, right.id)
    cloud.remove(record.type, record.id)


# Rights


def _right_id(props: Props) -> str:
    return f"{props['clusterName']}#{props['principalArn']}#{props['policyArn']}"


def _check_right(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    policy = props.get("policyArn")
    if policy is not None and str(policy).removeprefix(POLICY) not in POLICIES:
        yield Problem("policyArn", f"{policy!r} is none of {POLICY}({'|'.join(POLICIES)})")
    scope = props.get("accessScope") or {}
    yield from rules.choice(scope, "type", "cluster", "namespace", path="accessScope.type")
    if scope.get("type") == "cluster" and scope.get("namespaces"):
        yield Problem("accessScope.namespaces", "go with type namespace only")


def _require_right(cloud: Cloud, props: Props) -> None:
    get_cluster(cloud, str(props["clusterName"]), "AssociateAccessPolicy")
    rules.get(
        cloud, "eks/accessEntry", _entry_id(props), "EKS AssociateAccessPolicy", "ResourceNotFoundException",
        f"The specified principalArn could not be found: {props['principalArn']}",
    )  # fmt: skip


def _right_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"associatedAt": old.outputs["associatedAt"] if old else numbers.now(), "modifiedAt": numbers.now()}


def kinds(control_plane: Callable[[], ControlPlane]) -> tuple[Kind, ...]:
    """Entries and rights. Who administers the cluster is told to the control plane, which lets nobody else in."""

    def administers(props: Props) -> bool:
        return bool(props["policyArn"] == ADMINISTRATOR and props["accessScope"]["type"] == "cluster")

    def provision(props: Props) -> Props:
        from binder_deploy.rehearsal.controllers.eks import furniture

        if administers(props):
            principal, caller = str(props["principalArn"]), str(props[rules.CALLER])
            user = caller if principal_of(caller) == principal else principal
            control_plane().create([furniture.administrator(principal, user)])
        return {}

    def dismantle(record: Record) -> None:
        from binder_deploy.rehearsal.controllers.eks import furniture

        control_plane().delete([furniture.administrator(str(record.outputs["principalArn"]), "")])

    entry = Kind(
        pulumi_type="aws:eks/accessEntry:AccessEntry",
        label="EKS Access Entry",
        id=_entry_id,
        outputs=_entry_outputs,
        computed=("accessEntryArn", "createdAt", "modifiedAt"),
        located=rules.LOCATED,
        immutable=frozenset({"clusterName", "principalArn", "type", "region"}),
        check=_check_entry,
        require=_require_entry,
        delete=_delete_entry,
        dismantle=dismantle,
    )
    right = Kind(
        pulumi_type="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        label="EKS Access Policy Association",
        id=_right_id,
        outputs=_right_outputs,
        computed=("associatedAt", "modifiedAt"),
        located=rules.LOCATED,
        immutable=frozenset({"clusterName", "principalArn", "policyArn", "accessScope", "region"}),
        check=_check_right,
        require=_require_right,
        provision=provision,
        dismantle=dismantle,
    )
    return entry, right, POD_IDENTITY


# Roles of pods


def _check_identity(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    name = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
    for field in ("namespace", "serviceAccount"):
        yield from rules.matches(props, field, name, "the form of a Kubernetes name")


def _require_identity(cloud: Cloud, props: Props) -> None:
    get_cluster(cloud, str(props["clusterName"]), "CreatePodIdentityAssociation")
    policies.role_for(cloud, str(props["roleArn"]), "EKS CreatePodIdentityAssociation", policies.POD_IDENTITY,
                      "sts:AssumeRole", "sts:TagSession")  # fmt: skip
    there = identity_of(cloud, str(props["namespace"]), str(props["serviceAccount"]))
    if there is not None and "__unique" in props:
        raise words.refused(
            "EKS CreatePodIdentityAssociation", "ResourceInUseException", f"Association already exists: {there.id}"
        )


def identity_of(cloud: Cloud, namespace: str, account: str) -> Record | None:
    """The association of a service account."""
    for record in cloud.of_type("eks/podIdentityAssociation"):
        if (record.outputs["namespace"], record.outputs["serviceAccount"]) == (namespace, account):
            return record
    return None


def _identity_id(props: Props) -> str:
    return f"a-{props['__unique'][:17]}"


def _identity_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _identity_id(props)
    return {
        "associationId": id,
        "associationArn": rules.arn("eks", props, f"podidentityassociation/{props['clusterName']}/{id}"),
        **rules.tagged(props),
    }


POD_IDENTITY = Kind(
    pulumi_type="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    label="EKS Pod Identity Association",
    id=_identity_id,
    imported=lambda cloud, id: id.partition(",")[2],
    outputs=_identity_outputs,
    computed=("associationId", "associationArn"),
    located=rules.LOCATED,
    immutable=frozenset({"clusterName", "namespace", "serviceAccount", "region"}),
    check=_check_identity,
    require=_require_identity,
    unique=True,
)
