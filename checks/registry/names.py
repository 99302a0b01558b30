"""Names of images: what BinderHub makes of a prefix, and what registries take. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

DOCKER_HUB = "docker.io"
_HUB_ALIASES = ("docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com", "registry.hub.docker.com")
_HUB_API = "https://registry-1.docker.io"
_RETIRED = re.compile(r"((us|eu|asia)\.)?gcr\.io")
_ARTIFACT_REGISTRY = re.compile(r"[a-z0-9-]+-docker\.pkg\.dev")
_LIKE_DOCKER_HUB = re.compile(r"[a-z0-9]{4,40}/[a-z0-9._-]{2,255}")
"""What BinderHub takes for a name on Docker Hub, that has no host in front."""
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
"""One level of a name, as the distribution specification has it."""
_SAMPLE = "owner-2drepository-abc123"


class Problem(NamedTuple):
    """What is wrong with a prefix, and what to write instead."""

    what: str
    remedy: str


def host_of(address: str) -> str:
    """Host (and port) of an URL or of an image's name; Docker Hub's many names are one."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    host = parts.netloc.rpartition("@")[2].lower()
    return DOCKER_HUB if host in _HUB_ALIASES else host


def api(host: str) -> str:
    """Where the API of a registry is."""
    return _HUB_API if host == DOCKER_HUB else f"https://{host}"


def path_of(prefix: str) -> str:
    """What stands behind the host in a full name."""
    return prefix.partition("/")[2]


def asked_by_binderhub(image: str) -> str:
    """The name that BinderHub asks a registry for when it looks for `image` (no tag).

    It leaves out the first level, unless two short ones look like a name on Docker Hub.
    """
    return image if _LIKE_DOCKER_HUB.fullmatch(image) else path_of(image)


def wrong_with(prefix: str) -> Problem | None:
    """Why images cannot be named so, if they cannot."""
    host, path = host_of(prefix), path_of(prefix)
    if "@" in prefix:
        return Problem("it has an @, as an e-mail address has", "write the name of the account or organisation instead")
    if not re.search(r"[.:]", host) and host != "localhost":
        return Problem("it does not begin with a registry's host", "put the host in front, docker.io too")
    if _RETIRED.fullmatch(host):
        return Problem(
            f"{host} was Google's Container Registry, which was shut down in 2025",
            "use registry.kind: artifact-registry, or another registry",
        )
    if not prefix.endswith(("-", "/")):
        return Problem(
            "it ends neither in - nor in /: it would run into the repository's name", "end it in - (`r2d-`) or in /"
        )
    if not all(_COMPONENT.fullmatch(level) for level in f"{path}{_SAMPLE}".split("/")):
        return Problem(
            "registries take lower case letters, digits and single . _ - between them, nothing else",
            "write it in lower case, without other characters and without an empty level",
        )
    levels = path.count("/")
    if _ARTIFACT_REGISTRY.fullmatch(host) and levels < 2:
        return Problem(
            "Artifact Registry wants HOST/PROJECT/REPOSITORY/ before an image's name", "name project and repository"
        )
    if host == DOCKER_HUB and levels != 1:
        return Problem(
            "Docker Hub has exactly one level, the user or organisation, before an image's name",
            "write the user or organisation alone",
        )
    if levels < 1 and host.endswith(("ghcr.io", "quay.io")):
        return Problem(f"{host} wants the owner before an image's name", "name the user or organisation")
    return None
