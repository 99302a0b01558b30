"""Asking Cloudflare about the zone and about what stands at our names. Nothing but questions is sent."""

from __future__ import annotations

import os
from typing import Any

import httpx

from binder_deploy.checks.facts import cloudflare as c
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.settings.address import Cloudflare
from binder_deploy.settings.secrets import resolve

API = "https://api.cloudflare.com/client/v4"
_TIMEOUT_S = 8.0
_LEADING = ("A", "AAAA", "CNAME")


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Probes for the zone that the settings name."""
    return {
        c.ZONE: Probe(lambda: zone(given), timeout_s=_TIMEOUT_S + 2),
        c.RECORDS: Probe(lambda: records(given), timeout_s=3 * _TIMEOUT_S),
    }


def zone(given: Given) -> c.CloudflareZone | None:
    """What the token is shown. Raises `SettingsError` without one, httpx's errors if Cloudflare is unwell."""
    dns = given.settings.address.dns
    if not isinstance(dns, Cloudflare):
        return None
    with _client(given, dns) as http:
        answer = http.get(f"/zones/{dns.zone_id}")
    if _refused(answer):
        return c.CloudflareZone(refused=_words(answer))
    found = answer.raise_for_status().json()["result"]
    return c.CloudflareZone(
        name=str(found["name"]).lower(),
        status=str(found.get("status") or ""),
        servers=tuple(found.get("name_servers") or ()),
        rights=tuple(found.get("permissions") or ()),
    )


def records(given: Given) -> tuple[c.ZoneRecord, ...] | None:
    """What stands at our names. Raises as `zone`."""
    dns, found = given.settings.address.dns, []
    if not isinstance(dns, Cloudflare):
        return None
    with _client(given, dns) as http:
        for host in given.settings.hosts:
            # A name holds a handful of records: one page.
            answer = http.get(f"/zones/{dns.zone_id}/dns_records", params={"name.exact": host, "per_page": 100})
            if _refused(answer):
                return None
            found += [r for r in answer.raise_for_status().json()["result"] if r["name"] == host]
    return tuple(
        c.ZoneRecord(r["name"], r["type"], str(r.get("content", "")), r.get("comment") or "", bool(r.get("proxied")))
        for r in found
        if r["type"] in _LEADING
    )


def _client(given: Given, dns: Cloudflare) -> httpx.Client:
    token = resolve(dns.token, "address.dns.token", given.folder)
    return httpx.Client(
        base_url=os.environ.get("CLOUDFLARE_BASE_URL") or API,
        headers={"Authorization": f"Bearer {token}", "User-Agent": "binder-deploy"},
        timeout=_TIMEOUT_S,
    )


def _refused(answer: httpx.Response) -> bool:
    """For a reason that no waiting mends: the token, its rights, the zone's id."""
    return answer.is_client_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS


def _words(answer: httpx.Response) -> str:
    try:
        errors = answer.json().get("errors") or []
    except (ValueError, AttributeError):
        errors = []
    words = "; ".join(f"{e.get('message', 'no message')} ({e.get('code')})" for e in errors)
    return words or f"HTTP status {answer.status_code}"
