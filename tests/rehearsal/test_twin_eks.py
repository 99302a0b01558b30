"""The twin of an EKS cluster: nothing scales, provisions or balances unless what does it was installed and may."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_deploy.rehearsal import processes
from binder_deploy.rehearsal.clouds.aws import given
from binder_deploy.rehearsal.clouds.aws.node_group import scaling_group
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.rehearsal.controllers.eks import furniture
from binder_deploy.rehearsal.session import Session, open_session

pytestmark = pytest.mark.system

ACCOUNT, REGION = "123456789012", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{given.DEPLOYER}"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/{given.DEPLOYER}/session"
PODS = "/api/v1/namespaces/default/pods"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
SERVICES = "/api/v1/namespaces/default/services"
TAINT = {"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NO_SCHEDULE"}
LB = "service.beta.kubernetes.io/aws-load-balancer-"


def group(name: str, least: int, taints: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "clusterName": "demo", "nodeGroupName": name, "subnetIds": ["subnet-private"], "capacityType": "ON_DEMAND",
        "instanceTypes": ["m6i.xlarge"], "releaseVersion": "1.36.0", "labels": {"purpose": name}, "taints": taints,
        "scalingConfig": {"minSize": least, "maxSize": 2, "desiredSize": least},
    }  # fmt: skip


def begin(session: Session) -> None:
    """What the simulated cloud's plugin does when the program creates network, cluster, groups and an address."""
    session.start_controllers("controllers.eks")
    session.control_plane.start(furniture.furnish, CALLER)
    with session.cloud.transaction() as cloud:
        given.account(cloud, ACCOUNT)
        facts = {"name": "demo", "region": REGION, "vpcConfig": {"vpcId": "vpc-01"}}
        cloud.add("eks/cluster", "demo", {}, facts, "engine")
        for name, cidr in (("public", "10.40.0.0/20"), ("private", "10.40.64.0/18")):
            subnet = {"vpcId": "vpc-01", "availabilityZone": f"{REGION}b", "cidrBlock": cidr, "tags": {}}
            cloud.add("ec2/subnet", f"subnet-{name}", {}, subnet, "given")
        cloud.add("ec2/eip", "eipalloc-01", {}, {"publicIp": "203.0.113.9", "associationId": ""}, "engine")
        cloud.add("eks/nodeGroup", "demo:core", {}, group("core", 1, []), "engine")
        cloud.add("eks/nodeGroup", "demo:user", {}, group("user", 0, [TAINT]), "engine")


@pytest.fixture(scope="module")
def session(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_session(tools, root=tmp_path_factory.mktemp("cache")) as opened:
        begin(opened)
        yield opened
        assert opened.failures() == []
    assert not opened.folder.exists()
    assert processes.of(opened.folder) == []


@pytest.fixture
def api(session: Session) -> Iterator[Api]:
    with Api.of(session.kubeconfig) as opened:
        yield opened


def eventually(ask: Callable[[], Any], within: float = 60) -> Any:
    """What `ask` says once that is true."""
    deadline = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)
    return answer


def pod(name: str, app: str = "", **spec: Any) -> Object:
    labels = {"app.kubernetes.io/name": app} if app else {}
    container = {"name": "c", "image": "none", "resources": {"requests": {"cpu": "100m"}}}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], **spec},
    }  # fmt: skip


def phase(api: Api, name: str) -> str:
    return str((api.get(f"{PODS}/{name}") or {}).get("status", {}).get("phase"))


def reasons(api: Api, name: str) -> dict[str, str]:
    events = api.list("/api/v1/namespaces/default/events")["items"]
    return {e["reason"]: e["message"] for e in events if e["involvedObject"]["name"] == name}


def allow(session: Session, name: str, account: str, namespace: str, *actions: str) -> None:
    """A role that the pods of a service account have."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"role": name, "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    with session.cloud.transaction() as cloud:
        cloud.add("iam/role", name, {}, {"name": name, "arn": arn}, "engine")
        cloud.add("iam/rolePolicy", name, {}, policy, "engine")
        identity = {"clusterName": "demo", "namespace": namespace, "serviceAccount": account, "roleArn": arn}
        cloud.add("eks/podIdentityAssociation", f"a-{name}", {}, identity, "engine")
        if cloud.get("eks/addon", "demo:eks-pod-identity-agent") is None:
            cloud.add("eks/addon", "demo:eks-pod-identity-agent", {}, {"clusterName": "demo"}, "engine")


def kinds(session: Session) -> set[str]:
    made = {r.type for r in session.cloud.read().records.values() if r.owner == "controller"}
    return made - {"ec2/networkInterface", "autoscaling/group"}


def account(api: Api, name: str) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts"
    api.create(path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})


def test_the_login_helper_answers_as_whoever_deploys_and_access_entries_decide(session: Session) -> None:
    def helper(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["aws", *arguments], env=dict(session.environ), capture_output=True, text=True, check=False
        )

    said = helper("--region", REGION, "eks", "get-token", "--cluster-name", "demo", "--output", "json")
    endpoint = session.control_plane.endpoint()
    assert endpoint is not None
    login = {"Authorization": f"Bearer {json.loads(said.stdout)['status']['token']}"}
    trusted = ssl.create_default_context(cadata=endpoint.ca_pem)
    right = furniture.administrator(ROLE, CALLER)
    with httpx.Client(base_url=f"https://{endpoint.host}", headers=login, verify=trusted, trust_env=False) as own:
        refused = own.get("/api/v1/nodes")
        assert refused.status_code == 403 and f'User "{CALLER}" cannot list' in refused.json()["message"]
        session.control_plane.create([right])
        eventually(lambda: own.get("/api/v1/nodes").status_code == 200)
        session.control_plane.delete([right])
        eventually(lambda: own.get("/api/v1/nodes").status_code == 403)
    assert helper("s3", "ls").returncode == 2


def test_only_an_autoscaler_that_may_and_is_told_scales_from_zero(session: Session, api: Api) -> None:
    eventually(lambda: api.list("/api/v1/nodes")["items"])
    wanting = pod("wanting", nodeSelector={"purpose": "user"}, tolerations=[{"operator": "Exists"}])
    api.create(PODS, wanting)
    account(api, "autoscaler")
    eventually(lambda: reasons(api, "wanting").get("FailedScheduling"))
    api.create(PODS, pod("autoscaler", "aws-cluster-autoscaler", serviceAccountName="autoscaler"))
    eventually(lambda: phase(api, "autoscaler") == "Running")
    # It runs, but Amazon would tell it nothing.
    time.sleep(2)
    assert {"TriggeredScaleUp", "NotTriggerScaleUp"}.isdisjoint(reasons(api, "wanting"))
    allow(session, "scaler", "autoscaler", "default", "autoscaling:*")
    # Now it looks, and sees an empty group of which nothing is known.
    eventually(lambda: "node affinity/selector" in reasons(api, "wanting").get("NotTriggerScaleUp", ""))
    with session.cloud.transaction() as cloud:
        record = cloud.get("eks/nodeGroup", "demo:user")
        assert record is not None
        tag = {"key": "k8s.io/cluster-autoscaler/node-template/label/purpose", "value": "user"}
        facts = {"autoscalingGroupName": scaling_group(record), "tag": tag}
        cloud.add("autoscaling/tag", "label", {}, facts, "engine")
    eventually(lambda: phase(api, "wanting") == "Running")
    assert "user 0->1 (max: 2)" in reasons(api, "wanting")["TriggeredScaleUp"]
    interfaces = session.cloud.read().of_type("ec2/networkInterface")
    assert {r.outputs["nodeGroup"] for r in interfaces} == {"demo:core", "demo:user"}


def test_only_the_disk_drivers_addon_makes_volumes(session: Session, api: Api) -> None:
    storage = "/apis/storage.k8s.io/v1/storageclasses"
    api.create(storage, {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "disk"},
        "provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}, "volumeBindingMode": "WaitForFirstConsumer",
    })  # fmt: skip
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "disk"}
    api.create(CLAIMS, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
                        "spec": spec})  # fmt: skip
    mount = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
    api.create(PODS, pod("consumer", volumes=[mount]))
    eventually(lambda: "ExternalProvisioning" in reasons(api, "data"))
    assert "ProvisioningFailed" not in reasons(api, "data")
    with session.cloud.transaction() as cloud:
        cloud.add("eks/addon", "demo:aws-ebs-csi-driver", {}, {"clusterName": "demo"}, "engine")
    why = eventually(lambda: reasons(api, "data").get("ProvisioningFailed"))
    assert "no Pod Identity association" in why
    allow(session, "disks", "ebs-csi-controller-sa", "kube-system", "ec2:*")
    eventually(lambda: phase(api, "consumer") == "Running")
    (made,) = session.cloud.read().of_type("ebs/volume")
    assert made.outputs["availabilityZone"] == f"{REGION}b"
    api.delete(f"{PODS}/consumer")
    api.delete(f"{CLAIMS}/data")
    eventually(lambda: "ebs/volume" not in kinds(session))


def entrypoint(name: str) -> Object:
    annotations = {"scheme": "internet-facing", "subnets": "subnet-public", "eip-allocations": "eipalloc-01"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": {LB + k: v for k, v in annotations.items()}},
        "spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "ports": [{"port": 443}],
                 "selector": {"app": "none"}},
    }  # fmt: skip


def test_only_a_controller_that_runs_makes_load_balancers_and_removes_them(session: Session, api: Api) -> None:
    def host() -> Any:
        return ((api.get(f"{SERVICES}/entry") or {})["status"].get("loadBalancer") or {}).get("ingress")

    def taken() -> Any:
        return session.cloud.read().of_type("ec2/eip")[0].outputs.get("__by")

    api.create(SERVICES, entrypoint("entry"))
    account(api, "balancer")
    allow(session, "balancer", "balancer", "default", "ec2:*", "elasticloadbalancing:*")
    controller = pod("balancer", "aws-load-balancer-controller", serviceAccountName="balancer")
    api.create(PODS, controller)
    assert eventually(host)[0]["hostname"].endswith(f".elb.{REGION}.amazonaws.com")
    assert {"lb/loadBalancer", "lb/targetGroup", "lb/listener", "ec2/securityGroup"} <= kinds(session) and taken()
    api.create(SERVICES, entrypoint("second"))
    why = eventually(lambda: reasons(api, "second").get("FailedDeployModel"))
    assert "is already associated with arn:aws:elasticloadbalancing" in why
    api.delete(f"{SERVICES}/second")
    eventually(lambda: api.get(f"{SERVICES}/second") is None)
    api.delete(f"{PODS}/balancer")
    eventually(lambda: api.get(f"{PODS}/balancer") is None)
    api.delete(f"{SERVICES}/entry")
    time.sleep(2)
    # The finalizer holds it: whoever would act on it is gone.
    assert (api.get(f"{SERVICES}/entry") or {})["metadata"]["deletionTimestamp"]
    assert "lb/loadBalancer" in kinds(session)
    api.create(PODS, controller)
    eventually(lambda: api.get(f"{SERVICES}/entry") is None)
    assert kinds(session) == set() and not taken()


def test_the_cluster_first_leaves_its_load_balancer(session: Session, api: Api) -> None:
    """The last test of this module: it takes the cluster away."""
    api.create(SERVICES, entrypoint("lost"))
    eventually(lambda: "lb/loadBalancer" in kinds(session))
    with session.cloud.transaction() as cloud:
        for record in cloud.of_type("eks/nodeGroup", "eks/cluster"):
            cloud.remove(record.type, record.id)
    session.control_plane.stop()
    log = session.folder / "logs" / "controllers.log"
    eventually(lambda: "is gone" in log.read_text())
    assert {"lb/loadBalancer", "ec2/securityGroup"} <= kinds(session)
