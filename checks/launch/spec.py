"""From what a person types to what BinderHub's launch address wants: a provider and an encoded spec.

The rules of each provider's spec are BinderHub's own (`binderhub/repoproviders.py`): GitHub's is split at its first
two slashes and not decoded, those of GitLab and plain Git are split at the first slash and decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

DEFAULT_REF = "HEAD"
"""The repository's default branch, for every provider that has branches."""

_DOI_PROVIDERS = {
    "10.5281/zenodo.": "zenodo",
    "10.6084/m9.figshare.": "figshare",
    "10.7910/dvn/": "dataverse",
    "10.4211/hs.": "hydroshare",
}


class NotARepository(ValueError):
    """The text names nothing that can be launched; the message says what to write."""


@dataclass(frozen=True)
class Spec:
    """A repository as a BinderHub takes it."""

    provider: str
    """`gh`, `gl`, `gist`, `git`, `zenodo`, `figshare`, `dataverse`, `hydroshare`."""
    path: str
    """Encoded, as it stands in the address."""
    repository: str
    """For people: `owner/repo`, an address or a DOI."""

    def __str__(self) -> str:
        return f"{self.provider}/{self.path}"


def parse(text: str, ref: str | None = None) -> Spec:
    """`owner/repo`, an address at GitHub, GitLab or any Git server, a gist, a DOI; `ref` is a branch, tag or commit.

    Raises `NotARepository`.
    """
    text = text.strip().rstrip("/")
    doi = re.fullmatch(r"(?:doi:|(?:https?://)?(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", text, re.IGNORECASE)
    if doi:
        return _data(unquote(doi[1]), ref)
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/[\w.-]+", text):
        return _github([*text.split("/")], ref)
    if ssh := re.fullmatch(r"[\w.-]+@([\w.-]+):(?!//)(\S+)", text):
        return _at(ssh[1], ssh[2], text, ref)
    if "://" not in text and re.match(r"[\w-]+(\.[\w-]+)+/\S", text):
        text = f"https://{text}"
    parts = urlsplit(text)
    if not re.fullmatch(r"https?|ssh|git", parts.scheme) or not parts.hostname or re.search(r"\s", text):
        raise NotARepository(
            "not a repository: write OWNER/REPOSITORY (GitHub), the address of a Git repository, or a DOI"
        )
    if parts.password or (parts.username and parts.scheme != "ssh"):
        raise NotARepository(
            "the address holds a user name or a password: leave it out; private repositories are read with the "
            "credentials that the Binder itself has"
        )
    return _at(parts.hostname, parts.path, text, ref)


def _at(host: str, path: str, text: str, ref: str | None) -> Spec:
    """A path at a host; `text` is the whole address, for hosts that BinderHub does not know by name."""
    segments = [part for part in unquote(path).split("/") if part]
    match host.lower().removeprefix("www."):
        case "github.com":
            return _github(segments, ref)
        case "gist.github.com":
            return _gist(segments, ref)
        case "gitlab.com":
            return _gitlab(segments, ref)
        case "zenodo.org" if len(segments) >= 2 and segments[0] in ("record", "records"):
            return _data(f"10.5281/zenodo.{segments[1]}", ref)
    return Spec("git", f"{quote(text, safe='')}/{quote(ref or DEFAULT_REF, safe='')}", text)


def _github(segments: list[str], ref: str | None) -> Spec:
    if len(segments) < 2:
        raise NotARepository("the address names no repository: write https://github.com/OWNER/REPOSITORY")
    owner, repository = segments[0], segments[1].removesuffix(".git")
    ref = ref or _ref_in(segments[2:])
    return Spec("gh", f"{quote(owner)}/{quote(repository)}/{quote(ref, safe='/')}", f"{owner}/{repository}")


def _gitlab(segments: list[str], ref: str | None) -> Spec:
    end = segments.index("-") if "-" in segments else len(segments)
    namespace = "/".join(segments[:end]).removesuffix(".git")
    if "/" not in namespace:
        raise NotARepository("the address names no repository: write https://gitlab.com/GROUP/REPOSITORY")
    ref = ref or _ref_in(segments[end + 1 :])
    return Spec("gl", f"{quote(namespace, safe='')}/{quote(ref, safe='')}", f"gitlab.com/{namespace}")


def _gist(segments: list[str], ref: str | None) -> Spec:
    if len(segments) < 2:
        raise NotARepository("the address names no gist: write https://gist.github.com/USER/ID")
    commit = ref or (segments[2] if len(segments) > 2 else DEFAULT_REF)
    name = f"{segments[0]}/{segments[1].removesuffix('.git')}"
    return Spec("gist", f"{quote(name)}/{quote(commit, safe='')}", f"gist {name}")


def _data(doi: str, ref: str | None) -> Spec:
    if ref:
        raise NotARepository("--ref does not go with a DOI: each version has a DOI of its own")
    for prefix, provider in _DOI_PROVIDERS.items():
        if doi.lower().startswith(prefix):
            return Spec(provider, quote(doi, safe="/"), f"doi:{doi}")
    raise NotARepository(f"a Binder opens DOIs of {', '.join(_DOI_PROVIDERS.values())} only: give the Git repository")


def _ref_in(rest: list[str]) -> str:
    """The branch in the rest of an address such as `tree/main`."""
    if not rest:
        return DEFAULT_REF
    if len(rest) == 2 and rest[0] in ("tree", "commit"):
        return rest[1]
    raise NotARepository(
        "where the branch ends and a path begins cannot be told from this address: give that of the repository, and "
        "the branch with --ref"
    )
