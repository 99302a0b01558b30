"""Access to Google's APIs: the SDKs' own clients over REST, and plain requests for what has no SDK worth having."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import google.auth
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Forbidden, from_http_response
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""Nothing is changed with it, but policies of the organisation cannot be read with the read-only one."""
LOGIN = "gcloud auth application-default login"
TIMEOUT_S = 20.0
"""Of one plain request."""


class NotLoggedIn(Exception):
    """There are no usable credentials; the text says what was found instead."""


class NotAllowed(Exception):
    """Google refused to answer; the text says what to grant or to switch on."""

    def __init__(self, text: str, off: str) -> None:
        super().__init__(text)
        self.off = off
        """The API that is switched off, if that is why; else empty."""


@dataclass(frozen=True)
class Google:
    """One project, as one user sees it. Clients come as they are wanted; threads may share this."""

    project: str
    credentials: Any
    """google-auth's."""
    endpoint: str = ""
    """Where every API is, in place of Google's own addresses."""

    def compute(self, client: str) -> Any:
        """A client of Compute Engine, by the name of its class."""
        return self._client("compute_v1", client)

    @property
    def containers(self) -> Any:
        return self._client("container_v1", "ClusterManagerClient")

    @property
    def projects(self) -> Any:
        return self._client("resourcemanager_v3", "ProjectsClient")

    @property
    def service_usage(self) -> Any:
        return self._client("service_usage_v1", "ServiceUsageClient")

    @property
    def org_policies(self) -> Any:
        return self._client("orgpolicy_v2", "OrgPolicyClient")

    @property
    def registries(self) -> Any:
        return self._client("artifactregistry_v1", "ArtifactRegistryClient")

    def get(self, api: str, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The answer of an API without an SDK here: `api` is `dns`, `path` begins with its version.

        Raises google-api-core's exceptions for an answer that is an error.
        """
        return self._plain("GET", api, path, params=query)

    def post(self, api: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `get`, for questions that are posted."""
        return self._plain("POST", api, path, json=body)

    def address(self, api: str) -> str:
        """Where an API is."""
        return self.endpoint or f"https://{api}.googleapis.com"

    def _client(self, package: str, name: str) -> Any:
        kind = getattr(import_module(f"google.cloud.{package}"), name)  # some of them take seconds to import
        options = ClientOptions(api_endpoint=self.endpoint) if self.endpoint else None
        return kind(credentials=self.credentials, transport="rest", client_options=options)

    def _plain(self, method: str, api: str, path: str, **asked: Any) -> Mapping[str, Any]:
        with AuthorizedSession(self.credentials) as session:  # type: ignore[no-untyped-call]
            answer = session.request(  # type: ignore[no-untyped-call]
                method, f"{self.address(api)}/{path}", timeout=TIMEOUT_S, **asked
            )
        if not answer.ok:
            raise from_http_response(answer)  # type: ignore[no-untyped-call]
        found: Mapping[str, Any] = answer.json()
        return found


def login(project: str) -> Google:
    """Access as whoever is logged in on this machine. Raises `NotLoggedIn`."""
    credentials: Any
    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
    except GoogleAuthError as error:
        raise NotLoggedIn(str(error).splitlines()[0].partition(". ")[0]) from error
    # A person's credentials must say which project's quota of questions they use; a service account's need not.
    if getattr(credentials, "refresh_token", None) and not credentials.quota_project_id:
        credentials = credentials.with_quota_project(project)
    return Google(project, credentials)


def grant(project: str, role: str, member: str) -> str:
    """The command that gives somebody a role."""
    return f"gcloud projects add-iam-policy-binding {project} --member={member} --role={role}"


@contextmanager
def asking(what: str, role: str, project: str) -> Iterator[None]:
    """Turns a refusal into `NotAllowed`: `role` is one that may ask for `what`."""
    try:
        yield
    except Forbidden as error:
        if off := switched_off(error):
            # The API of the project that the question is billed to, which need not be the one asked about.
            consumer = str(_told(error).get("consumer", "")).removeprefix("projects/") or project
            advice = f"switched off; run: gcloud services enable {off}.googleapis.com --project {consumer}"
        else:
            advice = f"403, {error.message.splitlines()[0]}; grant it with: {grant(project, role, 'user:ADDRESS')}"
        raise NotAllowed(f"{what}: {advice}", off) from error


def switched_off(error: Forbidden) -> str:
    """The API that is switched off, if that is why (`compute`); else empty."""
    if error.reason != "SERVICE_DISABLED":
        return ""
    return str(_told(error).get("service", "")).removesuffix(".googleapis.com")


def _told(error: Forbidden) -> Mapping[str, str]:
    return error.metadata or {}
