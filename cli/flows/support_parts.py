"""The parts of a support archive, each collected by itself; nothing is redacted here."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from platformdirs import user_log_path

from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.runs import LOOKS, log_files
from binder_deploy.ops.support import cluster, known
from binder_deploy.settings.load import LOCK_NAME, load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.secrets import SecretRef, resolve
from binder_deploy.stacks.events import name_of

LOGS = 10
"""Of our own logs of each kind, the newest."""
LOG_BYTES = 512 * 1024
"""Of each, the end."""
_PACKAGES = ("binder-deploy", "kubernetes", "pulumi", "pulumi-gcp", "pulumi-kubernetes", "pydantic", "typer")


@dataclass
class Parts:
    """What was collected so far."""

    texts: dict[str, str] = field(default_factory=dict)
    """Path in the archive → text."""
    data: dict[str, Any] = field(default_factory=dict)
    """Path in the archive → JSON-ready data."""
    missing: dict[str, str] = field(default_factory=dict)
    """Part → why it could not be had."""
    secrets: set[str] = field(default_factory=set)
    """Values that must not get out."""

    def attempt(self, part: str, collect: Callable[[], None]) -> None:
        """Collect a part. What keeps it from being had is told in its place: the rest is of use all the same."""
        try:
            collect()
        except Exception as error:
            self.missing[part] = f"{type(error).__name__}: {error}".strip()


def settings(parts: Parts, file: Path) -> Settings | None:
    """`binder.yaml` as entered, the lock, and the secrets that it refers to. None if it is not valid.

    A file that is not valid is left out, since nobody knows what stands in it; its references are known all the same.
    """
    found: list[Settings] = []
    parts.attempt("binder.yaml", lambda: found.append(load(file)))
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    parts.secrets.update(known.of_document(text))  # what was entered where a reference belongs
    for path, reference in known.references(text).items():
        parts.attempt(f"secret {path}", partial(_resolve, parts, path, reference, file.parent))
    if found:
        parts.texts["binder.yaml"] = text
    lock = file.parent / LOCK_NAME
    if lock.exists():
        parts.texts[LOCK_NAME] = lock.read_text(encoding="utf-8", errors="replace")
    return found[0] if found else None


def _resolve(parts: Parts, path: str, reference: SecretRef, folder: Path) -> None:
    parts.secrets.add(resolve(reference, path, folder))


def state(parts: Parts, deployment: Deployment) -> None:
    """What the engine has recorded: names and ids. Its inputs and outputs, secrets among them, stay where they are."""
    engine = deployment.engine
    parts.attempt("secrets of the state", lambda: parts.secrets.update(engine.secrets()))
    parts.attempt("state.json", lambda: parts.data.update({"state.json": [_resource(r) for r in engine.resources()]}))
    parts.attempt("history.json", lambda: parts.data.update({"history.json": list(engine.history())}))


def _resource(resource: Any) -> dict[str, Any]:
    return {
        "type": resource["type"],
        "name": name_of(resource["urn"]),
        "id": resource.get("id", ""),
        "protect": bool(resource.get("protect")),
        "created": resource.get("created", ""),
        "modified": resource.get("modified", ""),
        "errors": resource.get("initErrors") or [],
    }


def rendered(parts: Parts, deployment: Deployment) -> None:
    """The values that the charts get, without the secrets and the configuration files that are merged into them."""
    charts = deployment.charts
    if charts is None:
        return

    def render() -> None:
        given = values(deployment.settings, charts, NO_SECRETS, {})
        parts.data["values/binder-service.json"] = given.binder_service
        parts.data["values/traefik.json"] = given.traefik
        parts.data["values/cert-manager.json"] = given.cert_manager
        parts.data |= {f"values/{chart}.json": wanted for chart, wanted in given.platform.items()}

    parts.attempt("values", render)


def living(parts: Parts, kubeconfig: Path, namespaces: tuple[str, ...], *, shared: bool) -> None:
    """Events and logs, and what the cluster holds of secrets, so that it can be taken out of them."""
    if not kubeconfig.exists():
        parts.missing["cluster"] = "there is none yet, or it was removed"
        return
    parts.attempt("secrets of the kubeconfig", lambda: parts.secrets.update(known.of_kubeconfig(kubeconfig)))
    for namespace in namespaces:  # one that may not be read hides nothing of the others
        parts.attempt(f"secrets of namespace {namespace}", partial(_held, parts, kubeconfig, namespace))
    # In a shared cluster other deployments' events are not ours to hand on.
    heard = namespaces if shared else ()
    parts.attempt("events.json", lambda: parts.data.update({"events.json": cluster.events(kubeconfig, heard)}))

    def logs() -> None:
        said = cluster.logs(kubeconfig, namespaces)
        parts.texts.update(said.files)
        parts.missing.update(said.missing)

    parts.attempt("logs", logs)


def _held(parts: Parts, kubeconfig: Path, namespace: str) -> None:
    parts.secrets.update(known.of_namespace(kubeconfig, namespace))


def own_logs(parts: Parts, work: Path) -> None:
    """What this program itself has written: logs of runs and of bugs."""
    ran = log_files(work)
    looks = [file for command in LOOKS for file in log_files(work, command)]
    changes = [file for file in ran if file not in looks]  # by themselves, so that no look pushes one out
    bugs = list(user_log_path("binder-deploy").glob("*.log"))
    for name, files in (("runs", changes), ("runs", looks), ("bugs", bugs)):
        for file in sorted(filter(Path.is_file, files), key=lambda file: file.stat().st_mtime)[-LOGS:]:
            parts.texts[f"logs/{name}/{file.name}"] = file.read_bytes()[-LOG_BYTES:].decode(errors="replace")


def versions(deployment: Deployment | None) -> dict[str, str]:
    """Program, package or chart → version."""
    found = {package: version(package) for package in _PACKAGES}
    found |= {"Python": sys.version.split()[0], "system": platform.platform()}
    if deployment and deployment.charts:
        charts = deployment.charts
        for chart in charts.all:
            found |= {f"chart {chart.name}": chart.version}
            found |= {f"chart {name}": number for name, number in chart.dependencies.items()}
    if deployment:
        from binder_deploy.tools.lock import shipped

        binaries = shipped().binaries
        found |= {f"tool {name}": binaries[name].version for name in deployment.tools if name in binaries}
    return found
