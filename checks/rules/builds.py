"""Image builds: where they run, and what they cannot do there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts.deployment import Object, Objects
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import binder, labels, listing, name, namespace, path, selects, spec, status, template
from binder_deploy.settings.existing import Existing

_AGAIN = "run `binder-deploy up` again"
_VALUES = f"look in charts.binder-service.values for what changes it, then {_AGAIN}"
_DAEMONS = ("dind", "pink", "docker", "podman")


def builds_have_their_nodes(facts: Facts) -> Verdict:
    """Builds insist on nodes that are for builds, none of them with accelerators."""
    selector = facts[f.BINDER_CONFIG].build_nodes
    if not selector and isinstance(facts[f.SETTINGS].platform, Existing):
        return Warned(
            "builds, and a privileged builder, go to every node there is: platform.nodes.build names none",
            f"label some nodes, write the label to platform.nodes.build, then {_AGAIN}",
        )
    remedy = f"remove config.BinderHub.build_node_selector from charts.binder-service.values, then {_AGAIN}"
    if not selector:
        return Failed(
            "BinderHub has no build_node_selector: builds, and a privileged builder, go to every node there is; with "
            "an accelerator pool a build starts its most expensive machine",
            remedy,
        )
    chosen = [n for n in facts[f.NODES] if selects(selector, labels(n))]
    others = [n for n in chosen if labels(n).get(POOL_LABEL, "build") != "build"]
    if others:
        return Failed(
            f"builds go to {listing(map(name, others))}, which {'is a' if len(others) == 1 else 'are'} "
            f"{listing(labels(n)[POOL_LABEL] for n in others)} node{'s' if len(others) > 1 else ''}",
            remedy,
        )
    costly = [name(n) for n in chosen if any("/gpu" in key for key in status(n).get("allocatable") or {})]
    if costly:
        return Failed(f"builds go to nodes with accelerators: {listing(costly)}", remedy)
    return Passed(", ".join(f"{key}={value}" for key, value in selector.items()))


def every_build_node_builds(facts: Facts) -> Verdict:
    """Each node that takes builds has its builder: a build without one waits for a socket that never comes."""
    selector = facts[f.BINDER_CONFIG].build_nodes or {}
    nodes = {name(n) for n in facts[f.NODES] if selects(selector, labels(n))}
    if not nodes:
        return Skipped("not applicable", "there is no build node at this moment")
    served = {
        spec(pod).get("nodeName")
        for pod in facts[f.PODS]
        if namespace(pod) == binder(facts) and labels(pod).get("component") == "image-builder"
    }
    bare = nodes - served
    if bare:
        return Failed(
            f"no builder on {listing(bare)}: builds there cannot connect to the Docker daemon",
            f"kubectl -n {binder(facts)} describe daemonset shows whether the builder tolerates the nodes' taints; "
            f"remove tolerations and affinity from charts.binder-service.values, then {_AGAIN}",
        )
    return Passed(f"{len(nodes)} nodes")


def builds_are_bounded(facts: Facts) -> Verdict:
    """The builder has a memory limit: builds run in it, so that is the only limit that they have."""
    daemons = _daemon_sets(facts[f.WORKLOADS], binder(facts), "image-builder")
    if not daemons:
        return Skipped("not applicable", "there is no builder (BD-BND-002 says why that matters)")
    open_ended = [
        f"{path(daemon)} ({container['name']})"
        for daemon in daemons
        for container in spec(template(daemon)).get("containers") or ()
        if container["name"] in _DAEMONS and not _limit(container, "memory")
    ]
    if open_ended:
        return Failed(
            f"no memory limit on the builder: {listing(open_ended)}; one large build takes the node down, with all "
            "builds on it",
            f"set binder.builds.daemon.memory_limit; {_VALUES}",
        )
    return Passed()


def cleaner_cleans(facts: Facts) -> Verdict:
    """The image cleaner runs where the builder runs and looks at the builder's own folder."""
    builders = _daemon_sets(facts[f.WORKLOADS], binder(facts), "image-builder")
    if not builders:
        return Skipped("not applicable", "there is no builder (BD-BND-002 says why that matters)")
    cleaners = _daemon_sets(facts[f.WORKLOADS], binder(facts), "image-cleaner")
    if not cleaners:
        return Failed(
            "there is no image cleaner: build nodes fill up until the disk is full and builds end",
            f"remove imageCleaner from charts.binder-service.values, then {_AGAIN}",
        )
    builder, cleaner = builders[0], cleaners[0]
    wanted, given = (dict(spec(template(w)).get("nodeSelector") or {}) for w in (builder, cleaner))
    if wanted != given:
        return Failed(f"DaemonSet {path(cleaner)} runs on {given or 'all nodes'}, the builder on {wanted}", _VALUES)
    stores, looked_at = _folders(builder), _folders(cleaner)
    if not any(_within(a, b) for a in stores for b in looked_at):
        return Failed(
            f"DaemonSet {path(cleaner)} looks at {listing(map(str, looked_at)) or 'no folder'}, the builder keeps "
            f"images in {listing(map(str, stores))}: nothing is ever cleaned",
            f"remove imageCleaner and hostLibDir from charts.binder-service.values, then {_AGAIN}",
        )
    return Passed()


def _daemon_sets(workloads: Objects, where: str, component: str) -> list[Object]:
    return [
        w
        for w in workloads
        if w.get("kind") == "DaemonSet" and namespace(w) == where and labels(template(w)).get("component") == component
    ]


def _limit(container: Mapping[str, Any], resource: str) -> Any:
    return ((container.get("resources") or {}).get("limits") or {}).get(resource)


def _folders(daemon: Object) -> set[PurePosixPath]:
    """Folders of the node that hold data (not sockets) in a DaemonSet's pods."""
    found = {
        PurePosixPath(volume["hostPath"]["path"])
        for volume in spec(template(daemon)).get("volumes") or ()
        if "hostPath" in volume
    }
    return {folder for folder in found if not folder.is_relative_to("/var/run") and not folder.is_relative_to("/run")}


def _within(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
