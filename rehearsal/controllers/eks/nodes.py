"""Managed node groups as nodes, and the cluster autoscaler, which is a pod like any other on EKS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.aws import addons
from binder_deploy.rehearsal.clouds.aws.node_group import scaling_group
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.controllers import nodes as machines
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.eks.place import controller, denied, place, subnets
from binder_deploy.rehearsal.controllers.pools import Fleet, Pool
from binder_deploy.rehearsal.controllers.scene import Scene, properties
from binder_deploy.settings.machines import ec2

NODE_GROUP = "eks/nodeGroup"
INTERFACE = "ec2/networkInterface"
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "PREFER_NO_SCHEDULE": "PreferNoSchedule", "NO_EXECUTE": "NoExecute"}
"""EKS's names for a taint's effect → Kubernetes'."""
AUTOSCALERS = ("aws-cluster-autoscaler", "cluster-autoscaler")
"""What its chart calls it."""
TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
RIGHTS = ("autoscaling:DescribeAutoScalingGroups", "autoscaling:SetDesiredCapacity",
          "autoscaling:TerminateInstanceInAutoScalingGroup")  # fmt: skip


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    return machines.reconcile(scene, FLEET)


def pool_of(record: Record, cloud: Cloud) -> Pool:
    """From the cloud's record. Raises `UnknownMachineError` for an instance type that we know nothing of."""
    facts = properties(record)
    scaling: Mapping[str, Any] = facts["scalingConfig"]
    kind = ec2.machine(str(facts["instanceTypes"][0]), prefixes=_prefixes(cloud, str(facts["clusterName"])))
    inside = subnets(cloud, [str(id) for id in facts["subnetIds"]])
    zones = tuple(str(s.outputs["availabilityZone"]) for s in inside)
    generation = sha256(f"{record.id} {record.created}".encode()).hexdigest()[:8]
    name = str(facts["nodeGroupName"])
    base = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": kind.name,
        "topology.kubernetes.io/region": zones[0][:-1],
    }
    own = {
        "eks.amazonaws.com/nodegroup": name,
        "eks.amazonaws.com/capacityType": str(facts["capacityType"]),
        "eks.amazonaws.com/nodegroup-image": f"ami-0{number(str(facts['releaseVersion']), 16)}",
        "k8s.io/cloud-provider-aws": number(str(facts["clusterName"]), 32),
    }
    return Pool(
        name=name,
        prefix=f"{name}-{generation}",
        zones=zones,
        ranges=tuple(str(s.outputs["cidrBlock"]) for s in inside),
        machine=kind,
        floor=max(int(scaling["minSize"]), int(scaling["desiredSize"])),
        ceiling=int(scaling["maxSize"]),
        labels={**base, **own, **(facts.get("labels") or {})},
        taints=tuple(
            {"key": t["key"], "value": t.get("value") or "", "effect": EFFECTS[t["effect"]]}
            for t in facts.get("taints") or ()
        ),
        max_pods=kind.allocatable.pods,
        home=record.id,
    )


def _prefixes(cloud: Cloud, cluster: str) -> bool:
    """Whether the VPC CNI gives whole prefixes to nodes."""
    addon = addons.find(cloud, cluster, "vpc-cni")
    configuration = json.loads((addon.outputs.get("configurationValues") if addon else "") or "{}")
    return (configuration.get("env") or {}).get("ENABLE_PREFIX_DELEGATION") == "true"


def _name(pool: Pool, index: int) -> str:
    region = pool.labels["topology.kubernetes.io/region"]
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{pool.address(index).replace('.', '-')}.{domain}"


def _instance(name: str) -> str:
    return f"i-0{number(name, 16)}"


def _note(scene: Scene, pool: Pool, body: Object) -> None:
    """A machine has a network interface, which holds its subnet and goes with its node group."""
    name, zone = body["metadata"]["name"], body["metadata"]["labels"]["topology.kubernetes.io/zone"]
    id = f"eni-0{number(name, 16)}"
    with scene.cloud.transaction() as cloud:
        group = cloud.get(NODE_GROUP, pool.home)
        where = place(cloud)
        if group is None or where is None or cloud.get(INTERFACE, id):
            return
        inside = subnets(cloud, list(group.outputs["subnetIds"]))
        subnet = next(s for s in inside if s.outputs["availabilityZone"] == zone)
        facts = {
            "name": id, "subnetId": subnet.id, "vpcId": where.vpc, "nodeGroup": group.id, "status": "in-use",
            "description": f"aws-K8S-{_instance(name)}",
            "tags": {"cluster.k8s.amazonaws.com/name": where.cluster,
                     "node.k8s.amazonaws.com/instance_id": _instance(name)},
        }  # fmt: skip
        cloud.add(INTERFACE, id, {}, facts, "controller")


def _scaled(scene: Scene, pools: list[Pool], members: Mapping[str, list[Object]]) -> list[Pool]:
    """Nobody scales node groups but an autoscaler in the cluster that has the right to, and of an empty group it knows
    only what the tags of the autoscaling group say."""
    pod = controller(scene, *AUTOSCALERS)
    cloud = scene.cloud.read()
    if pod is None:
        return []
    account = pod["spec"].get("serviceAccountName", "default")
    if denied(cloud, pod["metadata"]["namespace"], account, *RIGHTS):
        return []
    return [pool if members.get(pool.name) else as_tagged(pool, cloud) for pool in pools]


def as_tagged(pool: Pool, cloud: Cloud) -> Pool:
    """An empty group as the autoscaler imagines its nodes."""
    group = cloud.get(NODE_GROUP, pool.home)
    if group is None:
        return pool
    tags = {
        str(r.outputs["tag"]["key"]): str(r.outputs["tag"]["value"])
        for r in cloud.of_type("autoscaling/tag")
        if r.outputs["autoscalingGroupName"] == scaling_group(group)
    }
    told = ("kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/")
    labels = {k: v for k, v in pool.labels.items() if k.startswith(told)}
    labels |= {k.removeprefix(f"{TEMPLATE}/label/"): v for k, v in tags.items() if k.startswith(f"{TEMPLATE}/label/")}
    taints = tuple(
        {"key": k.removeprefix(f"{TEMPLATE}/taint/"), "value": v.rpartition(":")[0], "effect": v.rpartition(":")[2]}
        for k, v in tags.items()
        if k.startswith(f"{TEMPLATE}/taint/")
    )
    return replace(pool, labels=labels, taints=taints)


FLEET = Fleet(
    record=NODE_GROUP,
    pool_of=pool_of,
    name=_name,
    provider_id=lambda pool, zone, name: f"aws:///{zone}/{_instance(name)}",
    os_image="Amazon Linux 2023.9.20261101",
    zone_labels=("topology.kubernetes.io/zone", "topology.ebs.csi.aws.com/zone"),
    scaled=_scaled,
    note=_note,
)
