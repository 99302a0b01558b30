"""A bucket of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from binder_deploy.ops.buckets.model import BucketError, Seen

SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
STORAGE = "https://storage.googleapis.com/storage/v1"


@dataclass(frozen=True)
class GcsBucket:
    """One bucket by its name."""

    name: str
    http: httpx.Client
    project: str | None
    """Where it is made; None: nobody said."""
    endpoint: str = STORAGE

    def look(self, deployment: str) -> Seen | None:
        """See `Bucket`."""
        answer = self._asked("GET", f"{self.endpoint}/b/{self.name}")
        if answer.status_code == 404:
            return None
        if answer.is_error:
            raise BucketError(f"the bucket gs://{self.name} may not be looked at ({_why(answer)})")
        about = answer.json()
        return Seen(
            region=str(about.get("location", "")).lower(),
            versioned=bool((about.get("versioning") or {}).get("enabled")),
            ours=(about.get("labels") or {}).get("binder-deploy") == deployment,
        )

    def make(self, region: str, labels: Mapping[str, str]) -> None:
        """See `Bucket`. In one call: there is no half-made one. Google encrypts every object by itself."""
        if not self.project:
            raise BucketError(f"the bucket gs://{self.name} is missing, and no project is known to make it in; export "
                              "GOOGLE_CLOUD_PROJECT, or make it yourself")  # fmt: skip
        wanted: dict[str, Any] = {
            "name": self.name,
            "location": region,
            "labels": dict(labels),
            "versioning": {"enabled": True},
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "enforced",
            },
        }
        answer = self._asked("POST", f"{self.endpoint}/b", params={"project": self.project}, json=wanted)
        if answer.is_error:
            raise BucketError(f"the bucket gs://{self.name} could not be made ({_why(answer)})")

    def _asked(self, method: str, url: str, **given: Any) -> httpx.Response:
        try:
            return self.http.request(method, url, **given)
        except httpx.HTTPError as error:
            raise BucketError(f"Google could not be asked for the bucket {self.name}: {error}") from error


def _why(answer: httpx.Response) -> str:
    """The API's own words, in one line."""
    try:
        text = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        text = answer.reason_phrase
    return f"{answer.status_code}: {text.partition(chr(10))[0]}"
