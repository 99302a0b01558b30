"""Every request carries a token that is still good."""

from __future__ import annotations

import httpx
import pytest
from google.auth.exceptions import RefreshError

from binder_deploy.ops.leftovers.asking import NoCredentials
from binder_deploy.ops.leftovers.google_auth import GoogleAuth


class Credentials:
    valid = False
    token = ""

    def __init__(self, revoked: bool = False) -> None:
        self.revoked = revoked

    def refresh(self, request: object) -> None:
        if self.revoked:
            raise RefreshError("invalid_grant")  # type: ignore[no-untyped-call]
        self.valid, self.token = True, "fresh"


def client(credentials: Credentials) -> httpx.Client:
    echo = httpx.MockTransport(lambda request: httpx.Response(200, text=request.headers["Authorization"]))
    return httpx.Client(auth=GoogleAuth(credentials), transport=echo)


def test_a_token_is_renewed_when_it_is_due() -> None:
    assert client(Credentials()).get("https://example.org").text == "Bearer fresh"


def test_revoked_credentials_say_what_to_run() -> None:
    with pytest.raises(NoCredentials, match="application-default login"):
        client(Credentials(revoked=True)).get("https://example.org")
