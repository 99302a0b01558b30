"""What went wrong when a cloud was asked for a list."""

from __future__ import annotations


class NotAsked(Exception):
    """A list could not be had; the text says why in one line."""


class NoCredentials(Exception):
    """There are no usable credentials; the text says what to run."""
