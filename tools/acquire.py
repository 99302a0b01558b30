"""Tools are obtained, not assumed: from the cache or PATH, else the official release, else a build.

A binary is used only if it is known to be the locked one: a cached file by the digest taken when it was
put there, one on PATH by the version it says, a release by its published checksum, a build by the
checksums of its Go modules.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock as Mutex

from binder_deploy.tools import gobuild, golang, store
from binder_deploy.tools.exclusive import children_notes, exclusive
from binder_deploy.tools.lock import Binary
from binder_deploy.tools.place import Site
from binder_deploy.tools.process import Children
from binder_deploy.tools.recognise import on_path, require
from binder_deploy.tools.report import Attempt, Failed, Observe, Progress, ToolsError, silent
from binder_deploy.tools.store import Installed

__all__ = ["Installed", "Progress", "Site", "ToolsError", "acquire", "installed", "prune"]


def acquire(names: Sequence[str], *, observe: Observe = silent, site: Site | None = None) -> Mapping[str, Path]:
    """Name → absolute path of an executable of the locked version, for each of `names`.

    With everything cached this takes tenths of a second (every file is hashed); a first run downloads
    some hundred megabytes or compiles for minutes. It may be interrupted at any time: the cache never holds
    half a binary, and the next run goes on from there. `observe` is called from several threads, never from
    two at once. Raises ToolsError if a tool cannot be had, with every way tried, and KeyError for a name that
    is not in the lock.
    """
    site = site or Site()
    binaries = [site.lock.binaries[name] for name in dict.fromkeys(names)]
    cached = store.verified(site, binaries)
    found = {name: site.folder(site.lock.binaries[name]) / name for name, ok in cached.items() if ok}
    elsewhere, attempts = on_path(site, [binary for binary in binaries if binary.name not in cached])
    found |= elsewhere
    missing = [binary for binary in binaries if binary.name not in found]
    if missing:
        found |= _obtain(site, missing, attempts, _one_at_a_time(observe))
    return {name: found[name] for name in names}


def installed(site: Site | None = None) -> list[Installed]:
    """Every binary in the cache, by name and version, each hashed to see that it is sound."""
    return store.listing(site or Site())


def prune(site: Site | None = None, *, observe: Observe = silent) -> int:
    """Remove what the lock does not name, and the rests and logs of builds. Returns the bytes freed."""
    site = site or Site()
    if not site.cache.exists():
        return 0
    freed = sum(map(_size, (site.work, site.build, site.logs)))
    with exclusive(site, (), observe):
        for tool in store.listing(site):
            if not tool.wanted:
                freed += _size(tool.path.parent)
                store.discard(site, tool.path.parent)
        for folder in (site.build, site.logs):
            shutil.rmtree(folder, ignore_errors=True)
    return freed


def _obtain(site: Site, missing: Sequence[Binary], attempts: list[Attempt], observe: Observe) -> dict[str, Path]:
    """Release or build, while no other run does the same. Raises ToolsError."""
    names = tuple(binary.name for binary in missing)
    try:
        with exclusive(site, names, observe), Children(children_notes(site)) as children:
            found = _settle(site, missing, observe)
            missing = [binary for binary in missing if binary.name not in found]
            found |= _releases(site, missing, attempts, observe)
            missing = [binary for binary in missing if binary.name not in found]
            found |= _builds(site, missing, attempts, children, observe)
    except OSError as error:
        why = f"{error.strerror or error} ({error.filename or site.cache})"
        attempts += [Attempt(binary.name, "build", "", why) for binary in missing]
        raise ToolsError(attempts, [_ELSEWHERE]) from error
    if len(found) < len(names):
        failed = [attempt for attempt in attempts if attempt.tool not in found]
        graphs = {site.lock.binaries[attempt.tool].graph for attempt in failed}
        logs = [gobuild.log(site, graph) for name, graph in site.lock.graphs.items() if name in graphs]
        raise ToolsError(failed, _REMEDIES, [log for log in logs if log.exists()])
    return found


_ELSEWHERE = "give the cache another place with room: set BINDER_DEPLOY_CACHE to a folder you can write to"
_REMEDIES = (
    "let this machine reach the release hosts (set HTTPS_PROXY and SSL_CERT_FILE if the way is by a proxy)",
    "or a Go module proxy and a Python package index (GOPROXY, GOSUMDB and pip's settings are honoured)",
    "or put binaries of exactly these versions on PATH",
)


def _settle(site: Site, missing: Sequence[Binary], observe: Observe) -> dict[str, Path]:
    """What another run obtained meanwhile; a cached binary that is not what it was goes out of the cache."""
    found = {}
    for name, ok in store.verified(site, list(missing)).items():
        folder = site.folder(site.lock.binaries[name])
        if ok:
            found[name] = folder / name
        else:
            observe(Progress("discard", (name,), f"{folder / name} is damaged: it is obtained again"))
            store.discard(site, folder)
    return found


def _releases(site: Site, missing: Sequence[Binary], attempts: list[Attempt], observe: Observe) -> dict[str, Path]:
    if not missing:
        return {}
    # Here, not above: with everything cached the HTTP client would be most of a run's start.
    from binder_deploy.tools.download import Downloads

    downloads = Downloads(site, observe)

    def release(binary: Binary) -> Path | Attempt:
        scratch = Path(mkdtemp(dir=site.work, prefix="release-"))
        try:
            file, url = downloads.release(binary, scratch)
            return _install(site, binary, file, f"release {url}", observe)
        except Failed as failure:
            return Attempt(binary.name, "release", "", str(failure))

    found = {}
    with ThreadPoolExecutor(max_workers=4) as pool:
        try:
            for binary, result in zip(missing, pool.map(release, missing), strict=True):
                if isinstance(result, Attempt):
                    attempts.append(result)
                else:
                    found[binary.name] = result
        finally:
            downloads.stop.set()  # before the pool waits for its threads: this may be an interrupt
    downloads.close()
    return found


def _builds(
    site: Site, missing: Sequence[Binary], attempts: list[Attempt], children: Children, observe: Observe
) -> dict[str, Path]:
    if not missing:
        return {}
    try:
        go = golang.toolchain(site, children, observe)
    except Failed as failure:
        attempts += [Attempt(binary.name, "build", "", str(failure)) for binary in missing]
        return {}
    workshop = gobuild.Workshop(site, go, children, observe)
    by_graph = defaultdict(list)
    for binary in missing:
        by_graph[binary.graph].append(binary)
    graphs = [graph for name, graph in site.lock.graphs.items() if name in by_graph]
    found = {}
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            # The next graph's modules come over the network while this one is compiled.
            fetches = [pool.submit(workshop.fetch, graph) for graph in graphs]
            for graph, fetch in zip(graphs, fetches, strict=True):
                wanted = by_graph[graph.name]
                try:
                    fetch.result()
                    files = workshop.build(graph, wanted)
                    for binary in wanted:
                        origin = f"build {binary.package}"
                        found[binary.name] = _install(site, binary, files[binary.name], origin, observe)
                except Failed as failure:
                    left = [binary for binary in wanted if binary.name not in found]
                    attempts += [Attempt(binary.name, "build", f"go, {graph.name}", str(failure)) for binary in left]
        except BaseException:
            children.end()  # before the pool waits for its thread
            raise
    if len(found) == len(missing):
        shutil.rmtree(site.build, ignore_errors=True)
    return found


def _install(site: Site, binary: Binary, file: Path, origin: str, observe: Observe) -> Path:
    file.chmod(0o755)
    require(site, binary, file)
    path = store.put(site, binary, file, origin)
    observe(Progress("install", (binary.name,), f"{binary.name} {binary.version} ({origin})"))
    return path


def _one_at_a_time(observe: Observe) -> Observe:
    mutex = Mutex()

    def tell(progress: Progress) -> None:
        with mutex:
            observe(progress)

    return tell


def _size(folder: Path) -> int:
    paths: Iterable[Path] = folder.rglob("*") if folder.exists() else ()
    return sum(path.stat().st_size for path in paths if path.is_file() and not path.is_symlink())
