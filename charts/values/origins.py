"""Where a browser finds BinderHub and the hub: two hosts below a domain, or two paths of one address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from binder_deploy.settings.address import Domain
from binder_deploy.settings.model import Settings

HUB_PATH = "/jupyter/"
"""The hub's path where both share one origin; BinderHub has the rest."""
SOME_IP = "192.0.2.1"
"""Stands in for the address as long as there is none: reserved for documentation (RFC 5737)."""


@dataclass(frozen=True)
class Origins:
    """Addresses as they stand in the charts' values; an engine's promises where they hold an address to come."""

    binder_url: Any
    """`https://binder.DOMAIN/` or `https://IP/`."""
    hub_url: Any
    """`https://hub.DOMAIN/` or `https://IP/jupyter/`."""
    binder_host: str
    """Empty without a domain: rules then hold for whatever host is asked for."""
    hub_host: str
    hub_path: str
    """`/`, or `HUB_PATH` on a single origin."""


def origins(settings: Settings, ip: str = SOME_IP) -> Origins:
    """The addresses of a deployment whose reserved IP address is `ip`."""
    address = settings.address
    if isinstance(address, Domain):
        return Origins(
            f"https://{address.binder_host}/",
            f"https://{address.hub_host}/",
            address.binder_host,
            address.hub_host,
            "/",
        )
    return Origins(f"https://{ip}/", f"https://{ip}{HUB_PATH}", "", "", HUB_PATH)
