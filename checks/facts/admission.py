"""What the API server would say to objects like ours, without making them."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.checks.model import Key


@dataclass(frozen=True)
class Admission:
    """The answer to a dry run."""

    admitted: bool
    said: str = ""
    """The API server's own words, where it refused."""


PRIVILEGED_POD: Key[Admission] = Key("dry run of a privileged pod")
INGRESS: Key[Admission] = Key("dry run of an ingress", played=True)
"""Webhooks are what it is about, and a rehearsal has none; that the API server takes the object is real there."""
CERTIFICATE: Key[Admission] = Key("dry run of a certificate", played=True)
