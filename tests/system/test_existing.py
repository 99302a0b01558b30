"""A deployment into a cluster with other tenants: what is theirs is used, never replaced, and outlives the removal."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.model import Outcome, Passed
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.acquire import get_charts
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import open_deployment
from binder_deploy.cli.flows.errors import Blocked
from binder_deploy.cli.flows.remove import remove
from binder_deploy.ops.kubeconfig import write
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.ordinary.furniture import INGRESS_CLASSES, ingress_class
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load
from binder_deploy.stacks.engine import Site

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "existing.yaml"
NAMESPACES = "/api/v1/namespaces"
CLUSTER_WIDE = (
    NAMESPACES,
    INGRESS_CLASSES,
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/api/v1/persistentvolumes",
)
THEIRS: tuple[tuple[str, Object], ...] = (
    (NAMESPACES, {"metadata": {"name": "lectures", "labels": {"owner": "others"}}}),
    (INGRESS_CLASSES, ingress_class("nginx", "k8s.io/ingress-nginx", default=True)),
    (f"{NAMESPACES}/lectures/configmaps", {"metadata": {"name": "notes"}, "data": {"week": "1"}}),
    (CLUSTER_WIDE[2], {"metadata": {"name": "lecturer"}, "rules": []}),
    (
        f"{NAMESPACES}/lectures/persistentvolumeclaims",
        {
            "metadata": {"name": "slides"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        },
    ),
    (
        f"{NAMESPACES}/lectures/pods",
        {
            "metadata": {"name": "reader"},
            "spec": {
                "containers": [{"name": "reader", "image": "example.org/reader"}],
                "volumes": [{"name": "slides", "persistentVolumeClaim": {"claimName": "slides"}}],
            },
        },
    ),
)


@dataclass
class Story:
    """What came of a deployment's life in somebody else's cluster."""

    refused: tuple[Outcome, ...] = ()
    before: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()
    names: list[Mapping[str, frozenset[str]]] = field(default_factory=list)
    """Names of everything cluster-wide: before, in between, at the end."""
    classes: frozenset[str] = frozenset()
    again: Mapping[str, int] = field(default_factory=dict)
    state: str = field(default="", repr=False)
    kept: bool = False
    """Whether the others' claim is still bound, and their notes are as they were."""


@pytest.fixture(scope="module")
def story(tools: Mapping[str, Path], session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    settings, folder, told = load(EXAMPLE), tmp_path_factory.mktemp("deployment"), Story()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDER_DEPLOY_CACHE", str(session_cache))
        resolved = get_charts(folder, None, lambda event: None, platform="existing", allow_stand_ins=True)
    with open_session(tools, root=session_cache) as session, applied(session.environ):
        set_stage(session, settings)
        write(session.work / "kubeconfig", session.kubeconfig.read_text(encoding="utf-8"))
        with Api.of(session.kubeconfig) as api:

            def opened() -> Any:
                site = Site(session.work, session.folder, session.environ)
                return open_deployment(folder, settings, tools, resolved, site, Sweep, simulated=True)

            for collection, body in THEIRS:
                _put(api, collection, body)
            _put(api, NAMESPACES, {"metadata": {"name": "binder"}})
            with pytest.raises(Blocked) as caught:
                checking.before(opened(), lambda event: None)
            told.refused = caught.value.outcomes
            api.delete(f"{NAMESPACES}/binder")
            while api.get(f"{NAMESPACES}/binder"):
                pass
            told.names.append(_names(api))
            deployment = opened()
            told.before = checking.before(deployment, lambda event: None)
            deploy(deployment, lambda event: None)
            told.names.append(_names(api))
            ingresses = api.list("/apis/networking.k8s.io/v1/ingresses")["items"]
            told.classes = frozenset(i["spec"]["ingressClassName"] for i in ingresses)
            told.after = checking.after(deployment, deployment.engine.outputs(), lambda event: None, wait_s=20)
            told.again = opened().engine.up(lambda event: None).changes
            told.state = "".join(f.read_text() for f in (session.folder / "state").rglob("*.json"))
            remove(deployment, lambda event: None)
            told.names.append(_names(api))
            claim = api.get(f"{NAMESPACES}/lectures/persistentvolumeclaims/slides")
            notes = api.get(f"{NAMESPACES}/lectures/configmaps/notes")
            told.kept = bool(claim and notes) and (claim["status"]["phase"], notes["data"]) == ("Bound", {"week": "1"})
    return told


def _put(api: Api, collection: str, body: Object) -> None:
    """A pod is admitted once its namespace's account is there."""
    while collection.endswith("/pods") and not api.get(collection.replace("/pods", "/serviceaccounts/default")):
        pass
    assert api.create(collection, body)


def _names(api: Api) -> dict[str, frozenset[str]]:
    """From the store: the apiserver's cache comes a little later."""
    found = {path: api.get(path) or {} for path in CLUSTER_WIDE}
    return {path: frozenset(o["metadata"]["name"] for o in there["items"]) for path, there in found.items()}


def test_a_namespace_of_somebody_else_ends_it_before_anything_is_made(story: Story) -> None:
    assert [o.check.id for o in story.refused] == ["BD-CLU-020"]
    assert story.names[0][INGRESS_CLASSES] == {"nginx"}
    assert any(o.check.id == "BD-CLU-020" and isinstance(o.verdict, Passed) for o in story.before)


def test_their_ingress_controller_serves_and_no_other_one_is_installed(story: Story) -> None:
    assert story.classes == {"nginx"}
    assert story.names[1][INGRESS_CLASSES] == {"nginx"}
    assert story.names[1][NAMESPACES] - story.names[0][NAMESPACES] == {"binder", "cert-manager"}
    found = {o.check.id: o.verdict for o in story.after}
    assert found["BD-ING-001"] == Passed("nginx")


def test_a_second_up_that_looks_again_changes_nothing(story: Story) -> None:
    assert set(story.again) == {"same"}


def test_no_key_of_the_kubeconfig_is_in_the_state(story: Story) -> None:
    assert "client-key-data" not in story.state
    assert '"kubeconfig":"kubeconfig"' in story.state.replace('": "', '":"')


def test_a_removal_takes_ours_and_nothing_of_theirs(story: Story) -> None:
    assert story.names[2] == story.names[0]
    assert story.kept


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[Any]]]:
    """A server that notes whoever comes."""
    came: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                came.append(address)
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}", came


def test_the_example_is_rehearsed_without_a_word_to_its_context(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: tuple[str, list[Any]]
) -> None:
    server, came = stranger
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "research-cluster",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "research-cluster", "context": {"cluster": "c", "user": "u"}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(content))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    ended = run("rehearse", "--json", "--file", str(EXAMPLE))
    assert ended.code == 0, ended.err
    phases = {phase["name"]: phase for phase in ended.json["phases"]}
    assert phases["again"]["note"] == "nothing to change"
    assert phases["leftovers"]["note"] == "nothing is left"
    outcomes = {o["id"]: o for o in ended.json["checks"]["outcomes"]}
    assert outcomes["BD-CLU-020"]["verdict"] == "passed"
    assert "a simulated controller failed" not in ended.err
    assert not came
