"""Where the cluster of a simulated Amazon account is, and who acts for whom in it."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.rehearsal.clouds.aws import addons, policies
from binder_deploy.rehearsal.clouds.aws.access import identity_of
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.scene import Scene

CLUSTER = "eks/cluster"
"""Type of its record."""
AGENT = "eks-pod-identity-agent"
NAME = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Place:
    """A cluster with what its controllers must know of it."""

    account: str
    region: str
    cluster: str
    vpc: str

    def arn(self, service: str, resource: str) -> str:
        """Of something in the cluster's region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def place(cloud: Cloud) -> Place | None:
    """Of the cluster in the cloud; None if there is none. A rehearsal has one."""
    clusters = cloud.of_type(CLUSTER)
    if not clusters:
        return None
    facts = clusters[0].outputs
    vpc = str(facts["vpcConfig"]["vpcId"])
    return Place(str(cloud.session["account"]), str(facts["region"]), str(facts["name"]), vpc)


def controller(scene: Scene, *names: str) -> Object | None:
    """A running pod of a controller, by the label that charts put on it."""
    for pod in scene.world.all("pods"):
        running = (pod.get("status") or {}).get("phase") == "Running" and not pod["metadata"].get("deletionTimestamp")
        if running and (pod["metadata"].get("labels") or {}).get(NAME) in names:
            return pod
    return None


def denied(cloud: Cloud, namespace: str, account: str, *actions: str) -> str | None:
    """Why the pods of a service account may not do something at Amazon, or None if they may.

    Their rights come from Pod Identity alone: one hop is as far as a well made node lets anybody reach its own.
    """
    where = place(cloud)
    identity = identity_of(cloud, namespace, account)
    if where is None or identity is None:
        return f"no EC2 IMDS role found, and no Pod Identity association for {namespace}/{account}"
    if addons.find(cloud, where.cluster, AGENT) is None:
        return f"failed to retrieve credentials: the cluster has no {AGENT}"
    role = str(identity.outputs["roleArn"])
    for action in actions:
        if not policies.allows(cloud, role, action):
            name = role.rpartition("/")[2]
            return (
                f"AccessDenied: User: arn:aws:sts::{where.account}:assumed-role/{name} is not authorized to perform: "
                f"{action} because no identity-based policy allows the {action} action"
            )
    return None


def subnets(cloud: Cloud, ids: list[str]) -> list[Record]:
    """Those that exist."""
    return [record for id in ids if (record := cloud.get("ec2/subnet", id)) is not None]
