"""Who asks Google: Application Default Credentials, as gcloud, a CI's identity federation or a machine gives them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx

from binder_deploy.ops.leftovers.asking import NoCredentials

SCOPE = "https://www.googleapis.com/auth/cloud-platform.read-only"


_LOGIN = (
    "Google Cloud could not be asked: no usable credentials, or no way to renew them ({}); "
    "run: gcloud auth application-default login"
)


class GoogleAuth(httpx.Auth):
    """Puts a fresh access token on every request."""

    def __init__(self, credentials: Any) -> None:
        """`credentials`: google-auth's."""
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Renews the token shortly before it ends. Raises `NoCredentials` when it cannot be renewed."""
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        if not self._credentials.valid:
            try:
                self._credentials.refresh(Request())
            except GoogleAuthError as error:
                raise NoCredentials(_LOGIN.format(error)) from error
        request.headers["Authorization"] = f"Bearer {self._credentials.token}"
        yield request


def default_client(timeout_s: float = 20.0, *, scope: str = SCOPE) -> httpx.Client:
    """An HTTP client that acts as whoever is logged in here. Raises `NoCredentials`."""
    # Here, not above: only real clouds need it, and importing it takes long.
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials, _ = google.auth.default(scopes=[scope])
    except GoogleAuthError as error:
        raise NoCredentials(_LOGIN.format(error)) from error
    return httpx.Client(auth=GoogleAuth(credentials), timeout=timeout_s)
