"""Finds the archive of every chart and proves that it is the right one before anything uses it.

Which version of a chart: `Prefer` says so. Where it is taken from: the folder that was brought along (`--bundle`), the
user's cache, the publisher, and last, in a rehearsal only, our stand-in. The digest must match what the deployment's
lock says, else what the bundle knows, else what upstream publishes; what was not recorded yet is handed back for the
lock."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from binder_deploy.charts import archive
from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import lock as locks
from binder_deploy.charts.bundle import Bundle, Source
from binder_deploy.charts.errors import ChartsError, DigestMismatch
from binder_deploy.charts.lock import Lock, Locked
from binder_deploy.charts.model import Origin
from binder_deploy.charts.upstream import Unavailable, Upstream
from binder_deploy.charts.versions import is_version, key, same


@dataclass(frozen=True)
class Archive:
    """A verified archive, or our stand-in for it."""

    name: str
    version: str
    data: bytes
    sha256: str
    origin: Origin
    source: str
    """Repository URL, `folder`, or `stand-in`: what the lock says about it."""
    dependencies: Mapping[str, str]
    """Name → version of this chart and the charts vendored in it."""
    kube_versions: Mapping[str, str]
    """Chart, vendored ones too → the Kubernetes versions that it accepts."""

    @property
    def file(self) -> str:
        """The file's name, as upstream publishes it."""
        return f"{self.name}-{self.version}.tgz"


@dataclass(frozen=True)
class Resolved:
    """Every chart of the bundle, verified."""

    bundle: str
    """Name: the lock's, as long as nothing differs from what it says."""
    archives: Mapping[str, Archive]
    new_digests: tuple[Locked, ...]
    """What the lock does not say yet. The caller writes it; a rehearsal writes nothing."""
    unused: tuple[str, ...]
    """Archives in the folder that are not part of the bundle, or older than another one there."""

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Names of the charts that are played."""
        return tuple(name for name, found in self.archives.items() if found.origin == "stand-in")


@dataclass(frozen=True)
class Event:
    """Progress, for an observer to render."""

    chart: str
    version: str
    what: str
    """`folder`, `cache`, `downloading`, `unavailable` or `stand-in`."""
    detail: str = ""


Observe = Callable[[Event], None]
Prefer = Literal["lock", "folder", "bundle"]
"""Whose version of a chart is taken. `lock`: one that the lock names stays as it is, whatever the folder brings.
`folder`: the newest one in the folder, else the lock's. `bundle`: the newest one in the folder, else the bundle's.
A chart that none of them names: the bundle's."""

_BROUGHT = "brought"
"""Part of the cache for archives that came from a folder."""
Recorded = tuple[tuple[str, str], ...]
"""Digests that an archive must have, each with the place that says so."""


def resolve(
    *,
    lock_file: Path | None,
    folder: Path | None,
    cache: Path,
    allow_stand_ins: bool,
    observe: Observe = lambda _: None,
    bundle: Bundle | None = None,
    upstream: Upstream | None = None,
    prefer: Prefer = "folder",
) -> Resolved:
    """A verified archive for every chart of the bundle.

    `lock_file` is the deployment's `binder.lock.yaml` (it need not exist). In `folder` archives are named
    `NAME-VERSION.tgz`.
    Raises `DigestMismatch`, or `ChartsError` for an archive that is damaged or cannot be had.
    """
    bundle = bundle or bundles.load()
    lock = locks.read(lock_file) if lock_file else Lock()
    held = {name: entry.version for name, entry in lock.archives.items()} if prefer == "lock" else {}
    brought, unused = _brought(folder, bundle, held)
    with contextlib.ExitStack() as stack:
        find = _Finder(
            bundle, lock, cache, upstream or stack.enter_context(Upstream()), allow_stand_ins, observe, prefer
        )
        archives = {name: find(source, brought.get(name)) for name, source in bundle.charts.items()}
    as_locked = prefer != "bundle" and all(
        same(lock.archives[a.name].version, a.version) for a in archives.values() if a.name in lock.archives
    )
    return Resolved(
        bundle=(lock.bundle if as_locked else "") or bundle.name,
        archives=archives,
        new_digests=tuple(
            Locked(a.name, a.version, a.sha256, a.source)
            for a in archives.values()
            if a.origin != "stand-in" and not _is_locked(lock, a)
        ),
        unused=unused,
    )


@dataclass(frozen=True)
class _Finder:
    bundle: Bundle
    lock: Lock
    cache: Path
    upstream: Upstream
    allow_stand_ins: bool
    observe: Observe
    prefer: Prefer

    def __call__(self, shipped: Source, brought: Path | None) -> Archive:
        if brought is not None:
            version = brought.name.removeprefix(f"{shipped.name}-").removesuffix(".tgz")
            self.observe(Event(shipped.name, version, "folder", brought.name))
            source = replace(shipped, version=version)
            found = self._verified(source, archive.load(brought), "folder", "folder", self._recorded(source))
            # So that `down` and the next `up` do not need the folder. Apart: it is found again by the digest in
            # the deployment's lock alone, never by its version, which anybody may have written on it.
            _keep(self.cache / _BROUGHT, found)
            return found
        locked = self.lock.archives.get(shipped.name)
        source = replace(shipped, version=locked.version) if locked and self.prefer != "bundle" else shipped
        recorded = self._recorded(source)
        cached = _cached(self.cache, source, recorded[0][0] if recorded else None)
        if cached is not None:
            self.observe(Event(source.name, source.version, "cache"))
            return self._verified(source, cached, "cache", source.repository, recorded)
        return self._download(source, recorded)

    def _download(self, source: Source, recorded: Recorded) -> Archive:
        self.observe(Event(source.name, source.version, "downloading", source.repository))
        try:
            got = self.upstream.fetch(source)
        except Unavailable as error:
            self.observe(Event(source.name, source.version, "unavailable", str(error)))
            if self.allow_stand_ins:
                return self._stand_in(source)
            raise ChartsError(
                f"{source.name} {source.version}",
                f"is neither in a bundle folder nor in the cache, and {error}",
                f"bring it along: put {source.name}-{source.version}.tgz into a folder and name it with --bundle"
                " (`binder-deploy bundle save DIR` makes such a folder where the publishers can be reached)",
            ) from error
        published = ((got.sha256, f"the index at {source.repository}"),)
        found = self._verified(source, got.data, "download", source.repository, recorded or published)
        _keep(self.cache, found)
        return found

    def _verified(self, source: Source, data: bytes, origin: Origin, where: str, recorded: Recorded) -> Archive:
        label = f"{source.name}-{source.version}.tgz"
        found = archive.sha256(data)
        for expected, place in recorded:
            if found != expected:
                raise DigestMismatch(label, expected, place, found)
        inside = archive.contents(label, data)
        if inside.name != source.name or not same(inside.version, source.version):
            raise ChartsError(
                label,
                f"is {inside.name} {inside.version} by its Chart.yaml, which contradicts the file's name",
                "rename the file to what it is, or fetch the archive again",
            )
        return Archive(
            source.name, source.version, data, found, origin, where, inside.dependencies(), inside.kube_versions()
        )

    def _recorded(self, source: Source) -> Recorded:
        """Every digest that is on record for this version, and where."""
        locked = self.lock.archives.get(source.name)
        # Not by text: a version may be written with and without its `v`, and is the same one.
        known = [key for key in self.bundle.known if _is(key, source)]
        return (
            *(
                [(locked.sha256, f"{locks.NAME} archives.{source.name}.sha256")]
                if locked and same(locked.version, source.version)
                else []
            ),
            *((self.bundle.known[key], f"the shipped bundle.yaml known.{key}") for key in known),
        )

    def _stand_in(self, source: Source) -> Archive:
        self.observe(Event(source.name, source.version, "stand-in"))
        return stand_in(source.name)


def _is(label: str, source: Source) -> bool:
    """Whether `NAME-VERSION` names this chart in this version."""
    version = label.removeprefix(f"{source.name}-")
    return version != label and is_version(version) and same(version, source.version)


def stand_in(name: str) -> Archive:
    """Our minimal chart in an upstream chart's place, its version marked by its content: `…+standin.c<hash>`."""
    files = archive.folder(bundles.STAND_INS / name)
    digest = archive.sha256(archive.pack(name, files))
    version = archive.contents(name, archive.pack(name, files)).version
    marked = f"{version}.c{digest[:12]}"
    chart = files["Chart.yaml"].replace(f"version: {version}\n".encode(), f"version: {marked}\n".encode(), 1)
    data = archive.pack(name, {**files, "Chart.yaml": chart})
    inside = archive.contents(name, data)
    return Archive(
        name, marked, data, archive.sha256(data), "stand-in", "stand-in", inside.dependencies(), inside.kube_versions()
    )


def _brought(folder: Path | None, bundle: Bundle, held: Mapping[str, str]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The newest archive of every chart in the folder, or the one of the version it is held to; the names of the
    others."""
    if folder is None:
        return {}, ()
    if not folder.is_dir():
        raise ChartsError(str(folder), "is not a folder", "name a folder that holds NAME-VERSION.tgz files")
    files = sorted(folder.glob("*.tgz"))
    newest: dict[str, Path] = {}
    for name in bundle.charts:
        versions = {
            f.name.removeprefix(f"{name}-").removesuffix(".tgz"): f for f in files if f.name.startswith(f"{name}-")
        }
        candidates = {
            version: file
            for version, file in versions.items()
            if is_version(version) and (name not in held or same(version, held[name]))
        }
        if candidates:
            newest[name] = candidates[max(candidates, key=key)]
    used = {file.name for file in newest.values()}
    return newest, tuple(file.name for file in files if file.name not in used)


def _cached(cache: Path, source: Source, digest: str | None) -> bytes | None:
    """A cached archive that still has the digest it was stored under; a damaged one counts as absent."""
    label = f"{source.name}-{source.version}.tgz"
    brought = [cache / _BROUGHT / digest / label] if digest else []
    for file in [*sorted(cache.glob(f"{digest or '*'}/{label}")), *filter(Path.exists, brought)]:
        data = archive.load(file)
        if archive.sha256(data) == file.parent.name:
            return data
    return None


def _keep(cache: Path, found: Archive) -> None:
    place = cache / found.sha256
    place.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=place)
    with os.fdopen(handle, "wb") as stream:
        stream.write(found.data)
    Path(draft).replace(place / found.file)


def _is_locked(lock: Lock, found: Archive) -> bool:
    entry = lock.archives.get(found.name)
    return entry is not None and same(entry.version, found.version) and entry.sha256 == found.sha256
