"""Where the cluster of a simulated Google project is."""

from __future__ import annotations

from dataclasses import dataclass

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.controllers.scene import properties

CLUSTER = "container/cluster"
"""Type of its record."""


@dataclass(frozen=True)
class Place:
    """Where the cluster is, and how the cloud writes it."""

    project: str
    region: str
    cluster: str
    location: str
    network: str
    """The cloud's id or link of the cluster's network."""

    def regional(self, collection: str, name: str) -> str:
        """`projects/P/regions/R/COLLECTION/NAME`."""
        return f"projects/{self.project}/regions/{self.region}/{collection}/{name}"

    def worldwide(self, collection: str, name: str) -> str:
        """`projects/P/global/COLLECTION/NAME`."""
        return f"projects/{self.project}/global/{collection}/{name}"


def place(cloud: Cloud) -> Place | None:
    """Of the cluster in the cloud; None if there is none. A rehearsal has one."""
    clusters = cloud.of_type(CLUSTER)
    if not clusters:
        return None
    facts = properties(clusters[0])
    location = str(facts["location"])
    region = location if location[-1].isdigit() else location.rpartition("-")[0]
    return Place(str(facts["project"]), region, str(facts["name"]), location, str(facts.get("network") or "default"))


def link(id: str) -> str:
    """Compute Engine's selfLink of an id."""
    return f"https://www.googleapis.com/compute/v1/{id}"
