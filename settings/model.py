"""The whole of `binder.yaml` as one frozen value, read everywhere and changed nowhere."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from binder_deploy.settings.base import Model, Name
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.service import (
    Address,
    ArtifactRegistry,
    Binder,
    Charts,
    Checks,
    Hub,
    LetsEncrypt,
    LocalState,
)

TagKey = Annotated[str, StringConstraints(pattern=r"^[a-z][-_a-z0-9]{0,62}$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[-_a-z0-9]{1,63}$")]


class Settings(Model):
    """A deployment."""

    version: Literal[1]
    """Version of this file's format."""
    name: Name
    """Name of the deployment: every physical name begins with it. It cannot be changed later."""
    platform: Gke
    """Where the cluster lives. One kind so far: a second makes this a union told apart by `kind`."""
    address: Address
    tls: LetsEncrypt
    registry: ArtifactRegistry = ArtifactRegistry()
    binder: Binder = Binder()
    hub: Hub = Hub()
    charts: Charts = Charts()
    checks: Checks = Checks()
    state: LocalState = LocalState()
    tags: dict[TagKey, TagValue] = Field(min_length=1)
    """Labels on everything that can carry one, for bills and for finding leftovers; `owner` is a must."""

    @model_validator(mode="after")
    def _owned(self) -> Self:
        if "owner" not in self.tags:
            raise ValueError("tags.owner is missing: say who answers for the bill")
        if "binder-deploy" in self.tags:
            raise ValueError("tags.binder-deploy is ours: it marks what this deployment owns")
        return self
