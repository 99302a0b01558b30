"""The sweep on Google Cloud: what of a deployment still exists after `down`.

Asks the cloud, not the state: what controllers made inside the cluster (load balancers, disks) was never in it.
Something is ours by label, by our mark in its description, by its exact physical name, or because it hangs on
something of ours. What a cluster's controllers made for a namespace of ours, without further proof, counts only if
no cluster is left in the project that could still own it.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from binder_deploy.ops.leftovers.asking import NotAsked
from binder_deploy.ops.leftovers.gcp_kinds import Kind, kinds
from binder_deploy.ops.leftovers.google_api import GoogleApi, Thing
from binder_deploy.settings.leftovers import Leftover, Sweep, Unasked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import (
    BINDER_NAMESPACE,
    CERT_MANAGER_NAMESPACE,
    MONITORING_NAMESPACE,
    OWNER_LABEL,
    TRAEFIK_NAMESPACE,
    Names,
)

_NAMESPACES = {BINDER_NAMESPACE, TRAEFIK_NAMESPACE, CERT_MANAGER_NAMESPACE, MONITORING_NAMESPACE}
_LABELS = ("labels", "resourceLabels", "userLabels")
_CLUSTER_LABEL = "goog-k8s-cluster-name"
"""GKE puts it on the machines and disks of a cluster."""


def sweep(settings: Settings, api: GoogleApi) -> Sweep:
    """Everything of this deployment that still exists in its project, and every kind that could not be asked.

    Asks all lists at the same time. An API that refuses or does not answer raises nothing: that kind is then
    `Unasked`, never none. Raises `NoCredentials` when nobody is logged in.
    """
    asked = kinds(settings, api)
    with ThreadPoolExecutor(max_workers=len(asked), thread_name_prefix="sweep") as pool:
        answers = dict(zip(asked, pool.map(_ask, asked), strict=True))
    unasked = tuple(Unasked(kind.name, answer) for kind, answer in answers.items() if isinstance(answer, str))
    things = {kind: answer for kind, answer in answers.items() if not isinstance(answer, str)}
    clusters = next((found for kind, found in things.items() if kind.name == "cluster"), None)
    owner = _Owner(
        deployment=settings.name,
        network=Names(settings.name).network,
        addresses=_our_addresses(settings, things),
        alone=clusters is not None and not clusters,
    )
    found = tuple(
        _leftover(kind, thing, reason)
        for kind, every in things.items()
        for thing in every
        if (reason := owner.reason(kind, thing))
    )
    return Sweep(found, unasked)


def _ask(kind: Kind) -> tuple[Thing, ...] | str:
    """The things, or why they could not be had."""
    try:
        return tuple(kind.list())
    except NotAsked as why:
        return str(why)


def _our_addresses(settings: Settings, things: dict[Kind, tuple[Thing, ...]]) -> frozenset[str]:
    """The reserved address, as an IP: a forwarding rule on it is ours."""
    ours = Names(settings.name).address
    return frozenset(
        str(thing.get("address"))
        for kind, every in things.items()
        if kind.name == "address"
        for thing in every
        if thing.get("name") == ours
    )


@dataclass(frozen=True)
class _Owner:
    """Tells ours from other people's."""

    deployment: str
    network: str
    addresses: frozenset[str]
    alone: bool
    """No cluster is left in the project: what controllers made has no other owner."""

    def reason(self, kind: Kind, thing: Thing) -> str:
        """Why it is ours, or nothing."""
        labels = {k: v for field in _LABELS for k, v in (thing.get(field) or {}).items()}
        if labels.get(OWNER_LABEL) == self.deployment:
            return f"label {OWNER_LABEL}={self.deployment}"
        if labels.get(_CLUSTER_LABEL) == self.deployment:
            return f"label {_CLUSTER_LABEL}={self.deployment}"
        description = str(thing.get("description") or "")
        if description.strip() == f"{OWNER_LABEL}={self.deployment}":
            return "our mark in its description"
        if _name(thing) in kind.names:
            return "named as this deployment names it"
        if _last(thing.get("network")) == self.network:
            return f"in our network {self.network}"
        if thing.get("IPAddress") in self.addresses:
            return "on our reserved address"
        served = _served(description)
        if self.alone and served.partition("/")[0] in _NAMESPACES:
            return f"made by a cluster for {served}, and no cluster is left in the project"
        return ""


def _served(description: str) -> str:
    """`namespace/name` of the Service or claim that GKE's controllers made this for: they note it as JSON."""
    try:
        notes = json.loads(description)
    except ValueError:
        return ""
    if not isinstance(notes, dict):
        return ""
    claim = notes.get("kubernetes.io/created-for/pvc/name")
    if claim:
        return f"{notes.get('kubernetes.io/created-for/pvc/namespace', '')}/{claim}"
    return str(notes.get("kubernetes.io/service-name") or notes.get("networking.gke.io/service-name") or "")


def _name(thing: Thing) -> str:
    """A service account is named by its e-mail address, a repository by the last part of its path, what has a number by
    what it is called."""
    return str(thing.get("email") or thing.get("displayName") or _last(thing.get("name")))


def _last(path: object) -> str:
    return str(path or "").rpartition("/")[2]


def _leftover(kind: Kind, thing: Thing, reason: str) -> Leftover:
    where = next((f"--{scope} {_last(thing[scope])}" for scope in ("zone", "region") if thing.get(scope)), "--global")
    path = str(thing.get("name", "")).split("/")
    location = thing.get("location") or (path[path.index("locations") + 1] if "locations" in path else "")
    numbered = str(thing["name"]) if "{id}" in kind.remove else ""
    arguments = kind.remove.format(
        name=_name(thing), where=where, location=location, type=thing.get("type", ""), id=_last(numbered)
    )
    return Leftover(
        kind=kind.name,
        name=_name(thing),
        reason=f"{reason}; {kind.cost}",
        command=f"gcloud {arguments} --project {kind.project} --quiet",
        id=numbered,
        called=_name(thing) if numbered else "",
    )
