"""A simulated Amazon account, and the things that most tests build on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.aws import given
from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, CloudFile

ACCOUNT = "123456789012"
REGION = "eu-central-1"
TYPES = {
    "vpc": "aws:ec2/vpc:Vpc",
    "subnet": "aws:ec2/subnet:Subnet",
    "gateway": "aws:ec2/internetGateway:InternetGateway",
    "table": "aws:ec2/routeTable:RouteTable",
    "route": "aws:ec2/route:Route",
    "tie": "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "tag": "aws:ec2/tag:Tag",
    "eip": "aws:ec2/eip:Eip",
    "nat": "aws:ec2/natGateway:NatGateway",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
    "role": "aws:iam/role:Role",
    "attachment": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "policy": "aws:iam/rolePolicy:RolePolicy",
    "log": "aws:cloudwatch/logGroup:LogGroup",
    "cluster": "aws:eks/cluster:Cluster",
    "entry": "aws:eks/accessEntry:AccessEntry",
    "right": "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    "identity": "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "addon": "aws:eks/addon:Addon",
    "group": "aws:eks/nodeGroup:NodeGroup",
    "scalingTag": "aws:autoscaling/tag:Tag",
    "creation": "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "record": "aws:route53/record:Record",
    "budget": "aws:budgets/budget:Budget",
}


@dataclass(frozen=True)
class PlayedEndpoint:
    host: str = "127.0.0.1:6443"
    ca_pem: str = "-----BEGIN CERTIFICATE-----\n"


@dataclass
class PlayedControlPlane:
    """Remembers what it was asked for."""

    started: int = 0
    stopped: int = 0
    users: list[str] = field(default_factory=list)
    inside: dict[tuple[str, str], Any] = field(default_factory=dict)
    """(collection, name) → object."""

    def start(self, furnish: Any = None, user: str | None = None) -> PlayedEndpoint:
        self.started += 1
        self.users.append(str(user))
        return PlayedEndpoint()

    def stop(self) -> None:
        self.stopped += 1

    def create(self, objects: Iterable[tuple[str, Any]]) -> None:
        for collection, body in objects:
            self.inside.setdefault((collection, body["metadata"]["name"]), body)

    def delete(self, objects: Iterable[tuple[str, Any]]) -> None:
        for collection, body in objects:
            self.inside.pop((collection, body["metadata"]["name"]), None)


def trust(service: str, *more: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", *more]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Amazon:
    """A client (`do`) that speaks as the engine does, and what tests need to have been made."""

    do: Any
    control_plane: PlayedControlPlane

    @property
    def cloud(self) -> Cloud:
        return self.do.cloud  # type: ignore[no-any-return]

    def make(self, kind: str, **inputs: Any) -> dict[str, Any]:
        return self.do.create(kind, **inputs)  # type: ignore[no-any-return]

    def network(self) -> dict[str, Any]:
        """A VPC with a public and a private subnet, each with its way out, and a second private one elsewhere."""
        vpc = self.make("vpc", cidrBlock="10.40.0.0/16", enableDnsSupport=True, enableDnsHostnames=True)
        public = self.make("subnet", vpcId=vpc["id"], cidrBlock="10.40.0.0/20", availabilityZone=f"{REGION}a")
        private = self.make("subnet", vpcId=vpc["id"], cidrBlock="10.40.64.0/18", availabilityZone=f"{REGION}a")
        other = self.make("subnet", vpcId=vpc["id"], cidrBlock="10.40.16.0/20", availabilityZone=f"{REGION}b")
        gateway = self.make("gateway", vpcId=vpc["id"])
        outward = self.make("table", vpcId=vpc["id"])
        tie = self.make("tie", routeTableId=outward["id"], subnetId=public["id"])
        route = self.make("route", routeTableId=outward["id"], destinationCidrBlock="0.0.0.0/0",
                          gatewayId=gateway["id"])  # fmt: skip
        address = self.make("eip", domain="vpc")
        nat = self.make("nat", allocationId=address["allocationId"], subnetId=public["id"])
        inward = self.make("table", vpcId=vpc["id"])
        inner = self.make("tie", routeTableId=inward["id"], subnetId=private["id"])
        through = self.make("route", routeTableId=inward["id"], destinationCidrBlock="0.0.0.0/0",
                            natGatewayId=nat["id"])  # fmt: skip
        return {"vpc": vpc, "public": public, "private": private, "other": other, "gateway": gateway, "nat": nat,
                "eip": address, "outward": outward, "inward": inward, "tie": tie, "inner": inner, "route": route,
                "through": through}  # fmt: skip

    def role(self, name: str, service: str, *policies: str, **more: Any) -> dict[str, Any]:
        actions = ["sts:TagSession"] if service.startswith("pods.") else []
        role = self.make("role", name=name, assumeRolePolicy=trust(service, *actions), **more)
        for policy in policies:
            self.make("attachment", role=name, policyArn=f"arn:aws:iam::aws:policy/{policy}")
        return role

    def cluster(self, network: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
        """With the role `demo-cluster`."""
        network = network or self.network()
        role = self.role("demo-cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
        inputs = {
            "name": "demo", "roleArn": role["arn"], "version": "1.36", "bootstrapSelfManagedAddons": False,
            "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
            "vpcConfig": {"subnetIds": [network["private"]["id"], network["other"]["id"]],
                          "endpointPrivateAccess": True},
        }  # fmt: skip
        return self.make("cluster", **{**inputs, **changed})

    def group_inputs(self, network: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """With the role `demo-nodes` and the add-ons that nodes need."""
        role = self.role("demo-nodes", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
                         "AmazonEC2ContainerRegistryPullOnly")  # fmt: skip
        for addon in ("vpc-cni", "kube-proxy"):
            self.make("addon", clusterName="demo", addonName=addon)
        inputs = {
            "clusterName": "demo", "nodeGroupName": "core", "nodeRoleArn": role["arn"],
            "subnetIds": [network["private"]["id"]], "instanceTypes": ["m6i.xlarge"],
            "amiType": "AL2023_x86_64_STANDARD", "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1},
        }  # fmt: skip
        return {**inputs, **changed}


@pytest.fixture
def amazon(cloud_file: CloudFile, client: Any, stub_of: Callable[..., Any]) -> Amazon:
    with cloud_file.transaction() as cloud:
        given.account(cloud, ACCOUNT)
        given.zone(cloud, "Z0123456789", "example.org")
    control_plane = PlayedControlPlane()
    stub = stub_of(aws(lambda: control_plane), {"region": REGION})
    return Amazon(client(stub, cloud_file, TYPES), control_plane)
