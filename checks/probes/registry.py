"""Asking the registry what BinderHub will ask it, with the logins of the settings and of the cluster.

Passwords stay in here: facts carry what the registry said.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from binder_deploy.checks.facts import registry as r
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.registry.ask import may_push, may_read
from binder_deploy.checks.registry.model import Registry
from binder_deploy.checks.registry.names import api, asked_by_binderhub, host_of, path_of
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, HostedRegistry, OciRegistry
from binder_deploy.settings.secrets import resolve

if TYPE_CHECKING:
    from binder_deploy.checks.probes.kube import Kube

Api = Callable[[str], str]
"""Host in an image's name → where its API is."""

PROBE_IMAGE = "binder-deploy-probe"
"""Goes behind the prefix: one name for ever, since some registries keep an empty place for what was asked."""
_TAG = "none"
_TIMEOUT_S = 40.0
"""Up to five requests of eight seconds."""
_PULL_SECRET = "image-pull-secret"  # noqa: S105 its name
"""What JupyterHub's chart calls the pull secret that it makes."""


def probes(given: Given, api: Api = api) -> dict[Key[Any], Probe[Any]]:
    """Probes for what the settings, and the cluster if there is one, hold to log in with."""
    found: dict[Key[Any], Callable[[], Any]] = {
        r.PLANNED_PUSH: partial(planned_push, given, api),
        r.PLANNED_READ: partial(planned_read, given, api),
    }
    # Of these two the cloud is asked, where the registry is the cloud's.
    if not isinstance(given.settings.registry, Ecr):
        found[r.CREATION] = lambda: None
    if not isinstance(given.settings.registry, Ecr | ArtifactRegistry):
        found[r.RETENTION] = lambda: None
    if given.kubeconfig:
        # Here, not above: importing the Kubernetes client takes most of a second.
        from binder_deploy.checks.probes.kube import Kube

        kube = Kube(given.kubeconfig)
        found |= {
            r.LOGINS: partial(logins, kube),
            r.PUSH: partial(push, kube, api),
            r.READ: partial(read, kube, given, api),
            r.PULL: partial(pull, kube, given, api),
        }
    return {key: Probe(collect, timeout_s=_TIMEOUT_S) for key, collect in found.items()}


def planned_push(given: Given, api: Api) -> r.Answer | None:
    """What `registry.push` is allowed to. Raises `SettingsError`, `NoAnswer`."""
    login = _planned(given, api, "push")
    return may_push(login, path_of(image_prefix(given.settings)) + PROBE_IMAGE) if login else None


def planned_read(given: Given, api: Api) -> r.Answer | None:
    """What `registry.pull`, or else `registry.push`, is allowed to. Raises `SettingsError`, `NoAnswer`."""
    login = _planned(given, api, "pull") or _planned(given, api, "push")
    return may_read(login, path_of(image_prefix(given.settings)) + PROBE_IMAGE, _TAG) if login else None


def logins(kube: Kube) -> r.BinderLogins:
    """For which registries BinderHub has a login, in the order in which it sees them."""
    _, url = _reads_from(kube)
    auths = _auths(_secret(kube, "binder-build-docker-config", "config.json"))
    shapes = {host: r.LoginShape(login.username, bool(login.password)) for host, login in auths.items()}
    return r.BinderLogins(shapes, host_of(url) if url else None)


def push(kube: Kube, api: Api) -> r.Answer | None:
    """What the daemon that pushes is allowed to. Raises `NoAnswer`, or `LookupError` for an incomplete Secret."""
    prefix = _prefix(kube)
    login = _auths(_secret(kube, "binder-build-docker-config", "config.json"), api).get(host_of(prefix))
    if login is None or not login.password:
        return None
    return may_push(login, path_of(prefix) + PROBE_IMAGE)


def read(kube: Kube, given: Given, api: Api) -> r.Answer | None:
    """What BinderHub is told when it looks for an image. Raises as `push` does."""
    config, url = _reads_from(kube)
    auths = _auths(_secret(kube, "binder-build-docker-config", "config.json"), api)
    host = host_of(url) if url else next(iter(auths), "")
    # What its own section leaves out BinderHub takes from the daemon's file.
    other = auths.get(host)
    username = config.get("username") or (other.username if other else "")
    password = config.get("password") or (other.password if other else "")
    if not password and _by_identity(given):
        return None
    registry = Registry(api(host), username if password else "", password, str(config.get("token_url") or ""))
    return may_read(registry, asked_by_binderhub(_prefix(kube) + PROBE_IMAGE), _TAG)


def pull(kube: Kube, given: Given, api: Api) -> r.Pull | None:
    """What a node is told that pulls an image, of a pod if there is one. Raises as `push` does."""
    prefix = _prefix(kube)
    host = host_of(prefix)
    image, tag, exists = f"{prefix}{PROBE_IMAGE}", _TAG, False
    for pod in kube.items(f"/api/v1/namespaces/{kube.binder}/pods"):
        for container in pod["spec"]["containers"]:
            if container["image"].startswith(prefix):
                (image, _, tag), exists = container["image"].rpartition(":"), True
    for name in _pull_secrets(kube):
        login = _auths(_secret(kube, name, ".dockerconfigjson"), api).get(host)
        if login:
            return r.Pull(may_read(login, path_of(image), tag), name, exists)
    if _by_identity(given):
        return None
    return r.Pull(may_read(Registry(api(host)), path_of(image), tag), "", exists)


def _planned(given: Given, api: Api, which: str) -> Registry | None:
    registry = given.settings.registry
    login = getattr(registry, which) if isinstance(registry, HostedRegistry | OciRegistry) else None
    if login is None:
        return None
    password = resolve(login.password, f"registry.{which}.password", given.folder)
    return Registry(api(host_of(image_prefix(given.settings))), login.username, password)


def _by_identity(given: Given) -> bool:
    return isinstance(given.settings.registry, ArtifactRegistry | Ecr)


def _auths(docker_config: str, api: Api = api) -> dict[str, Registry]:
    """Host → login of a Docker configuration, in its order."""
    found = {}
    for address, entry in (json.loads(docker_config).get("auths") or {}).items():
        username, password = entry.get("username", ""), entry.get("password", "")
        if entry.get("auth"):
            username, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        host = host_of(address)
        found[host] = Registry(api(host), username, password)
    return found


def _binder_values(kube: Kube) -> Mapping[str, Any]:
    values = YAML(typ="safe").load(_secret(kube, "binder-secret", "values.yaml")) or {}
    return values.get("config") or {}


def _reads_from(kube: Kube) -> tuple[Mapping[str, Any], str]:
    """`config.DockerRegistry`, and its URL, which may be missing."""
    config = _binder_values(kube).get("DockerRegistry") or {}
    return config, str(config.get("url") or "")


def _prefix(kube: Kube) -> str:
    prefix = (_binder_values(kube).get("BinderHub") or {}).get("image_prefix")
    if not prefix:
        raise LookupError("BinderHub has no image_prefix")
    return str(prefix)


def _pull_secrets(kube: Kube) -> Iterator[str]:
    """Names of the pull secrets that servers get, as JupyterHub's chart takes them from its values."""
    values = YAML(typ="safe").load(_secret(kube, "hub", "values.yaml")) or {}
    if (values.get("imagePullSecret") or {}).get("create"):
        yield _PULL_SECRET
    image = (values.get("singleuser") or {}).get("image") or {}
    for named in (*(values.get("imagePullSecrets") or ()), *(image.get("pullSecrets") or ())):
        yield named["name"] if isinstance(named, dict) else str(named)


def _secret(kube: Kube, name: str, key: str) -> str:
    data = kube.get(f"/api/v1/namespaces/{kube.binder}/secrets/{name}").get("data") or {}
    if key not in data:
        raise LookupError(f"Secret {kube.binder}/{name} has no {key}")
    return base64.b64decode(data[key]).decode()
