"""What a Google project does not allow is told before anything is made in it, each thing by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.probes.google import probes
from binder_deploy.checks.probes.google.access import Google, login
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

P = "projects/demo-project"
COMPUTE = f"/compute/v1/{P}"
REGION = "europe-west1"
OWN_ZONE = {"address": {"dns": {"kind": "cloud-dns", "zone": "example-org"}}}
THEIR_NETWORK = {
    "platform": {
        "network": {
            "kind": "existing",
            "network": "projects/host-project/global/networks/campus",
            "subnetwork": f"projects/host-project/regions/{REGION}/subnetworks/nodes",
            "pods_range": "pods",
            "services_range": "services",
        }
    }
}
SUBNETWORK = f"/compute/v1/projects/host-project/regions/{REGION}/subnetworks/nodes"
OF_AWS_ALONE = {"BD-ACC-014", "BD-QUO-007"}
"""Google has no end of a version, and no limit of clusters that a deployment comes near."""
Judge = Callable[..., Verdict]


def subnetwork(*ranges: str) -> tuple[int, Any]:
    return 200, {
        "name": "nodes",
        "network": "https://www.googleapis.com/compute/v1/projects/host-project/global/networks/campus",
        "secondaryIpRanges": [{"rangeName": name, "ipCidrRange": "10.0.0.0/20"} for name in ranges],
    }


@pytest.mark.parametrize(
    "check_id",
    [
        pytest.param(check.id, marks=pytest.mark.shows(check.id, "passed"), id=check.id)
        for check in CATALOGUE
        if re.match("BD-(ACC|QUO)-", check.id) and check.id not in OF_AWS_ALONE
    ],
)
def test_a_project_in_good_order_passes(check_id: str, cloud: Any, verdict: Judge) -> None:
    cloud.answers[SUBNETWORK] = subnetwork("pods", "services")
    found = verdict(check_id, **OWN_ZONE, **(THEIR_NETWORK if check_id == "BD-ACC-011" else {}))
    assert isinstance(found, Passed), found
    assert cloud.asked, "nothing was asked"


@pytest.mark.shows("BD-ACC-001", "failed")
def test_no_credentials_is_a_failure_that_says_how_to_log_in(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    checks = [c for c in CATALOGUE if c.id in ("BD-ACC-001", "BD-ACC-002")]
    asked = probes(Given(settings=settings(), folder=tmp_path))
    identity, account = (outcome.verdict for outcome in run(checks, asked))
    assert isinstance(identity, Failed)
    assert "nowhere.json was not found" in identity.message
    assert "gcloud auth application-default login" in identity.remedy
    assert isinstance(account, Skipped)
    assert account.reason == "unknown"


@pytest.mark.shows("BD-ACC-001", "failed")
def test_a_login_that_has_ended_is_a_failure(cloud: Any, settings: Callable[..., Settings], tmp_path: Path) -> None:
    cloud.answers["/token"] = 400, {"error": "invalid_grant", "error_description": "Token has been revoked."}
    ended = Credentials(  # type: ignore[no-untyped-call]
        token=None, refresh_token="r", token_uri=f"{cloud.url}/token", client_id="c", client_secret="s"
    )
    (check,) = [c for c in CATALOGUE if c.id == "BD-ACC-001"]
    asked = probes(Given(settings=settings(), folder=tmp_path), lambda: Google("demo-project", ended, cloud.url))
    found = run([check], asked)[0].verdict
    assert isinstance(found, Failed)
    assert "the login at Google Cloud has ended: invalid_grant" in found.message


def test_a_person_s_questions_count_for_the_project_of_the_deployment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "adc.json"
    person = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    monkeypatch.delenv("GOOGLE_CLOUD_QUOTA_PROJECT", raising=False)
    for theirs, counted in (({}, "demo-project"), ({"quota_project_id": "theirs"}, "theirs")):
        file.write_text(json.dumps({**person, **theirs}))
        assert login("demo-project").credentials.quota_project_id == counted


def test_the_logged_in_person_is_named_and_the_token_stays_out_of_addresses(cloud: Any, verdict: Judge) -> None:
    assert verdict("BD-ACC-001") == Passed("dev@example.org")
    assert not [path for path in cloud.asked if "ya29" in path]


@pytest.mark.shows("BD-ACC-002", "failed")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {"name": "projects/42", "state": "DELETE_REQUESTED"}), "marked for deletion"),
        ((403, {"error": {"code": 403, "message": "(or it may not exist)"}}), "does not exist, or"),
        ((404, {"error": {"code": 404, "message": "Not found"}}), "does not exist, or"),
    ],
)
def test_a_project_that_is_gone_or_never_was(answer: Any, told: str, cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"/v3/{P}"] = answer
    found = verdict("BD-ACC-002")
    assert isinstance(found, Failed)
    assert found.message.startswith("platform.project: demo-project")
    assert told in found.message


@pytest.mark.shows("BD-ACC-003", "failed")
def test_missing_permissions_come_with_a_role_and_the_command_that_grants_it(cloud: Any, verdict: Judge) -> None:
    cloud.lacking = {"container.clusters.create", "iam.serviceAccounts.actAs"}
    found = verdict("BD-ACC-003")
    assert isinstance(found, Failed)
    assert "dev@example.org lacks 2 of" in found.message
    assert "container.clusters.create (roles/container.admin)" in found.message
    assert (
        "gcloud projects add-iam-policy-binding demo-project --member=user:dev@example.org "
        "--role=roles/iam.serviceAccountUser"
    ) in found.remedy


def test_only_what_this_deployment_makes_is_asked_for(cloud: Any, verdict: Judge) -> None:
    cloud.lacking = {"iam.serviceAccountKeys.create", "compute.networks.create"}
    assert isinstance(verdict("BD-ACC-003", **THEIR_NETWORK), Passed)
    found = verdict("BD-ACC-003", registry={"push": "key"}, **THEIR_NETWORK)
    assert isinstance(found, Failed)
    assert "iam.serviceAccountKeys.create" in found.message


@pytest.mark.shows("BD-ACC-004", "failed")
def test_a_dns_zone_that_may_only_be_read(cloud: Any, verdict: Judge) -> None:
    cloud.lacking = {"dns.changes.create"}
    found = verdict("BD-ACC-004", **OWN_ZONE)
    assert isinstance(found, Failed)
    assert "dns.changes.create (roles/dns.admin)" in found.message
    assert isinstance(verdict("BD-ACC-003", **OWN_ZONE), Passed)


def test_records_that_are_not_ours_need_no_zone(verdict: Judge) -> None:
    for check_id in ("BD-ACC-004", "BD-ACC-010"):
        found = verdict(check_id)
        assert isinstance(found, Skipped)
        assert found.reason == "not applicable"


@pytest.mark.shows("BD-ACC-005", "failed")
def test_switched_off_apis_are_a_warning_and_the_one_that_switches_them_on_blocks(cloud: Any, verdict: Judge) -> None:
    cloud.off = {"container"}
    found = verdict("BD-ACC-005")
    assert isinstance(found, Warned)
    assert "gcloud services enable container.googleapis.com --project demo-project" in found.remedy
    cloud.answers[f"/v1/{P}/services:batchGet"] = disabled("serviceusage")
    found = verdict("BD-ACC-005")
    assert isinstance(found, Failed)
    assert "gcloud services enable serviceusage.googleapis.com" in found.remedy


def disabled(api: str) -> tuple[int, Any]:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {"service": f"{api}.googleapis.com", "consumer": "projects/42"},
    }
    return 403, {"error": {"code": 403, "message": "has not been used", "details": [info]}}


def policy(rule: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"spec": {"rules": [rule]}}


@pytest.mark.shows("BD-ACC-006", "failed")
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("iam.disableServiceAccountKeyCreation", {"enforce": True}),
        ("iam.disableServiceAccountCreation", {"enforce": True}),
        ("gcp.resourceLocations", {"values": {"allowedValues": ["in:us-locations"]}}),
        ("gcp.resourceLocations", {"values": {"deniedValues": ["in:europe-west1-locations"]}}),
        ("gcp.resourceLocations", {"values": {"allowedValues": ["europe-west4"]}}),
        ("gcp.restrictServiceUsage", {"values": {"deniedValues": ["container.googleapis.com"]}}),
        ("compute.restrictLoadBalancerCreationForTypes", {"values": {"allowedValues": ["INTERNAL_TCP_UDP"]}}),
        ("compute.restrictCloudNATUsage", {"denyAll": True}),
    ],
)
def test_a_policy_that_forbids_what_the_program_does(
    name: str, rule: dict[str, Any], cloud: Any, verdict: Judge
) -> None:
    cloud.answers[f"/v2/{P}/policies/{name}:getEffectivePolicy"] = policy(rule)
    found = verdict("BD-ACC-006", registry={"push": "key"})
    assert isinstance(found, Failed)
    assert f"constraints/{name}" in found.message


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"values": {"allowedValues": ["in:europe-locations"]}}, Passed),
        ({"values": {"allowedValues": ["is:europe-west1"]}}, Passed),
        ({"allowAll": True}, Passed),
        ({"values": {"allowedValues": ["in:eu-locations"]}}, Warned),
    ],
)
def test_a_policy_on_places_is_read_as_far_as_it_tells(
    rule: dict[str, Any], kind: type, cloud: Any, verdict: Judge
) -> None:
    cloud.answers[f"/v2/{P}/policies/gcp.resourceLocations:getEffectivePolicy"] = policy(rule)
    assert isinstance(verdict("BD-ACC-006"), kind)


def test_a_policy_against_keys_is_no_concern_of_those_who_use_none(cloud: Any, verdict: Judge) -> None:
    cloud.policy("iam.disableServiceAccountKeyCreation", enforce=True)
    assert isinstance(verdict("BD-ACC-006"), Passed)


@pytest.mark.shows("BD-ACC-007", "failed")
def test_nobody_pays(cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"/v1/{P}/billingInfo"] = 200, {"name": f"{P}/billingInfo", "billingAccountName": ""}
    found = verdict("BD-ACC-007")
    assert isinstance(found, Failed)
    assert "gcloud billing projects link demo-project" in found.remedy


@pytest.mark.shows("BD-ACC-008", "failed")
def test_a_machine_type_that_another_zone_has(cloud: Any, verdict: Judge) -> None:
    def everywhere(query: dict[str, list[str]], _: str) -> tuple[int, Any]:
        assert query["filter"] == ['name="c3-standard-8"']
        has = {"machineTypes": [{"name": "c3-standard-8"}]}
        empty: dict[str, Any] = {"warning": {"code": "NO_RESULTS_ON_PAGE"}}
        zones = {"zones/europe-west1-c": has, "zones/europe-west1-b": empty, "zones/us-east1-b": has}
        return 200, {"items": zones}

    cloud.answers[f"{COMPUTE}/aggregated/machineTypes"] = everywhere
    found = verdict("BD-ACC-008", platform={"pools": {"user": {"machine": "c3-standard-8", "min": 0, "max": 1}}})
    assert isinstance(found, Failed)
    assert found.message == "platform.pools.user.machine: europe-west1-b has no c3-standard-8"
    assert "set platform.zone to europe-west1-c" in found.remedy


def test_a_zone_that_there_is_not(cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"{COMPUTE}/aggregated/machineTypes"] = 200, {"items": {}}
    for name in ("e2-standard-4", "e2-standard-8"):
        path = f"{COMPUTE}/zones/europe-west1-b/machineTypes/{name}"
        cloud.answers[path] = 400, {"error": {"code": 400, "message": "Invalid value for field 'zone'"}}
    assert isinstance(verdict("BD-ACC-008"), Failed)


@pytest.mark.shows("BD-ACC-009", "failed")
def test_images_that_could_not_run_where_they_are_wanted(cloud: Any, verdict: Judge) -> None:
    cloud.machine("t2a-standard-4", "ARM64")
    found = verdict("BD-ACC-009", platform={"pools": {"build": {"machine": "t2a-standard-4", "min": 0, "max": 1}}})
    assert isinstance(found, Failed)
    assert "arm64" in found.message
    assert "amd64" in found.message


@pytest.mark.shows("BD-ACC-010", "failed")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {"error": {"code": 404, "message": "not found"}}), "there is no zone example-org"),
        ((200, {"dnsName": "example.org.", "visibility": "private"}), "private zone"),
        ((200, {"dnsName": "ample.org.", "visibility": "public"}), "does not lie in the zone"),
    ],
)
def test_a_dns_zone_that_cannot_serve_the_hosts(answer: Any, told: str, cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"/dns/v1/{P}/managedZones/example-org"] = answer
    found = verdict("BD-ACC-010", **OWN_ZONE)
    assert isinstance(found, Failed)
    assert told in found.message
    assert "gcloud dns managed-zones list --project demo-project" in found.remedy


@pytest.mark.shows("BD-ACC-011", "failed")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (subnetwork("pods"), "platform.network.services_range: nodes has no secondary range services; it has pods"),
        ((404, {"error": {"code": 404, "message": "not found"}}), "platform.network.subnetwork: europe-west1 has none"),
    ],
)
def test_an_existing_network_without_what_is_named(answer: Any, told: str, cloud: Any, verdict: Judge) -> None:
    cloud.answers[SUBNETWORK] = answer
    found = verdict("BD-ACC-011", **THEIR_NETWORK)
    assert isinstance(found, Failed)
    assert told in found.message
    assert "--project host-project" in found.remedy


THINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "cluster": (f"/v1/{P}/locations/{REGION}/clusters/demo", {"name": "demo"}),
    "address": (f"{COMPUTE}/regions/{REGION}/addresses/demo-ip", {"name": "demo-ip", "labels": {"team": "other"}}),
    "network": (f"{COMPUTE}/global/networks/demo-net", {"name": "demo-net", "description": "by hand"}),
    "subnetwork": (f"{COMPUTE}/regions/{REGION}/subnetworks/demo-nodes", {"name": "demo-nodes"}),
    "router": (f"{COMPUTE}/regions/{REGION}/routers/demo-router", {"name": "demo-router"}),
    "repository": (f"/v1/{P}/locations/{REGION}/repositories/demo-images", {"labels": {"binder-deploy": "other"}}),
    "service account": (
        f"/v1/{P}/serviceAccounts/demo-nodes@demo-project.iam.gserviceaccount.com",
        {"email": "demo-nodes@demo-project.iam.gserviceaccount.com", "description": ""},
    ),
    "DNS record": (
        f"/dns/v1/{P}/managedZones/example-org/rrsets/hub.example.org./A",
        {"name": "hub.example.org.", "type": "A", "rrdatas": ["198.51.100.1"]},
    ),
}


@pytest.mark.shows("BD-ACC-012", "failed")
@pytest.mark.parametrize("kind", THINGS)
def test_a_name_that_something_else_has(kind: str, cloud: Any, verdict: Judge) -> None:
    path, thing = THINGS[kind]
    cloud.answers[path] = 200, thing
    found = verdict("BD-ACC-012", **OWN_ZONE)
    assert isinstance(found, Failed)
    assert f": {kind} " in found.message
    assert "describe" in found.remedy
    assert "--project demo-project" in found.remedy


def test_what_is_ours_by_label_or_description_is_no_obstacle(cloud: Any, verdict: Judge) -> None:
    ours: dict[str, dict[str, Any]] = {
        "cluster": {"resourceLabels": {"binder-deploy": "demo"}},
        "address": {"labels": {"binder-deploy": "demo"}, "address": "192.0.2.7"},
        "repository": {"labels": {"binder-deploy": "demo"}},
        "DNS record": {"rrdatas": ["192.0.2.7"]},
    }
    for kind, (path, thing) in THINGS.items():
        cloud.answers[path] = 200, {**thing, "description": "binder-deploy=demo", **ours.get(kind, {})}
    cloud.answers[f"{COMPUTE}/regions/{REGION}/addresses"] = 200, {"items": [ours["address"]]}
    assert isinstance(verdict("BD-ACC-012", **OWN_ZONE), Passed)


def test_the_records_of_a_deployment_that_has_its_address_are_its_own(cloud: Any, verdict: Judge) -> None:
    path, record = THINGS["DNS record"]
    cloud.answers[path] = 200, record
    assert isinstance(verdict("BD-ACC-012", "192.0.2.7", **OWN_ZONE), Passed)


def test_a_name_that_cannot_be_asked_does_not_hide_one_that_is_taken(cloud: Any, verdict: Judge) -> None:
    cloud.answers[THINGS["cluster"][0]] = 403, {"error": {"code": 403, "message": "denied"}}
    found = verdict("BD-ACC-012")
    assert isinstance(found, Skipped)
    assert "cluster" in found.message
    assert "roles/viewer" in found.detail
    path, thing = THINGS["network"]
    cloud.answers[path] = 200, thing
    assert isinstance(verdict("BD-ACC-012"), Failed)


@pytest.mark.shows("BD-ACC-013", "failed")
def test_a_release_channel_whose_kubernetes_is_too_old(cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"/v1/{P}/locations/{REGION}/serverConfig"] = (
        200,
        {
            "channels": [
                {"channel": "REGULAR", "defaultVersion": "1.27.3-gke.1100"},
                {"channel": "RAPID", "defaultVersion": "1.34.1-gke.100"},
            ]
        },
    )
    found = verdict("BD-ACC-013")
    assert isinstance(found, Failed)
    assert "Kubernetes 1.27.3-gke.1100" in found.message
    assert found.remedy == "set platform.release_channel to RAPID"


def test_one_refused_question_leaves_the_others_and_says_what_to_grant(cloud: Any, verdict: Judge) -> None:
    cloud.answers[f"{COMPUTE}/regions/{REGION}"] = 403, {"error": {"code": 403, "message": "denied"}}
    cloud.answers[f"/v1/{P}/billingInfo"] = disabled("cloudbilling")
    quota, billing, account = (verdict(check_id) for check_id in ("BD-QUO-001", "BD-ACC-007", "BD-ACC-002"))
    assert isinstance(quota, Skipped)
    assert "--role=roles/compute.viewer" in quota.detail
    assert isinstance(billing, Skipped)
    assert "gcloud services enable cloudbilling.googleapis.com --project 42" in billing.detail
    assert isinstance(account, Passed)


def test_a_rehearsal_asks_no_account(settings: Callable[..., Settings], tmp_path: Path) -> None:
    checks = [c for c in CATALOGUE if c.id in ("BD-ACC-001", "BD-QUO-001")]
    found = run(checks, probes_for(Given(settings=settings(), folder=tmp_path, simulated=True)))
    assert {type(outcome.verdict) for outcome in found} == {Skipped}
    assert {outcome.verdict.message for outcome in found} == {"needs an account, which a rehearsal has not"}


@pytest.mark.parametrize("check_id", sorted(OF_AWS_ALONE))
def test_what_google_has_no_word_for_is_not_called_passed(check_id: str, verdict: Judge) -> None:
    found = verdict(check_id)
    assert isinstance(found, Skipped)
    assert found.reason == "not applicable"
