"""People's servers: room for them, their images, their end."""

from __future__ import annotations

from datetime import datetime, timedelta

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import binder, condition, labels, listing, name, namespace, ours, path, spec, status
from binder_deploy.settings.existing import Existing

SERVER, BUILD = "singleuser-server", "binderhub-build"
_POOL_OF = {SERVER: "user", BUILD: "build"}
_NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
_GRACE = timedelta(minutes=30)
"""The culler looks every few minutes, and stopping takes a while."""


def no_pool_is_full(facts: Facts) -> Verdict:
    """Nobody waits for a node of a pool that is at its largest."""
    platform = facts[f.SETTINGS].platform
    if isinstance(platform, Existing):
        return Skipped("not applicable", "the cluster's nodes are not ours to count")
    waiting = dict.fromkeys(_POOL_OF.values(), 0)
    for pod in ours(facts, f.PODS):
        role = _POOL_OF.get(labels(pod).get("component", ""))
        if role and condition(pod, "PodScheduled").get("status") == "False":
            waiting[role] += 1
    present = {role: sum(labels(n).get(POOL_LABEL) == role for n in facts[f.NODES]) for role in waiting}
    most = {role: getattr(platform.pools, role).max for role in waiting}
    full = [role for role in waiting if waiting[role] and present[role] >= most[role]]
    if full:
        role = full[0]
        return Warned(
            f"{waiting[role]} pods wait for a {role} node, and all {most[role]} that platform.pools.{role}.max allows "
            "are there: launches time out",
            f"raise platform.pools.{role}.max, or lower binder.max_servers so that people are refused instead",
        )
    return Passed(", ".join(f"{present[role]} of {most[role]} {role} nodes" for role in waiting))


def no_server_is_too_old(facts: Facts) -> Verdict:
    """No server lives longer than the hub lets it: else the culler does not do its work."""
    hours = facts[f.SETTINGS].hub.culling.max_age_hours
    if not hours:
        return Skipped("not applicable", "hub.culling.max_age_hours is 0: servers may live for ever")
    oldest_allowed = facts[living.NOW] - timedelta(hours=hours) - _GRACE
    old = [
        path(pod)
        for pod in ours(facts, f.PODS)
        if labels(pod).get("component") == SERVER
        and datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) < oldest_allowed
    ]
    if old:
        return Failed(
            f"older than hub.culling.max_age_hours ({hours}) allows: {listing(old)}; the culler does not end them, and "
            "they keep their nodes",
            f"kubectl -n {binder(facts)} logs deploy/hub | grep cull shows why (403: it lacks a role); then run "
            "`binder-deploy up` again",
        )
    return Passed()


def images_can_be_pulled(facts: Facts) -> Verdict:
    """No pod waits for an image that the node cannot get."""
    stuck = []
    for pod in sorted(ours(facts, living.POD_STATES), key=path):
        for state in (*(status(pod).get("initContainerStatuses") or ()), *(status(pod).get("containerStatuses") or ())):
            why = ((state.get("state") or {}).get("waiting") or {}).get("reason")
            if why in _NO_IMAGE:
                stuck.append((pod, str(state.get("image") or spec(pod)["containers"][0]["image"]), why))
    if stuck:
        pod, image, why = stuck[0]
        return Failed(
            f"pod {path(pod)} cannot get {image} ({why})"
            + (f", and {len(stuck) - 1} containers more" if len(stuck) > 1 else ""),
            f"kubectl -n {namespace(pod)} describe pod {name(pod)} shows the registry's answer: 401 or 403 is a right "
            "that the nodes' account lacks (`registry`), 404 an image that was never pushed, 429 a limit of Docker Hub",
        )
    return Passed()
