"""Rules on `nodeConfig`, which clusters and node pools share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.gcp import disks, rules, words
from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.wire import Props
from binder_deploy.settings import machines

EFFECTS = ("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE")
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_KEY = re.compile(rf"({_PREFIX}/)?{_NAME}")
_VALUE = re.compile(rf"({_NAME})?")


def check(config: Props, path: str) -> Iterator[Problem]:
    """Machine, disk, labels and taints."""
    machine = config.get("machineType")
    disk = config.get("diskType")
    if machine is not None:
        yield from _machine(machine, f"{path}.machineType")
    yield from rules.choice(config, "diskType", *disks.TYPES, path=f"{path}.diskType")
    if machine and disk in disks.TYPES and not disks.fits(machine, disk):
        yield Problem(f"{path}.diskType", f"{machine} takes hyperdisks only, not {disk}")
    size = config.get("diskSizeGb")
    if size is not None and not 10 <= int(size) <= 65536:
        yield Problem(f"{path}.diskSizeGb", f"must lie between 10 and 65536 GB, not {size}")
    if config.get("spot") and config.get("preemptible"):
        yield Problem(f"{path}.spot", "conflicts with preemptible")
    yield from rules.choice(
        config.get("workloadMetadataConfig") or {}, "mode", "GCE_METADATA", "GKE_METADATA", "MODE_UNSPECIFIED",
        path=f"{path}.workloadMetadataConfig.mode",
    )  # fmt: skip
    yield from rules.labels(config, "resourceLabels", f"{path}.resourceLabels")
    yield from _labels(config, path)
    yield from _taints(config, path)


def _machine(name: str, path: str) -> Iterator[Problem]:
    try:
        machines.machine(name)
    except machines.UnknownMachineError as error:
        yield Problem(path, str(error))


def _labels(config: Props, path: str) -> Iterator[Problem]:
    for key, value in (config.get("labels") or {}).items():
        where = f"{path}.labels[{key!r}]"
        if not _KEY.fullmatch(key):
            yield Problem(where, "is not a Kubernetes label key")
        if not _VALUE.fullmatch(str(value)):
            yield Problem(where, f"{value!r} is not a Kubernetes label value")
        domain = key.partition("/")[0] if "/" in key else ""
        if domain in ("kubernetes.io", "k8s.io") or domain.endswith((".kubernetes.io", ".k8s.io")):
            yield Problem(where, f"the prefix {domain!r} is reserved for Kubernetes")


def _taints(config: Props, path: str) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(config.get("taints") or ()):
        where = f"{path}.taints[{i}]"
        key, effect = taint.get("key"), taint.get("effect")
        yield from rules.choice(taint, "effect", *EFFECTS, path=f"{where}.effect")
        if key is None:
            continue
        if "/" in key:
            yield Problem(f"{where}.key", f"{key!r} contains a '/', which GKE does not allow in a taint's key")
        elif not _KEY.fullmatch(key):
            yield Problem(f"{where}.key", f"{key!r} is not a Kubernetes taint key")
        if (key, str(effect)) in seen:
            yield Problem(where, f"{key!r} with effect {effect} is there twice")
        seen.add((key, str(effect)))


def require_account(cloud: Cloud, email: str | None, project: str) -> None:
    """Nodes of a service account that does not exist are refused."""
    if not email or email == "default" or not email.endswith(f"@{project}.iam.gserviceaccount.com"):
        return
    if cloud.get("serviceaccount/account", f"projects/{project}/serviceAccounts/{email}") is None:
        raise words.bad_request(f'Service account "{email}" does not exist.')
