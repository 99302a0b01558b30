"""A living deployment on the real engine and a real control plane is looked at, closed and opened again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api

from binder_deploy.charts.resolve import resolve
from binder_deploy.cli.flows import drift, maintenance, status
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import Deployment, open_deployment
from binder_deploy.cli.flows.living import Known
from binder_deploy.cli.flows.real import Request
from binder_deploy.cli.flows.state_site import Place
from binder_deploy.cli.ui.status import status_lines
from binder_deploy.ops.client import api_client
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.session import open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.events import Event, ResourceStep
from binder_deploy.stacks.local_site import FOLDER
from binder_deploy.stacks.stored import stored

pytestmark = pytest.mark.system

GKE = Path(__file__).parents[2] / "examples" / "gke.yaml"
TEXT = "Back at ten"


def silent(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def deployed(
    tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Deployment, CloudFile]]:
    """The example, deployed into a simulated cloud."""
    folder = tmp_path_factory.mktemp("deployment")
    (folder / "binder.yaml").write_bytes(GKE.read_bytes())
    settings = load(folder / "binder.yaml")
    resolved = resolve(lock_file=None, folder=None, cache=folder / "charts", allow_stand_ins=True)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("BINDER_DEPLOY_CACHE", str(session_cache))
        session = stack.enter_context(open_session(tools))
        stack.enter_context(applied(session.environ))
        set_stage(session.cloud, settings)
        session.start_controllers()
        deployment = open_deployment(
            folder,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
            simulated=True,
        )
        deploy(deployment, silent)
        yield deployment, session.cloud


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
