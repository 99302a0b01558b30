"""What can go wrong with a price list."""

from __future__ import annotations


class PricesUnavailable(Exception):
    """A price list could not be read; nothing was changed."""
