"""EKS clusters. The one that a rehearsal creates is the control plane on this machine."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from binder_deploy.rehearsal.clouds import numbers
from binder_deploy.rehearsal.clouds.aws import logs, network, places, policies, rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props
from binder_deploy.settings.eks_names import WITHOUT_EKS

STANDARD, EXTENDED = ("1.34", "1.35", "1.36"), ("1.31", "1.32", "1.33")
"""Versions of Kubernetes in standard and in extended support."""
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
NETWORK_POLICY = policies.PREFIX + "AmazonEKSClusterPolicy"
SELF_MANAGED = ("vpc-cni", "kube-proxy", "coredns")
"""What EKS puts into a cluster by itself unless told otherwise."""
SERVICES = "172.20.0.0/16"
"""What EKS takes for services unless told otherwise."""


def get_cluster(cloud: Cloud, name: str, operation: str) -> Record:
    why = f"No cluster found for name: {name}."
    return rules.get(cloud, "eks/cluster", name, f"EKS {operation}", "ResourceNotFoundException", why)


def caller(cloud: Cloud) -> str:
    """ARN of whoever deploys."""
    return str(cloud.session["caller"])


def principal_of(arn: str) -> str:
    """The role or user behind a caller's ARN: a session of a role is that role."""
    head, _, tail = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{tail.partition('/')[0]}" if tail else arn


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.matches(
        props, "name", r"[0-9A-Za-z][-\w]{0,99}", "1 to 100 letters, digits, - and _, a letter or digit first"
    )
    yield from rules.choice(props, "version", *STANDARD, *EXTENDED)
    support = (props.get("upgradePolicy") or {}).get("supportType")
    yield from rules.choice(props.get("upgradePolicy") or {}, "supportType", "STANDARD", "EXTENDED",
                            path="upgradePolicy.supportType")  # fmt: skip
    if support == "STANDARD" and props.get("version") in EXTENDED:
        yield Problem("upgradePolicy.supportType", f"{props['version']} is in extended support only")
    yield from rules.choice(props.get("accessConfig") or {}, "authenticationMode", "API", "API_AND_CONFIG_MAP",
                            "CONFIG_MAP", path="accessConfig.authenticationMode")  # fmt: skip
    for i, kind in enumerate(props.get("enabledClusterLogTypes") or ()):
        if kind not in LOGS:
            yield Problem(f"enabledClusterLogTypes[{i}]", f"expected one of {list(LOGS)}, got {kind!r}")
    config = props.get("vpcConfig") or {}
    for i, block in enumerate(config.get("publicAccessCidrs") or ()):
        yield from rules.cidr(block, f"vpcConfig.publicAccessCidrs[{i}]")
    if config.get("endpointPublicAccess") is False and not config.get("endpointPrivateAccess"):
        yield Problem("vpcConfig.endpointPrivateAccess", "Private and public endpoint access cannot be both false")
    services = (props.get("kubernetesNetworkConfig") or {}).get("serviceIpv4Cidr")
    if services is not None:
        path = "kubernetesNetworkConfig.serviceIpv4Cidr"
        found = list(rules.cidr(services, path))
        yield from found
        if not found and not 12 <= IPv4Network(services).prefixlen <= 24:
            yield Problem(path, f"{services} must have a prefix between /12 and /24")


def _require(cloud: Cloud, props: Props) -> None:
    present = cloud.get("eks/cluster", props["name"])
    if present is not None:
        _require_upgrade(str(present.outputs["version"]), str(props.get("version") or present.outputs["version"]))
        return
    others = cloud.of_type("eks/cluster")
    if others:
        raise ApiError(
            f"the rehearsal has one control plane, which is {others[0].name}'s; {props['name']} can only be rehearsed "
            "in a deployment of its own"
        )
    role = policies.role_for(cloud, str(props["roleArn"]), "EKS CreateCluster", "eks.amazonaws.com")
    if NETWORK_POLICY not in policies.attached(cloud, role):
        why = f"the role {role.name} has no AmazonEKSClusterPolicy: the control plane could not make its interfaces"
        raise words.refused("EKS CreateCluster", "InvalidParameterException", why)
    _require_network(cloud, props)


def _require_upgrade(present: str, wanted: str) -> None:
    minor, to = (int(v.partition(".")[2]) for v in (present, wanted))
    if to not in (minor, minor + 1):
        why = f"Unsupported Kubernetes minor version update from {present} to {wanted}"
        raise words.refused("EKS UpdateClusterVersion", "InvalidParameterException", why)


def _require_network(cloud: Cloud, props: Props) -> None:
    def refuse(why: str, code: str = "InvalidParameterException") -> ApiError:
        return words.refused("EKS CreateCluster", code, why)

    subnets = [network.get_subnet(cloud, str(id), "EKS CreateCluster") for id in props["vpcConfig"]["subnetIds"]]
    if len({s.outputs["vpcId"] for s in subnets}) > 1:
        raise refuse("Subnets specified must belong to the same VPC")
    if len({s.outputs["availabilityZone"] for s in subnets}) < 2:
        raise refuse("Subnets specified must be in at least two different AZs")
    for subnet in subnets:
        zone = str(subnet.outputs["availabilityZone"])
        if places.zone_id(zone) in WITHOUT_EKS:
            raise refuse(
                f"Cannot create cluster '{props['name']}' because {zone}, the targeted availability zone, does not "
                "currently have sufficient capacity to support the cluster.",
                "UnsupportedAvailabilityZoneException",
            )
    vpc = network.get_vpc(cloud, str(subnets[0].outputs["vpcId"]), "EKS CreateCluster")
    services = (props.get("kubernetesNetworkConfig") or {}).get("serviceIpv4Cidr")
    if services and IPv4Network(services).overlaps(IPv4Network(vpc.outputs["cidrBlock"])):
        raise refuse(f"The service CIDR {services} overlaps with the VPC's ({vpc.outputs['cidrBlock']})")
    if props["vpcConfig"].get("endpointPrivateAccess") and not vpc.outputs.get("enableDnsHostnames"):
        raise refuse(f"Private endpoint access needs enableDnsHostnames and enableDnsSupport of {vpc.id}")


def _security_group(cluster: str) -> str:
    return f"sg-0{numbers.number(f'{cluster} cluster security group', 16)}"


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    name, config = props["name"], props["vpcConfig"]
    vpc = network.get_subnet(cloud, str(config["subnetIds"][0]), "EKS DescribeCluster").outputs["vpcId"]
    issuer = f"https://oidc.eks.{props['region']}.amazonaws.com/id/{numbers.number(name, 32)}"
    outputs: Props = {
        "arn": rules.arn("eks", props, f"cluster/{name}"),
        "status": "ACTIVE",
        "createdAt": old.outputs["createdAt"] if old else numbers.now(),
        "platformVersion": "eks.5",
        "clusterId": "",
        "version": props.get("version", STANDARD[-1]),
        "deletionProtection": props.get("deletionProtection", False),
        "identities": [{"oidcs": [{"issuer": issuer}]}],
        "accessConfig": {
            "authenticationMode": "CONFIG_MAP",
            "bootstrapClusterCreatorAdminPermissions": True,
            **(props.get("accessConfig") or {}),
        },
        "kubernetesNetworkConfig": {
            "ipFamily": "ipv4",
            "serviceIpv4Cidr": SERVICES,
            **(props.get("kubernetesNetworkConfig") or {}),
        },
        "upgradePolicy": {"supportType": "EXTENDED", **(props.get("upgradePolicy") or {})},
        "vpcConfig": {
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["0.0.0.0/0"],
            "securityGroupIds": [],
            **config,
            "vpcId": vpc,
            "clusterSecurityGroupId": _security_group(name),
        },
        **rules.tagged(props),
    }
    if old:
        outputs |= {k: old.outputs[k] for k in ("endpoint", "certificateAuthority")}
    return outputs


def _made(cloud: Cloud, record: Record) -> None:
    """The interfaces by which the control plane reaches the nodes, its security group, and its log."""
    logs.ensure(cloud, record)
    config, name = record.outputs["vpcConfig"], record.name
    group = str(config["clusterSecurityGroupId"])
    owned = {f"kubernetes.io/cluster/{name}": "owned", "aws:eks:cluster-name": name}
    if cloud.get("ec2/securityGroup", group) is None:
        facts = {"name": f"eks-cluster-sg-{name}", "vpcId": config["vpcId"], "tags": owned}
        cloud.add("ec2/securityGroup", group, {}, facts, "controller")
    for subnet in config["subnetIds"]:
        id = f"eni-0{numbers.number(f'{name} {subnet}', 16)}"
        if cloud.get("ec2/networkInterface", id) is None:
            facts = {"name": id, "subnetId": subnet, "vpcId": config["vpcId"], "cluster": name, "groups": [group],
                     "description": f"Amazon EKS {name}", "status": "in-use"}  # fmt: skip
            cloud.add("ec2/networkInterface", id, {}, facts, "controller")


def _delete(cloud: Cloud, record: Record) -> None:
    if record.outputs.get("deletionProtection"):
        raise words.refused(
            "EKS DeleteCluster", "InvalidRequestException",
            f"Cannot delete cluster {record.name}: deletion protection is enabled. Disable it first.",
        )  # fmt: skip
    if any(r.outputs["clusterName"] == record.name for r in cloud.of_type("eks/nodeGroup")):
        raise words.refused("EKS DeleteCluster", "ResourceInUseException", "Cluster has nodegroups attached")
    for part in cloud.of_type("eks/addon", "eks/accessEntry", "eks/accessPolicyAssociation",
                              "eks/podIdentityAssociation"):  # fmt: skip
        if part.outputs["clusterName"] == record.name:
            cloud.remove(part.type, part.id)
    cloud.remove(record.type, record.id)
    role = policies.role(cloud, str(record.outputs["roleArn"]))
    if role is None or NETWORK_POLICY not in policies.attached(cloud, role):
        # The role may not remove what it made: the interfaces stay, and with them subnets and VPC.
        for left in rules.interfaces(cloud, cluster=record.name):
            rules.mark(cloud, left, status="available")
        return
    for interface in rules.interfaces(cloud, cluster=record.name):
        cloud.remove(interface.type, interface.id)
    cloud.remove("ec2/securityGroup", str(record.outputs["vpcConfig"]["clusterSecurityGroupId"]))


def cluster(control_plane: Callable[[], ControlPlane]) -> Kind:
    """The kind, with the control plane to start and stop."""

    def provision(props: Props) -> Props:
        # Imported here: it brings an HTTP client, which most of what this plugin does can do without.
        from binder_deploy.rehearsal.controllers.eks import furniture

        plane, caller = control_plane(), str(props[rules.CALLER])
        endpoint = plane.start(furniture.furnish, caller)
        if (props.get("accessConfig") or {}).get("bootstrapClusterCreatorAdminPermissions", True):
            plane.create([furniture.administrator(principal_of(caller), caller)])
        if props.get("bootstrapSelfManagedAddons", True):
            plane.create(made for addon in SELF_MANAGED for made in furniture.addon(addon))
        authority = {"data": base64.b64encode(endpoint.ca_pem.encode()).decode()}
        return {
            "endpoint": f"https://{endpoint.host}",
            "certificateAuthority": authority,
        }

    def dismantle(record: Record) -> None:
        control_plane().stop()

    return Kind(
        pulumi_type="aws:eks/cluster:Cluster",
        label="EKS Cluster",
        id=lambda props: str(props["name"]),
        outputs=_outputs,
        computed=("arn", "endpoint", "certificateAuthority", "createdAt", "identities",
                  "platformVersion", "status", "clusterId", "vpcConfig"),
        located=rules.LOCATED,
        immutable=frozenset({
            "name", "roleArn", "region", "bootstrapSelfManagedAddons", "encryptionConfig", "outpostConfig",
            "accessConfig.bootstrapClusterCreatorAdminPermissions", "kubernetesNetworkConfig.serviceIpv4Cidr",
            "kubernetesNetworkConfig.ipFamily",
        }),
        check=_check,
        require=_require,
        made=_made,
        delete=_delete,
        provision=provision,
        dismantle=dismantle,
        autoname=100,
    )  # fmt: skip
