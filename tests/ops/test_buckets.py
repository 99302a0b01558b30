"""The bucket of a state: closed, versioned and marked when it is ours; used as it is when it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto import mock_aws

from binder_deploy.ops.buckets.find import bucket
from binder_deploy.ops.buckets.gcs import GcsBucket
from binder_deploy.ops.buckets.model import BucketError, Seen
from binder_deploy.ops.buckets.s3 import S3Bucket, default_client

pytestmark = pytest.mark.system

LABELS = {"owner": "research-it", "binder-deploy": "campus"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_bucket_at_aws_is_made_versioned_encrypted_closed_and_ours(region: str) -> None:
    made = bucket("s3://state-of-campus/binders")
    assert made.look("campus") is None
    made.make(region, LABELS)
    assert made.look("campus") == Seen(region, versioned=True, ours=True)
    assert made.look("another") == Seen(region, versioned=True, ours=False)
    client = boto3.client("s3", region_name=region)
    closed = client.get_public_access_block(Bucket="state-of-campus")["PublicAccessBlockConfiguration"]
    assert len(closed) == 4
    assert all(closed.values())
    rules = client.get_bucket_encryption(Bucket="state-of-campus")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    owner = client.get_bucket_ownership_controls(Bucket="state-of-campus")["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@pytest.mark.usefixtures("aws")
def test_a_bucket_whose_making_was_cut_off_is_made_whole() -> None:
    boto3.client("s3", region_name="eu-west-1").create_bucket(
        Bucket="half", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    half = S3Bucket("half", default_client())
    assert half.look("campus") == Seen("eu-west-1", versioned=False, ours=False)
    half.make("eu-west-1", LABELS)
    assert half.look("campus") == Seen("eu-west-1", versioned=True, ours=True)


@pytest.mark.usefixtures("aws")
def test_a_name_that_aws_refuses_is_an_error_with_its_words() -> None:
    with pytest.raises(BucketError, match="InvalidBucketName"):
        S3Bucket("ab", default_client()).make("eu-west-1", LABELS)


class Google:
    """Buckets as the JSON API of Cloud Storage keeps them."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, object]] = {}
        self.refused = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.refused:
            return httpx.Response(403, json={"error": {"message": "storage.buckets.get denied\nmore"}})
        if request.method == "POST":
            assert request.url.params["project"] == "campus-binder"
            body = json.loads(request.content)
            if body["name"] in self.buckets:
                return httpx.Response(409, json={"error": {"message": "The requested bucket name is not available."}})
            self.buckets[body["name"]] = {**body, "location": body["location"].upper()}
            return httpx.Response(200, json=body)
        found = self.buckets.get(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json=found) if found else httpx.Response(404, json={"error": {"message": "none"}})

    def bucket(self, project: str | None = "campus-binder") -> GcsBucket:
        return GcsBucket("state-of-campus", httpx.Client(transport=httpx.MockTransport(self)), project)


def test_a_bucket_at_google_is_made_versioned_closed_and_ours_in_one_call() -> None:
    google = Google()
    assert google.bucket().look("campus") is None
    google.bucket().make("europe-west1", LABELS)
    assert google.bucket().look("campus") == Seen("europe-west1", versioned=True, ours=True)
    assert google.bucket().look("another") == Seen("europe-west1", versioned=True, ours=False)
    assert google.buckets["state-of-campus"]["iamConfiguration"] == {
        "uniformBucketLevelAccess": {"enabled": True},
        "publicAccessPrevention": "enforced",
    }


def test_what_google_refuses_is_told_in_one_line() -> None:
    google = Google()
    google.buckets["state-of-campus"] = {}
    with pytest.raises(BucketError, match="409: The requested bucket name"):
        google.bucket().make("europe-west1", LABELS)
    with pytest.raises(BucketError, match="GOOGLE_CLOUD_PROJECT"):
        google.bucket(project=None).make("europe-west1", LABELS)
    google.refused = True
    with pytest.raises(BucketError, match=r"\(403: storage.buckets.get denied\)$"):
        google.bucket().look("campus")
