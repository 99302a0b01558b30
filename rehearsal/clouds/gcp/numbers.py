"""Numbers, addresses and times that look real, and are the same on every run."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.kind import ApiError


def number(of: str, digits: int) -> str:
    """A decimal number with so many digits, by name."""
    value = int(sha256(of.encode()).hexdigest(), 16) % (9 * 10 ** (digits - 1))
    return str(value + 10 ** (digits - 1))


def project_number(project: str) -> str:
    """A project's number: twelve digits."""
    return number(f"project {project}", 12)


def public_address(cloud: Cloud) -> str:
    """The first free address of TEST-NET-3 (RFC 5737), which nobody on the internet has."""
    taken = {r.outputs.get("address") for r in cloud.of_type("compute/address")}
    taken |= {r.outputs.get("ipAddress") for r in cloud.of_type("compute/forwardingRule")}
    for last in range(10, 255):
        address = str(IPv4Address("203.0.113.0") + last)
        if address not in taken:
            return address
    raise ApiError("googleapi: Error 403: Quota 'STATIC_ADDRESSES' exceeded. Limit: 245.0, quotaExceeded")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
