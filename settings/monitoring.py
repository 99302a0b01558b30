"""Whether the deployment is watched, and who is told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from binder_deploy.settings.base import Email, Model
from binder_deploy.settings.secrets import SecretRef

Server = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$")]


class Webhook(Model):
    """Alerts as JSON, or as Slack reads them, to an address that is itself a secret."""

    kind: Literal["webhook", "slack"]
    url: SecretRef
    """Where they are sent; whoever knows it can write there."""


class Mail(Model):
    """Alerts by e-mail, through a server that takes a login."""

    kind: Literal["email"]
    to: tuple[Email, ...] = Field(min_length=1, max_length=10)
    sender: Email
    server: Server
    """`smtp.example.org:587`; it must speak TLS."""
    username: str = Field(min_length=1)
    password: SecretRef


Alerts = Annotated[Webhook | Mail, Field(discriminator="kind")]


class Monitoring(Model):
    """Prometheus with Alertmanager, and Grafana, for this deployment alone. No page of theirs is on the internet."""

    kind: Literal["prometheus"] = "prometheus"
    keep_days: int = Field(default=15, ge=1, le=365)
    """Measurements that are older are dropped."""
    disk_gb: int = Field(default=20, ge=5, le=2000)
    """Disk of the measurements, in GiB; a nine tenths full one drops the oldest."""
    alerts: Alerts | None = None
    """Who is told. Left out: alerts are seen on the dashboard alone."""
