"""A cluster that is deleted before its disks and load balancers leaves them behind, and that is told. The deployment
has a registry inside the cluster, and with it the largest disk of all."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api, NetworkingV1Api
from ruamel.yaml import YAML

from binder_deploy.charts.resolve import resolve
from binder_deploy.cli.exits import LEFTOVERS, exit_code
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.errors import LeftoversFound
from binder_deploy.cli.flows.events import PhaseEnded
from binder_deploy.cli.flows.remove import remove
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.engine import Site

pytestmark = [pytest.mark.system, pytest.mark.slow]

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"


@pytest.fixture
def deployed(tools: Mapping[str, Path], cache: Path, tmp_path: Path) -> Iterator[tuple[Session, Deployment]]:
    """The example with its registry inside the cluster, deployed into a simulated cloud."""
    given = YAML(typ="safe").load(GKE)
    settings = Settings.model_validate({**given, "registry": {"kind": "in-cluster", "disk_gb": 200}})
    resolved = resolve(lock_file=None, folder=None, cache=tmp_path / "charts", allow_stand_ins=True)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(tools))
        stack.enter_context(applied(session.environ))
        set_stage(session.cloud, settings)
        session.start_controllers()
        deployment = open_deployment(
            tmp_path,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
            simulated=True,
        )
        deploy(deployment, lambda event: None)
        yield session, deployment


def served_inside(deployment: Deployment) -> None:
    """The registry runs on its own disk, behind the service's door and certificate."""
    client = api_client(deployment.kubeconfig)
    core = CoreV1Api(client)
    pod = core.read_namespaced_pod("registry-0", "binder")
    assert any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)
    claim = core.read_namespaced_persistent_volume_claim("registry-images", "binder")
    assert (claim.status.phase, claim.status.capacity["storage"]) == ("Bound", "200Gi")
    assert AppsV1Api(client).read_namespaced_stateful_set("registry", "binder").spec.volume_claim_templates is None
    host = f"registry.{deployment.settings.address.domain}"
    ingress = NetworkingV1Api(client).read_namespaced_ingress("registry", "binder").spec
    assert (ingress.rules[0].host, ingress.tls[0].hosts, ingress.tls[0].secret_name) == (host, [host], "binder-tls")
    users = b64decode(core.read_namespaced_secret("registry-secret", "binder").data["htpasswd"]).decode()
    assert [line.partition(":")[0] for line in users.split()] == ["binder-push", "binder-pull"]


def delete_cluster_by_hand(session: Session) -> None:
    """What `gcloud container clusters delete` does: the cluster with its nodes, and nothing else."""
    with session.cloud.transaction() as cloud:
        for record in list(cloud.records.values()):
            if record.type.startswith("container/"):
                cloud.remove(record.type, record.id)
    session.control_plane.stop()


def test_down_after_the_cluster_was_deleted_by_hand_lists_what_is_left(deployed: tuple[Session, Deployment]) -> None:
    session, deployment = deployed
    phases: dict[str, PhaseEnded] = {}
    delete_cluster_by_hand(session)
    with pytest.raises(LeftoversFound) as caught:
        remove(deployment, lambda event: phases.update({event.name: event}) if isinstance(event, PhaseEnded) else None)
    assert exit_code(caught.value) == LEFTOVERS
    kinds = {item.kind for item in caught.value.sweep.found}
    assert {"disk", "forwarding rule"} <= kinds
    assert all(item.name and item.reason for item in caught.value.sweep.found)
    disks = [item for item in caught.value.sweep.found if item.kind == "disk"]
    assert len(disks) == 2, "the hub's, and the registry's"
    assert any("gcloud compute disks delete" in item.command for item in caught.value.sweep.found)
    assert "gone already" in phases["look"].note
    assert not any(r.type.startswith("container/") for r in session.cloud.read().records.values())


def test_down_in_order_leaves_nothing_and_the_disk_goes_before_the_cluster(
    deployed: tuple[Session, Deployment],
) -> None:
    session, deployment = deployed
    made = {r.type for r in session.cloud.read().records.values() if r.owner == "controller"}
    assert {"compute/disk", "compute/forwardingRule"} <= made
    served_inside(deployment)
    assert set(deployment.engine.preview(lambda event: None).changes) == {"same"}
    remove(deployment, lambda event: None)
    cloud = session.cloud.read()
    assert leftovers(cloud) == []
    refused = [call for call in cloud.calls if call.method == "delete" and call.result != "ok"]
    assert refused == []
