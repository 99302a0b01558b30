"""Building binaries from a locked Go module graph."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.tools.lock import Binary, Copy, Graph
from binder_deploy.tools.place import Site
from binder_deploy.tools.process import Children
from binder_deploy.tools.report import Observe, Progress, Step

_REPORT_EVERY = 0.5  # seconds
# Debug information would be a tenth of the compiler's work, and the linker drops it anyway. One flag for
# all graphs: what they share, the standard library first, is then compiled once.
_GCFLAGS = "-gcflags=all=-dwarf=false"


def environment(site: Site) -> dict[str, str]:
    """What `go` runs with: the user's proxies and settings, but nothing that changes what is built.

    Its caches lie under `site.build`, to be removed after success, unless the user names their own.
    """
    private = {"GOCACHE": str(site.build / "gocache"), "GOMODCACHE": str(site.build / "gomod")}
    own = {
        # Never empty: then a GOFLAGS of `go env -w` would count.
        "GOFLAGS": "-mod=readonly" + ("" if "GOMODCACHE" in site.environment else " -modcacherw"),
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOTMPDIR": str(site.work),  # a killed build leaves hundreds of megabytes there
        "GOOS": site.system,
        "GOARCH": site.architecture,
        # The compiler collects garbage less often: a tenth less time for some hundred megabytes; the limit
        # keeps its largest packages from filling a small machine.
        "GOGC": "800",
        "GOMEMLIMIT": "3GiB",
    }
    return private | dict(site.environment) | own


def log(site: Site, graph: Graph) -> Path:
    """Where the output of a graph's build goes."""
    return site.logs / f"build-{graph.name}.log"


@dataclass(frozen=True)
class Workshop:
    """A Go toolchain at a site, with what watches it."""

    site: Site
    go: Path
    children: Children
    observe: Observe

    def fetch(self, graph: Graph) -> None:
        """Lay out the graph's folder and fetch its modules, verified by its go.sum. Raises Failed."""
        folder = self._folder(graph)
        shutil.copytree(graph.folder, folder, ignore=shutil.ignore_patterns("patch"))
        _make_writable(folder)
        self.site.build.mkdir(parents=True, exist_ok=True)
        log(self.site, graph).unlink(missing_ok=True)
        report = self._reporter("modules", (), f"Go modules of the {graph.name}")
        fetched = 0
        report(fetched, None)

        def count(line: str) -> None:
            nonlocal fetched
            fetched += ".zip: 200" in line
            report(fetched, None)

        self._run(graph, ["mod", "download", "-x"], count)

    def build(self, graph: Graph, binaries: Sequence[Binary]) -> Mapping[str, Path]:
        """Build binaries of a graph that was fetched; name → file. Raises Failed."""
        folder = self._folder(graph)
        for copy in graph.copies:
            self._copy(graph, copy)
        replaced = dict(graph.replace) | {copy.module: f"./{copy.into}" for copy in graph.copies}
        if replaced:
            self._run(graph, ["mod", "edit", *(f"-replace={old}={new}" for old, new in replaced.items())])
        packages = [binary.package for binary in binaries]
        how = ["-mod=readonly", "-buildvcs=false", "-trimpath", _GCFLAGS, f"-tags={','.join(graph.tags)}"]
        variables = " ".join(f"-X {key}={value}" for key, value in graph.variables.items())
        total = len(self._run(graph, ["list", "-deps", *how, *packages]).splitlines())
        names = tuple(binary.name for binary in binaries)
        expected = graph.cpu_seconds / (os.cpu_count() or 1)
        report = self._reporter("build", names, f"building {', '.join(names)}", expected)
        done = 0
        report(done, total)

        def count(_: str) -> None:
            nonlocal done
            done = min(done + 1, total)
            report(done, total)

        out = folder / "out"
        out.mkdir()
        self._run(graph, ["build", "-v", *how, f"-ldflags=-s -w {variables}", f"-o={out}/", *packages], count)
        report(total, total)  # what was compiled before is not named
        return {binary.name: out / binary.built_as for binary in binaries}

    def _copy(self, graph: Graph, copy: Copy) -> None:
        folder = self._folder(graph)
        # The last line: what `go` remarks comes before.
        source = Path(self._run(graph, ["list", "-m", "-f={{.Dir}}", copy.module]).splitlines()[-1])
        target = folder / copy.into
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("*_test.go", "testdata"))
        _make_writable(target)
        for pattern in copy.drop:
            for file in target.glob(pattern):
                file.unlink()
        for place, own in copy.put.items():
            shutil.copyfile(graph.folder / own, target / place)
        for place, upstream in copy.take.items():
            shutil.copyfile(source / upstream, folder / place)

    def _folder(self, graph: Graph) -> Path:
        return self.site.work / f"go-{graph.name}"

    def _run(self, graph: Graph, arguments: Sequence[str], on_line: Callable[[str], None] = lambda line: None) -> str:
        return self.children.run(
            [self.go, *arguments],
            environment=environment(self.site),
            folder=self._folder(graph),
            log=log(self.site, graph),
            on_line=on_line,
        )

    def _reporter(
        self, step: Step, names: tuple[str, ...], message: str, expected: float | None = None
    ) -> Callable[[int, int | None], None]:
        began = time.monotonic()
        reported = began - _REPORT_EVERY

        def report(done: int, total: int | None) -> None:
            nonlocal reported
            now = time.monotonic()
            if now - reported >= _REPORT_EVERY or done == total:
                reported = now
                self.observe(Progress(step, names, message, done, total, now - began, expected))

        return report


def _make_writable(folder: Path) -> None:
    # Go's module cache, and some installations of Python packages, are read-only.
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
