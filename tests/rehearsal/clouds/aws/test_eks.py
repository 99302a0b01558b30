"""Clusters, their nodes and who may enter: what EKS demands of the rest, and in which order it lets go."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

DEPLOYER = "arn:aws:iam::123456789012:role/binder-deploy-rehearsal"
SESSION = "arn:aws:sts::123456789012:assumed-role/binder-deploy-rehearsal/session"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def bindings(amazon: Any) -> list[Any]:
    found = [body for (path, _), body in amazon.control_plane.inside.items() if path.endswith("clusterrolebindings")]
    return [subject["name"] for body in found for subject in body["subjects"]]


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"version": "1.29"}, "version", "expected one of"),
        ({"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}}, "upgradePolicy.supportType", "extended"),
        ({"name": "-demo"}, "name", "letter or digit first"),
        ({"enabledClusterLogTypes": ["audits"]}, "enabledClusterLogTypes[0]", "expected one of"),
        ({"accessConfig": {"authenticationMode": "IAM"}}, "accessConfig.authenticationMode", "expected one of"),
        ({"vpcConfig": {"subnetIds": ["a"], "publicAccessCidrs": ["1.2.3.4/8"]}}, "vpcConfig.publicAccessCidrs[0]",
         "host bits"),
        ({"vpcConfig": {"subnetIds": ["a"], "endpointPublicAccess": False}}, "vpcConfig.endpointPrivateAccess",
         "cannot be both false"),
    ],
)  # fmt: skip
def test_a_cluster_that_eks_refuses_is_refused(amazon: Any, changed: dict[str, Any], path: str, reason: str) -> None:
    inputs = {"name": "demo", "roleArn": "arn", "vpcConfig": {"subnetIds": ["a", "b"]}, **changed}
    assert reason in amazon.do.problems("cluster", **inputs)[path]


def test_a_cluster_needs_a_role_that_trusts_it_and_two_zones(amazon: Any) -> None:
    network = amazon.network()
    subnets = [network["private"]["id"], network["other"]["id"]]
    wrong = amazon.role("wrong", "ec2.amazonaws.com", "AmazonEKSClusterPolicy")
    bare = amazon.role("bare", "eks.amazonaws.com")
    right = amazon.role("right", "eks.amazonaws.com", "AmazonEKSClusterPolicy")

    def refused(role: str, ids: list[str]) -> str:
        return str(amazon.do.refused("cluster", name="demo", roleArn=role, vpcConfig={"subnetIds": ids}))

    assert "could not be found" in refused("arn:aws:iam::123456789012:role/nobody", subnets)
    assert "could not be assumed" in refused(wrong["arn"], subnets)
    assert "AmazonEKSClusterPolicy" in refused(bare["arn"], subnets)
    assert "two different AZs" in refused(right["arn"], [network["private"]["id"], network["public"]["id"]])
    assert "does not exist" in refused(right["arn"], ["subnet-00", subnets[1]])


def test_a_cluster_says_how_to_reach_it_and_what_it_made(amazon: Any) -> None:
    cluster = amazon.cluster()
    assert cluster["endpoint"] == "https://127.0.0.1:6443"
    assert cluster["certificateAuthority"]["data"]
    assert cluster["arn"] == "arn:aws:eks:eu-central-1:123456789012:cluster/demo"
    assert cluster["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-0")
    assert len(amazon.cloud.of_type("ec2/networkInterface")) == 2
    assert amazon.control_plane.users == [SESSION]


def test_only_access_entries_open_the_cluster(amazon: Any) -> None:
    amazon.cluster()
    assert bindings(amazon) == []
    who = {"clusterName": "demo", "principalArn": DEPLOYER}
    right = {**who, "policyArn": ADMIN, "accessScope": {"type": "cluster"}}
    assert "could not be found" in amazon.do.refused("right", **right)
    entry = amazon.make("entry", **who, type="STANDARD")
    assert bindings(amazon) == []
    made = amazon.make("right", **right)
    assert bindings(amazon) == [SESSION]
    assert "already exists" in amazon.do.refused("entry", **who)
    amazon.do.delete("right", made["id"])
    assert bindings(amazon) == []
    amazon.make("right", **right)
    amazon.do.delete("entry", entry["id"])
    assert bindings(amazon) == [] and amazon.cloud.of_type("eks/accessPolicyAssociation") == []


def test_a_session_is_no_principal(amazon: Any) -> None:
    assert "a session is none" in amazon.do.problems("entry", clusterName="demo", principalArn=SESSION)["principalArn"]


def test_the_creator_is_admin_only_if_asked_for(amazon: Any) -> None:
    amazon.cluster(accessConfig={"authenticationMode": "API"})
    assert bindings(amazon) == [SESSION]
    assert "already in use" in amazon.do.refused("entry", clusterName="demo", principalArn=DEPLOYER)


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"instanceTypes": ["m6i.3xlarge"]}, "instanceTypes[0]", "did you mean"),
        ({"instanceTypes": ["m6i.large"], "amiType": "AL2023_x86_64_NVIDIA"}, "instanceTypes[0]", "not a valid"),
        ({"amiType": "AL2_x86_64"}, "amiType", "expected one of"),
        ({"scalingConfig": {"minSize": 2, "maxSize": 1, "desiredSize": 1}}, "scalingConfig.minSize", "greater than"),
        ({"scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 3}}, "scalingConfig.desiredSize", "between"),
        ({"labels": {"kubernetes.io/x": "y"}}, "labels['kubernetes.io/x']", "reserved"),
        ({"labels": {"eks.amazonaws.com/x": "y"}}, "labels['eks.amazonaws.com/x']", "reserved"),
        ({"taints": [{"key": "a b", "effect": "NO_SCHEDULE"}]}, "taints[0].key", "taint key"),
        ({"taints": [{"key": "a", "effect": "NoSchedule"}]}, "taints[0].effect", "expected one of"),
        ({"launchTemplate": {"id": "lt-0", "version": "1"}, "diskSize": 100}, "diskSize", "launch template"),
    ],
)
def test_a_node_group_that_eks_refuses_is_refused(amazon: Any, changed: dict[str, Any], path: str, reason: str) -> None:
    inputs = {"clusterName": "demo", "nodeGroupName": "core", "nodeRoleArn": "arn", "subnetIds": ["a"],
              "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1}, **changed}  # fmt: skip
    assert reason in amazon.do.problems("group", **inputs)[path]


def test_nodes_join_only_with_network_rights_and_a_way_out(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network)
    weak = amazon.role("weak", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy")
    inputs = amazon.group_inputs(network)

    def refused(**changed: Any) -> str:
        return str(amazon.do.refused("group", **{**inputs, **changed}))

    assert "may not pull images" in refused(nodeRoleArn=weak["arn"])
    assert "has no default route" in refused(subnetIds=[network["other"]["id"]])
    assert "does not automatically assign public" in refused(subnetIds=[network["public"]["id"]])
    assert "ahead of the cluster" in refused(version="1.37")
    template = {"id": "lt-00", "version": "1"}
    assert "launch template" in refused(launchTemplate=template)
    elsewhere = amazon.make("vpc", cidrBlock="10.50.0.0/16")
    strange = amazon.make("subnet", vpcId=elsewhere["id"], cidrBlock="10.50.0.0/20", availabilityZone="eu-central-1a")
    assert "does not belong to the VPC" in refused(subnetIds=[strange["id"]])
    amazon.do.delete("addon", "demo:vpc-cni")
    assert "the cluster has no vpc-cni" in refused()


def test_a_node_group_has_a_scaling_group_that_goes_with_it(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network)
    group = amazon.make("group", **amazon.group_inputs(network))
    name = group["resources"][0]["autoscalingGroups"][0]["name"]
    tag = {"key": "k8s.io/cluster-autoscaler/enabled", "value": "true", "propagateAtLaunch": False}
    amazon.make("scalingTag", autoscalingGroupName=name, tag=tag)
    assert "not found" in amazon.do.refused("scalingTag", autoscalingGroupName="eks-x", tag=tag)
    amazon.do.delete("group", group["id"])
    assert amazon.cloud.of_type("autoscaling/group", "autoscaling/tag") == []


def test_a_launch_template_stays_while_nodes_come_from_it(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network)
    template = amazon.make("template", name="demo-core")
    assert "already in use" in amazon.do.refused("template", name="demo-core")
    of = {"id": template["id"], "version": str(template["latestVersion"])}
    beyond = {**of, "version": "2"}
    inputs = amazon.group_inputs(network)
    assert "Could not find launch template version 2" in amazon.do.refused("group", **inputs, launchTemplate=beyond)
    group = amazon.make("group", **inputs, launchTemplate=of)
    assert "in use by node group" in amazon.do.delete_refused("template", template["id"])
    changed = amazon.do.update("template", template["id"], name="demo-core", description="x")
    assert changed["latestVersion"] == 2
    amazon.do.delete("group", group["id"])
    amazon.do.delete("template", template["id"])


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"addonName": "vpc-cni2"}, "addonName", "expected one of"),
        ({"configurationValues": "{"}, "configurationValues", "is not JSON"),
        ({"configurationValues": json.dumps({"enableNetworkPolicy": False})}, "configurationValues", "string expected"),
        ({"configurationValues": json.dumps({"env": {"X": 1}})}, "configurationValues", "$.env.X: int found"),
        ({"configurationValues": json.dumps({"enablePolicy": "true"})}, "configurationValues", "not defined"),
        ({"resolveConflictsOnCreate": "PRESERVE"}, "resolveConflictsOnCreate", "expected one of"),
    ],
)
def test_an_addon_that_eks_refuses_is_refused(amazon: Any, changed: dict[str, Any], path: str, reason: str) -> None:
    assert reason in amazon.do.problems("addon", **{"clusterName": "demo", "addonName": "vpc-cni", **changed})[path]


def test_addons_come_in_their_order_and_put_their_pods_into_the_cluster(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network)
    early = amazon.do.refused("addon", clusterName="demo", addonName="coredns")
    assert "DEGRADED" in early and "InsufficientNumberOfReplicas" in early
    tainted = {"taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]}
    inputs = amazon.group_inputs(network)
    amazon.make("group", **{**inputs, "nodeGroupName": "user"}, **tainted)
    assert "DEGRADED" in amazon.do.refused("addon", clusterName="demo", addonName="coredns")
    amazon.make("group", **inputs)
    unknown = amazon.do.refused("addon", clusterName="demo", addonName="coredns", addonVersion="v1.0.0-eksbuild.1")
    assert "not supported for Kubernetes 1.36" in unknown
    version = amazon.do.invoke("aws:eks/getAddonVersion:getAddonVersion", addonName="coredns", kubernetesVersion="1.36")
    amazon.make("addon", clusterName="demo", addonName="coredns", addonVersion=version["version"])
    names = {name for _, name in amazon.control_plane.inside}
    assert {"aws-node", "kube-proxy", "coredns"} <= names
    amazon.do.delete("addon", "demo:coredns")
    assert "coredns" not in {name for _, name in amazon.control_plane.inside}


def test_a_pod_role_must_trust_pod_identity(amazon: Any) -> None:
    amazon.cluster()
    wrong = amazon.role("wrong", "ec2.amazonaws.com")
    right = amazon.role("right", "pods.eks.amazonaws.com")
    of = {"clusterName": "demo", "namespace": "kube-system", "serviceAccount": "autoscaler"}
    assert "pods.eks.amazonaws.com" in amazon.do.refused("identity", roleArn=wrong["arn"], **of)
    amazon.make("identity", roleArn=right["arn"], **of)
    assert "Association already exists" in amazon.do.refused("identity", roleArn=right["arn"], **of)
    assert "still acts in it" in amazon.do.delete_refused("role", "right")


def test_a_cluster_goes_after_its_nodes_and_its_protection(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network, deletionProtection=True)
    group = amazon.make("group", **amazon.group_inputs(network))
    inputs = {k: v for k, v in amazon.cloud.of_type("eks/cluster")[0].inputs.items() if k != "deletionProtection"}
    assert "deletion protection" in amazon.do.delete_refused("cluster", "demo")
    amazon.do.update("cluster", "demo", **inputs)
    assert "Cluster has nodegroups attached" in amazon.do.delete_refused("cluster", "demo")
    amazon.do.delete("group", group["id"])
    amazon.do.delete("cluster", "demo")
    assert amazon.control_plane.stopped == 1
    assert amazon.cloud.of_type("ec2/networkInterface", "ec2/securityGroup", "eks/addon") == []


def test_without_its_rights_the_control_plane_leaves_its_interfaces(amazon: Any) -> None:
    network = amazon.network()
    amazon.cluster(network)
    amazon.do.delete("attachment", "demo-cluster/arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    amazon.do.delete("cluster", "demo")
    left = amazon.cloud.of_type("ec2/networkInterface")
    assert [r.outputs["status"] for r in left] == ["available", "available"]
    assert "DependencyViolation" in amazon.do.delete_refused("subnet", network["other"]["id"])


def test_a_log_nobody_made_is_left_over_and_one_too_early_removed_comes_back(amazon: Any) -> None:
    log = amazon.make("log", name="/aws/eks/demo/cluster", retentionInDays=30)
    amazon.cluster(enabledClusterLogTypes=["audit"])
    (group,) = amazon.cloud.of_type("cloudwatch/logGroup")
    assert group.owner == "engine"
    amazon.do.delete("log", log["id"])
    (again,) = amazon.cloud.of_type("cloudwatch/logGroup")
    assert again.owner == "controller"
    amazon.do.delete("cluster", "demo")
    assert amazon.cloud.of_type("cloudwatch/logGroup") == [again]


def test_versions_go_up_one_by_one(amazon: Any) -> None:
    amazon.cluster(version="1.34")
    inputs = dict(amazon.cloud.of_type("eks/cluster")[0].inputs)
    with pytest.raises(grpc.RpcError, match=r"minor version update from 1\.34 to 1\.36"):
        amazon.do.update("cluster", "demo", **{**inputs, "version": "1.36"})
    assert amazon.do.update("cluster", "demo", **{**inputs, "version": "1.35"})["version"] == "1.35"
