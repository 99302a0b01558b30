"""Which zone a domain belongs to."""

from __future__ import annotations


def holds(zone: str, domain: str) -> bool:
    """Whether a domain is a zone's own, or below it."""
    return f".{domain.lower()}".endswith(f".{zone.lower().rstrip('.')}")
