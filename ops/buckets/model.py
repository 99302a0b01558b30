"""What is asked of a bucket, whichever cloud it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class BucketError(Exception):
    """A bucket cannot be looked at or made; the text says why, and what to do."""


@dataclass(frozen=True)
class Seen:
    """A bucket that exists."""

    region: str
    """Where it is; empty: it does not say."""
    versioned: bool | None
    """Whether an overwritten state can be had back; None: this cannot be asked with our rights."""
    ours: bool
    """Whether it carries this deployment's mark."""


class Bucket(Protocol):
    """One bucket, which may not exist."""

    def look(self, deployment: str) -> Seen | None:
        """What it is; None if there is none. Raises `BucketError` when it may not be asked."""

    def make(self, region: str, labels: Mapping[str, str]) -> None:
        """Make it: versioned, encrypted, closed to the public, labelled. Raises `BucketError`."""
