"""Managed node groups, their autoscaling groups, and the tags on those."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds import numbers, values
from binder_deploy.rehearsal.clouds.aws import addons, machines, network, policies, routes, rules, words
from binder_deploy.rehearsal.clouds.aws.cluster import get_cluster
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props
from binder_deploy.settings.machines import ec2

GROUP = "autoscaling/group"
IMAGES = ("AL2023_x86_64_STANDARD", "AL2023_x86_64_NVIDIA", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64",
          "BOTTLEROCKET_x86_64_NVIDIA", "CUSTOM")  # fmt: skip
EFFECTS = ("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def _id(props: Props) -> str:
    return f"{props['clusterName']}:{props['nodeGroupName']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.matches(
        props, "nodeGroupName", r"[0-9A-Za-z][-\w]{0,62}", "1 to 63 letters, digits, - and _, a letter or digit first"
    )
    yield from rules.choice(props, "amiType", *IMAGES)
    yield from rules.choice(props, "capacityType", "ON_DEMAND", "SPOT")
    yield from _check_machines(props)
    yield from _check_scaling(props)
    yield from values.node_labels(props.get("labels"), "labels")
    for key in props.get("labels") or {}:
        if key.startswith("eks.amazonaws.com/"):
            yield Problem(f"labels[{key!r}]", "the prefix eks.amazonaws.com is reserved")
    yield from values.node_taints(props.get("taints"), "taints", EFFECTS)
    if len(props.get("taints") or ()) > 50:
        yield Problem("taints", "50 taints are allowed")


def _check_machines(props: Props) -> Iterator[Problem]:
    for i, name in enumerate(props.get("instanceTypes") or ()):
        found = list(machines.machine(name, f"instanceTypes[{i}]"))
        yield from found
        if not found and str(props.get("amiType")).endswith("_NVIDIA") and not ec2.machine(name).gpus:
            why = f"[{name}] is not a valid instance type for requested amiType {props['amiType']}"
            yield Problem(f"instanceTypes[{i}]", why)
    template = props.get("launchTemplate")
    if template is None:
        return
    if props.get("diskSize"):
        yield Problem("diskSize", "Disk size must be specified within the launch template.")
    if props.get("remoteAccess"):
        yield Problem("remoteAccess", "Remote access configuration cannot be specified with a launch template.")
    if template.get("id") and template.get("name"):
        yield Problem("launchTemplate.name", "conflicts with launchTemplate.id")


def _check_scaling(props: Props) -> Iterator[Problem]:
    scaling = {name: int(size) for name, size in (props.get("scalingConfig") or {}).items()}
    least, most = scaling.get("minSize", 0), scaling.get("maxSize", 1)
    wanted = scaling.get("desiredSize", least)
    if most < 1:
        yield Problem("scalingConfig.maxSize", "must be at least 1")
    if least > most:
        yield Problem("scalingConfig.minSize", f"Minimum capacity {least} can't be greater than maximum size {most}")
    elif not least <= wanted <= most:
        why = f"desired capacity {wanted} must lie between the minimum size {least} and the maximum size {most}"
        yield Problem("scalingConfig.desiredSize", why)
    update = props.get("updateConfig")
    if update and len({"maxUnavailable", "maxUnavailablePercentage"} & set(update)) > 1:
        yield Problem("updateConfig", "either maxUnavailable or maxUnavailablePercentage")


def _refuse(why: str, code: str = "InvalidParameterException") -> ApiError:
    return words.refused("EKS CreateNodegroup", code, why)


def _unready(props: Props, why: str) -> ApiError:
    """What a node group comes to whose machines never join."""
    return words.timed_out(
        f"EKS Node Group ({_id(props)}) create", "CREATE_FAILED",
        f"NodeCreationFailure: Instances failed to join the kubernetes cluster: {why}",
    )  # fmt: skip


def _require(cloud: Cloud, props: Props) -> None:
    cluster = get_cluster(cloud, str(props["clusterName"]), "CreateNodegroup")
    version = str(props.get("version") or cluster.outputs["version"])
    if _minor(version) > _minor(str(cluster.outputs["version"])):
        raise _refuse(f"Requested Nodegroup version {version} is ahead of the cluster's {cluster.outputs['version']}")
    _require_template(cloud, props)
    for id in props["subnetIds"]:
        subnet = network.get_subnet(cloud, str(id), "EKS CreateNodegroup")
        if subnet.outputs["vpcId"] != cluster.outputs["vpcConfig"]["vpcId"]:
            raise _refuse(f"Subnet {id} does not belong to the VPC of cluster {cluster.name}")
        if subnet.owner != "given":
            _require_way_out(cloud, props, subnet)
    role = policies.role_for(cloud, str(props["nodeRoleArn"]), "EKS CreateNodegroup", "ec2.amazonaws.com")
    _require_rights(cloud, props, role)
    if cluster.outputs.get("bootstrapSelfManagedAddons") is False:
        for addon in ("vpc-cni", "kube-proxy"):
            if addons.find(cloud, cluster.name, addon) is None:
                raise _unready(props, f"the cluster has no {addon}; install the add-on before the first node")


def _require_template(cloud: Cloud, props: Props) -> None:
    template = props.get("launchTemplate")
    if not template:
        return
    found = [r for r in cloud.of_type("ec2/launchTemplate")
             if r.id == template.get("id") or r.outputs["name"] == template.get("name")]  # fmt: skip
    if not found:
        raise _refuse(f"The specified launch template, {template}, does not exist.", "InvalidRequestException")
    facts, version = found[0].outputs, str(template.get("version") or "")
    if version not in ("$Latest", "$Default") and not version.isdigit():
        raise _refuse(f"Launch template version {version!r} is none", "InvalidRequestException")
    if version.isdigit() and int(version) > int(facts["latestVersion"]):
        raise _refuse(f"Could not find launch template version {version}", "InvalidRequestException")
    if facts.get("instanceType") and props.get("instanceTypes"):
        raise _refuse("Cannot specify instance types in launch template and API request", "InvalidRequestException")
    if facts.get("iamInstanceProfile"):
        raise _refuse("Launch template should not specify an instance profile", "InvalidRequestException")
    hops = (facts.get("metadataOptions") or {}).get("httpEndpoint")
    if hops == "disabled":
        raise _unready(props, "the launch template disables the metadata service")


def _require_way_out(cloud: Cloud, props: Props, subnet: Record) -> None:
    leads = routes.way_out(cloud, subnet)
    if leads is None:
        raise _unready(props, f"subnet {subnet.id} has no default route")
    if leads == "ec2/internetGateway" and not subnet.outputs.get("mapPublicIpOnLaunch"):
        why = f"One or more Amazon EC2 Subnets of [{subnet.id}] does not automatically assign public IP addresses"
        raise _refuse(why, "Ec2SubnetInvalidConfiguration")


def _require_rights(cloud: Cloud, props: Props, role: Record) -> None:
    arn = str(role.outputs["arn"])
    if not any("/AmazonEKSWorkerNode" in policy for policy in policies.attached(cloud, role)):
        raise _unready(props, f"the role {role.name} has no AmazonEKSWorkerNodePolicy")
    if not all(policies.allows(cloud, arn, action) for action in _PULL):
        raise _unready(props, f"the role {role.name} may not pull images (AmazonEC2ContainerRegistryPullOnly)")
    own = any(
        (r.outputs["namespace"], r.outputs["serviceAccount"]) == ("kube-system", "aws-node")
        for r in cloud.of_type("eks/podIdentityAssociation")
    )
    if not own and not policies.allows(cloud, arn, "ec2:AssignPrivateIpAddresses"):
        why = f"nothing gives aws-node the right to take addresses (AmazonEKS_CNI_Policy on {role.name})"
        raise _unready(props, why)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def scaling_group(props: Props | Record) -> str:
    """Name of the autoscaling group that EKS makes for a node group."""
    facts = props.outputs if isinstance(props, Record) else props
    code = numbers.number(f"{facts['clusterName']} {facts['nodeGroupName']}", 20)
    parts = (code[:8], code[8:12], code[12:16], code[16:20], code[:12])
    return f"eks-{facts['nodeGroupName']}-{'-'.join(parts)}"


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    cluster = get_cluster(cloud, str(props["clusterName"]), "DescribeNodegroup")
    path = f"nodegroup/{props['clusterName']}/{props['nodeGroupName']}/{numbers.number(_id(props), 12)}"
    version = str(props.get("version") or cluster.outputs["version"])
    return {
        "arn": rules.arn("eks", props, path),
        "status": "ACTIVE",
        "version": version,
        "releaseVersion": f"{version}.0-20261101",
        "amiType": props.get("amiType", IMAGES[0]),
        "capacityType": props.get("capacityType", "ON_DEMAND"),
        "instanceTypes": props.get("instanceTypes") or ["t3.medium"],
        "diskSize": props.get("diskSize", 0 if props.get("launchTemplate") else 20),
        "resources": [{"autoscalingGroups": [{"name": scaling_group(props)}], "remoteAccessSecurityGroupId": ""}],
        **rules.tagged(props),
    }


def _made(cloud: Cloud, record: Record) -> None:
    name, cluster = scaling_group(record), record.outputs["clusterName"]
    if cloud.get(GROUP, name) is None:
        tags = {"eks:cluster-name": cluster, "eks:nodegroup-name": record.outputs["nodeGroupName"],
                "k8s.io/cluster-autoscaler/enabled": "true", f"k8s.io/cluster-autoscaler/{cluster}": "owned",
                f"kubernetes.io/cluster/{cluster}": "owned"}  # fmt: skip
        facts = {"name": name, "tags": tags, "nodeGroup": record.id}
        cloud.add(GROUP, name, {}, facts, "controller")


def _delete(cloud: Cloud, record: Record) -> None:
    for interface in rules.interfaces(cloud, nodeGroup=record.id):
        cloud.remove(interface.type, interface.id)
    name = scaling_group(record)
    for tag in cloud.of_type("autoscaling/tag"):
        if tag.outputs["autoscalingGroupName"] == name:
            cloud.remove(tag.type, tag.id)
    cloud.remove(GROUP, name)
    cloud.remove(record.type, record.id)


NODE_GROUP = Kind(
    pulumi_type="aws:eks/nodeGroup:NodeGroup",
    label="EKS Node Group",
    id=_id,
    outputs=_outputs,
    computed=("arn", "status", "resources", "releaseVersion"),
    located=rules.LOCATED,
    immutable=frozenset({
        "clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "amiType", "capacityType",
        "diskSize", "instanceTypes", "remoteAccess", "launchTemplate.id", "launchTemplate.name", "region",
    }),
    check=_check,
    require=_require,
    made=_made,
    delete=_delete,
    autoname=63,
    name="nodeGroupName",
)  # fmt: skip


def _tag_id(props: Props) -> str:
    return f"{props['autoscalingGroupName']},{props['tag']['key']}"


def _check_tag(props: Props) -> Iterator[Problem]:
    tag = props.get("tag") or {}
    if "key" in tag:
        for problem in rules.tags({"tags": {tag["key"]: tag.get("value", "")}}):
            yield Problem("tag", problem.reason)


def _require_tag(cloud: Cloud, props: Props) -> None:
    name = str(props["autoscalingGroupName"])
    why = f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
    rules.get(cloud, GROUP, name, "Auto Scaling CreateOrUpdateTags", "ValidationError", why)


SCALING_TAG = Kind(
    pulumi_type="aws:autoscaling/tag:Tag",
    label="Auto Scaling Tag",
    id=_tag_id,
    outputs=lambda cloud, props, old: {},
    computed=(),
    located=rules.LOCATED,
    immutable=frozenset({"autoscalingGroupName", "tag.key", "region"}),
    check=_check_tag,
    require=_require_tag,
    upsert=True,
)

KINDS = (NODE_GROUP, SCALING_TAG)
