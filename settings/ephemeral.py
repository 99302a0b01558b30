"""From a deployment's settings to those of a short-lived one beside it: for a pull request, for as long as it is open.

It has names, hosts, state and images of its own and is small. What it cannot have of its own is refused, so that it
can never touch the deployment that it is derived from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import HostedRegistry

EXPIRES = "expires"
"""Tag on everything of a short-lived deployment: the day (UTC) after which it is swept away, `2027-01-31`."""
FOLDER = "previews"
"""Below the base's place in the bucket: a sweep that looks here cannot even see the base's state."""
LONGEST_NAME = 20
_PLACE = ("kind", "url", "organization")
"""Settings of a state that say where it lies."""
_FOLDERS = {"ghcr": "namespace", "oci": "path", "harbor": "path"}
"""Registries that have folders → the setting that names one."""
_ENTRANCE = ("ingress_class", "cert_manager", "load_balancer", "address")
_CLOUD_ZONES = ("cloud-dns", "route53")
_CLOUDS_OWN = {"gke": "artifact-registry", "eks": "ecr"}
SERVERS = 4
"""People who try a pull request at one time."""

Data = Mapping[str, Any]


def name_of(base: str, number: int) -> str:
    """`BASE-pr-NUMBER`; a base that is too long for that is cut, and told from its like by a digest."""
    end = f"-pr-{number}"
    if len(base) + len(end) <= LONGEST_NAME:
        return f"{base}{end}"
    mark = hashlib.sha256(base.encode()).hexdigest()[:3]
    return f"{base[: LONGEST_NAME - len(end) - len(mark)].rstrip('-')}{mark}{end}"


def number_in(base: str, name: str) -> int | None:
    """The pull request of a deployment of that name; None if it is not one that `name_of` made of this base."""
    found = re.search(r"-pr-([0-9]+)$", name)
    number = int(found[1]) if found else None
    return number if number is not None and name_of(base, number) == name else None


def expires_of(settings: Settings) -> str | None:
    """The day after which it is swept away; None for a deployment that is to stay."""
    return settings.tags.get(EXPIRES)


def last_day(now: datetime, hours: float) -> str:
    """The day on which these hours end, as a tag says it."""
    return f"{(now + timedelta(hours=hours)).astimezone(UTC):%Y-%m-%d}"


def expired(day: str, now: datetime) -> bool:
    """Whether that day is over. A text that is no day counts as over: nobody would ever remove it."""
    try:
        return now.astimezone(UTC).date() > datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return True


def derived(
    base: Settings, given: Data, number: int, day: str, overlay: Data, folder: Path, *, own_cluster: bool = False
) -> dict[str, Any]:
    """The sections of `binder.yaml` for pull request `number`, to be validated by the caller.

    `given` is what the base's file says, `base` the same understood; `overlay` is merged last. Paths become absolute,
    since the new file lies elsewhere. It is a namespace in a cluster that previews share, unless it may have a cluster
    of its own. Raises `SettingsError` for what would be shared with the base, and for a cluster that nobody asked for.
    """
    name, part = name_of(base.name, number), f"pr-{number}"
    own = {
        "name": name,
        "tags": {**base.tags, EXPIRES: day, "pull-request": str(number)},
        "state": place_of_all(base),
        "address": _address(base, part, overlay.get("platform", {}).get("kind", base.platform.kind)),
        "tls": _tls(base),
        "registry": _registry(base, part),
        "binder": {
            "max_servers": min(base.binder.max_servers, SERVERS),
            "per_repo": min(base.binder.per_repo or SERVERS, SERVERS),
        },
        "hub": {"placeholders": 0},
        "platform": _platform(base),
    }
    start = {key: value for key, value in given.items() if key != "budget"}  # an alert for days would be noise
    if not own_cluster:
        start = _without_a_cluster(start)
    found = merged(_rooted(merged(start, own), folder), _rooted(overlay, folder))
    _tell_apart(found, overlay, part)
    if found["platform"].get("kind") == "existing":
        found["platform"] = {"shared": not own_cluster, **found["platform"]}
    _refuse_sharing(base, found, number)
    if not own_cluster and not found["platform"].get("shared"):
        raise _no_cluster_to_share(found["platform"])
    _refuse_another_identity(base, found, own)
    return found


def _without_a_cluster(given: Data) -> dict[str, Any]:
    """Without what looks at a whole cluster, and how people reach the deployment's own: its entrance is another one."""
    platform = {key: value for key, value in given["platform"].items() if key not in _ENTRANCE}
    return {**{key: value for key, value in given.items() if key != "monitoring"}, "platform": platform}


def _tell_apart(found: dict[str, Any], overlay: Data, part: str) -> None:
    """What the overlay says is the same for every pull request: hosts and folders of images must not be."""
    if domain := overlay.get("address", {}).get("domain"):
        found["address"]["domain"] = f"{part}.{domain}"
    where = _FOLDERS.get(found["registry"].get("kind", ""), "")
    if folder := overlay.get("registry", {}).get(where):
        found["registry"][where] = f"{folder}/{part}"


def merged(below: Data, above: Data) -> dict[str, Any]:
    """Section by section, `above` last. A section of another `kind` replaces the whole of the one below it."""
    found = dict(below)
    for key, value in above.items():
        there = found.get(key)
        same = isinstance(value, Mapping) and isinstance(there, Mapping) and _kind(value, there) == there.get("kind")
        found[key] = merged(there, value) if same else value  # type: ignore[arg-type]
    return found


def _kind(above: Data, below: Data) -> Any:
    return above.get("kind", below.get("kind"))


def place_of_all(base: Settings) -> Data:
    """What differs in `state` from the base's. Raises `SettingsError` for a local one."""
    match base.state.kind:
        case "bucket":
            return {"url": f"{base.state.url.rstrip('/')}/{FOLDER}"}
        case "pulumi-cloud":
            return {}
    raise SettingsError.one(
        "state.kind",
        "is local: a short-lived deployment would be forgotten with the machine that made it",
        "write `state: {kind: bucket, url: …}` (gs:// or s3://), or pulumi-cloud",
    )


def _address(base: Settings, part: str, where: str) -> Data:
    """Hosts below the base's domain; without a zone of ours nobody would make the records in time, so the bare
    address, unless people log in, which that does not allow. In a cluster that is there already a wildcard record
    leads to its entrance, whose address a cloud's zone would have to be told."""
    address = base.address
    if address.kind == "ip":
        return {"kind": "ip"}
    if where == "existing" and address.dns.kind in _CLOUD_ZONES:
        return {"domain": f"{part}.{address.domain}", "dns": {"kind": "manual"}}
    bare = address.dns.kind == "manual" and base.access.kind == "open" and where != "existing"
    return {"kind": "ip"} if bare else {"domain": f"{part}.{address.domain}"}


def _tls(base: Settings) -> Data:
    """Let's Encrypt counts certificates by domain, so the staging one; a certificate of the base names other hosts."""
    if base.tls.kind == "letsencrypt":
        return {"server": "staging"}
    return {"kind": "self-signed"}


def _registry(base: Settings, part: str) -> Data:
    """A place of its own for images: a pull request must not replace what people are served."""
    if where := _FOLDERS.get(base.registry.kind):
        return {where: f"{getattr(base.registry, where)}/{part}"}
    if base.registry.kind == "in-cluster" and base.platform.kind in _CLOUDS_OWN:
        # Nothing pulls from behind a certificate of staging, which a preview has.
        return {"kind": _CLOUDS_OWN[base.platform.kind]}
    return {}  # a cloud's own is by the deployment's name; others must be told by the overlay


def _platform(base: Settings) -> Data:
    platform = base.platform
    if platform.kind == "existing":
        return {}
    pools = platform.pools
    sizes = {
        "core": {"min": 1, "max": min(pools.core.max, 2)},
        "user": {"min": 0, "max": 1},
        "build": {"min": 0, "max": 1},
    }
    # Whole pools: where the file leaves them to the default, there is nothing to merge a size into.
    whole = pools.model_dump(mode="json")
    small = {"deletion_protection": False, "pools": {role: {**whole[role], **size} for role, size in sizes.items()}}
    return {**small, "control_plane": "zonal"} if platform.kind == "gke" else small


def _rooted(data: Data, folder: Path) -> dict[str, Any]:
    """The same with paths from the root: of secrets in files, of configuration, of the kubeconfig."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            texts = key == "extra_config"
            found[key] = {k: str(folder / v) for k, v in value.items()} if texts else _rooted(value, folder)
        elif key == "kubeconfig" and value:
            found[key] = str(folder / Path(value).expanduser())
        elif isinstance(value, str) and value.startswith("file:"):
            found[key] = f"file:{folder / value.removeprefix('file:')}"
        else:
            found[key] = value
    return found


def refuse_another(base: Settings, name: str, made: Settings) -> None:
    """Raises `SettingsError` for settings out of a state that are not of this preview: a branch's own code wrote them,
    and whoever removes by them would remove what they name."""
    place = base.state.model_copy(update=dict(place_of_all(base)))
    if made.name != name or any(_at(made.state, key) != _at(place, key) for key in _PLACE):
        raise SettingsError.one(
            "name", f"the state of {name} has the settings of another deployment: nothing is done to it",
            f"look at it with `pulumi stack export`, and remove {name} by its own settings",
        )  # fmt: skip


def _at(state: object, key: str) -> object:
    return getattr(state, key, None)


def _refuse_another_identity(base: Settings, found: Data, own: Data) -> None:
    """What the sweep knows a preview by, and people the deployment itself."""
    state = {**base.state.model_dump(), **own["state"]}
    wrong = ["name"] if found["name"] != own["name"] else []
    wrong += [f"state.{key}" for key in _PLACE if found["state"].get(key, state.get(key)) != state.get(key)]
    wrong += [f"tags.{key}" for key in (EXPIRES, "pull-request") if found["tags"].get(key) != own["tags"][key]]
    if base.address.kind == "domain" and found["address"].get("domain") == base.address.domain:
        wrong.append("address.domain")
    if wrong:
        raise SettingsError.one(
            wrong[0],
            "must be the preview's own: with another value it would be the deployment itself, or never be swept away",
            f"take {wrong[0]} out of binder.preview.yaml",
        )


def _refuse_sharing(base: Settings, found: Data, number: int) -> None:
    platform, registry = found.get("platform", {}), found.get("registry", {})
    if base.platform.kind == "existing" and platform.get("context") == base.platform.context:
        raise SettingsError.one(
            "platform.context",
            f"is the deployment's own cluster: whoever makes the preview of pull request {number} could reach the "
            "deployment's secrets there",
            "name another cluster's context in binder.preview.yaml: `platform: {context: …}`; every pull request gets "
            "a namespace there. Or write a `platform` of kind gke or eks: a cluster for each",
        )
    own = base.registry
    if isinstance(own, HostedRegistry) and own.kind != "ghcr" and registry.get("namespace") == own.namespace:
        raise SettingsError.one(
            "registry.namespace",
            f"is the deployment's own, and {own.kind} has no folders: pull request {number} would replace its images",
            "name another one in binder.preview.yaml: `registry: {namespace: …}`",
        )


def _no_cluster_to_share(platform: Data) -> SettingsError:
    why = (
        "is a cluster for one deployment alone"
        if platform.get("kind") == "existing"
        else f"is {platform.get('kind')}: a cluster for each pull request, a quarter of an hour and its price each time"
    )
    return SettingsError.one(
        "platform.kind" if platform.get("kind") != "existing" else "platform.shared",
        f"{why}; a preview is a namespace in a cluster that previews share, unless it is told otherwise",
        "name that cluster in binder.preview.yaml: `platform: {kind: existing, context: …}`, with a `registry` that is "
        "not the cloud's own; or say --own-cluster",
    )
