"""What works in an EKS cluster makes what it makes in life, under names and tags by which it can be found again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.aws import given
from binder_deploy.rehearsal.clouds.aws.node_group import scaling_group
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers.eks import furniture
from binder_deploy.rehearsal.controllers.eks.load_balancer import (
    LoadBalancerError,
    host_name,
    is_ours,
    model,
    remove,
)
from binder_deploy.rehearsal.controllers.eks.nodes import FLEET, as_tagged, pool_of
from binder_deploy.rehearsal.controllers.eks.place import Place, denied
from binder_deploy.rehearsal.controllers.eks.storage import EBS, disk
from binder_deploy.rehearsal.controllers.pools import node
from binder_deploy.rehearsal.controllers.storage import ProvisioningError, volume

WHERE = Place("123456789012", "eu-central-1", "demo", "vpc-01")
PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
TAINT = {"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NO_SCHEDULE"}
TEMPLATE = "k8s.io/cluster-autoscaler/node-template"


@pytest.fixture
def cloud() -> Cloud:
    made = Cloud()
    given.account(made, WHERE.account)
    facts = {"name": "demo", "region": WHERE.region, "vpcConfig": {"vpcId": "vpc-01"}}
    made.add("eks/cluster", "demo", {}, facts, "engine")
    made.add("ec2/internetGateway", "igw-01", {}, {"vpcId": "vpc-01"}, "engine")
    for name, zone, cidr in (("public", "a", "10.40.0.0/20"), ("private", "b", "10.40.64.0/18")):
        role = "elb" if name == "public" else "internal-elb"
        subnet = {"vpcId": "vpc-01", "availabilityZone": f"eu-central-1{zone}", "cidrBlock": cidr,
                  "tags": {f"kubernetes.io/role/{role}": "1"}}  # fmt: skip
        made.add("ec2/subnet", f"subnet-{name}", {}, subnet, "engine")
    tie = {"subnetId": "subnet-public", "routeTableId": "rtb-01"}
    made.add("ec2/routeTableAssociation", "tie", {}, tie, "engine")
    route = {"routeTableId": "rtb-01", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-01"}
    made.add("ec2/route", "route", {}, route, "engine")
    made.add("ec2/eip", "eipalloc-01", {}, {"publicIp": "203.0.113.9", "associationId": ""}, "engine")
    return made


# Nodes


def group(cloud: Cloud, **changes: Any) -> Record:
    outputs = {
        "clusterName": "demo", "nodeGroupName": "user", "subnetIds": ["subnet-private"], "capacityType": "ON_DEMAND",
        "instanceTypes": ["m6i.2xlarge"], "releaseVersion": "1.36.0",
        "labels": {"hub.jupyter.org/node-purpose": "user"},
        "taints": [TAINT], "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 0}, **changes,
    }  # fmt: skip
    return cloud.add("eks/nodeGroup", "demo:user", {}, outputs, "engine")


def test_a_node_is_an_instance_of_its_group(cloud: Cloud) -> None:
    made = node(pool_of(group(cloud), cloud), 0, "v1.36.0", FLEET)
    labels = made["metadata"]["labels"]
    assert labels["hub.jupyter.org/node-purpose"] == "user"
    assert labels["eks.amazonaws.com/nodegroup"] == "user"
    assert labels["node.kubernetes.io/instance-type"] == "m6i.2xlarge"
    assert labels["topology.kubernetes.io/zone"] == "eu-central-1b"
    assert labels["topology.kubernetes.io/region"] == "eu-central-1"
    assert made["metadata"]["name"].startswith("ip-10-40-") and made["metadata"]["name"].endswith(
        ".eu-central-1.compute.internal"
    )
    assert made["spec"]["providerID"].startswith("aws:///eu-central-1b/i-0")
    assert made["spec"]["taints"] == [{**TAINT, "effect": "NoSchedule"}]
    allocatable = made["status"]["allocatable"]
    assert (allocatable["cpu"], allocatable["pods"]) == ("7910m", "58")


def test_prefixes_make_room_for_more_pods(cloud: Cloud) -> None:
    addon = {"configurationValues": json.dumps({"env": {"ENABLE_PREFIX_DELEGATION": "true"}})}
    cloud.add("eks/addon", "demo:vpc-cni", {}, addon, "engine")
    assert pool_of(group(cloud), cloud).max_pods == 110


def test_of_an_empty_group_the_autoscaler_knows_its_tags_alone(cloud: Cloud) -> None:
    record = group(cloud)
    pool = pool_of(record, cloud)
    assert as_tagged(pool, cloud).taints == ()
    assert "hub.jupyter.org/node-purpose" not in as_tagged(pool, cloud).labels
    assert as_tagged(pool, cloud).labels["topology.kubernetes.io/region"] == "eu-central-1"
    for key, value in ((f"{TEMPLATE}/label/hub.jupyter.org/node-purpose", "user"),
                       (f"{TEMPLATE}/taint/{TAINT['key']}", "user:NoSchedule")):  # fmt: skip
        facts = {"autoscalingGroupName": scaling_group(record), "tag": {"key": key, "value": value}}
        cloud.add("autoscaling/tag", key, {}, facts, "engine")
    seen = as_tagged(pool, cloud)
    assert seen.labels["hub.jupyter.org/node-purpose"] == "user"
    assert seen.taints == pool.taints


# Rights


def test_a_pod_may_what_the_role_of_its_account_may(cloud: Cloud) -> None:
    ask = (cloud, "kube-system", "autoscaler", "autoscaling:SetDesiredCapacity")
    assert "no Pod Identity association" in str(denied(*ask))
    arn = "arn:aws:iam::123456789012:role/scaler"
    identity = {"namespace": "kube-system", "serviceAccount": "autoscaler", "roleArn": arn}
    cloud.add("eks/podIdentityAssociation", "a-1", {}, identity, "engine")
    assert "has no eks-pod-identity-agent" in str(denied(*ask))
    cloud.add("eks/addon", "demo:eks-pod-identity-agent", {}, {}, "engine")
    cloud.add("iam/role", "scaler", {}, {"name": "scaler", "arn": arn}, "engine")
    assert "not authorized to perform: autoscaling:SetDesiredCapacity" in str(denied(*ask))
    allow = {"Effect": "Allow", "Action": ["autoscaling:Set*"], "Resource": "*"}
    policy = {"role": "scaler", "policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})}
    cloud.add("iam/rolePolicy", "scaler:x", {}, policy, "engine")
    assert denied(*ask) is None


# Disks


def claim() -> dict[str, Any]:
    return {
        "metadata": {"name": "hub-db-dir", "namespace": "binder", "uid": "u-1", "resourceVersion": "5"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }


def storage_class(**parameters: str) -> dict[str, Any]:
    return {"metadata": {"name": "demo-disk"}, "provisioner": "ebs.csi.aws.com", "parameters": parameters}


def test_a_volume_says_whose_it_is() -> None:
    made = disk(claim(), storage_class(type="gp3", tagSpecification_1="binder-deploy=demo"), "eu-central-1b", WHERE)
    tags = made.facts["tags"]
    assert made.id.startswith("vol-0") and len(made.id) == 21
    assert tags["binder-deploy"] == "demo" and tags["CSIVolumeName"] == "pvc-u-1"
    assert tags["ebs.csi.aws.com/cluster"] == "true" and tags["kubernetes.io/cluster/demo"] == "owned"
    body = volume(claim(), storage_class(), made, EBS)
    assert body["spec"]["csi"]["volumeHandle"] == made.id
    (term,) = body["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["eu-central-1b"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"type": "pd-ssd"}, "invalid AWS VolumeType"),
        ({"labels": "a=b"}, "Invalid parameter key labels"),
        ({"tagSpecification_1": "owner"}, "must read key=value"),
    ],
)
def test_what_the_driver_would_refuse_is_refused(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(ProvisioningError, match=message):
        disk(claim(), storage_class(**parameters), "eu-central-1b", WHERE)


def test_no_storage_class_is_the_default_and_addons_tolerate_no_taint_of_ours() -> None:
    (made,) = furniture.objects()
    assert made[1]["metadata"] == {"name": "gp2", "annotations": {}}
    (_, dns) = furniture.addon("coredns")[0]
    assert [t["key"] for t in dns["spec"]["template"]["spec"]["tolerations"]] == ["CriticalAddonsOnly"]


# Load balancers


def service(called: str = "entrypoint", **annotations: str) -> dict[str, Any]:
    given = {"scheme": "internet-facing", "subnets": "subnet-public", "eip-allocations": "eipalloc-01",
             "nlb-target-type": "ip", "name": called, **annotations}  # fmt: skip
    return {
        "metadata": {"name": called, "namespace": "traefik", "uid": f"uid-{called}",
                     "annotations": {PREFIX + k: v for k, v in given.items() if v}},
        "spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb",
                 "ports": [{"port": 80}, {"port": 443}]},
    }  # fmt: skip


def build(cloud: Cloud, of: dict[str, Any]) -> None:
    for part in model(cloud, WHERE, of):
        if cloud.get(part.type, part.id) is None:
            cloud.add(part.type, part.id, {}, part.facts, "controller")


def test_a_service_is_served_by_its_class_or_its_annotation() -> None:
    assert is_ours(service())
    plain = service()
    del plain["spec"]["loadBalancerClass"]
    assert not is_ours(plain)
    plain["metadata"]["annotations"][PREFIX + "type"] = "external"
    assert is_ours(plain)
    plain["spec"]["type"] = "ClusterIP"
    assert not is_ours(plain)


def test_all_that_is_made_is_tagged_and_in_the_vpc(cloud: Cloud) -> None:
    made = model(cloud, WHERE, service(**{"additional-resource-tags": "owner=me"}))
    assert sorted(p.type for p in made) == [
        "ec2/networkInterface", "ec2/securityGroup", "ec2/securityGroup", "lb/listener", "lb/listener",
        "lb/loadBalancer", "lb/targetGroup", "lb/targetGroup",
    ]  # fmt: skip
    assert all(p.facts["vpcId"] == "vpc-01" for p in made)
    balancer = next(p for p in made if p.type == "lb/loadBalancer")
    assert balancer.facts["tags"] == {
        "owner": "me", "elbv2.k8s.aws/cluster": "demo", "service.k8s.aws/stack": "traefik/entrypoint",
    }  # fmt: skip
    assert balancer.facts["dnsName"] == host_name(WHERE, service())
    assert host_name(WHERE, service()).endswith(".elb.eu-central-1.amazonaws.com")
    assert len({(p.type, p.id) for p in made}) == len(made)


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"eip-allocations": "eipalloc-01,eipalloc-02"}, r"EIP allocations \(2\) and subnets \(1\) must match"),
        ({"eip-allocations": "eipalloc-99"}, "allocation ID 'eipalloc-99' does not exist"),
        ({"scheme": "internal"}, "only be set for internet facing"),
        ({"scheme": "public"}, "unknown scheme"),
        ({"subnets": "subnet-99"}, "subnet ID 'subnet-99' does not exist"),
        ({"subnets": "subnet-private"}, "no route to an internet gateway"),
        ({"nlb-target-type": "pod"}, "unsupported target type"),
        ({"name": "a" * 33}, "load balancer name"),
    ],
)
def test_what_amazon_could_not_make_is_refused_with_the_reason(
    cloud: Cloud, annotations: dict[str, str], message: str
) -> None:
    with pytest.raises(LoadBalancerError, match=message):
        model(cloud, WHERE, service(**annotations))


def test_without_a_name_subnets_are_found_by_their_role(cloud: Cloud) -> None:
    made = model(cloud, WHERE, service(subnets=""))
    assert next(p for p in made if p.type == "lb/loadBalancer").facts["subnets"] == ["subnet-public"]
    record = cloud.get("ec2/subnet", "subnet-public")
    assert record is not None
    record.outputs["tags"].clear()  # type: ignore[attr-defined]
    with pytest.raises(LoadBalancerError, match=r"0 match VPC and tags: \[kubernetes.io/role/elb\]"):
        model(cloud, WHERE, service(subnets=""))


def test_a_name_is_given_once(cloud: Cloud) -> None:
    build(cloud, service())
    other = service("other", name="entrypoint", **{"eip-allocations": ""})
    with pytest.raises(LoadBalancerError, match="DuplicateLoadBalancerName"):
        model(cloud, WHERE, other)


def test_removal_leaves_other_services_what_is_theirs(cloud: Cloud) -> None:
    mine, other = service(), service("other", **{"eip-allocations": ""})
    build(cloud, mine)
    build(cloud, other)
    remove(cloud, WHERE, mine)
    left = {r.type for r in cloud.records.values() if r.owner == "controller"}
    assert "lb/loadBalancer" in left and len(cloud.of_type("lb/loadBalancer")) == 1
    remove(cloud, WHERE, other)
    assert [r for r in cloud.records.values() if r.owner == "controller"] == []
