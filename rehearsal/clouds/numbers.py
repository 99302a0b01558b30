"""Numbers, addresses and times that look real; all but the times are the same on every run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address


def number(of: str, digits: int) -> str:
    """A decimal number with so many digits, by name."""
    value = int(sha256(of.encode()).hexdigest(), 16) % (9 * 10 ** (digits - 1))
    return str(value + 10 ** (digits - 1))


def free_address(taken: Collection[object]) -> str | None:
    """The first address of TEST-NET-3 (RFC 5737), which nobody on the internet has, that is not taken."""
    candidates = (str(IPv4Address("203.0.113.0") + last) for last in range(10, 255))
    return next((address for address in candidates if address not in taken), None)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
