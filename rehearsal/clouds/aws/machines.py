"""Launch templates: what a node group's machines are made from."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.aws import network, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props
from binder_deploy.settings.machines import UnknownMachineError, ec2

VOLUMES = ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard")


def machine(name: str, path: str) -> Iterator[Problem]:
    """The instance type exists."""
    try:
        ec2.machine(name)
    except UnknownMachineError as error:
        yield Problem(path, str(error))


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.matches(props, "name", r"[-a-zA-Z0-9().\\/_]{3,128}", "3 to 128 letters, digits and - ( ) . / _")
    if props.get("instanceType"):
        yield from machine(props["instanceType"], "instanceType")
    metadata = props.get("metadataOptions") or {}
    for field, allowed in (("httpEndpoint", ("enabled", "disabled")), ("httpTokens", ("optional", "required"))):
        yield from rules.choice(metadata, field, *allowed, path=f"metadataOptions.{field}")
    hops = metadata.get("httpPutResponseHopLimit")
    if hops is not None and not 1 <= int(hops) <= 64:
        yield Problem("metadataOptions.httpPutResponseHopLimit", "must lie between 1 and 64")
    for i, block in enumerate(props.get("blockDeviceMappings") or ()):
        path, disk = f"blockDeviceMappings[{i}].ebs", block.get("ebs") or {}
        yield from rules.choice(disk, "volumeType", *VOLUMES, path=f"{path}.volumeType")
        size = disk.get("volumeSize")
        if size is not None and not 1 <= int(size) <= 16384:
            yield Problem(f"{path}.volumeSize", f"must lie between 1 and 16384 GiB, not {size}")
    for i, specification in enumerate(props.get("tagSpecifications") or ()):
        path = f"tagSpecifications[{i}]"
        yield from rules.choice(
            specification, "resourceType", "instance", "volume", "network-interface", "spot-instances-request",
            path=f"{path}.resourceType",
        )  # fmt: skip
        yield from rules.tags(specification, path=f"{path}.tags")


def _id(props: Props) -> str:
    return network.unique("lt", props)


def _require(cloud: Cloud, props: Props) -> None:
    if "__unique" in props and any(r.outputs["name"] == props["name"] for r in cloud.of_type("ec2/launchTemplate")):
        raise words.refused(
            "EC2 CreateLaunchTemplate", "InvalidLaunchTemplateName.AlreadyExistsException",
            f"Launch template name already in use: {props['name']}.",
        )  # fmt: skip


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _id(props)
    latest = int(old.outputs["latestVersion"]) + 1 if old else 1
    default = latest if props.get("updateDefaultVersion") or not old else old.outputs["defaultVersion"]
    return {
        "arn": rules.arn("ec2", props, f"launch-template/{id}"),
        "latestVersion": latest,
        "defaultVersion": props.get("defaultVersion", default),
        **rules.tagged(props),
    }


def _delete(cloud: Cloud, record: Record) -> None:
    for group in cloud.of_type("eks/nodeGroup"):
        template = group.outputs.get("launchTemplate") or {}
        if record.id == template.get("id") or record.outputs["name"] == template.get("name"):
            # EC2 would let it go; the node group would be degraded, and make no node any more.
            why = f"Launch template {record.id} is in use by node group {group.id}."
            raise words.refused("EC2 DeleteLaunchTemplate", "DependencyViolation", why)
    cloud.remove(record.type, record.id)


LAUNCH_TEMPLATE = Kind(
    pulumi_type="aws:ec2/launchTemplate:LaunchTemplate",
    label="EC2 Launch Template",
    id=_id,
    outputs=_outputs,
    computed=("arn", "latestVersion", "defaultVersion"),
    located=rules.LOCATED,
    immutable=frozenset({"name", "namePrefix", "region"}),
    check=_check,
    require=_require,
    delete=_delete,
    autoname=128,
    unique=True,
)

KINDS = (LAUNCH_TEMPLATE,)
