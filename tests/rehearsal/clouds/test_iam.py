from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from binder_deploy.rehearsal.clouds.wire import plain, struct

POOL_MEMBER = "serviceAccount:demo-project.svc.id.goog[binder/binder]"
NEW_POOL_MEMBER = (
    "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/demo-project.svc.id.goog"
    "/subject/ns/binder/sa/binder"
)


@pytest.mark.parametrize("account_id", ["short", "Upper-case", "a" * 31, "trailing-"])
def test_account_ids_have_six_to_thirty_characters(google: Any, account_id: str) -> None:
    assert "accountId" in google.problems("account", accountId=account_id)


def test_an_account_is_named_by_email_and_member(google: Any) -> None:
    account = google.create("account", accountId="demo-nodes")
    assert account["email"] == "demo-nodes@demo-project.iam.gserviceaccount.com"
    assert account["member"] == f"serviceAccount:{account['email']}"
    assert account["name"] == account["id"] == f"projects/demo-project/serviceAccounts/{account['email']}"


def test_a_key_is_a_secret_of_the_right_shape_and_every_key_is_another(google: Any) -> None:
    account = google.create("account", accountId="demo-push")
    urn = "urn:pulumi:test::demo::gcp:serviceaccount/key:Key::x"
    properties = struct({"serviceAccountId": account["name"]})
    answers = [google.stub.Create(pb.CreateRequest(urn=urn, properties=properties)) for _ in range(2)]
    assert answers[0].id != answers[1].id
    outputs, secret = plain(answers[0].properties)
    assert secret == {"privateKey"}
    assert json.loads(base64.b64decode(outputs["privateKey"]))["client_email"] == account["email"]
    google.delete("account", account["id"])
    assert google.cloud.of_type("serviceaccount/key") == []


def test_a_role_for_nobody_is_refused(google: Any) -> None:
    member = "serviceAccount:ghost@demo-project.iam.gserviceaccount.com"
    assert "does not exist" in google.refused("role", project="demo-project", role="roles/viewer", member=member)


@pytest.mark.parametrize("member", [POOL_MEMBER, NEW_POOL_MEMBER])
def test_a_workloads_identity_exists_once_a_cluster_made_the_pool(google: Any, member: str) -> None:
    repository = google.create("repository", repositoryId="images", format="DOCKER")
    binding = {"repository": repository["name"], "role": "roles/artifactregistry.writer", "member": member}
    assert "Identity Pool does not exist" in google.refused("repositoryRole", **binding)
    cluster = google.cluster()
    google.create("repositoryRole", **binding)
    google.delete("cluster", cluster["id"])
    google.create("repositoryRole", **{**binding, "role": "roles/artifactregistry.reader"})


@pytest.mark.parametrize(("field", "value"), [("role", "viewer"), ("member", "me@example.org")])
def test_roles_and_members_say_what_they_are(google: Any, field: str, value: str) -> None:
    inputs = {"project": "demo-project", "role": "roles/viewer", "member": "user:me@example.org", field: value}
    assert field in google.problems("role", **inputs)


def test_granting_twice_is_no_error(google: Any) -> None:
    for _ in range(2):
        google.create("role", project="demo-project", role="roles/viewer", member="user:me@example.org")
    assert len(google.cloud.of_type("projects/iAMMember")) == 1
