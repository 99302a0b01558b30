"""From the URL of a state to its bucket."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from binder_deploy.ops.buckets.model import Bucket, BucketError


def bucket(url: str, project: str | None = None) -> Bucket:
    """The bucket of `gs://NAME/…` or `s3://NAME/…`. `project`: Google's, where a missing one would be made.

    Raises `BucketError`, `NoCredentials`.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from binder_deploy.ops.buckets.s3 import S3Bucket, default_client

        return S3Bucket(parts.netloc, default_client())
    if parts.scheme == "gs":
        from binder_deploy.ops.buckets.gcs import SCOPE, GcsBucket
        from binder_deploy.ops.leftovers.google_auth import default_client as google_client

        project = project or os.environ.get("GOOGLE_CLOUD_PROJECT")
        return GcsBucket(parts.netloc, google_client(scope=SCOPE), project)
    raise BucketError(f"{url}: not a bucket of a kind that is known here (gs://, s3://)")
