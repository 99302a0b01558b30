"""What a cluster had before us is found on a real API server, furnished as kind, k3s and minikube furnish theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.ops.leftovers.in_cluster import sweep
from binder_deploy.ops.surroundings import NotLetIn, NotReached, identity, look
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.rehearsal.ordinary.furniture import (
    INGRESS_CLASSES,
    STORAGE_CLASSES,
    ingress_class,
    node,
    storage_class,
)
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.surroundings import Surroundings, settled

pytestmark = pytest.mark.system

NODES = "/api/v1/nodes"
DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
Furnish = Callable[..., None]

KIND = (
    (NODES, node("kind-control-plane", {"node-role.kubernetes.io/control-plane": ""})),
    (STORAGE_CLASSES, storage_class("standard", default=True)),
)
K3S = (
    (
        NODES,
        node("server", {"node.kubernetes.io/instance-type": "k3s", "node-role.kubernetes.io/control-plane": "true"}),
    ),
    (STORAGE_CLASSES, storage_class("local-path", default=True)),
    (INGRESS_CLASSES, ingress_class("traefik", "traefik.io/ingress-controller", default=True)),
)


def _minikube() -> tuple[tuple[str, Object], ...]:
    disks = storage_class("standard", default=False, provisioner="k8s.io/minikube-hostpath")
    # Its addon writes the annotation's old name.
    disks["metadata"]["annotations"] = {"storageclass.beta.kubernetes.io/is-default-class": "true"}
    return (
        (NODES, node("minikube", {"minikube.k8s.io/name": "minikube", "minikube.k8s.io/primary": "true"})),
        (STORAGE_CLASSES, {**disks, "volumeBindingMode": "Immediate"}),
        (INGRESS_CLASSES, ingress_class("nginx", "k8s.io/ingress-nginx", default=True)),
    )


@pytest.fixture(scope="module")
def session(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_session(tools, root=tmp_path_factory.mktemp("cache")) as opened:
        opened.control_plane.start(lambda api: None)
        yield opened


@pytest.fixture
def api(session: Session) -> Iterator[Api]:
    with Api.of(session.kubeconfig) as opened:
        yield opened


@pytest.fixture
def furnish(api: Api) -> Iterator[Furnish]:
    """Puts objects into the cluster for the length of a test."""
    with ExitStack() as stack:

        def put(*objects: tuple[str, Object]) -> None:
            for collection, body in objects:
                stack.enter_context(_there(api, collection, body))

        yield put


@contextmanager
def _there(api: Api, collection: str, body: Object) -> Iterator[None]:
    assert api.create(collection, body)
    while collection == DEFINITIONS and not api.get("/apis/cert-manager.io"):
        pass  # it is served a moment later
    yield
    path = f"{collection}/{body['metadata']['name']}"
    api.delete(path)
    while api.get(path):  # definitions and namespaces take a moment
        pass


def settings(platform: Mapping[str, Any] | None = None, **more: Any) -> Settings:
    return Settings.model_validate(
        {
            "version": 1,
            "name": "campus",
            "tags": {"owner": "it"},
            "platform": {"kind": "existing", "context": "lab", **(platform or {})},
            "registry": {"kind": "ghcr", "namespace": "campus", "push": {"username": "bot", "password": "env:PUSH"}},
            "address": {"domain": "campus.example.org"},
            "tls": {"email": "it@example.org"},
            **more,
        }
    )


@pytest.mark.parametrize(
    ("furniture", "ingress", "disks"),
    [(KIND, None, "standard"), (K3S, "traefik", "local-path"), (_minikube(), "nginx", "standard")],
    ids=["kind", "k3s", "minikube"],
)
def test_each_of_the_small_ones_is_taken_as_it_comes(
    session: Session, furnish: Furnish, furniture: tuple[tuple[str, Object], ...], ingress: str | None, disks: str
) -> None:
    furnish(*furniture)
    found = look(settings(), session.kubeconfig)
    assert (found.ingress_class, found.cert_manager, found.storage_class) == (ingress, False, disks)
    assert found.cluster == identity(session.kubeconfig) and len(found.cluster) == 36


def test_the_only_class_is_taken_and_among_several_the_default(session: Session, furnish: Furnish) -> None:
    furnish(*KIND, (INGRESS_CLASSES, ingress_class("internal", "example.org/one")))
    assert look(settings(), session.kubeconfig).ingress_class == "internal"
    furnish((INGRESS_CLASSES, ingress_class("public", "example.org/two", default=True)))
    assert look(settings(), session.kubeconfig).ingress_class == "public"


@pytest.mark.parametrize(
    ("wanted", "furniture", "message"),
    [
        ({}, [ingress_class("a", "example.org/a"), ingress_class("b", "example.org/b")], "write one of a, b"),
        ({"ingress_class": "c"}, [ingress_class("a", "example.org/a")], "no IngressClass of that name; write one of a"),
    ],
    ids=["none is the default", "not there"],
)
def test_an_ingress_class_that_only_a_person_can_choose_is_asked_for(
    session: Session, furnish: Furnish, wanted: dict[str, Any], furniture: list[Object], message: str
) -> None:
    furnish(*KIND, *((INGRESS_CLASSES, body) for body in furniture))
    with pytest.raises(SettingsError, match=rf"platform\.ingress_class: .*{message}"):
        look(settings(wanted), session.kubeconfig)


@pytest.mark.parametrize(
    ("hub", "classes", "message"),
    [
        ({}, [], "install a storage provisioner first"),
        ({}, [storage_class("slow", default=False)], "none of .* is the default.*write one of slow"),
        ({"storage_class": "fast"}, [storage_class("slow", default=True)], "no StorageClass of that name"),
    ],
    ids=["none", "no default", "not there"],
)
def test_a_disk_that_would_never_come_is_told_before_anything_is_made(
    session: Session, furnish: Furnish, hub: dict[str, Any], classes: list[Object], message: str
) -> None:
    furnish(*((STORAGE_CLASSES, body) for body in classes))
    with pytest.raises(SettingsError, match=rf"hub\.storage_class: .*{message}"):
        look(settings(hub=hub), session.kubeconfig)


def test_a_cert_manager_that_runs_is_used(session: Session, furnish: Furnish) -> None:
    furnish(*KIND, (DEFINITIONS, definition()), (DEPLOYMENTS, deployment("cert-manager")))
    assert look(settings(), session.kubeconfig).cert_manager


def test_kinds_that_nobody_serves_are_told_and_those_that_we_left_are_not(
    session: Session, furnish: Furnish, api: Api
) -> None:
    furnish(*KIND, (DEFINITIONS, definition()))
    with pytest.raises(SettingsError, match=r"platform\.cert_manager: .* none that runs"):
        look(settings(), session.kubeconfig)
    noted = {"metadata": {"annotations": _helm("cert-manager", "cert-manager")}}
    api.patch(f"{DEFINITIONS}/certificates.cert-manager.io", noted)
    assert not look(settings(), session.kubeconfig).cert_manager


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReached, match=r"platform\.context: the cluster does not answer"):
        look(settings(), _kubeconfig(tmp_path, "https://127.0.0.1:9", {}))


def test_a_cluster_that_lets_nobody_in_is_told_without_the_token(session: Session, tmp_path: Path) -> None:
    content = json.loads(session.kubeconfig.read_text())
    content["users"][0]["user"] = {"token": "s3cret"}
    (tmp_path / "kubeconfig").write_text(json.dumps(content))
    with pytest.raises(NotLetIn, match=r"refuses \(401") as caught:
        look(settings(), tmp_path / "kubeconfig")
    assert "s3cret" not in str(caught.value)


def test_what_is_left_over_is_ours_and_nothing_else(session: Session, furnish: Furnish) -> None:
    mine, theirs = {"binder-deploy": "campus"}, {"binder-deploy": "other"}
    furnish(
        ("/api/v1/namespaces", namespace("binder", mine)),
        ("/api/v1/namespaces", namespace("lectures", theirs)),
        (INGRESS_CLASSES, annotated(ingress_class("traefik", "example.org/a"), _helm("traefik", "traefik"))),
        (INGRESS_CLASSES, annotated(ingress_class("nginx", "example.org/b"), _helm("ingress", "nginx"))),
    )
    bare = Surroundings(cluster="", ingress_class=None, cert_manager=False, storage_class=None)
    found = sweep(settled(settings(), bare), session.kubeconfig)
    assert {(item.kind, item.name) for item in found.found} == {("Namespace", "binder"), ("IngressClass", "traefik")}
    assert not found.unasked
    # Where the ingress controller was there before, even one of the same name is not ours.
    used = Surroundings(cluster="", ingress_class="traefik", cert_manager=False, storage_class=None)
    assert [item.name for item in sweep(settled(settings(), used), session.kubeconfig).found] == ["binder"]


def namespace(name: str, labels: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def annotated(body: Object, annotations: dict[str, str]) -> Object:
    return {**body, "metadata": {**body["metadata"], "annotations": annotations}}


def definition() -> Object:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "certificates.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io",
            "scope": "Namespaced",
            "names": {"plural": "certificates", "kind": "Certificate"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def deployment(name: str) -> Object:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": name}]}},
        },
    }


def _helm(namespace: str, release: str) -> dict[str, str]:
    return {"meta.helm.sh/release-namespace": namespace, "meta.helm.sh/release-name": release}


def _kubeconfig(folder: Path, server: str, user: dict[str, str]) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(content))
    return file
