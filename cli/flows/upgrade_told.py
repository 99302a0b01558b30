"""What an upgrade changes, told before anybody is asked. Nothing is installed and nothing is written for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from binder_deploy.charts import archive, compare
from binder_deploy.charts.compare import Move
from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import Resolved
from binder_deploy.charts.umbrella import assemble
from binder_deploy.checks.facts.releases import Api
from binder_deploy.checks.probes.releases import apis
from binder_deploy.checks.probes.schemas import ChartValues, chart_values, problems
from binder_deploy.checks.rules.releases import minor_of, removed_in
from binder_deploy.cli.flows.told import Kubernetes, Told
from binder_deploy.cli.flows.upgrade_parts import Side
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.migrations import Migration
from binder_deploy.settings.model import Settings

_OLDEST_MINOR = 20
"""What was removed before is in no chart that we have ever installed."""


def told(
    before: Side,
    after: Side,
    steps: Sequence[Migration],
    settings: Settings,
    server: str | None,
    kubernetes: Kubernetes | None = None,
) -> Told:
    """Compare both sides. `settings`: the newer ones, settled; `server`: the cluster's version (`v1.34.1`), if known.

    Raises `SettingsError` for values that touch what is ours, `ChartsError`.
    """
    moved = compare.moves(compare.versions(before.resolved), compare.versions(after.resolved))
    with tempfile.TemporaryDirectory() as work:
        old, new = Path(work) / "old", Path(work) / "new"
        given = _values(settings, before.resolved, old), _values(settings, after.resolved, new)
    return Told(
        before=before.bundle,
        after=after.bundle,
        moves=moved,
        repacked=_repacked(before.resolved, after.resolved, moved),
        migrations=tuple(step.what for step in steps),
        lost=tuple(lost(*given)),
        images=tuple(_images(before.settings, settings, *given, moved)),
        gone=tuple(gone(after.resolved, server)) if server else (),
        kinds=tuple(_kinds(before.resolved, after.resolved)),
        kubernetes=kubernetes,
    )


def lost(before: Sequence[ChartValues], after: Sequence[ChartValues]) -> Iterator[str]:
    """What the newer schemas have against our values, and the older ones had not; with what may be meant instead."""
    known = {problem for chart in before for problem in problems(chart)}
    for chart in after:
        for problem in sorted(set(problems(chart)) - known):
            yield f"{problem}{_instead(problem, chart)}"


def gone(resolved: Resolved, server: str) -> Iterator[str]:
    """Kinds that the charts' templates name, and that Kubernetes has dropped up to the cluster's version."""
    dropped = {api for minor in range(_OLDEST_MINOR, minor_of(server) + 1) for api in removed_in(minor)}
    for found in resolved.archives.values():
        for version, kind in sorted(_named(found.name, found.data) & dropped):
            yield f"{version} {kind} ({found.name})"


def _values(settings: Settings, resolved: Resolved, into: Path) -> tuple[ChartValues, ...]:
    charts: ChartSet = assemble(resolved, into)
    return chart_values(settings, charts, into)


def _repacked(before: Resolved, after: Resolved, moved: Sequence[Move]) -> tuple[str, ...]:
    digests, moving = {a.name: a.sha256 for a in before.archives.values()}, {m.chart for m in moved}
    return tuple(
        a.name for a in after.archives.values() if a.name not in moving and digests.get(a.name, a.sha256) != a.sha256
    )


def _kinds(before: Resolved, after: Resolved) -> Iterator[str]:
    """Helm installs what lies in `crds/` once, and never touches it again."""
    for name, found in after.archives.items():
        old = before.archives.get(name)
        if old and _crds(old.name, old.data) != _crds(found.name, found.data):
            yield f"{name} (folder crds/ of .binder-deploy/charts/{found.file})"


def _crds(name: str, data: bytes) -> dict[str, bytes]:
    files = archive.contents(name, data).files
    return {path: content for path, content in files.items() if path.startswith("crds/")}


def _named(name: str, data: bytes) -> frozenset[Api]:
    """apiVersion and kind of every document of a chart's templates, vendored charts' too, as far as they are written
    out. A template that asks for the cluster's capabilities chooses by itself."""
    found: set[Api] = set()
    for path, content in archive.contents(name, data).files.items():
        if path.endswith(".tgz"):
            found |= _named(path, content)
        elif "templates/" in path and path.endswith((".yaml", ".yml")):
            text = content.decode(errors="replace")
            if ".Capabilities" not in text:
                found |= {api for api in apis(text) if "{{" not in "".join(api)}
    return frozenset(found)


def _images(
    before: Settings,
    after: Settings,
    old: Sequence[ChartValues],
    new: Sequence[ChartValues],
    moved: Sequence[Move],
) -> Iterator[str]:
    """An image's name is the prefix, the repository and the commit: what builds it is no part of it."""
    if image_prefix(before) != image_prefix(after):
        yield "the image prefix changes: every repository is built anew at its next launch, which takes minutes each"
    was, shall = _build_image(old), _build_image(new)
    if was != shall:
        yield (
            f"repo2docker changes ({was or 'the old default'} → {shall or 'the new default'}): new builds use it; "
            "images that exist stay until their commit changes"
        )
    elif not shall and any(move.chart == "binderhub" for move in moved):
        yield (
            "repo2docker is BinderHub's default, which may change with it: new builds use it; images that exist stay "
            "until their commit changes"
        )
    builders = before.binder.builds.builder, after.binder.builds.builder
    if builders[0] != builders[1]:
        yield (
            f"the builder changes ({builders[0]} → {builders[1]}): layers that were kept on the build nodes are lost, "
            "first builds take longer"
        )


def _build_image(charts: Sequence[ChartValues]) -> str:
    values: Mapping[str, Any] = next((c.values for c in charts if c.chart == "binderhub"), {})
    config = values.get("config") or {}
    return str((config.get("KubernetesBuildExecutor") or {}).get("build_image") or "")


def _instead(problem: str, chart: ChartValues) -> str:
    """A key of the newer schema that looks like one that it knows no more."""
    path, _, keys = problem.partition(" knows no ")
    if not keys:
        return ""
    schema: Mapping[str, Any] = chart.schema
    for part in filter(None, path.removeprefix(chart.where).split(".")):
        schema = (schema.get("properties") or {}).get(part) or {}
    near = [
        close
        for one in keys.split(", ")
        for close in get_close_matches(one, list(schema.get("properties") or {}), n=1, cutoff=0.5)
    ]
    return f"; did you mean {', '.join(near)}?" if near else ""
