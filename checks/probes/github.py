"""Asking GitHub about the token. That question is free: it does not count against the limit."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx

from binder_deploy.checks.facts.github import TOKEN, GitHubToken
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.registry.words import said
from binder_deploy.settings.secrets import resolve

API = "https://api.github.com"
_VERSION = "2022-11-28"
_TIMEOUT_S = 8.0


def probes(given: Given, api: str = API) -> dict[Key[Any], Probe[Any]]:
    """A probe for the token that the settings name."""
    return {TOKEN: Probe(partial(token, given, api))}


def token(given: Given, api: str) -> GitHubToken | None:
    """What GitHub says about `binder.github_token`.

    Raises `SettingsError` for a token that is not there, httpx's errors if GitHub is out of reach or unwell.
    """
    reference = given.settings.binder.github_token
    if reference is None:
        return None
    secret = resolve(reference, "binder.github_token", given.folder)
    headers = {"Authorization": f"Bearer {secret}", "X-GitHub-Api-Version": _VERSION, "User-Agent": "binder-deploy"}
    response = httpx.get(f"{api}/rate_limit", headers=headers, timeout=_TIMEOUT_S)
    date = response.headers.get("date")
    asked = parsedate_to_datetime(date) if date else datetime.now(UTC)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return GitHubToken(False, asked, said(response, secret))
    response.raise_for_status()
    core = response.json()["resources"]["core"]
    return GitHubToken(
        True,
        asked,
        limit=core["limit"],
        remaining=core["remaining"],
        resets=datetime.fromtimestamp(core["reset"], UTC),
        expires=_expiry(response.headers.get("github-authentication-token-expiration")),
    )


def _expiry(header: str | None) -> datetime | None:
    """GitHub writes `2027-01-31 12:00:00 UTC`, or an offset in place of the zone's name."""
    return datetime.strptime(header.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z") if header else None
