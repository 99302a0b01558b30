"""Finds a deployment's state and opens it, or says why that must not be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.cli.flows import upgrade_mark
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.ops.buckets.find import bucket
from binder_deploy.ops.buckets.model import Bucket, BucketError, Seen
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import labels
from binder_deploy.settings.state import BucketState, LocalState, PulumiCloudState, State
from binder_deploy.stacks import notes, whereabouts
from binder_deploy.stacks.backend import Backend, backend, local_state
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.ledger import deployment_in, identity, moved_to
from binder_deploy.stacks.local_site import owner, take_over, work_folder
from binder_deploy.stacks.passphrase import given_passphrase
from binder_deploy.stacks.site import closed_site, dry_site, leave_dry, opened_site
from binder_deploy.stacks.stored import Stored, stored
from binder_deploy.stacks.torn import mend

Confirm = Callable[[str], bool]
"""Asks a person; False is a no. Without a terminal it raises `Refused`."""


@dataclass(frozen=True)
class Place:
    """A place for state, looked at without its passphrase."""

    state: State
    backend: Backend
    site: Site
    """Closed: see `site.opened_site`."""
    stored: Stored | None
    """What is there; None: nothing yet."""
    missing: bool = False
    """Whether the bucket itself is missing."""

    def open(self) -> Site:
        """The engine's place with what reads the secrets. Raises `PassphraseLost`."""
        return opened_site(self.site, self.backend, self.stored)


def place_of(state: State, settings: Settings, folder: Path, tools: Mapping[str, Path]) -> Place:
    """Look at a place for this deployment's state. Raises `Refused`, `BucketError`, `StateOutOfReach`."""
    work, region, missing = work_folder(folder), None, False
    if isinstance(state, PulumiCloudState) and not os.environ.get("PULUMI_ACCESS_TOKEN"):
        raise Refused(
            "state.kind: pulumi-cloud needs a token: make one at app.pulumi.com (Settings, Access tokens) and export "
            "PULUMI_ACCESS_TOKEN"
        )
    if isinstance(state, BucketState):
        seen = _seen(state, settings)
        missing, region = seen is None, (seen.region if seen else None) or state.region
    there = backend(state, settings.name, work, region)
    site = closed_site(work, tools, there)
    return Place(state, there, site, None if missing else stored(site, settings.name), missing)


def open_state(
    settings: Settings, folder: Path, tools: Mapping[str, Path], observe: Observer, confirm: Confirm | None = None
) -> Site:
    """Where the engine works on this deployment.

    A bucket that is missing is made, after `confirm` said yes; without `confirm` an empty state stands in that is
    thrown away. Raises `Refused`, `BucketError`, `PassphraseLost`, `StateOutOfReach`.
    """
    refuse_local_state_in_ci(settings)
    if isinstance(settings.state, LocalState):
        work = work_folder(folder)
        if mended := mend(local_state(work), settings.name, work):
            observe(Notice(str(mended)))
    place = place_of(settings.state, settings, folder, tools)
    refuse_forgotten(place, settings, folder, tools)
    if place.missing and confirm is None:
        observe(
            Notice(
                f"state.url: the bucket {place.backend.where} does not exist (`up` makes it), so nothing is known of "
                "what was made before"
            )
        )
        return dry_site(place.site)
    leave_dry(place.site)
    if place.missing and confirm is not None:
        place = with_bucket(place, settings, folder, tools, observe, confirm)
    refuse_unkept_passphrase(place)
    site = place.open()
    whereabouts.note(site.work, settings.state)
    if notes.shared_by(site, place.backend) and place.stored and (halfway := upgrade_mark.meet(folder)):
        if confirm:
            raise Refused(halfway.words())
        observe(Notice(halfway.words()))
    if place.stored and deployment_in(place.stored.resources):
        take_over(site.work, identity(settings))
    return site


def refuse_forgotten(place: Place, settings: Settings, folder: Path, tools: Mapping[str, Path]) -> None:
    """A deployment whose state is not where the settings say would be made twice, and the first one forgotten."""
    known = deployment_in(place.stored.resources) if place.stored else None
    refuse_another(known, settings, f"the state in {place.backend.where}")
    refuse_another(owner(place.site.work), settings, "this folder")
    if place.stored and (to := moved_to(place.stored.resources)):
        raise Refused(f"state: this deployment's state was moved from {place.backend.where} to {to}; write that into "
                      "the section `state` of binder.yaml")  # fmt: skip
    before = whereabouts.noted(place.site.work)
    if place.state == before:
        return
    earlier = [s for s in (before, LocalState()) if s is not None and s != place.state]
    for state in earlier:
        old = place_of(state, settings, folder, tools)
        if old.stored and old.stored.resources and not moved_to(old.stored.resources):
            raise Refused(
                f"state: binder.yaml says {place.backend.where}, but this deployment's state lies in "
                f"{old.backend.where}; run `binder-deploy state move`, which takes it there"
            )


def refuse_local_state_in_ci(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Nobody would have it after the job."""
    if settings.state.kind == "local" and _in_ci(environ):
        raise Refused(
            "state.kind: a local state would be lost with this CI machine, and the cluster would stay and cost; "
            "write `state: {kind: bucket, url: …}` (gs:// or s3://), or pulumi-cloud (a rehearsal needs no state: "
            "`binder-deploy rehearse`)"
        )


def refuse_another(known: str | None, settings: Settings, what: str = "this folder") -> None:
    """The state of one deployment is not found by the name of another, and would be forgotten, and billed."""
    if known and known != identity(settings):
        raise Refused(
            f"{what} is of {known}, but name and platform now say {identity(settings)}; take the change back, or use "
            "another folder (and another name or bucket) for another deployment"
        )


def refuse_unkept_passphrase(place: Place) -> None:
    if place.stored is None and place.backend.passphrase_id and _in_ci(os.environ) and not given_passphrase():
        raise Refused(
            "state: this would be the first `up`, and the passphrase that it makes would be lost with this CI machine; "
            "name a key in state.key, or give a passphrase of your own in PULUMI_CONFIG_PASSPHRASE"
        )


def _in_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() in ("1", "true")


def _seen(state: BucketState, settings: Settings) -> Seen | None:
    """The bucket; None if it is missing. One that only its contents may be asked of is used as it is."""
    found = _bucket(state, settings)
    try:
        return found.look(settings.name)
    except BucketError as error:
        if "(403" in str(error):
            return Seen(region=state.region or "", versioned=None, ours=False)
        raise


def _bucket(state: BucketState, settings: Settings) -> Bucket:
    platform = settings.platform
    return bucket(state.url, platform.project if isinstance(platform, Gke) else None)


def with_bucket(
    place: Place,
    settings: Settings,
    folder: Path,
    tools: Mapping[str, Path],
    observe: Observer,
    confirm: Confirm,
) -> Place:
    state = narrowed(place.state, BucketState)
    platform = settings.platform
    region = state.region or (None if isinstance(platform, Existing) else platform.region)
    if region is None:
        raise Refused(f"state.region: the bucket {place.backend.where} is missing, and nothing says where to make it")
    if not confirm(f"The bucket {place.backend.where} for the state does not exist. Make it in {region}?"):
        raise Refused(f"state.url: without the bucket {place.backend.where} there is no place for the state")
    with phase(observe, "bucket", "make the state's bucket") as current:
        _bucket(state, settings).make(region, labels(settings))
        current.note = "versioned, encrypted, closed to the public; `down` leaves it"
    return place_of(state, settings, folder, tools)
