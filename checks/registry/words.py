"""What a registry says in its own words."""

from __future__ import annotations

import httpx

_LONGEST = 200


def said(response: httpx.Response, secret: str) -> str:
    """The error that a registry or a token server tells, on one line, without the password; may be empty."""
    words = _words(response)
    if secret:
        words = words.replace(secret, "…")
    return " ".join(words.split())[:_LONGEST]


def _words(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        told = (errors[0].get("code"), errors[0].get("message"))
        return ": ".join(str(part) for part in told if part)
    # Token servers have no common form: Docker Hub says `details`, OAuth 2 `error`, others `message`.
    return next((str(body[key]) for key in ("details", "message", "error_description", "error") if body.get(key)), "")
