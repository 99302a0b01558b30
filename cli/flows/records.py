"""DNS records at a provider that no part of the engine knows (`address.dns.kind: cloudflare`): made once the address is
reserved, removed before anything else is, looked for at the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.ops.dns import cloudflare
from binder_deploy.ops.dns.cloudflare import CloudflareError, Zone
from binder_deploy.settings.address import Cloudflare
from binder_deploy.settings.leftovers import Sweep, Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import record_mark
from binder_deploy.settings.secrets import resolve

PLAYED = "played: nothing was sent to Cloudflare"


def make(settings: Settings, folder: Path, address: str, observe: Observer, *, simulated: bool = False) -> None:
    """See that both names lead to `address`; nothing to do where others keep the records.

    Raises `Refused` for an address that nobody knows, `NotOurs`, `CloudflareError`, `SettingsError` without a token.
    """
    dns = settings.address.dns
    if not isinstance(dns, Cloudflare):
        return
    with phase(observe, "records", "make DNS records") as current:
        if simulated:
            current.note = PLAYED
            return
        if not address:
            raise Refused(
                "platform.address is missing: nobody tells at which address the cluster's ingress controller is "
                "reached, so the records at Cloudflare cannot be made"
            )
        kind, content = _target(address)
        wanted = dict.fromkeys(settings.hosts, content)
        with _zone(dns, folder) as zone:
            current.note = str(cloudflare.ensure(zone, wanted, kind, record_mark(settings)))


def tell_moved(settings: Settings, before: str | None, observe: Observer) -> None:
    """Say where records may be left, if the state has another zone than the settings. `before`: that zone's id."""
    dns = settings.address.dns
    if before and not (isinstance(dns, Cloudflare) and dns.zone_id == before):
        observe(
            Notice(
                f"the DNS records were made in Cloudflare's zone {before}, which is no longer the one of address.dns: "
                f"remove those there with the comment `{record_mark(settings)}`"
            )
        )


def remove(settings: Settings, folder: Path, observe: Observer, *, simulated: bool = False) -> None:
    """Take them away, first of all: names must not lead to an address that others may get. If Cloudflare refuses, the
    rest, which costs, is removed all the same; what stays is found at the end. Raises `SettingsError`."""
    dns = settings.address.dns
    if not isinstance(dns, Cloudflare):
        return
    with phase(observe, "remove-records", "remove DNS records") as current:
        if simulated:
            current.note = PLAYED
            return
        try:
            with _zone(dns, folder) as zone:
                count = cloudflare.remove(zone, record_mark(settings))
        except CloudflareError as error:
            current.note = "they stay"
            observe(Notice(f"the DNS records could not be removed: {error}"))
        else:
            current.note = f"{count} removed" if count else "there are none of ours"


def also_records(settings: Settings, folder: Path, sweep: Callable[[], Sweep]) -> Callable[[], Sweep]:
    """The sweep, and what is left at Cloudflare, if that is where the records were."""
    dns = settings.address.dns
    return (lambda: _with_records(settings, dns, folder, sweep())) if isinstance(dns, Cloudflare) else sweep


def _with_records(settings: Settings, dns: Cloudflare, folder: Path, found: Sweep) -> Sweep:
    try:
        with _zone(dns, folder) as zone:
            left = cloudflare.leftovers(cloudflare.marked(zone, record_mark(settings)), dns.zone_id)
    except CloudflareError as error:
        return Sweep(found.found, (*found.unasked, Unasked("DNS record", str(error))))
    return Sweep((*found.found, *left), found.unasked)


def _zone(dns: Cloudflare, folder: Path) -> Zone:
    token = resolve(dns.token, "address.dns.token", folder)
    # Another address than Cloudflare's own is for gateways that hold the real token, and for tests.
    return Zone(dns.zone_id, token, os.environ.get("CLOUDFLARE_BASE_URL") or cloudflare.API)


def _target(address: str) -> tuple[str, str]:
    """Kind and content of the record that leads there."""
    try:
        return ("A" if ip_address(address).version == 4 else "AAAA"), str(ip_address(address))
    except ValueError:
        return "CNAME", address.rstrip(".").lower()
