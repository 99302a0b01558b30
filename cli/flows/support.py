"""Collects what somebody needs who is to help from afar, without a secret in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Check, Outcome, Phase
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.record import from_json, record, replay, to_json
from binder_deploy.checks.reports import data, page
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import headline
from binder_deploy.checks.runner import Probes, run
from binder_deploy.checks.select import select
from binder_deploy.cli.flows import checking, support_parts
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.cli.flows.recorded import FACTS, MANIFEST, REPORT, SCHEMA
from binder_deploy.cli.flows.support_parts import Parts
from binder_deploy.ops.redact import Redactor
from binder_deploy.ops.release_storage import NAMESPACES
from binder_deploy.ops.support.archive import write
from binder_deploy.ops.support.known import of_environment
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import namespaces, shares
from binder_deploy.stacks.local_site import FOLDER, owner

_ABOUT = (
    "Made by `binder-deploy support`. Secrets were taken out, the known ones by their value and others by how secrets "
    "look; what runs in people's own servers was not read. `binder-deploy check --from ARCHIVE` judges the facts again."
)
_LEFT_OUT = (Phase.CANARY, Phase.TEARDOWN)
"""Phases that launch something, or ask what is left of a deployment that lives."""


@dataclass(frozen=True)
class Packed:
    """The archive, written."""

    path: Path
    size: int
    """Bytes."""
    missing: Mapping[str, str]
    """Part → why it could not be had."""
    checks: str
    """What the checks came to, in words; empty if there were no facts."""


def support(request: Request, output: Path | None, observe: Observer) -> Packed:
    """Write the archive. `output`: its file; left out, a name of its own in the folder where the command runs.

    Raises `SecretFound` if a secret got past the redaction (nothing is written then), `OSError`.
    """
    at, parts = datetime.now(UTC), Parts()
    parts.secrets.update(of_environment(os.environ))
    settings = support_parts.settings(parts, request.file)
    deployment = _opened(parts, request, settings, observe) if settings else None
    with phase(observe, "collect", "collect") as current:
        kubeconfig = request.folder / FOLDER / "kubeconfig"
        here = tuple(sorted(namespaces(settings))) if settings else NAMESPACES
        support_parts.living(parts, kubeconfig, here, shared=settings is not None and shares(settings))
        support_parts.own_logs(parts, request.folder / FOLDER)
        versions = support_parts.versions(deployment)
        if deployment:
            support_parts.state(parts, deployment)
            support_parts.rendered(parts, deployment)
        if settings:
            parts.attempt(FACTS, lambda: _facts(parts, settings, deployment, request.folder, kubeconfig))
        current.note = f"{len(parts.texts) + len(parts.data)} files, {len(parts.missing)} parts could not be had"
    about = Run(
        outcomes=(),
        deployment=settings.name if settings else request.folder.name,
        platform=settings.platform.kind if settings else "",
        at=at,
        versions=versions,
    )
    stem = f"binder-deploy-support-{about.deployment}-{at:%Y%m%d-%H%M%S}"
    target = output or Path(f"{stem}.tar.gz")
    with phase(observe, "pack", "redact and pack") as current:
        members, outcomes = _redacted(parts, about)
        named = {f"{stem}/{path}": text for path, text in members.items()}
        size = write(target, named, parts.secrets, at=at.timestamp())
        current.note = "no known secret is in it"
    return Packed(target, size, parts.missing, headline(outcomes) if outcomes else "")


def _opened(parts: Parts, request: Request, settings: Settings, observe: Observer) -> Deployment | None:
    """The deployment, if one was ever made from this folder; a shared state may know of one made elsewhere."""
    if owner(request.folder / FOLDER) is None and settings.state.kind == "local":
        parts.missing["state"] = "nothing was deployed from this folder yet"
        return None
    opened: list[Deployment] = []
    parts.attempt("state", lambda: opened.append(opened_for_checks(request, observe)))
    return opened[0] if opened else None


def _checks() -> tuple[Check, ...]:
    return select(CATALOGUE, phases=[phase for phase in Phase if phase not in _LEFT_OUT])


def _facts(parts: Parts, settings: Settings, deployment: Deployment | None, folder: Path, kubeconfig: Path) -> None:
    there = kubeconfig if kubeconfig.exists() else None
    probes: Probes = probes_for(Given(settings=settings, folder=folder, kubeconfig=there))
    if deployment:
        outputs = deployment.engine.outputs()
        probes = checking.probes(deployment, outputs.address if outputs else None)
    parts.data[FACTS] = to_json(record(_checks(), probes))


def _redacted(parts: Parts, about: Run) -> tuple[dict[str, str], tuple[Outcome, ...]]:
    """Path → text of the archive's files, and what the checks say on the facts as they stand there."""
    redactor = Redactor(parts.secrets)
    members = {path: redactor.text(text) for path, text in parts.texts.items()}
    kept = {path: redactor.data(value) for path, value in parts.data.items()}
    outcomes: tuple[Outcome, ...] = ()
    changed: list[str] = []
    if FACTS in kept:
        # Rules are pure: on facts without secrets their words are without secrets, too. Once more all the same:
        # somebody's secret may be one of our own words.
        outcomes = _judged(kept[FACTS])
        before = {o.check.id: type(o.verdict) for o in _judged(parts.data[FACTS])}
        changed = [o.check.id for o in outcomes if type(o.verdict) is not before[o.check.id]]
        told = replace(about, outcomes=outcomes)
        kept[REPORT] = redactor.data(data.report_of(told))
        members["checks.html"] = redactor.text(page.text(told))
    members |= {path: _json(value) for path, value in kept.items()}
    parts.missing = redactor.data(parts.missing)  # for the screen, too
    manifest = {
        "schema": SCHEMA,
        "about": _ABOUT,
        "deployment": about.deployment,
        "platform": about.platform,
        "at": about.at.isoformat(),
        "versions": about.versions,
        "files": sorted(members),
        "missing": parts.missing,
        "taken out": redactor.count,
        "verdicts that this changed": changed,
    }
    return {MANIFEST: _json(manifest), **members}, outcomes


def _judged(facts: Any) -> tuple[Outcome, ...]:
    return run(_checks(), replay(from_json(facts, CATALOGUE)))


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
