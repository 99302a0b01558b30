"""What node pools have in common, whatever the cloud."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from binder_deploy.settings.base import Model


class Gpu(Model):
    """Accelerators of each node of a pool; `hub.server.gpus` hands them to servers."""

    type: str = ""
    """The cloud's word for it, such as `nvidia-tesla-t4`. Left out where the machine type says it all (AWS)."""
    count: int = Field(default=1, ge=1, le=16)
    """Accelerators of each node."""


class Pool(Model):
    """A group of equal nodes that grows and shrinks between `min` and `max`."""

    machine: str
    """Machine type, as the cloud spells it."""
    min: int = Field(ge=0, le=1000)
    """Nodes that always run. 0 is allowed for users and builds: the first launch then waits for a node."""
    max: int = Field(ge=1, le=1000)
    """Nodes at the most: the ceiling of the bill, and what the quota must cover."""
    disk_gb: int = Field(default=100, ge=20, le=65536)
    """Boot disk in GB. Builds keep images and layers there."""
    spot: bool = False
    """Cheaper nodes that may vanish within minutes. Not for the core pool."""
    gpu: Gpu | None = None
    """Only for the user pool."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max must be at least min ({self.min}); raise max or lower min")
        return self


class ThreePools(Model):
    """The service itself, people's servers, image builds; each cloud narrows the pools' type."""

    core: Pool
    user: Pool
    build: Pool

    @model_validator(mode="after")
    def _core_is_steady(self) -> Self:
        if self.core.min < 1:
            raise ValueError("core.min must be at least 1: the service itself runs there")
        if self.core.spot:
            raise ValueError("core.spot must be false: the hub and its database run there")
        for role in ("core", "build"):
            if getattr(self, role).gpu:
                raise ValueError(f"{role}.gpu: only the user pool's nodes can have accelerators")
        return self
