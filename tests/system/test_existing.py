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
import trustme

from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Verdict
from binder_deploy.cli.flows import checking
from binder_deploy.cli.flows.acquire import get_charts
from binder_deploy.cli.flows.deploy import deploy
from binder_deploy.cli.flows.deployment import open_deployment
from binder_deploy.cli.flows.errors import Blocked
from binder_deploy.cli.flows.remove import remove
from binder_deploy.ops.kubeconfig import scoped, write
from binder_deploy.ops.leftovers.in_cluster import sweep
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.rehearsal.environment import applied
from binder_deploy.rehearsal.ordinary.furniture import INGRESS_CLASSES, ingress_class
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import load, parse
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.engine import Site

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "existing.yaml"
NAMESPACES = "/api/v1/namespaces"
KEPT = ("secrets", "services", "configmaps", "persistentvolumeclaims", "apps/deployments", "apps/daemonsets")
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
    shared: list[Mapping[str, frozenset[str]]] = field(default_factory=list)
    """Names of everything cluster-wide with two deployments that share the cluster, and with the second alone."""
    beside: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Deployment → what its second `up`, with the other one there, changed."""
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Deployment → folders of the nodes that its pods use."""
    judged: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    """Deployment → its checks afterwards."""
    untouched: bool = False
    """Whether every object of the second is as it was before the first was removed."""
    left: Mapping[str, Sweep] = field(default_factory=dict)
    """Deployment → what its sweep found after its removal."""


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
            _two_beside_each_other(told, api, session, tools, tmp_path_factory.mktemp("shared"), session_cache)
            told.names.append(_names(api))
    return told


def _two_beside_each_other(
    told: Story, api: Api, session: Session, tools: Mapping[str, Path], folder: Path, cache: Path
) -> None:
    """Two deployments in one cluster, each in a namespace of its own; then the second one alone."""
    certificate(folder)
    opened = {}
    for name in ("pr-one", "pr-two"):
        settings = shared(name)
        own = folder / name
        own.mkdir()
        for file in ("chain.pem", "key.pem"):
            (own / file).write_bytes((folder / file).read_bytes())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BINDER_DEPLOY_CACHE", str(cache))
            charts = get_charts(own, None, lambda event: None, platform="existing", allow_stand_ins=True)
        work = own / "work"
        work.mkdir()
        write(work / "kubeconfig", scoped(session.kubeconfig.read_text(encoding="utf-8"), settings))
        site = Site(work, session.folder, session.environ)
        opened[name] = open_deployment(own, settings, tools, charts, site, Sweep, simulated=True)
    for deployment in opened.values():
        checking.before(deployment, lambda event: None)
        deploy(deployment, lambda event: None)
    told.shared.append(_names(api))
    told.beside = {name: d.engine.up(lambda event: None).changes for name, d in opened.items()}
    told.judged = {
        name: {o.check.id: o.verdict for o in checking.after(d, d.engine.outputs(), lambda event: None, wait_s=20)}
        for name, d in opened.items()
    }
    daemons = api.list("/apis/apps/v1/daemonsets")["items"]
    told.places = {
        name: frozenset(
            volume["hostPath"]["path"]
            for daemon in daemons
            if daemon["metadata"]["namespace"] == name
            for volume in daemon["spec"]["template"]["spec"]["volumes"]
            if "hostPath" in volume
        )
        for name in opened
    }
    before = _objects_of(api, "pr-two")
    remove(opened["pr-one"], lambda event: None)
    told.untouched = bool(before) and _objects_of(api, "pr-two") == before
    told.shared.append(_names(api))
    remove(opened["pr-two"], lambda event: None)
    told.left = {name: sweep(d.settings, session.kubeconfig) for name, d in opened.items()}


def shared(name: str) -> Settings:
    text = EXAMPLE.read_text(encoding="utf-8").replace("name: seminar-binder\n", f"name: {name}\n", 1)
    text = text.replace("  context: research-cluster", "  shared: true\n  context: research-cluster")
    text = text.replace("domain: seminar.", f"domain: {name}.previews.")
    tls = "tls:\n  kind: certificate\n  certificate: file:chain.pem\n  key: file:key.pem\n"
    return parse(text.replace("tls:\n  email: research-it@example.org\n", tls))


def certificate(folder: Path) -> None:
    """For every host of both."""
    hosts = (f"{host}.{name}.previews.example.org" for name in ("pr-one", "pr-two") for host in ("binder", "hub"))
    made = trustme.CA().issue_cert(*hosts)
    made.private_key_pem.write_to_path(folder / "key.pem")
    made.cert_chain_pems[0].write_to_path(folder / "chain.pem")


def _objects_of(api: Api, namespace: str) -> dict[str, str]:
    """Object → its version, of everything in the namespace that does not change by itself."""
    return {
        f"{collection}/{o['metadata']['name']}": o["metadata"]["uid"] + str(o["metadata"].get("generation", ""))
        for collection in (
            "secrets",
            "services",
            "configmaps",
            "persistentvolumeclaims",
            "apps/deployments",
            "apps/daemonsets",
        )
        for o in api.list(_collection(collection, namespace))["items"]
    }


def _collection(name: str, namespace: str) -> str:
    group, _, plural = name.rpartition("/")
    return f"/apis/{group}/v1/namespaces/{namespace}/{plural}" if group else f"{NAMESPACES}/{namespace}/{plural}"


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


def test_two_deployments_stand_in_one_cluster_each_below_its_own_name(story: Story) -> None:
    new = {path: story.shared[0][path] - story.names[2][path] for path in CLUSTER_WIDE}
    assert new[NAMESPACES] == {"pr-one", "pr-two"}
    named = {name for path, names in new.items() if path != "/api/v1/persistentvolumes" for name in names}
    assert all(name.startswith(("pr-one", "pr-two")) for name in named)
    assert not new[INGRESS_CLASSES] | new["/apis/scheduling.k8s.io/v1/priorityclasses"]


def test_with_the_other_one_there_a_second_up_of_each_changes_nothing(story: Story) -> None:
    assert {name: set(changes) for name, changes in story.beside.items()} == {"pr-one": {"same"}, "pr-two": {"same"}}


def test_builders_of_both_on_one_node_share_no_folder(story: Story) -> None:
    assert story.places["pr-one"] and story.places["pr-two"]
    assert not story.places["pr-one"] & story.places["pr-two"]


def test_the_checks_of_each_look_at_its_own_namespace(story: Story) -> None:
    for verdicts in story.judged.values():
        assert not [i for i, verdict in verdicts.items() if isinstance(verdict, Failed | Crashed)]
        assert verdicts["BD-ING-001"] == Passed("nginx")
        assert isinstance(verdicts["BD-BND-001"], Passed)


def test_the_removal_of_one_leaves_the_other_as_it_was(story: Story) -> None:
    assert story.untouched
    assert story.shared[1][NAMESPACES] - story.names[2][NAMESPACES] == {"pr-two"}
    assert not [n for names in story.shared[1].values() for n in names if n.startswith("pr-one")]
    assert story.names[3] == story.names[2]
    assert all(not sweep.found and not sweep.unasked for sweep in story.left.values())


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
