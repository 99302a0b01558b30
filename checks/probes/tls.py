"""Certificates as visitors see them: a handshake with each host at the reserved address."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
from cryptography import x509
from cryptography.x509.oid import NameOID

from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.settings.tls import DIRECTORIES

_TIMEOUT_S = 5.0
_WHO = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
_EXPIRED = {9, 10}
"""OpenSSL's verdicts "not yet valid" and "has expired": the dates are judged by rules, with more words."""


@dataclass(frozen=True)
class Door:
    """How the service is reached from outside, and whom visitors trust. The defaults are what people have."""

    http_port: int = 80
    https_port: int = 443
    directories: Mapping[str, str] = field(default_factory=lambda: DIRECTORIES)
    """Server of Let's Encrypt → URL of its directory."""
    roots: Path | None = None
    """PEM file of trusted authorities; None: Mozilla's, which browsers share."""


_DOOR = Door()


def probes(given: Given, door: Door = _DOOR) -> dict[Key[Any], Probe[Any]]:
    """The probe for what every host presents, once there is an address."""
    address = given.address
    if not address:
        return {}
    hosts = given.settings.hosts or (address,)
    return {t.SERVED: Probe(lambda: tuple(served(host, address, door) for host in hosts), timeout_s=6 * _TIMEOUT_S)}


def served(host: str, address: str, door: Door = _DOOR) -> t.Served:
    """What `address` presents for `host`; a failed connection is part of the answer."""
    anything = ssl.create_default_context()
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    try:
        leaf = x509.load_der_x509_certificate(_shake(host, address, door, anything))
    except OSError as error:  # ssl.SSLError is one
        return t.Served(host, problem=f"{type(error).__name__}: {error}")
    names = _names(leaf)
    return t.Served(
        host,
        issuer=", ".join(str(a.value) for oid in _WHO for a in leaf.issuer.get_attributes_for_oid(oid)),
        names=names,
        covers=any(_matches(name, host) for name in names),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        asked_at=datetime.now(UTC),
        distrust=_distrust(host, address, door),
    )


def context(door: Door) -> ssl.SSLContext:
    """Trusts what browsers trust."""
    return ssl.create_default_context(cafile=str(door.roots) if door.roots else certifi.where())


def bracketed(host: str) -> str:
    """As it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _shake(host: str, address: str, door: Door, trusting: ssl.SSLContext) -> bytes:
    """The host's own certificate, DER. Raises `OSError`."""
    # Browsers send no name for an address (RFC 6066, 3).
    name = None if _is_address(host) else host
    with (
        socket.create_connection((address, door.https_port), timeout=_TIMEOUT_S) as raw,
        trusting.wrap_socket(raw, server_hostname=name) as tls,
    ):
        return tls.getpeercert(binary_form=True) or b""


def _distrust(host: str, address: str, door: Door) -> str:
    trusting = context(door)
    trusting.check_hostname = False  # that is judged apart, so that two faults are two answers
    try:
        _shake(host, address, door, trusting)
    except ssl.SSLCertVerificationError as error:
        return "" if error.verify_code in _EXPIRED else error.verify_message
    return ""


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    )


def _matches(name: str, host: str) -> bool:
    """RFC 6125: a star stands for exactly one label."""
    return name == host or (name.startswith("*.") and not _is_address(host) and name[2:] == host.partition(".")[2])


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
