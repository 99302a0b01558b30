from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp import given


@pytest.fixture
def zone(cloud_file: CloudFile) -> str:
    with cloud_file.transaction() as cloud:
        given.zone(cloud, "demo-project", "example", "example.org")
    return "example"


def test_a_repository_lives_in_the_providers_region(google: Any) -> None:
    repository = google.create("repository", repositoryId="images", format="DOCKER")
    assert repository["id"] == "projects/demo-project/locations/europe-west1/repositories/images"
    assert repository["registryUri"] == "europe-west1-docker.pkg.dev/demo-project/images"


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"id": "a", "action": "DELETE", "mostRecentVersions": {"keepCount": 3}}, "mostRecentVersions"),
        ({"id": "a", "action": "DELETE", "condition": {"olderThan": "30 days"}}, "condition.olderThan"),
        ({"id": "a", "action": "DROP"}, "action"),
    ],
)
def test_cleanup_policies_that_google_refuses(google: Any, policy: dict[str, Any], path: str) -> None:
    problems = google.problems("repository", repositoryId="images", format="DOCKER", cleanupPolicies=[policy])
    assert f"cleanupPolicies[0].{path}" in problems


def test_a_binding_needs_its_repository(google: Any) -> None:
    said = google.refused(
        "repositoryRole", repository="images", role="roles/artifactregistry.reader", member="user:me@example.org"
    )
    assert "repositories/images' was not found" in said


def test_a_record_needs_its_zone_and_lies_in_it(google: Any, zone: str) -> None:
    record = {"managedZone": zone, "name": "binder.example.org.", "type": "A", "rrdatas": ["203.0.113.10"]}
    assert "'parameters.managedZone' resource named 'other'" in google.refused(
        "record", **{**record, "managedZone": "other"}
    )
    assert "not in the zone example.org." in google.refused("record", **{**record, "name": "binder.example.net."})
    google.create("record", **record)
    assert "CNAME beside other records" in google.refused(
        "record", **{**record, "type": "CNAME", "rrdatas": ["a.example.org."]}
    )


@pytest.mark.parametrize(
    ("changed", "path"), [({"name": "binder.example.org"}, "name"), ({"rrdatas": ["binder"]}, "rrdatas[0]")]
)
def test_wrong_records_are_seen_before_creation(google: Any, zone: str, changed: dict[str, Any], path: str) -> None:
    record = {"managedZone": zone, "name": "binder.example.org.", "type": "A", "rrdatas": ["203.0.113.10"]}
    assert path in google.problems("record", **{**record, **changed})


def test_programs_can_ask(google: Any, zone: str) -> None:
    project = google.invoke("gcp:organizations/getProject:getProject", projectId="demo-project")
    assert project["number"].isdigit() and len(project["number"]) == 12
    assert google.invoke("gcp:dns/getManagedZone:getManagedZone", name=zone)["dnsName"] == "example.org."
    versions = google.invoke("gcp:container/getEngineVersions:getEngineVersions", location="europe-west1")
    assert versions["releaseChannelDefaultVersion"]["REGULAR"] in versions["validMasterVersions"]
