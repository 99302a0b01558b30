"""Lets Helm render the releases that are about to be installed. It is the Helm that the engine's plugin links.

What it renders, and what it says, may hold what people set, secrets too: only kinds leave this module, and Helm's
words without the values.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.releases import PlannedRelease, planned_releases
from binder_deploy.checks.facts import rendered as r
from binder_deploy.checks.facts.releases import Api
from binder_deploy.checks.facts.rendered import Rendered, Target
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.probes.once import once
from binder_deploy.checks.probes.releases import apis, served
from binder_deploy.checks.probes.schemas import PLACEHOLDERS
from binder_deploy.checks.rules.rendered import NEWEST, expected
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.model import Settings
from binder_deploy.tools.lock import shipped

_PATIENCE_S = 60.0
_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_SHORT = 6
"""Characters: what is shorter is no secret, and would be found in every other word."""


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Of the charts that lie ready, and of the cluster, if it can be asked or foretold."""
    target = once(lambda: _target(given))
    found: dict[Key[Any], Probe[Any]] = {r.TARGET: Probe(target, timeout_s=30)}
    helm = (given.tools or {}).get("helm")
    charts, folder = given.charts, given.charts_in
    if charts is not None and folder is not None and helm:
        found[r.RENDERED] = Probe(
            lambda: rendered(given.settings, charts, folder, Path(helm), target()), timeout_s=_PATIENCE_S
        )
    return found


def rendered(settings: Settings, charts: ChartSet, folder: Path, helm: Path, target: Target) -> tuple[Rendered, ...]:
    """Every release. `folder`: what the charts' paths are relative to.

    Raises `SettingsError` for values that touch what is ours, `OSError` if Helm does not start.
    """
    planned = planned_releases(settings, charts, PLACEHOLDERS)
    # Whatever else is in the values is ours, or stands in for a secret.
    hidden = sorted(set(_leaves(settings.charts.model_dump())), key=len, reverse=True)
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return tuple(pool.map(lambda release: _render(release, folder, helm, target, Path(home), hidden), planned))


def _render(
    release: PlannedRelease, folder: Path, helm: Path, target: Target, home: Path, hidden: Sequence[str]
) -> Rendered:
    known = target.served if target.served is not None else expected(target.version)
    ran = subprocess.run(
        [
            *(helm, "template", release.name, folder / release.chart.path, "--namespace", release.namespace),
            # One flag each: a single argument must stay below 128 KiB, and operators bring thousands of kinds.
            *("--kube-version", _version(target), *(f"--api-versions={word}" for word in _words(known))),
            *("--include-crds", "--skip-tests", "--values", "-"),
        ],
        input=json.dumps(release.values),
        # Neither a person's plugins, repositories and settings for Helm, nor their cluster.
        env={"PATH": os.defpath, "HOME": str(home), "KUBECONFIG": os.devnull},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    found = Rendered(release.namespace, release.name, release.where)
    if ran.returncode:
        return _with(found, refusal=_told(ran.stderr, hidden))
    return _with(found, apis=apis(ran.stdout), brings=frozenset(_defined(ran.stdout)))


def _with(found: Rendered, **more: Any) -> Rendered:
    return Rendered(found.namespace, found.name, found.where, **more)


def _target(given: Given) -> Target:
    if given.kubeconfig is not None:
        # Here, not above: importing the Kubernetes client takes most of a second.
        from binder_deploy.checks.probes.kube import Kube

        kube = Kube(given.kubeconfig)
        return Target(str(kube.get("/version")["gitVersion"]), served(kube))
    if isinstance(given.settings.platform, Eks):
        return Target(f"{given.settings.platform.kubernetes}.0")
    return Target(shipped().binaries["kube-apiserver"].version if given.simulated else "")


def _version(target: Target) -> str:
    """What Helm is told; charts compare it with what they accept, which a check of its own looks at."""
    return target.version or f"1.{NEWEST}.0"


def _words(known: frozenset[Api]) -> Sequence[str]:
    """As charts ask for them: `apps/v1` and `apps/v1/Deployment`."""
    return sorted({word for version, kind in known if kind for word in (version, f"{version}/{kind}")})


def _defined(manifest: str) -> Iterator[Api]:
    """The kinds that a manifest defines."""
    for document in re.split(r"^---.*$", manifest, flags=re.MULTILINE):
        if _DEFINITION in apis(document):
            spec = YAML(typ="safe").load(document)["spec"]
            for version in spec["versions"]:
                if version.get("served"):
                    yield f"{spec['group']}/{version['name']}", str(spec["names"]["kind"])


def _told(said: str, hidden: Sequence[str]) -> str:
    """Helm's error without anything that people set: a schema's error may quote it, a template's, too."""
    lines = (line.strip() for line in said.splitlines() if not line.startswith(("level=", "WARNING:")))
    text = " ".join(line for line in lines if line and not line.startswith("Use --debug"))
    for value in hidden:
        text = text.replace(value, "…")
    return text.removeprefix("Error: ")[:600]


def _leaves(values: Any) -> Iterator[str]:
    if isinstance(values, Mapping):
        for value in values.values():
            yield from _leaves(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _leaves(value)
    elif isinstance(values, str) and len(values) >= _SHORT:
        yield from (values, *(line for line in values.splitlines() if len(line) >= _SHORT))
