"""Which simulated surroundings belong to which kind of platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from binder_deploy.rehearsal.clouds.aws import leftovers as aws_leftovers
from binder_deploy.rehearsal.clouds.aws import stage as aws_stage
from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.gcp import leftovers as gcp_leftovers
from binder_deploy.rehearsal.clouds.gcp import stage as gcp_stage
from binder_deploy.rehearsal.ordinary import stage as ordinary_stage
from binder_deploy.rehearsal.session import Session
from binder_deploy.settings.leftovers import Leftover
from binder_deploy.settings.model import Settings


@dataclass(frozen=True)
class Surroundings:
    """What a deployment is rehearsed in."""

    set_stage: Callable[[Session, Settings], None]
    """Make what the settings take for granted, and start the controllers."""
    leftovers: Callable[[Cloud], Sequence[Leftover]]
    """What exists outside the cluster that was not there before."""
    project: Callable[[Settings], Mapping[str, str]] = lambda settings: {}
    """What the rehearsal's programs must know of the settings."""


def _google(session: Session, settings: Settings) -> None:
    gcp_stage.set_stage(session.cloud, settings)
    session.start_controllers("controllers.gke")


def _amazon(session: Session, settings: Settings) -> None:
    aws_stage.set_stage(session.cloud, settings)
    session.start_controllers("controllers.eks")


SURROUNDINGS: Mapping[str, Surroundings] = {
    "gke": Surroundings(_google, gcp_leftovers.leftovers, gcp_stage.project),
    "eks": Surroundings(_amazon, aws_leftovers.leftovers, aws_stage.project),
    "existing": Surroundings(ordinary_stage.set_stage, lambda cloud: ()),
}
"""Kind of platform → what it is rehearsed in."""
