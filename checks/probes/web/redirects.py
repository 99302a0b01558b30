"""Where plain HTTP leads."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin, urlsplit

import httpx

from binder_deploy.checks.facts.web import Walk
from binder_deploy.checks.probes.web.browser import Browser, bare, unread

PATIENCE = 20
"""Redirects after which browsers give up."""


def walk(browser: Browser, start: str, ours: Collection[str]) -> Walk:
    """Follow redirects from `start` as long as they stay on our hosts (a login may be somebody else's)."""
    url, been, steps = start, {start}, [bare(start)]
    while len(been) <= PATIENCE:
        try:
            got = browser.ask(url)
        except httpx.TransportError as error:
            return Walk(tuple(steps), problem=unread(url, error))
        if not got.has_redirect_location:
            return Walk(tuple(steps), status=got.status_code)
        url = urljoin(url, got.headers["Location"])
        steps.append(bare(url))
        if url in been:
            return Walk(tuple(steps), loop=True)
        if urlsplit(url).hostname not in ours:
            return Walk(tuple(steps))
        been.add(url)
    return Walk(tuple(steps), loop=True)
