"""In a cluster that is there already nothing is made around it, and nothing a second time."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.charts.planned import planned
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.planned import Planned
from binder_deploy.settings.surroundings import Surroundings, settled
from binder_deploy.stacks.existing import There

pytestmark = pytest.mark.system

RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"
PROVIDER = "pulumi:providers:kubernetes"

NOTHING = Surroundings(cluster="uid-1", ingress_class=None, cert_manager=False, storage_class="standard")
EVERYTHING = Surroundings(cluster="uid-1", ingress_class="nginx", cert_manager=True, storage_class="fast")
PLATFORM: dict[str, Any] = {"kind": "existing", "context": "research"}
REGISTRY = {"kind": "ghcr", "namespace": "campus", "push": {"username": "bot", "password": "env:PUSH"}}
PUSH = {"pushPassword": "hunter2"}


@pytest.fixture
def into(deploy):
    """Run the program in a cluster as it was found."""

    def run(found: Surroundings = NOTHING, preview: bool = False, platform: dict[str, Any] | None = None, **more: Any):
        sections = {"registry": REGISTRY, **more, "platform": {**PLATFORM, **(platform or {})}}
        return deploy(preview, config=PUSH, there=There(found, "kubeconfig"), **sections)

    return run


def values(run, name):
    return run.one(RELEASE, f"{name}-release").raw["values"]


def releases(run):
    return {r.inputs["name"] for r in run.of(RELEASE)}


@pytest.mark.parametrize("found", [NOTHING, EVERYTHING], ids=["bare", "furnished"])
def test_no_cloud_is_touched_and_no_disk_class_made(into, preview, found):
    run = into(found, preview)
    custom = {r.type for r in run.resources if r.custom}
    assert not [t for t in custom if t.startswith(("gcp:", "aws:", "pulumi:providers:gcp", "pulumi:providers:aws"))]
    assert "kubernetes:storage.k8s.io/v1:StorageClass" not in custom


def test_the_way_in_is_a_path_and_a_lasting_identity(into, preview):
    provider = into(preview=preview).one(PROVIDER)
    assert provider.inputs["kubeconfig"] == "kubeconfig"
    assert provider.inputs["clusterIdentifier"] == "uid-1"


def test_in_a_bare_cluster_everything_is_installed(into, preview):
    run = into(NOTHING, preview)
    assert releases(run) == {"binder-service", "traefik", "cert-manager"}
    assert {n.inputs["metadata"]["name"] for n in run.of(NAMESPACE)} == {"binder", "traefik", "cert-manager"}
    assert run.one(SERVICE).inputs["spec"]["type"] == "LoadBalancer"
    assert values(run, "binder-service")["ingress"]["className"] == "traefik"


def test_what_is_there_is_used_and_not_installed_again(into, preview):
    run = into(EVERYTHING, preview)
    assert releases(run) == {"binder-service"}
    assert [n.inputs["metadata"]["name"] for n in run.of(NAMESPACE)] == ["binder"]
    assert not run.of(SERVICE)
    ingress = values(run, "binder-service")["ingress"]
    assert ingress["className"] == "nginx"
    assert ingress["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    (solver,) = run.one(ISSUER).inputs["spec"]["acme"]["solvers"]
    assert solver["http01"]["ingress"]["ingressClassName"] == "nginx"
    assert values(run, "binder-service")["binderhub"]["jupyterhub"]["hub"]["db"]["pvc"]["storageClassName"] == "fast"


def test_what_the_settings_say_stands_above_what_was_found(into):
    run = into(EVERYTHING, platform={"ingress_class": "internal"}, hub={"storage_class": "slow"})
    assert values(run, "binder-service")["ingress"]["className"] == "internal"
    assert values(run, "binder-service")["binderhub"]["jupyterhub"]["hub"]["db"]["pvc"]["storageClassName"] == "slow"


def test_pods_go_where_the_settings_say_and_else_anywhere(into):
    nodes = {"user": {"who": "people"}, "build": {"for": "builds"}}
    inner = values(into(platform={"nodes": nodes}), "binder-service")["binderhub"]
    assert inner["nodeSelector"] == {} and inner["jupyterhub"]["hub"]["nodeSelector"] == {}
    assert inner["jupyterhub"]["singleuser"]["nodeSelector"] == {"who": "people"}
    assert inner["config"]["BinderHub"]["build_node_selector"] == {"for": "builds"}
    # Nobody labels somebody else's nodes for Zero to JupyterHub.
    affinities = [inner["jupyterhub"]["scheduling"][pods]["nodeAffinity"] for pods in ("corePods", "userPods")]
    assert affinities == [{"matchNodePurpose": "prefer"}] * 2


def test_definitions_that_others_may_use_are_kept(into):
    assert values(into(), "cert-manager")["crds"] == {"enabled": True, "keep": True}


@pytest.mark.parametrize(
    ("way", "type_", "level"),
    [
        ("auto", "LoadBalancer", "baseline"),
        ("load-balancer", "LoadBalancer", "baseline"),
        ("node-port", "NodePort", "baseline"),
        ("host-port", None, "privileged"),
    ],
)
def test_the_entrance_is_exposed_as_the_settings_say(into, preview, way, type_, level):
    run = into(preview=preview, platform={"load_balancer": way})
    assert [s.inputs["spec"]["type"] for s in run.of(SERVICE)] == ([type_] if type_ else [])
    enforced = run.one(NAMESPACE, "namespaces-traefik").inputs["metadata"]["labels"]
    assert enforced["pod-security.kubernetes.io/enforce"] == level
    given = values(run, "traefik")
    assert given["ports"]["web"].get("hostPort") == (None if type_ else 80)
    assert given["providers"]["kubernetesIngress"]["publishedService"]["enabled"] == (type_ == "LoadBalancer")
    if type_ == "NodePort":
        assert [p["nodePort"] for p in run.one(SERVICE).inputs["spec"]["ports"]] == [30080, 30443]


def test_a_bare_address_is_the_one_that_the_settings_name(into, preview):
    run = into(preview=preview, platform={"address": "192.0.2.10"}, address={"kind": "ip"})
    assert run.exports["binder_url"] == "https://192.0.2.10/" and run.exports["address"] == "192.0.2.10"
    assert run.one(SERVICE).inputs["spec"]["loadBalancerIP"] == "192.0.2.10"
    assert run.one(CERTIFICATE).inputs["spec"]["ipAddresses"] == ["192.0.2.10"]


def test_a_bare_address_needs_an_entrance_of_our_own() -> None:
    settings = _settings(address={"kind": "ip"}, platform={"address": "192.0.2.10"})
    with pytest.raises(SettingsError, match=r"address\.kind: ip needs an ingress controller of our own"):
        settled(settings, EVERYTHING)


@pytest.mark.parametrize("found", [NOTHING, EVERYTHING], ids=["bare", "furnished"])
@pytest.mark.parametrize("tls", [{"email": "it@example.org"}, {"kind": "self-signed"}], ids=["acme", "self-signed"])
def test_everything_that_the_program_names_is_looked_for_before(into, found, tls):
    run = into(found, tls=tls)
    made = {
        Planned(
            r.inputs["apiVersion"],
            r.inputs["kind"],
            r.inputs["metadata"]["name"],
            r.inputs["metadata"].get("namespace", ""),
        )
        for r in run.resources
        if r.type.startswith("kubernetes:") and r.type != RELEASE
    }
    assert made <= set(planned(settled(_settings(tls=tls), found)))


def _settings(platform: dict[str, Any] | None = None, **more: Any) -> Settings:
    base = {
        "version": 1,
        "name": "campus",
        "tags": {"owner": "research-it"},
        "platform": {**PLATFORM, **(platform or {})},
        "registry": REGISTRY,
        "address": {"domain": "campus.example.org"},
        "tls": {"email": "it@example.org"},
    }
    return Settings.model_validate({**base, **more})
