"""What holds people's data is known by its type; what can be made again is not asked about."""

from __future__ import annotations

import pytest

from binder_deploy.stacks.events import Change, ResourceStep
from binder_deploy.stacks.losses import lost

RELEASE, VOLUME = "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:PersistentVolumeClaim"


def step(type: str, name: str, change: Change) -> ResourceStep:
    return ResourceStep(f"urn:pulumi:demo::binder-deploy::{type}::{name}", type, name, change, "started")


@pytest.mark.parametrize(
    ("type", "name", "words"),
    [
        (RELEASE, "binder-service-release", "the hub's database"),
        (RELEASE, "registry-release", "every image in the registry inside the cluster"),
        (RELEASE, "prometheus-release", "what was measured so far"),
        (RELEASE, "a-release-that-is-new-here", "the hub's database"),
        (VOLUME, "notes", "what is on the volume notes"),
        ("gcp:artifactregistry/repository:Repository", "images", "every image in the repository images"),
    ],
)
@pytest.mark.parametrize("change", ["delete", "replace"])
def test_data_goes_with_what_holds_it(type: str, name: str, words: str, change: Change) -> None:
    assert lost(step(type, name, change)) == words


def test_what_stays_or_can_be_made_again_is_no_loss() -> None:
    assert not lost(step(RELEASE, "binder-service-release", "update"))
    assert not lost(step(RELEASE, "traefik-release", "delete"))
    assert not lost(step("gcp:compute/address:Address", "ip", "delete"))
