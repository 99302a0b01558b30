"""The part inside the cluster: objects, and the order that a destroy walks backwards."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.system

RELEASE = "kubernetes:helm.sh/v3:Release"
SERVICE = "kubernetes:core/v1:Service"
ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"


SECRET = "4dabf18193072939515e22adb298388d"
"""Marks a value that the engine encrypts: the signature of Pulumi's wire format."""


def release(run, name):
    return run.one(RELEASE, f"{name}-release")


def test_everything_in_the_cluster_is_gone_before_any_node_pool_the_network_or_the_cluster(deploy, preview):
    run = deploy(preview)
    below = {
        r.urn
        for type_ in (
            "container/nodePool:NodePool",
            "container/cluster:Cluster",
            "compute/routerNat:RouterNat",
            "compute/subnetwork:Subnetwork",
        )
        for r in run.of(type_)
    }
    assert len(below) == 6
    for resource in run.resources:
        if resource.type.startswith("kubernetes:"):
            assert below <= run.needs(resource), resource.urn


def test_the_load_balancer_goes_before_its_controller_and_its_address(deploy, preview):
    run = deploy(preview)
    needs = run.needs(run.one(SERVICE))
    assert release(run, "traefik").urn in needs
    assert run.one("compute/address:Address").urn in needs


def test_nothing_needs_the_load_balancer(deploy, preview):
    """So a destroy can begin with it."""
    run = deploy(preview)
    service = run.one(SERVICE).urn
    assert not [r.urn for r in run.resources if service in run.needs(r)]


def test_the_binder_needs_its_disk_class_its_namespace_traefik_and_the_right_to_push(deploy, preview):
    run = deploy(preview)
    needs = run.needs(release(run, "binder-service"))
    assert {
        run.one("kubernetes:storage.k8s.io/v1:StorageClass").urn,
        run.one("kubernetes:core/v1:Namespace", "namespaces-binder").urn,
        run.one("artifactregistry/repositoryIamMember:RepositoryIamMember", "push-writer").urn,
        release(run, "traefik").urn,
    } <= needs


def test_the_binder_does_not_wait_for_certificates(deploy, preview):
    run = deploy(preview)
    needs = run.needs(release(run, "binder-service"))
    assert not needs & {run.one(ISSUER).urn, run.one(CERTIFICATE).urn}


def test_certificates_come_after_cert_manager_and_go_before_it(deploy, preview):
    run = deploy(preview)
    for type_ in (ISSUER, CERTIFICATE):
        assert release(run, "cert-manager").urn in run.needs(run.one(type_))
    assert run.one(ISSUER).urn in run.needs(run.one(CERTIFICATE))


def test_the_engine_never_waits_for_a_certificate(deploy, preview):
    run = deploy(preview)
    for type_ in (ISSUER, CERTIFICATE):
        assert run.one(type_).inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_one_certificate_covers_both_hosts(deploy, preview):
    inputs = deploy(preview).one(CERTIFICATE).inputs
    assert inputs["metadata"]["namespace"] == "binder"
    assert inputs["spec"]["secretName"] == "binder-tls"
    assert inputs["spec"]["dnsNames"] == ["binder.campus.example.org", "hub.campus.example.org"]


@pytest.mark.parametrize("server", ["staging", "production"])
def test_another_server_is_another_issuer_so_that_the_certificate_is_issued_anew(deploy, server):
    run = deploy(tls={"server": server})
    issuer = run.one(ISSUER).inputs
    assert issuer["metadata"]["name"] == f"letsencrypt-{server}"
    assert ("staging" in issuer["spec"]["acme"]["server"]) == (server == "staging")
    assert issuer["spec"]["acme"]["solvers"] == [{"http01": {"ingress": {"ingressClassName": "traefik"}}}]
    assert run.one(CERTIFICATE).inputs["spec"]["issuerRef"]["name"] == f"letsencrypt-{server}"


def test_the_entry_point_keeps_the_clients_address_and_takes_the_reserved_one(deploy, preview):
    inputs = deploy(preview).one(SERVICE).inputs
    assert (inputs["metadata"]["name"], inputs["metadata"]["namespace"]) == ("entrypoint", "traefik")
    assert inputs["metadata"]["annotations"] == {
        "cloud.google.com/l4-rbs": "enabled",
        "networking.gke.io/load-balancer-ip-addresses": "campus-ip",
    }
    spec = inputs["spec"]
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert spec["selector"] == {"app.kubernetes.io/name": "traefik"}
    assert [(p["port"], p["targetPort"]) for p in spec["ports"]] == [(80, "web"), (443, "websecure")]


def test_the_storage_class_is_ours_and_never_the_default(deploy, preview):
    inputs = deploy(preview).one("kubernetes:storage.k8s.io/v1:StorageClass").inputs
    assert inputs["metadata"]["name"] == "campus-disk"
    assert inputs["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "false"}
    assert inputs["provisioner"] == "pd.csi.storage.gke.io"
    assert inputs["parameters"] == {"type": "pd-balanced", "labels": "owner=research-it,binder-deploy=campus"}
    assert (inputs["volumeBindingMode"], inputs["reclaimPolicy"]) == ("WaitForFirstConsumer", "Delete")


def test_a_storage_class_of_the_institution_is_used_instead(deploy):
    run = deploy(hub={"storage_class": "theirs"})
    assert not run.of("kubernetes:storage.k8s.io/v1:StorageClass")
    assert release(run, "binder-service")


def test_releases_keep_the_evidence_of_a_failed_install_and_fetch_nothing(deploy, preview):
    for found in deploy(preview).of(RELEASE):
        for switch in ("atomic", "cleanupOnFail", "dependencyUpdate", "skipCrds", "createNamespace"):
            assert found.inputs[switch] is False, (found.urn, switch)
        assert "skipAwait" not in found.inputs


def test_releases_have_fixed_names_and_relative_charts(deploy, preview):
    found = {r.inputs["name"]: r.inputs for r in deploy(preview).of(RELEASE)}
    assert {n: i["namespace"] for n, i in found.items()} == {
        "traefik": "traefik",
        "cert-manager": "cert-manager",
        "binder-service": "binder",
    }
    assert {i["chart"] for i in found.values()} == {
        "charts/binder-service",
        "charts/traefik-41.3.0.tgz",
        "charts/cert-manager-v1.21.1.tgz",
    }


def test_only_the_binders_namespace_may_be_privileged(deploy, preview):
    levels = {
        n.inputs["metadata"]["name"]: n.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for n in deploy(preview).of("kubernetes:core/v1:Namespace")
    }
    assert levels == {"binder": "privileged", "traefik": "baseline", "cert-manager": "baseline"}


def test_an_unreachable_cluster_is_never_forgotten(deploy, preview):
    provider = deploy(preview).one("pulumi:providers:kubernetes").inputs
    assert provider["deleteUnreachable"] == "false"
    assert provider["skipUpdateUnreachable"] == "false"
    assert provider["enableServerSideApply"] == "true"


def test_a_new_kubeconfig_replaces_nothing_and_a_new_cluster_everything(deploy):
    def identity(**platform):
        return deploy(platform=platform).one("pulumi:providers:kubernetes").inputs["clusterIdentifier"]

    listed = [{"name": "office", "cidr": "192.0.2.0/24"}]
    assert identity() == identity(authorized_networks=listed)
    assert identity() != identity(control_plane="zonal")


def test_a_replaced_cluster_takes_what_is_in_it_along(deploy):
    """The engine clears a cluster first only if the provider's identity is made of the cluster's outputs."""
    run = deploy()
    provider = run.one("pulumi:providers:kubernetes")
    assert run.one("container/cluster:Cluster").urn in provider.property_dependencies["clusterIdentifier"]


def test_without_a_domain_everything_is_at_the_address_and_the_hub_has_a_path(deploy):
    run = deploy(address={"kind": "ip"})
    ip = "203.0.113.7"
    values = release(run, "binder-service").inputs["values"]["value"]
    assert values["binderhub"]["config"]["BinderHub"]["hub_url"] == f"https://{ip}/jupyter/"
    assert values["binderhub"]["config"]["BinderHub"]["hub_url_local"] == "http://proxy-public/jupyter"
    assert values["binderhub"]["jupyterhub"]["hub"]["baseUrl"] == "/jupyter/"
    assert (values["ingress"]["binderHost"], values["ingress"]["hubHost"]) == ("", "")
    assert (run.exports["binder_url"], run.exports["hub_url"]) == (f"https://{ip}/", f"https://{ip}/jupyter/")


def test_the_certificate_of_a_bare_address_is_short_lived_and_traefiks_default(deploy):
    run = deploy(address={"kind": "ip"})
    ip = "203.0.113.7"
    assert run.one(ISSUER).inputs["spec"]["acme"]["profile"] == "shortlived"
    certificate = run.one(CERTIFICATE).inputs
    assert certificate["metadata"]["namespace"] == "traefik"
    assert certificate["spec"]["ipAddresses"] == [ip]
    assert "dnsNames" not in certificate["spec"]
    traefik = release(run, "traefik").inputs["values"]
    assert traefik["tlsStore"]["default"]["defaultCertificate"]["secretName"] == certificate["spec"]["secretName"]


def test_a_certificate_of_the_institution_needs_no_cert_manager(deploy):
    secrets = {"tlsCertificate": "PEM", "tlsKey": "KEY"}
    tls = {"kind": "certificate", "certificate": "env:CHAIN", "key": "env:KEY"}
    run = deploy(config=secrets, tls=tls)
    assert not run.of(CERTIFICATE) and not run.of(ISSUER)
    assert {r.inputs["name"] for r in run.of(RELEASE)} == {"traefik", "binder-service"}
    (secret,) = run.of("kubernetes:core/v1:Secret")
    assert (secret.inputs["metadata"]["namespace"], secret.inputs["metadata"]["name"]) == ("binder", "binder-tls")
    assert SECRET in secret.inputs["stringData"]
    assert secret.inputs["stringData"]["value"] == {"tls.crt": "PEM", "tls.key": "KEY"}


def test_a_certificate_that_signs_itself_asks_nobody(deploy):
    run = deploy(tls={"kind": "self-signed"})
    assert run.one(ISSUER).inputs["spec"] == {"selfSigned": {}}
