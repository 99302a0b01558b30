"""What a deployment hands out once it exists: the typed outputs of its stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Outputs:
    """Everything a flow, a check or a person needs to find the deployment."""

    binder_url: str
    """`https://binder.DOMAIN/`."""
    hub_url: str
    """`https://hub.DOMAIN/`."""
    address: str
    """The reserved IP address that both names must point to."""
    cluster: str
    """Name of the cluster at its cloud."""
    kubeconfig: str
    """YAML; proves who one is by the cloud's own helper program, holds no secret. Of a cluster that was there already:
    path of the deployment's copy of its way in."""
    image_prefix: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From the engine's outputs; unknown keys are ignored, a missing one raises `KeyError`."""
        return cls(**{f.name: values[f.name] for f in fields(cls)})

    def as_dict(self) -> dict[str, str]:
        """Name → value, as exported by the program."""
        return asdict(self)
