"""A bucket of Amazon S3."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from binder_deploy.ops.buckets.model import BucketError, Seen

_HOME = "us-east-1"
"""The region whose buckets name none."""


def default_client() -> Any:
    """Boto3's client, as whoever is logged in here."""
    import boto3
    from botocore.config import Config

    # Any region will do to look: the answer says which one it is. Creating asks the one that is wanted.
    quick = Config(connect_timeout=10, read_timeout=20, retries={"max_attempts": 2})
    return boto3.client("s3", region_name=_HOME, config=quick)


@dataclass(frozen=True)
class S3Bucket:
    """One bucket by its name."""

    name: str
    client: Any

    def look(self, deployment: str) -> Seen | None:
        """See `Bucket`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            head = self.client.head_bucket(Bucket=self.name)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in ("404", "NoSuchBucket"):
                return None
            region = error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("x-amz-bucket-region", "")
            if code == "301":
                return Seen(region, versioned=None, ours=False)
            raise BucketError(f"the bucket s3://{self.name} may not be looked at ({code})") from error
        except BotoCoreError as error:
            raise BucketError(f"S3 could not be asked for the bucket {self.name}: {error}") from error
        region = head.get("BucketRegion") or head["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", "")
        return Seen(region, self._versioned(), self._tags().get("binder-deploy") == deployment)

    def make(self, region: str, labels: Mapping[str, str]) -> None:
        """See `Bucket`. Goes on where an earlier one was cut off."""
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        there = {} if region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client = boto3.client("s3", region_name=region)
        try:
            with suppress(client.exceptions.BucketAlreadyOwnedByYou):
                client.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **there)
            client.put_bucket_tagging(
                Bucket=self.name, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in labels.items()]}
            )
            client.put_public_access_block(
                Bucket=self.name,
                PublicAccessBlockConfiguration=dict.fromkeys(
                    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
                ),
            )
            client.put_bucket_encryption(
                Bucket=self.name,
                ServerSideEncryptionConfiguration={
                    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
                },
            )
            client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        except (BotoCoreError, ClientError) as error:
            raise BucketError(f"the bucket s3://{self.name} could not be made: {error}") from error

    def _versioned(self) -> bool | None:
        from botocore.exceptions import ClientError

        try:
            return bool(self.client.get_bucket_versioning(Bucket=self.name).get("Status") == "Enabled")
        except ClientError:
            return None  # reading it is a right of its own, which the state does not need

    def _tags(self) -> dict[str, str]:
        from botocore.exceptions import ClientError

        try:
            tags = self.client.get_bucket_tagging(Bucket=self.name)["TagSet"]
        except ClientError:  # also: it has none
            return {}
        return {tag["Key"]: tag["Value"] for tag in tags}
