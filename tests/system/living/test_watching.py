"""A living deployment on the real engine and a real control plane is looked at, closed and opened again, backed up,
restored, and given new secrets."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import AppsV1Api, BatchV1Api, CoreV1Api, V1Pod

from binder_deploy.cli.flows import backup, drift, maintenance, rotate, status
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Stopped
from binder_deploy.cli.flows.living import Known
from binder_deploy.cli.flows.real import Request
from binder_deploy.cli.flows.state_site import Place
from binder_deploy.cli.ui.status import status_lines
from binder_deploy.ops.backup import database, restore, tokens
from binder_deploy.ops.backup.hub import PLAYED, REPLICAS
from binder_deploy.ops.backup.kept import kept
from binder_deploy.ops.backup.pod_exec import At, Exec, ExecFailed
from binder_deploy.ops.backup.restoring import LABEL, job
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.events import Event, ResourceStep
from binder_deploy.stacks.ledger import recall
from binder_deploy.stacks.local_site import FOLDER
from binder_deploy.stacks.stored import stored

pytestmark = [pytest.mark.system, pytest.mark.slow]

TEXT = "Back at ten"


def silent(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def deployed(living: Any) -> tuple[Deployment, CloudFile]:
    """A living deployment and the cloud that it is in."""
    return living.deployment, living.session.cloud


def known(deployment: Deployment) -> Known:
    """The deployment as its state tells it, without a passphrase."""
    site, name = deployment.site, deployment.settings.name
    shut = replace(site, environ={k: v for k, v in site.environ.items() if "PASSPHRASE" not in k})
    backend = Backend(site.environ["PULUMI_BACKEND_URL"], "here", name, "passphrase", None)
    return Known(
        deployment.settings, deployment.folder, Place(deployment.settings.state, backend, shut, stored(shut, name))
    )


def test_the_status_is_the_clusters_and_needs_no_passphrase(
    deployed: tuple[Deployment, CloudFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, _ = deployed
    monkeypatch.setattr(status, "known", lambda file, observe: known(deployment))
    found = status.status(deployment.folder / "binder.yaml", lambda event: None)
    assert found.deployed
    assert found.silent == ""
    assert (deployment.folder / FOLDER / "kubeconfig").exists(), "it was fetched from the state"
    assert found.census is not None
    assert found.census.nodes[0].pool == "core"
    assert found.census.certificate_ends is not None
    assert found.census.images["hub"]
    assert set(found.releases) == {"binder-service", "traefik", "cert-manager"}
    assert found.past[0].what == "up"
    assert found.past[0].by
    assert found.pending is None
    assert len(found.outcomes) > 20
    assert found.spent is not None
    assert len(status_lines(found)) < 26


def test_drift_sees_what_others_changed_and_nothing_else(
    deployed: tuple[Deployment, CloudFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, cloud = deployed
    found = known(deployment)
    place = found.place
    assert place is not None
    opened = replace(found, place=replace(place, site=deployment.site))
    monkeypatch.setattr(drift, "known", lambda file, observe: opened)
    file = deployment.folder / "binder.yaml"
    assert drift.drift(file, lambda event: None) == ()

    core = CoreV1Api(api_client(deployment.kubeconfig))
    core.patch_namespaced_service("entrypoint", "traefik", {"metadata": {"labels": {"owner": "somebody-else"}}})
    with cloud.transaction() as now:
        (address,) = now.of_type("compute/address")
        labels: dict[str, Any] = {"labels": {"owner": "somebody-else"}}
        now.put(replace(address, inputs={**address.inputs, **labels}, outputs={**address.outputs, **labels}))
    differs = drift.drift(file, lambda event: None)
    assert {d.type for d in differs} == {"gcp:compute/address:Address", "kubernetes:core/v1:Service"}
    assert "somebody-else" not in repr(differs)

    # What `up` may overwrite it puts right; what belongs to others in the cluster they have to take back.
    drift.drift(file, lambda event: None, record=True)
    deployment.engine.up(silent)
    assert [d.type for d in drift.drift(file, lambda event: None)] == ["kubernetes:core/v1:Service"]
    core.patch_namespaced_service("entrypoint", "traefik", {"metadata": {"labels": {"owner": "research-it"}}})
    assert drift.drift(file, lambda event: None) == ()


def quota_and_banner(deployment: Deployment) -> tuple[int, str]:
    secret = CoreV1Api(api_client(deployment.kubeconfig)).read_namespaced_secret("binder-secret", "binder")
    values = base64.b64decode(secret.data["values.yaml"]).decode()
    from ruamel.yaml import YAML

    config = YAML(typ="safe").load(values)["config"]
    return config["LaunchQuota"]["total_quota"], config["BinderHub"].get("banner_message", "")


def test_maintenance_closes_the_binder_survives_up_and_ends(
    deployed: tuple[Deployment, CloudFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, _ = deployed
    monkeypatch.setattr(maintenance, "opened_for_checks", lambda request, observe: deployment)
    usual, _ = quota_and_banner(deployment)
    before = _generations(deployment)
    request = Request(deployment.folder / "binder.yaml")
    assert maintenance.maintain(request, TEXT, lambda event: None, lambda question: True)
    assert quota_and_banner(deployment) == (0, f"<strong>{TEXT}</strong>")
    assert {n for n, g in _generations(deployment).items() if before[n] != g} <= {"binder/binder"}

    seen: list[Event] = []
    deployment.engine.up(seen.append)
    assert [(e.change, e.urn) for e in seen if isinstance(e, ResourceStep) and e.change != "same"] == []
    assert quota_and_banner(deployment)[0] == 0
    monkeypatch.setattr(status, "known", lambda file, observe: known(deployment))
    found = status.status(request.file, lambda event: None)
    assert found.maintenance == TEXT
    assert TEXT in json.dumps(status_lines(found))

    assert maintenance.maintain(request, "", lambda event: None, lambda question: True)
    assert quota_and_banner(deployment) == (usual, "")


def _generations(deployment: Deployment) -> dict[str, int]:
    found = AppsV1Api(api_client(deployment.kubeconfig)).list_deployment_for_all_namespaces().items
    return {f"{d.metadata.namespace}/{d.metadata.name}": d.metadata.generation for d in found}


class Pods:
    """Runs programs on this machine in place of pods, which nobody runs here; notes what the cluster was meanwhile."""

    def __init__(self, deployment: Deployment, place: Path, local: Exec) -> None:
        client = api_client(deployment.kubeconfig)
        self._core, self._apps, self._local, self._place = CoreV1Api(client), AppsV1Api(client), local, place
        self.ran: list[str] = []
        self.hubs: list[tuple[int, int]] = []
        """Replicas that were asked for, and pods that there were."""
        self.pods: list[V1Pod] = []
        self.given = b""
        self.fail = self.meddle = False

    def __call__(self, _core: CoreV1Api) -> Exec:
        return self.run

    def run(
        self, at: At, script: str, arguments: Sequence[str], given: Iterable[bytes], take: Callable[[bytes], None]
    ) -> None:
        there = self._core.list_namespaced_pod("binder", label_selector="app=jupyterhub,component=hub").items
        self.hubs.append((self._apps.read_namespaced_deployment("hub", "binder").spec.replicas, len(there)))
        self.pods.append(self._core.read_namespaced_pod(at.pod, at.namespace))
        self.ran.append(script)
        self.given = b"".join(given)
        if self.fail:
            raise ExecFailed("the connection was cut off")
        if self.meddle:  # as an `up` does that runs at the same time
            self._apps.patch_namespaced_deployment("hub", "binder", {"spec": {"replicas": 1}})
            deadline = time.monotonic() + 20
            while not self._core.list_namespaced_pod("binder", label_selector="app=jupyterhub,component=hub").items:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        path, *rest = arguments
        assert path == "/srv/jupyterhub/jupyterhub.sqlite"
        if script == "revoke":
            take(b"1\n")
        else:
            self._local(at, script, [str(self._place), *rest], (self.given,), take)


@pytest.fixture
def pods(
    deployed: tuple[Deployment, CloudFile],
    tmp_path: Path,
    local: Exec,
    small_database: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Pods:
    made = Pods(deployed[0], small_database(tmp_path / "hub.sqlite", "before"), local)
    for module in (database, restore, tokens):
        monkeypatch.setattr(module, "in_pod", made)
    return made


def test_a_backup_has_what_cannot_be_made_again_and_no_secret_in_clear(
    deployed: tuple[Deployment, CloudFile], pods: Pods
) -> None:
    deployment = deployed[0]
    told: list[object] = []
    played = backup.take(deployment, "by-hand", told.append)
    assert played.missing["hub.sqlite"] == PLAYED
    assert pods.ran == []
    pods.fail = True
    silent_hub = backup.take(replace(deployment, simulated=False), "by-hand", told.append)
    assert silent_hub.missing["hub.sqlite"] == "the connection was cut off"
    assert any("cut off" in getattr(event, "text", "") for event in told)
    pods.fail = False
    whole = backup.take(replace(deployment, simulated=False), "before-upgrade", told.append)
    assert kept(deployment.site.work)[0] == whole
    assert set(whole.members) == {"binder.yaml", "checkpoint.json", "hub.sqlite"}
    assert set(whole.missing) == {"binder.lock.yaml"}, "a rehearsal's charts are not locked"
    assert whole.versions["database"] == "4621fec11365"
    assert whole.versions["binder-service"] == (deployment.charts and deployment.charts.binder_service.version)
    text = "".join(file.read_bytes().decode(errors="replace") for file in whole.folder.iterdir())
    secrets = deployment.engine.secrets()
    assert len(secrets) > 3
    assert not [value for value in secrets if value in text]
    state = json.loads((whole.folder / "checkpoint.json").read_text())
    assert len(state["deployment"]["resources"]) == len(deployment.engine.resources())


def test_the_database_comes_back_while_the_hub_is_away_and_whatever_fails_the_hub_returns(
    deployed: tuple[Deployment, CloudFile], pods: Pods, small_database: Callable[..., Path], tmp_path: Path
) -> None:
    deployment = replace(deployed[0], simulated=False)
    taken = backup.take(deployment, "by-hand", lambda event: None)
    apps, batch = (kind(api_client(deployment.kubeconfig)) for kind in (AppsV1Api, BatchV1Api))
    place = tmp_path / "hub.sqlite"
    place.unlink()
    small_database(place, "after")

    def hub() -> tuple[int, int, str | None]:
        found = apps.read_namespaced_deployment("hub", "binder")
        noted = (found.metadata.annotations or {}).get(REPLICAS)
        return found.spec.replicas, found.status.available_replicas or 0, noted

    pods.fail = True
    with pytest.raises(Stopped) as caught:
        backup.restore_database(deployment, taken, lambda event: None)
    assert f"restore {taken.name}" in caught.value.advice.go_on
    assert "the hub runs again; its database is the one that it was or" in caught.value.advice.exists
    assert hub() == (1, 1, None)

    pods.fail, pods.meddle = False, True
    with pytest.raises(Stopped, match="somebody started the hub meanwhile"):
        backup.restore_database(deployment, taken, lambda event: None)
    assert hub() == (1, 1, None)

    pods.meddle = False
    # As a run leaves it that was killed while the hub was away.
    killed = restore.Restore(deployment.kubeconfig, deployment.settings.name)
    killed.stop(killed.look())
    assert hub() == (0, 0, "1")
    batch.create_namespaced_job("binder", job(deployment.settings.name, restore.JOB, killed.look()))
    said: list[object] = []
    backup.restore_database(deployment, taken, said.append)
    assert hub() == (1, 1, None)
    assert batch.list_namespaced_job("binder", label_selector=LABEL).items == []
    assert pods.hubs[-1] == (0, 0), "nobody else had the database"
    with sqlite3.connect(place) as opened:
        assert opened.execute("SELECT name FROM users").fetchall() == [("before",)]
    opened.close()
    assert any(f"{place}.before-{taken.name}" in getattr(event, "note", "") for event in said)
    pod = pods.pods[-1]
    assert pod.metadata.labels["binder-deploy"] == deployment.settings.name
    assert pod.spec.node_name
    assert pod.spec.node_selector == {"binder-deploy/pool": "core"}
    assert pod.spec.service_account_name == "default"
    assert pod.spec.automount_service_account_token is False
    assert [v.persistent_volume_claim.claim_name for v in pod.spec.volumes] == ["hub-db-dir"]
    assert pod.spec.containers[0].env is None
    assert pod.status.phase == "Running"


def test_a_token_that_is_rotated_reaches_the_service_and_the_next_up_finds_nothing_to_do(
    deployed: tuple[Deployment, CloudFile], pods: Pods, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = replace(deployed[0], simulated=False)
    core = CoreV1Api(api_client(deployment.kubeconfig))
    monkeypatch.setattr(rotate, "opened_for_checks", lambda request, observe: deployment)

    def tokens() -> dict[str, str]:
        data = core.read_namespaced_secret("hub", "binder").data
        return {key: base64.b64decode(data[key]).decode() for key in data if key != "values.yaml"}

    before, generations = tokens(), _generations(deployment)
    request = Request(deployment.folder / "binder.yaml")
    assert rotate.rotate(request, ["hub-token"], lambda event: None, lambda question: True)
    after = tokens()
    assert {key for key in before if before[key] != after[key]} == {"hub.services.binder.apiToken"}
    changed = {name for name, g in _generations(deployment).items() if generations[name] != g}
    assert changed == {"binder/hub", "binder/binder"}
    assert pods.ran == ["revoke"]
    assert pods.given.decode() == after["hub.services.binder.apiToken"], "the one that stays"
    assert pods.pods[-1].metadata.labels["component"] == "hub"
    recall(deployment.engine)
    seen: list[Event] = []
    deployment.engine.up(seen.append)
    assert [(e.change, e.urn) for e in seen if isinstance(e, ResourceStep) and e.change != "same"] == []
