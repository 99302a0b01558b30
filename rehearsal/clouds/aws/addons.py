"""Add-ons that EKS installs into a cluster. What they put there is in `controllers.eks.furniture`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from binder_deploy.rehearsal.clouds import numbers
from binder_deploy.rehearsal.clouds.aws import rules, words
from binder_deploy.rehearsal.clouds.aws.cluster import get_cluster
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

VERSIONS: Mapping[str, str] = {
    "vpc-cni": "v1.21.1-eksbuild.1",
    "kube-proxy": "v{kubernetes}.0-eksbuild.2",
    "coredns": "v1.13.1-eksbuild.1",
    "aws-ebs-csi-driver": "v1.53.0-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.1",
    "metrics-server": "v0.8.0-eksbuild.3",
    "aws-efs-csi-driver": "v2.1.13-eksbuild.1",
    "snapshot-controller": "v8.3.0-eksbuild.1",
    "amazon-cloudwatch-observability": "v4.6.0-eksbuild.1",
}
"""Add-on → the version that EKS offers; only this one is played."""

NEED_NODES = frozenset({"coredns", "aws-ebs-csi-driver", "metrics-server", "aws-efs-csi-driver", "snapshot-controller"})
"""Their pods run on ordinary nodes and tolerate no taint of ours: without a node they are never ready."""

_TEXT = {"vpc-cni": {"enableNetworkPolicy", "enableWindowsIpam", "enableWindowsPrefixDelegation"}}
"""Add-on → keys of its configuration that must be texts "true" or "false", not booleans."""
_KEYS = {
    "vpc-cni": {
        "affinity", "eniConfig", "env", "init", "livenessProbeTimeoutSeconds", "nodeAgent", "nodeSelector",
        "podAnnotations", "podLabels", "readinessProbeTimeoutSeconds", "resources", "tolerations", *_TEXT["vpc-cni"],
    }
}  # fmt: skip
"""Add-on → all keys of its configuration, where they are known here."""


def version(addon: str, kubernetes: str) -> str:
    """The version of an add-on that goes with a version of Kubernetes. Raises `KeyError`."""
    return VERSIONS[addon].format(kubernetes=kubernetes)


def find(cloud: Cloud, cluster: str, addon: str) -> Record | None:
    return cloud.get("eks/addon", f"{cluster}:{addon}")


def _id(props: Props) -> str:
    return f"{props['clusterName']}:{props['addonName']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.choice(props, "addonName", *VERSIONS)
    yield from rules.choice(props, "resolveConflictsOnCreate", "NONE", "OVERWRITE")
    yield from rules.choice(props, "resolveConflictsOnUpdate", "NONE", "OVERWRITE", "PRESERVE")
    configuration, wrong = rules.parsed(props.get("configurationValues"), "configurationValues")
    yield from wrong
    if configuration is not None:
        yield from _configuration(str(props.get("addonName")), configuration)


def _configuration(addon: str, given: Any) -> Iterator[Problem]:
    def problem(why: str) -> Problem:
        return Problem("configurationValues", f"Json schema validation failed with error: [{why}]")

    if not isinstance(given, dict):
        yield problem("$: object expected")
        return
    for key, value in given.items():
        if addon in _KEYS and key not in _KEYS[addon]:
            yield problem(f"$.{key}: is not defined in the schema and the schema does not allow additional properties")
        if key in _TEXT.get(addon, ()) and value not in ("true", "false"):
            yield problem(f"$.{key}: {type(value).__name__} found, string expected")
    for key, value in (given.get("env") or {}).items() if addon == "vpc-cni" else ():
        if not isinstance(value, str):
            yield problem(f"$.env.{key}: {type(value).__name__} found, string expected")


def _require(cloud: Cloud, props: Props) -> None:
    name, addon = str(props["clusterName"]), str(props["addonName"])
    cluster = get_cluster(cloud, name, "CreateAddon")
    offered = version(addon, str(cluster.outputs["version"]))
    wanted = props.get("addonVersion")
    if wanted is not None and wanted != offered and find(cloud, name, addon) is None:
        kubernetes = cluster.outputs["version"]
        why = f"Addon version specified is not supported for Kubernetes {kubernetes}: {wanted}; {offered} is"
        raise words.refused("EKS CreateAddon", "InvalidParameterException", why)
    if addon in NEED_NODES and not any(_hosts(group) for group in cloud.of_type("eks/nodeGroup")):
        raise words.timed_out(
            f"EKS Add-On ({_id(props)}) create", "DEGRADED",
            "InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of "
            "replicas (no node group has a node without a taint yet)",
        )  # fmt: skip


def _hosts(group: Record) -> bool:
    return bool(group.outputs["scalingConfig"]["desiredSize"]) and not group.outputs.get("taints")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    cluster = get_cluster(cloud, str(props["clusterName"]), "DescribeAddon")
    offered = version(str(props["addonName"]), str(cluster.outputs["version"]))
    path = f"addon/{props['clusterName']}/{props['addonName']}/{numbers.number(_id(props), 12)}"
    return {
        "arn": rules.arn("eks", props, path),
        "addonVersion": props.get("addonVersion") or (old.outputs["addonVersion"] if old else offered),
        "configurationValues": props.get("configurationValues", ""),
        "createdAt": old.outputs["createdAt"] if old else numbers.now(),
        "modifiedAt": numbers.now(),
        **rules.tagged(props),
    }


def addon(control_plane: Callable[[], ControlPlane]) -> Kind:
    """The kind, with the control plane into which an add-on is put."""

    def provision(props: Props) -> Props:
        from binder_deploy.rehearsal.controllers.eks import furniture

        control_plane().create(furniture.addon(str(props["addonName"])))
        return {}

    def dismantle(record: Record) -> None:
        from binder_deploy.rehearsal.controllers.eks import furniture

        if not record.outputs.get("preserve"):
            control_plane().delete(furniture.addon(str(record.outputs["addonName"])))

    return Kind(
        pulumi_type="aws:eks/addon:Addon",
        label="EKS Add-On",
        id=_id,
        outputs=_outputs,
        computed=("arn", "createdAt", "modifiedAt"),
        located=rules.LOCATED,
        immutable=frozenset({"clusterName", "addonName", "region"}),
        check=_check,
        require=_require,
        provision=provision,
        dismantle=dismantle,
    )
