"""The part on Google's side: what GKE must be told, and the variants that the settings choose."""

from __future__ import annotations

import pytest
import yaml

pytestmark = pytest.mark.system

CLUSTER = "container/cluster:Cluster"
POOL = "container/nodePool:NodePool"
MEMBER = "artifactregistry/repositoryIamMember:RepositoryIamMember"
EXISTING = {
    "kind": "existing",
    "network": "projects/host/global/networks/shared",
    "subnetwork": "projects/host/regions/europe-west1/subnetworks/nodes",
    "pods_range": "pods",
    "services_range": "services",
}


def cluster(run):
    return run.one(CLUSTER).inputs


def pools(run):
    return {p.inputs["name"]: p for p in run.of(POOL)}


def test_apis_are_never_switched_off(deploy, preview):
    services = deploy(preview).of("projects/service:Service")
    assert services
    assert not any(s.inputs["disableOnDestroy"] for s in services)


def test_nothing_is_asked_of_an_api_before_it_is_switched_on(deploy, preview):
    run = deploy(preview)
    enabled = {s.urn for s in run.of("projects/service:Service")}
    for resource in run.resources:
        if resource.type.startswith("gcp:") and resource.urn not in enabled:
            assert enabled <= run.needs(resource), resource.urn


@pytest.mark.parametrize("dns", [{"kind": "manual"}, {"kind": "cloud-dns", "zone": "z"}])
def test_the_dns_api_is_for_whoever_has_the_zone(deploy, dns):
    services = {s.inputs["service"] for s in deploy(address={"dns": dns}).of("projects/service:Service")}
    assert ("dns.googleapis.com" in services) == (dns["kind"] == "cloud-dns")


def test_a_managed_network_has_private_nodes_and_a_way_out(deploy, preview):
    run = deploy(preview)
    assert run.one("compute/network:Network").inputs["autoCreateSubnetworks"] is False
    subnetwork = run.one("compute/subnetwork:Subnetwork").inputs
    assert subnetwork["privateIpGoogleAccess"] is True
    assert subnetwork["secondaryIpRanges"] == [
        {"rangeName": "campus-pods", "ipCidrRange": "10.64.0.0/14"},
        {"rangeName": "campus-services", "ipCidrRange": "10.20.0.0/20"},
    ]
    nat = run.one("compute/routerNat:RouterNat")
    assert nat.inputs["natIpAllocateOption"] == "AUTO_ONLY"
    assert nat.urn in run.needs(run.one(CLUSTER))


def test_an_existing_network_is_used_and_never_made(deploy, preview):
    run = deploy(preview, platform={"network": EXISTING})
    for type_ in ("network:Network", "subnetwork:Subnetwork", "router:Router", "routerNat:RouterNat"):
        assert not run.of(f"compute/{type_}")
    assert not run.of("binder-deploy:gke:Network")
    assert cluster(run)["network"] == EXISTING["network"]
    assert cluster(run)["subnetwork"] == EXISTING["subnetwork"]
    assert cluster(run)["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }


def test_the_cluster_is_standard_private_and_enforces_network_policies(deploy, preview):
    inputs = cluster(deploy(preview))
    assert "enableAutopilot" not in inputs
    assert "networkPolicy" not in inputs
    assert "nodePools" not in inputs
    assert inputs["datapathProvider"] == "ADVANCED_DATAPATH"
    assert inputs["networkingMode"] == "VPC_NATIVE"
    assert inputs["privateClusterConfig"] == {"enablePrivateNodes": True, "masterIpv4CidrBlock": "172.16.0.0/28"}
    assert inputs["workloadIdentityConfig"] == {"workloadPool": "campus-binder.svc.id.goog"}
    assert inputs["removeDefaultNodePool"] is True
    assert inputs["initialNodeCount"] == 1
    assert inputs["clusterAutoscaling"]["enabled"] is False
    assert inputs["enableShieldedNodes"] is True


def test_the_short_lived_default_pool_replaces_nothing_later(deploy):
    assert set(deploy().one(CLUSTER).ignore_changes) == {"nodeConfig", "initialNodeCount"}


@pytest.mark.parametrize(
    ("control_plane", "location", "node_locations"),
    [("regional", "europe-west1", ["europe-west1-b"]), ("zonal", "europe-west1-b", None)],
)
def test_nodes_run_in_one_zone_wherever_the_control_plane_is(deploy, control_plane, location, node_locations):
    run = deploy(platform={"control_plane": control_plane})
    assert cluster(run)["location"] == location
    assert cluster(run).get("nodeLocations") == node_locations
    for pool in pools(run).values():
        assert pool.inputs["location"] == location
        assert pool.inputs["nodeLocations"] == ["europe-west1-b"]


def test_without_authorized_networks_only_the_dns_endpoint_answers(deploy, preview):
    inputs = cluster(deploy(preview))
    assert inputs["controlPlaneEndpointsConfig"] == {
        "dnsEndpointConfig": {"allowExternalTraffic": True},
        "ipEndpointsConfig": {"enabled": False},
    }
    assert "masterAuthorizedNetworksConfig" not in inputs


def test_authorized_networks_are_the_only_way_in(deploy, preview):
    listed = [{"name": "office", "cidr": "192.0.2.0/24"}]
    inputs = cluster(deploy(preview, platform={"authorized_networks": listed}))
    assert inputs["controlPlaneEndpointsConfig"] == {
        "dnsEndpointConfig": {"allowExternalTraffic": False},
        "ipEndpointsConfig": {"enabled": True},
    }
    assert inputs["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"displayName": "office", "cidrBlock": "192.0.2.0/24"}],
        "gcpPublicCidrsAccessEnabled": False,
    }


def test_the_kubeconfig_follows_the_way_in(deploy):
    def reached(run):
        return yaml.safe_load(run.exports["kubeconfig"])["clusters"][0]["cluster"]

    listed = [{"name": "office", "cidr": "192.0.2.0/24"}]
    assert reached(deploy()) == {"server": "https://gke-abc-1.europe-west1.gke.goog"}
    assert reached(deploy(platform={"authorized_networks": listed})) == {
        "server": "https://198.51.100.4",
        "certificate-authority-data": "Q0E=",
    }


@pytest.mark.parametrize("setting", [True, False])
def test_deletion_protection_is_the_settings(deploy, setting):
    assert cluster(deploy(platform={"deletion_protection": setting}))["deletionProtection"] is setting


def test_nodes_say_which_pool_they_are_of_and_only_the_core_takes_anything(deploy, preview):
    found = pools(deploy(preview))
    labels = {role: pool.inputs["nodeConfig"]["labels"] for role, pool in found.items()}
    assert labels == {
        "core": {"binder-deploy/pool": "core", "hub.jupyter.org/node-purpose": "core"},
        "user": {"binder-deploy/pool": "user", "hub.jupyter.org/node-purpose": "user"},
        "build": {"binder-deploy/pool": "build"},
    }
    taint = {"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NO_SCHEDULE"}
    taints = {role: pool.inputs["nodeConfig"].get("taints", []) for role, pool in found.items()}
    assert taints == {"core": [], "user": [taint], "build": [taint]}


def test_pools_scale_and_are_not_set_back(deploy, preview):
    sized = {"user": {"machine": "n2-standard-8", "min": 2, "max": 6, "spot": True, "disk_type": "pd-ssd"}}
    run = deploy(preview, platform={"pools": sized})
    user = pools(run)["user"]
    assert user.inputs["autoscaling"] == {"minNodeCount": 2, "maxNodeCount": 6}
    assert user.inputs["initialNodeCount"] == 2
    assert "nodeCount" not in user.inputs
    config = user.inputs["nodeConfig"]
    assert (config["machineType"], config["spot"], config["diskType"]) == ("n2-standard-8", True, "pd-ssd")
    for pool in pools(run).values():
        assert {"initialNodeCount", "nodeCount"} <= set(pool.ignore_changes)


def test_pods_never_see_the_machines_own_identity(deploy, preview):
    for pool in pools(deploy(preview)).values():
        config = pool.inputs["nodeConfig"]
        assert config["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
        assert config["oauthScopes"] == ["https://www.googleapis.com/auth/cloud-platform"]
        assert config["shieldedInstanceConfig"]["enableSecureBoot"] is True


def test_nodes_get_an_account_of_their_own_with_two_roles_before_they_start(deploy):
    run = deploy()
    email = "campus-nodes@p.iam.gserviceaccount.com"
    node = run.one("projects/iAMMember:IAMMember")
    reader = run.one(MEMBER, "node-account-reader")
    assert node.inputs["role"] == "roles/container.defaultNodeServiceAccount"
    assert reader.inputs["role"] == "roles/artifactregistry.reader"
    assert reader.inputs["repository"] == "campus-images"
    assert {node.inputs["member"], reader.inputs["member"]} == {f"serviceAccount:{email}"}
    for pool in pools(run).values():
        assert pool.inputs["nodeConfig"]["serviceAccount"] == email
        assert {node.urn, reader.urn} <= run.needs(pool)
    assert cluster(run)["nodeConfig"]["serviceAccount"] == email


def test_pushing_by_workload_identity_makes_no_key(deploy):
    run = deploy()
    writer = run.one(MEMBER, "push-writer")
    assert writer.inputs["role"] == "roles/artifactregistry.writer"
    assert writer.inputs["member"] == (
        "principal://iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/"
        "campus-binder.svc.id.goog/subject/ns/binder/sa/binderhub"
    )
    assert not run.of("serviceaccount/key:Key")
    assert len(run.of("serviceaccount/account:Account")) == 1


def test_the_identity_pool_exists_before_anything_is_bound_to_it(deploy, preview):
    run = deploy(preview)
    assert run.one(CLUSTER).urn in run.needs(run.one(MEMBER, "push-writer"))


def test_pushing_by_key_binds_an_account_of_its_own(deploy, preview):
    run = deploy(preview, registry={"push": "key"})
    writer = run.one(MEMBER, "push-writer")
    assert writer.inputs["role"] == "roles/artifactregistry.writer"
    assert run.one("serviceaccount/account:Account", "push-account").inputs["accountId"] == "campus-push"
    assert run.one("serviceaccount/key:Key")
    if not preview:
        assert writer.inputs["member"] == "serviceAccount:campus-push@p.iam.gserviceaccount.com"


def test_a_push_key_is_secret_wherever_it_goes(deploy):
    run = deploy(registry={"push": "key"})
    release = run.one("kubernetes:helm.sh/v3:Release", "binder-service-release")
    password = release.raw["values"]["binderhub"]["registry"]["password"]
    assert password["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
    assert password["value"] == '{"type": "service_account"}'


def test_the_repository_cleans_itself(deploy, preview):
    run = deploy(preview, registry={"keep_days": 7, "keep_versions": 2})
    repository = run.one("artifactregistry/repository:Repository").inputs
    assert (repository["format"], repository["location"]) == ("DOCKER", "europe-west1")
    assert repository["cleanupPolicyDryRun"] is False
    assert repository["cleanupPolicies"] == [
        {"id": "delete-old", "action": "DELETE", "condition": {"tagState": "ANY", "olderThan": "604800s"}},
        {"id": "keep-newest", "action": "KEEP", "mostRecentVersions": {"keepCount": 2}},
    ]


def test_the_address_is_regional(deploy, preview):
    address = deploy(preview).one("compute/address:Address").inputs
    assert (address["region"], address["addressType"]) == ("europe-west1", "EXTERNAL")
    assert address["name"] == "campus-ip"


def test_a_zone_of_ours_gets_both_records(deploy):
    zone = {"kind": "cloud-dns", "zone": "example-org", "project": "dns-host"}
    records = deploy(address={"dns": zone}).of("dns/recordSet:RecordSet")
    assert {r.inputs["name"] for r in records} == {"binder.campus.example.org.", "hub.campus.example.org."}
    for record in records:
        assert (record.inputs["project"], record.inputs["managedZone"]) == ("dns-host", "example-org")
        assert (record.inputs["type"], record.inputs["ttl"]) == ("A", 300)
        assert record.inputs["rrdatas"] == ["203.0.113.7"]


def test_a_zone_of_somebody_else_gets_none(deploy, preview):
    assert not deploy(preview).of("dns/recordSet:RecordSet")


def test_images_that_go_elsewhere_need_nothing_at_google(deploy, preview):
    registry = {"kind": "ghcr", "namespace": "lab", "push": {"username": "robot", "password": "env:PUSH"}}
    run = deploy(preview, config={"pushPassword": "x"}, registry=registry)
    assert not [r.type for r in run.resources if "artifactregistry" in r.type]


def test_user_nodes_have_the_accelerators_that_the_settings_name(deploy):
    run = deploy(platform={"pools": {"user": {"machine": "n1-standard-8", "min": 0, "max": 2, "gpu": GPU}}})
    (user,) = [p for name, p in pools(run).items() if name == "user"]
    (accelerator,) = user.inputs["nodeConfig"]["guestAccelerators"]
    assert (accelerator["type"], accelerator["count"]) == ("nvidia-tesla-t4", 1)
    assert accelerator["gpuDriverInstallationConfig"] == {"gpuDriverVersion": "DEFAULT"}


GPU = {"type": "nvidia-tesla-t4", "count": 1}


def test_mail_comes_when_the_projects_bill_grows(deploy, preview):
    wanted = {"monthly": 99.5, "emails": ["it@example.org"], "billing_account": "012345-6789AB-CDEF01"}
    run = deploy(preview, budget=wanted)
    budget = run.one("billing/budget:Budget")
    assert budget.inputs["billingAccount"] == "012345-6789AB-CDEF01"
    if not preview:
        assert budget.inputs["budgetFilter"] == {"projects": ["projects/1234567890"]}
    assert budget.inputs["amount"] == {"specifiedAmount": {"units": "99", "nanos": 500_000_000}}
    rules = [(r["spendBasis"], r["thresholdPercent"]) for r in budget.inputs["thresholdRules"]]
    assert rules == [("CURRENT_SPEND", 0.5), ("CURRENT_SPEND", 1.0), ("FORECASTED_SPEND", 1.0)]
    channel = run.one("monitoring/notificationChannel:NotificationChannel")
    assert channel.inputs["labels"] == {"email_address": "it@example.org"}
    assert channel.urn in budget.dependencies
    api = next(s for s in run.of("projects/service:Service") if s.inputs["service"] == "billingbudgets.googleapis.com")
    assert api.urn in run.needs(budget)


def test_the_api_of_budgets_counts_calls_for_our_project(deploy, preview):
    run = deploy(preview, budget={"monthly": 9, "emails": ["a@b.org"], "billing_account": "012345-6789AB-CDEF01"})
    provider = run.by_urn(run.one("billing/budget:Budget").provider.rsplit("::", 1)[0])
    assert provider.inputs["billingProject"] == "campus-binder"
    assert str(provider.inputs["userProjectOverride"]).lower() == "true"


def test_without_a_budget_there_is_none(deploy):
    run = deploy()
    assert not run.of("billing/budget:Budget")
    assert len(run.of("pulumi:providers:gcp")) == 1
