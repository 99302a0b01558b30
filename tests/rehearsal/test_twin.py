"""The twin behaves as a cluster in the cloud does: machines, disks and load balancers come, and go or stay."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from binder_deploy.rehearsal import folders, processes, sweep
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.rehearsal.environment import is_loopback
from binder_deploy.rehearsal.session import Session, open_session

pytestmark = pytest.mark.system

PROJECT = "demo-project"
CLUSTER = f"projects/{PROJECT}/locations/europe-west1/clusters/demo"
PODS = "/api/v1/namespaces/default/pods"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
SERVICES = "/api/v1/namespaces/default/services"
SCHEDULER = "binder-service-user-scheduler"
TAINT = {"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NO_SCHEDULE"}


def pool(name: str, least: int, most: int, taints: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "name": name, "cluster": "demo", "project": PROJECT, "location": "europe-west1",
        "nodeLocations": ["europe-west1-b"], "initialNodeCount": least,
        "autoscaling": {"minNodeCount": least, "maxNodeCount": most},
        "nodeConfig": {"machineType": "e2-standard-4", "labels": {"purpose": name}, "taints": taints},
    }  # fmt: skip


def begin(session: Session) -> None:
    """What the simulated cloud's plugin does when the program creates a cluster, pools and an address."""
    session.start_controllers()
    session.control_plane.start()
    network = f"projects/{PROJECT}/global/networks/demo-net"
    cluster = {"name": "demo", "project": PROJECT, "location": "europe-west1", "network": network}
    ip = {"name": "demo-ip", "project": PROJECT, "region": "europe-west1", "address": "203.0.113.77",
          "addressType": "EXTERNAL", "users": []}  # fmt: skip
    with session.cloud.transaction() as cloud:
        cloud.add("container/cluster", CLUSTER, {}, cluster, "engine")
        cloud.add("container/nodePool", f"{CLUSTER}/nodePools/core", {}, pool("core", 1, 2, []), "engine")
        cloud.add("container/nodePool", f"{CLUSTER}/nodePools/user", {}, pool("user", 0, 2, [TAINT]), "engine")
        cloud.add("compute/address", f"projects/{PROJECT}/regions/europe-west1/addresses/demo-ip", {}, ip, "engine")


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


def eventually(ask: Callable[[], Any], within: float = 30) -> Any:
    """What `ask` says once that is true."""
    deadline = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)
    return answer


def pod(name: str, cpu: str = "100m", **spec: Any) -> Object:
    container = {"name": "c", "image": "none", "resources": {"requests": {"cpu": cpu}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def claim(name: str) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def mounting(name: str, of: str) -> Object:
    return pod(name, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": of}}])


def entrypoint(name: str, address: str) -> Object:
    annotations = {"networking.gke.io/load-balancer-ip-addresses": address}
    spec = {"type": "LoadBalancer", "ports": [{"port": 443}], "selector": {"app": "none"}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "annotations": annotations}, "spec": spec}


def is_running(api: Api, name: str) -> bool:
    return bool((api.get(f"{PODS}/{name}") or {}).get("status", {}).get("phase") == "Running")


def nodes_of(api: Api, pool: str) -> list[Object]:
    found = api.list("/api/v1/nodes")["items"]
    return [n for n in found if n["metadata"]["labels"].get("cloud.google.com/gke-nodepool") == pool]


def kinds(session: Session) -> list[str]:
    return [r.type for r in session.cloud.read().records.values() if r.owner == "controller"]


def reasons(api: Api, name: str) -> dict[str, str]:
    events = api.list("/api/v1/namespaces/default/events")["items"]
    return {e["reason"]: e["message"] for e in events if e["involvedObject"]["name"] == name}


def test_nothing_listens_outside_loopback(session: Session) -> None:
    listening = {
        process.name(): {c.laddr.ip for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        for process in processes.of(session.folder)
    }
    assert {"etcd", "kube-apiserver"} <= set(listening)
    assert all(is_loopback(ip) for ips in listening.values() for ip in ips), listening


def test_a_second_start_finds_the_first(session: Session) -> None:
    before = session.control_plane.endpoint()
    assert session.control_plane.start() == before
    assert session.timings()["control plane"] > 0


def test_the_auth_helper_answers_with_the_local_credential(session: Session) -> None:
    said = subprocess.run(
        ["gke-gcloud-auth-plugin"], env=dict(session.environ), capture_output=True, text=True, check=True
    )
    credential = json.loads(said.stdout)
    assert credential["kind"] == "ExecCredential"
    assert "PRIVATE KEY" in credential["status"]["clientKeyData"]


def test_a_pool_of_none_makes_a_node_when_a_pod_needs_one(session: Session, api: Api) -> None:
    eventually(lambda: nodes_of(api, "core"))
    assert nodes_of(api, "user") == []
    toleration = {"key": TAINT["key"], "operator": "Equal", "value": "user", "effect": "NoSchedule"}
    wanting = pod("wanting", nodeSelector={"purpose": "user"}, tolerations=[toleration], schedulerName=SCHEDULER)
    api.create(PODS, wanting)
    eventually(lambda: is_running(api, "wanting"))
    assert len(nodes_of(api, "user")) == 1
    assert "user 0->1 (max: 2)" in reasons(api, "wanting")["TriggeredScaleUp"]


def test_a_pod_that_no_machine_holds_is_told_why(api: Api) -> None:
    api.create(PODS, pod("huge", cpu="100"))
    why = eventually(lambda: reasons(api, "huge").get("NotTriggerScaleUp"))
    assert "pool core had insufficient cpu" in why
    assert not is_running(api, "huge")


def test_a_job_succeeds(api: Api) -> None:
    template = {"spec": {**pod("x")["spec"], "restartPolicy": "Never"}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "hook"}, "spec": {"template": template}}
    api.create("/apis/batch/v1/namespaces/default/jobs", job)
    eventually(lambda: (api.get("/apis/batch/v1/namespaces/default/jobs/hook") or {})["status"].get("succeeded"))


def test_a_claim_waits_for_its_pod_and_its_disk_goes_with_it(session: Session, api: Api) -> None:
    api.create(CLAIMS, claim("data"))
    eventually(lambda: reasons(api, "data").get("WaitForFirstConsumer"))
    assert "compute/disk" not in kinds(session)
    api.create(PODS, mounting("consumer", "data"))
    eventually(lambda: is_running(api, "consumer"))
    assert (api.get(f"{CLAIMS}/data") or {})["status"]["phase"] == "Bound"
    assert kinds(session).count("compute/disk") == 1
    api.delete(f"{PODS}/consumer")
    api.delete(f"{CLAIMS}/data")
    eventually(lambda: "compute/disk" not in kinds(session))
    eventually(lambda: api.list("/api/v1/persistentvolumes")["items"] == [])


def test_a_service_gets_its_reserved_address_and_its_rules_go_with_it(session: Session, api: Api) -> None:
    def address() -> Any:
        return ((api.get(f"{SERVICES}/entry") or {})["status"].get("loadBalancer") or {}).get("ingress")

    def users() -> Any:
        return session.cloud.read().of_type("compute/address")[0].outputs["users"]

    api.create(SERVICES, entrypoint("entry", "demo-ip"))
    assert eventually(address) == [{"ip": "203.0.113.77", "ipMode": "VIP"}]
    assert len(users()) == 1
    api.create(SERVICES, entrypoint("second", "demo-ip"))
    assert "IP_IN_USE" in eventually(lambda: reasons(api, "second").get("SyncLoadBalancerFailed"))
    api.delete(f"{SERVICES}/second")
    api.delete(f"{SERVICES}/entry")
    eventually(lambda: api.get(f"{SERVICES}/entry") is None)
    assert kinds(session) == [] and users() == []


def resource(kind: str, scope: str) -> Object:
    """A CRD as a chart brings it, without its schema."""
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.cert-manager.io"},
        "spec": {"group": "cert-manager.io", "scope": scope, "names": names, "versions": [version]},
    }


def test_a_certificate_is_issued_once_cert_manager_runs_and_its_issuer_exists(api: Api) -> None:
    kinds = {"ClusterIssuer": "Cluster", "Issuer": "Namespaced", "Certificate": "Namespaced"}
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for kind, scope in kinds.items():
        api.create(crds, resource(kind, scope))
    certificates = "/apis/cert-manager.io/v1/namespaces/default/certificates"
    version = {"apiVersion": "cert-manager.io/v1"}
    reference = {"name": "letsencrypt", "kind": "ClusterIssuer"}
    spec = {"secretName": "binder-tls", "issuerRef": reference, "dnsNames": ["binder.example.org"]}
    acme = {"server": "https://acme.example.org/directory", "privateKeySecretRef": {"name": "account"}}
    wanted = {**version, "kind": "Certificate", "metadata": {"name": "binder-tls"}, "spec": spec}
    issuer = {**version, "kind": "ClusterIssuer", "metadata": {"name": "letsencrypt"}, "spec": {"acme": acme}}
    controller = pod("cert-manager")
    controller["metadata"]["labels"] = {"app.kubernetes.io/name": "cert-manager"}

    def ready() -> Any:
        conditions = (api.get(f"{certificates}/binder-tls") or {}).get("status", {}).get("conditions")
        return conditions and (conditions[0]["status"], conditions[0]["message"])

    established = {"type": "Established", "status": "True"}.items()
    eventually(
        lambda: all(
            any(established <= c.items() for c in crd.get("status", {}).get("conditions") or ())
            for crd in api.list(crds)["items"]
        )
    )
    api.create(certificates, wanted)
    api.create(PODS, controller)
    assert eventually(ready) == (
        "False", 'Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "letsencrypt" not found',
    )  # fmt: skip
    api.create("/apis/cert-manager.io/v1/clusterissuers", issuer)
    eventually(lambda: ready()[0] == "True")
    secret = api.get("/api/v1/namespaces/default/secrets/binder-tls") or {}
    assert set(secret["data"]) == {"tls.crt", "tls.key"}


def test_a_pool_that_is_deleted_takes_its_nodes_and_pods(session: Session, api: Api) -> None:
    with session.cloud.transaction() as cloud:
        cloud.remove("container/nodePool", f"{CLUSTER}/nodePools/user")
    eventually(lambda: nodes_of(api, "user") == [])
    eventually(lambda: api.get(f"{PODS}/wanting") is None)
    assert len(nodes_of(api, "core")) == 1


def test_the_cluster_first_leaves_disk_and_rule(session: Session, api: Api) -> None:
    """The last test of this module: it takes the cluster away."""
    api.create(CLAIMS, claim("lost"))
    api.create(PODS, mounting("loser", "lost"))
    api.create(SERVICES, entrypoint("lost", "demo-ip"))
    eventually(lambda: {"compute/disk", "compute/forwardingRule"} <= set(kinds(session)))
    with session.cloud.transaction() as cloud:
        cloud.remove("container/nodePool", f"{CLUSTER}/nodePools/core")
        cloud.remove("container/cluster", CLUSTER)
    session.control_plane.stop()
    log = session.folder / "logs" / "controllers.log"
    eventually(lambda: "is gone" in log.read_text())
    assert {"compute/disk", "compute/forwardingRule", "compute/firewall"} <= set(kinds(session))
    assert not session.kubeconfig.exists()


HOLDER = """
import sys, json
from pathlib import Path
from binder_deploy.rehearsal.session import open_session
tools = {name: Path(path) for name, path in json.loads(sys.argv[2]).items()}
with open_session(tools, root=Path(sys.argv[1])) as session:
    session.start_controllers()
    session.control_plane.start()
    print(session.folder, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_rehearsal_left_is_swept_and_a_living_one_is_not(
    tools: Mapping[str, Path], tmp_path: Path
) -> None:
    given = json.dumps({name: str(path) for name, path in tools.items()})
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        with open_session(tools, root=tmp_path) as living:
            living.start_controllers()
            assert sweep.sweep(tmp_path) == []
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            assert len(processes.of(folder)) == 6
            assert sweep.sweep(tmp_path) == [sweep.Swept(folder.name, 6)]
            assert processes.of(folder) == [] and not folder.exists()
            assert len(processes.of(living.folder)) == 1
    assert list(folders.rehearsals(tmp_path).iterdir()) == []
