"""Who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from binder_deploy.checks.facts.account import Identity, NoIdentity
from binder_deploy.checks.probes.google.access import LOGIN, TIMEOUT_S, Google, NotLoggedIn


def identity(access: Callable[[], Google]) -> Identity | NoIdentity:
    """Who Google takes us for. Raises google-auth's `TransportError` when nobody answers."""
    try:
        google = access()
        return Identity(principal(google))
    except NotLoggedIn as error:
        return NoIdentity(f"no credentials for Google Cloud: {error}", f"run: {LOGIN}")
    except RefreshError as error:
        return NoIdentity(f"the login at Google Cloud has ended: {_line(error)}", f"run: {LOGIN}")


def principal(google: Google) -> str:
    """The address of who is logged in, empty where Google does not tell (federated identities).

    Raises google-auth's `RefreshError` or `TransportError`.
    """
    credentials = google.credentials
    if not credentials.valid:
        credentials.refresh(Request())
    known = getattr(credentials, "service_account_email", None) or getattr(credentials, "account", None)
    return str(known) if known else _told(google, credentials.token)


def member(google: Google) -> str:
    """The same as a member of a policy, `user:ADDRESS`; with `ADDRESS` where nobody tells it."""
    who = principal(google) or "ADDRESS"
    return f"serviceAccount:{who}" if who.endswith(".gserviceaccount.com") else f"user:{who}"


def _told(google: Google, token: Any) -> str:
    # Posted, so that the token is in no address and no log.
    answer = requests.post(
        f"{google.address('oauth2')}/tokeninfo", data={"access_token": token}, timeout=TIMEOUT_S, allow_redirects=False
    )
    return str(answer.json().get("email", "")) if answer.ok else ""


def _line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
