"""Google's REST APIs, as far as a sweep needs them: listing, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import httpx

from binder_deploy.ops.leftovers.asking import NotAsked

Thing = Mapping[str, Any]
_NO_QUERY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Endpoints:
    """Where the APIs are."""

    compute: str = "https://compute.googleapis.com/compute/v1"
    container: str = "https://container.googleapis.com/v1"
    artifacts: str = "https://artifactregistry.googleapis.com/v1"
    iam: str = "https://iam.googleapis.com/v1"
    dns: str = "https://dns.googleapis.com/dns/v1"
    monitoring: str = "https://monitoring.googleapis.com/v3"
    billing: str = "https://billingbudgets.googleapis.com/v1"
    projects: str = "https://cloudresourcemanager.googleapis.com/v1/projects"

    @classmethod
    def below(cls, base: str) -> Endpoints:
        """All of them below one address: `BASE/compute`, `BASE/container`, …"""
        return cls(**{field.name: f"{base}/{field.name}" for field in fields(cls)})


@dataclass(frozen=True)
class GoogleApi:
    """An authenticated client, with a timeout, and where it goes."""

    http: httpx.Client
    endpoints: Endpoints = Endpoints()

    def listing(self, url: str, key: str, query: Mapping[str, str] = _NO_QUERY) -> Iterator[Thing]:
        """The entries below `key`, all pages; `query` has this API's word for the page's size. Raises `NotAsked`."""
        for page in self._pages(url, query):
            # Clusters of a zone that did not answer are missing from an answer that is 200 all the same.
            if page.get("missingZones"):
                raise NotAsked(f"no answer from {', '.join(page['missingZones'])}")
            if page.get("unreachable"):
                raise NotAsked(f"no answer from {', '.join(page['unreachable'])}")
            yield from page.get(key) or ()

    def one(self, url: str) -> Thing:
        """A single thing. Raises `NotAsked`."""
        return self._get(url, _NO_QUERY)

    def aggregated(self, project: str, collection: str) -> Iterator[Thing]:
        """A collection of Compute Engine over all regions and zones (and global, where there is one).

        Raises `NotAsked`, also when one region did not answer: half a list is not a list.
        """
        url = f"{self.endpoints.compute}/projects/{project}/aggregated/{collection}"
        for page in self._pages(url, {"maxResults": "500"}):
            for scope, part in (page.get("items") or {}).items():
                code = (part.get("warning") or {}).get("code", "NO_RESULTS_ON_PAGE")
                if code != "NO_RESULTS_ON_PAGE":
                    raise NotAsked(f"{scope}: {code}")
                yield from part.get(collection) or ()

    def _pages(self, url: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        while True:
            page = self._get(url, query)
            yield page
            token = page.get("nextPageToken")
            if not token:
                return
            query = {**query, "pageToken": token}

    def _get(self, url: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = self.http.get(url, params=query)
        except httpx.HTTPError as error:
            raise NotAsked(f"{type(error).__name__}: {error}") from error
        if answer.is_error:
            raise NotAsked(f"{answer.status_code}: {_message(answer)}")
        try:
            page = answer.json()
        except ValueError:
            page = None
        if not isinstance(page, dict):
            raise NotAsked("the answer is not Google's")
        return page


def _message(answer: httpx.Response) -> str:
    """The API's own message, in one line."""
    try:
        text = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        text = answer.reason_phrase
    return text.splitlines()[0] if text else ""
