"""The sweep finds what is ours, leaves what is not, and never takes a refusal for an empty list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from binder_deploy.ops.leftovers.gcp import sweep
from binder_deploy.ops.leftovers.google_api import Endpoints, GoogleApi
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

BASE: dict[str, Any] = {
    "version": 1,
    "name": "demo",
    "platform": {"kind": "gke", "project": "demo-project", "region": "europe-west1", "zone": "europe-west1-b"},
    "address": {"domain": "example.org", "dns": {"kind": "cloud-dns", "zone": "example"}},
    "tls": {"email": "it@example.org"},
    "tags": {"owner": "it"},
}
COMPUTE = "/compute/projects/demo-project"
ZONE = "https://www.googleapis.com/compute/v1/projects/demo-project/zones/europe-west1-b"
REGION = "https://www.googleapis.com/compute/v1/projects/demo-project/regions/europe-west1"
NET = "https://www.googleapis.com/compute/v1/projects/demo-project/global/networks"
EMPTY = {"items": {"global": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}}}
PVC = json.dumps(
    {"kubernetes.io/created-for/pvc/name": "hub-db-dir", "kubernetes.io/created-for/pvc/namespace": "binder"}
)
OTHER_CLUSTER = {"clusters": [{"name": "other", "location": "europe-west1"}]}

Run = Callable[..., Sweep]


def scoped(scope: str, kind: str, *things: dict[str, Any]) -> dict[str, Any]:
    return {"items": {"global": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}, scope: {kind: list(things)}}}


@pytest.fixture
def run(serve: Callable[..., str]) -> Run:
    """The sweep of a project whose lists are empty but for the given paths (a value, or pages by token)."""

    def swept(answers: dict[str, Any], **more: Any) -> Sweep:
        def answer(path: str, query: dict[str, str]) -> tuple[int, Any]:
            found = answers.get(path, EMPTY if "/aggregated/" in path else {})
            if callable(found):
                found = found(query)
            return found if isinstance(found, tuple) else (200, found)

        with httpx.Client(trust_env=False) as client:
            wanted = Settings.model_validate({**BASE, **more})
            return sweep(wanted, GoogleApi(client, Endpoints.below(serve(answer))))

    return swept


def names(swept: Sweep) -> list[tuple[str, str]]:
    return [(left.kind, left.name) for left in swept.found]


def test_nothing_is_found_in_an_empty_project(run: Run) -> None:
    assert run({}) == Sweep()


@pytest.mark.parametrize(
    ("path", "answer", "kind", "command"),
    [
        (f"{COMPUTE}/aggregated/disks",
         scoped("zones/europe-west1-b", "disks", {"name": "pvc-1", "zone": ZONE, "labels": {"binder-deploy": "demo"}}),
         "disk", "compute disks delete pvc-1 --zone europe-west1-b"),
        (f"{COMPUTE}/aggregated/disks",
         scoped("zones/europe-west1-b", "disks", {"name": "pvc-2", "zone": ZONE, "description": PVC}),
         "disk", "compute disks delete pvc-2 --zone europe-west1-b"),
        (f"{COMPUTE}/aggregated/instances",
         scoped("zones/europe-west1-b", "instances",
                {"name": "gke-1", "zone": ZONE, "labels": {"goog-k8s-cluster-name": "demo"}}),
         "instance", "compute instances delete gke-1 --zone europe-west1-b"),
        (f"{COMPUTE}/aggregated/addresses",
         scoped("regions/europe-west1", "addresses", {"name": "demo-ip", "region": REGION, "address": "192.0.2.7"}),
         "address", "compute addresses delete demo-ip --region europe-west1"),
        (f"{COMPUTE}/aggregated/backendServices",
         scoped("regions/europe-west1", "backendServices",
                {"name": "k8s2-x", "region": REGION,
                 "description": json.dumps({"networking.gke.io/service-name": "traefik/entrypoint"})}),
         "backend service", "compute backend-services delete k8s2-x --region europe-west1"),
        (f"{COMPUTE}/aggregated/routers",
         scoped("regions/europe-west1", "routers", {"name": "demo-router", "region": REGION}),
         "router", "compute routers delete demo-router --region europe-west1"),
        (f"{COMPUTE}/aggregated/subnetworks",
         scoped("regions/europe-west1", "subnetworks",
                {"name": "demo-nodes", "region": REGION, "network": f"{NET}/demo-net"}),
         "subnetwork", "compute networks subnets delete demo-nodes --region europe-west1"),
        (f"{COMPUTE}/global/firewalls", {"items": [{"name": "k8s-fw-a1", "network": f"{NET}/demo-net"}]},
         "firewall rule", "compute firewall-rules delete k8s-fw-a1"),
        (f"{COMPUTE}/global/networks", {"items": [{"name": "demo-net", "description": "binder-deploy=demo"}]},
         "network", "compute networks delete demo-net"),
        ("/container/projects/demo-project/locations/-/clusters",
         {"clusters": [{"name": "demo", "location": "europe-west1"}]},
         "cluster", "container clusters delete demo --location europe-west1"),
        ("/artifacts/projects/demo-project/locations/europe-west1/repositories",
         {"repositories": [{"name": "projects/demo-project/locations/europe-west1/repositories/demo-images"}]},
         "repository", "artifacts repositories delete demo-images --location europe-west1"),
        ("/iam/projects/demo-project/serviceAccounts",
         {"accounts": [{"name": "projects/demo-project/serviceAccounts/demo-push@demo-project.iam.gserviceaccount.com",
                        "email": "demo-push@demo-project.iam.gserviceaccount.com"}]},
         "service account", "iam service-accounts delete demo-push@demo-project.iam.gserviceaccount.com"),
        ("/dns/projects/demo-project/managedZones/example/rrsets",
         {"rrsets": [{"name": "binder.example.org.", "type": "A"}]},
         "DNS record", "dns record-sets delete binder.example.org. --type A --zone example"),
    ],
)  # fmt: skip
def test_what_is_ours_is_found_with_its_command(path: str, answer: Any, kind: str, command: str, run: Run) -> None:
    swept = run({path: answer})
    (left,) = swept.found
    assert left.kind == kind
    assert left.command == f"gcloud {command} --project demo-project --quiet"
    assert swept.unasked == ()


def test_a_forwarding_rule_is_ours_by_the_reserved_address(run: Run) -> None:
    rule = {"name": "a1b2", "region": REGION, "IPAddress": "192.0.2.7"}
    swept = run(
        {
            f"{COMPUTE}/aggregated/addresses": scoped(
                "regions/europe-west1", "addresses", {"name": "demo-ip", "region": REGION, "address": "192.0.2.7"}
            ),
            f"{COMPUTE}/aggregated/forwardingRules": scoped("regions/europe-west1", "forwardingRules", rule),
        }
    )
    assert names(swept) == [("forwarding rule", "a1b2"), ("address", "demo-ip")]


@pytest.mark.parametrize(
    "disk",
    [
        {"name": "theirs", "zone": ZONE, "labels": {"binder-deploy": "demo-two"}},
        {"name": "demo-two-disk", "zone": ZONE},
        {"name": "demo", "zone": ZONE, "description": "binder-deploy=demo-two"},
        {"name": "pvc-3", "zone": ZONE, "description": PVC.replace('"binder"', '"their-namespace"')},
    ],
)
def test_other_people_s_things_are_left_alone(disk: dict[str, Any], run: Run) -> None:
    assert run({f"{COMPUTE}/aggregated/disks": scoped("zones/europe-west1-b", "disks", disk)}) == Sweep()


def test_what_a_living_cluster_may_own_is_left_alone(run: Run) -> None:
    disk = {"name": "pvc-2", "zone": ZONE, "description": PVC}
    swept = run(
        {
            "/container/projects/demo-project/locations/-/clusters": OTHER_CLUSTER,
            f"{COMPUTE}/aggregated/disks": scoped("zones/europe-west1-b", "disks", disk),
        }
    )
    assert swept == Sweep()


def test_every_page_is_read(run: Run) -> None:
    def page(query: dict[str, str]) -> dict[str, Any]:
        number = int(query.get("pageToken", "0"))
        disk = {"name": f"pvc-{number}", "zone": ZONE, "labels": {"binder-deploy": "demo"}}
        answer = scoped("zones/europe-west1-b", "disks", disk)
        return answer | ({"nextPageToken": str(number + 1)} if number < 2 else {})

    assert names(run({f"{COMPUTE}/aggregated/disks": page})) == [
        ("disk", "pvc-0"),
        ("disk", "pvc-1"),
        ("disk", "pvc-2"),
    ]


REFUSED = (403, {"error": {"code": 403, "message": "Required 'compute.disks.list' permission\nmore"}})


@pytest.mark.parametrize(
    ("path", "answer", "kind", "why"),
    [
        (f"{COMPUTE}/aggregated/disks", REFUSED, "disk", "403: Required 'compute.disks.list' permission"),
        (f"{COMPUTE}/aggregated/disks", (503, b"<html>"), "disk", "503: Service Unavailable"),
        (f"{COMPUTE}/aggregated/disks", (200, b"<html>"), "disk", "the answer is not Google's"),
        (f"{COMPUTE}/aggregated/disks", {"items": {"zones/a": {"warning": {"code": "UNREACHABLE"}}}}, "disk",
         "zones/a: UNREACHABLE"),
        ("/container/projects/demo-project/locations/-/clusters", {"clusters": [], "missingZones": ["europe-west1-c"]},
         "cluster", "no answer from europe-west1-c"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_had_is_told_and_the_rest_still_asked(
    path: str, answer: Any, kind: str, why: str, run: Run
) -> None:
    swept = run({path: answer, f"{COMPUTE}/global/networks": {"items": [{"name": "demo-net"}]}})
    (unasked,) = swept.unasked
    assert (unasked.kind, unasked.why) == (kind, why)
    assert names(swept) == [("network", "demo-net")]


def test_without_the_list_of_clusters_nothing_is_called_an_orphan(run: Run) -> None:
    disk = {"name": "pvc-2", "zone": ZONE, "description": PVC}
    swept = run(
        {
            "/container/projects/demo-project/locations/-/clusters": REFUSED,
            f"{COMPUTE}/aggregated/disks": scoped("zones/europe-west1-b", "disks", disk),
        }
    )
    assert swept.found == ()
    assert [u.kind for u in swept.unasked] == ["cluster"]


def test_nobody_there_is_told_for_every_kind() -> None:
    with httpx.Client(trust_env=False, timeout=1) as client:
        swept = sweep(Settings.model_validate(BASE), GoogleApi(client, Endpoints.below("http://127.0.0.1:9")))
    assert swept.found == ()
    assert len(swept.unasked) == len({u.kind for u in swept.unasked}) == 16


def test_a_budget_of_this_project_and_who_is_told_are_found_by_number(run: Run) -> None:
    budgets, channels = "/billing/billingAccounts/012345-6789AB-CDEF01/budgets", "/monitoring/projects/demo-project"
    ours = {"displayName": "demo-budget", "budgetFilter": {"projects": ["projects/7"]}}
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        path = "billingAccounts/012345-6789AB-CDEF01/budgets"
        return {
            "budgets": [
                {**ours, "name": f"{path}/b-1"},
                {**ours, "name": f"{path}/b-2", "budgetFilter": {"projects": ["projects/8"]}},
                {"displayName": "everything", "name": f"{path}/b-3"},
            ]
        }

    channel = {"name": "projects/demo-project/notificationChannels/5", "labels": {"email_address": "a@b.c"}}
    swept = run(
        {
            "/projects/demo-project": {"projectNumber": "7"},
            budgets: answer,
            f"{channels}/notificationChannels": {
                "notificationChannels": [
                    {**channel, "displayName": "demo-budget: a@b.c", "userLabels": {"binder-deploy": "demo"}},
                    {**channel, "displayName": "mine", "userLabels": {"binder-deploy": "other"}},
                ]
            },
        },
        budget={"monthly": 100, "emails": ["a@b.c"], "billing_account": "012345-6789AB-CDEF01"},
    )
    assert swept.unasked == ()
    assert asked[0]["$userProject"] == "demo-project"
    budget, told = swept.found
    assert (budget.id.rpartition("/")[2], budget.called) == ("b-1", "demo-budget")
    assert "billing budgets delete b-1 --billing-account 012345-6789AB-CDEF01" in budget.command
    assert (told.id, told.called) == (channel["name"], "demo-budget: a@b.c")
    assert "monitoring channels delete 5" in told.command
