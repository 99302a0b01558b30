"""What a simulated cloud needs of the control plane that stands in for its managed one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from binder_deploy.rehearsal.controllers.api import Api

Made = tuple[str, dict[str, Any]]
"""Path of a collection of the cluster, an object in it."""


class Endpoint(Protocol):
    """Where a control plane answers."""

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`."""

    @property
    def ca_pem(self) -> str: ...


class ControlPlane(Protocol):
    """The control plane on this machine."""

    def start(self, furnish: Callable[[Api], None] | None = None, user: str | None = None) -> Endpoint:
        """`furnish` makes what a fresh cluster contains; `user` is who the cloud's login helper says one is."""

    def stop(self) -> None: ...

    def create(self, objects: Iterable[Made]) -> None:
        """Put objects into the cluster; those that are there already stay as they are."""

    def delete(self, objects: Iterable[Made]) -> None:
        """Take objects out of the cluster. Harmless if it is gone."""
