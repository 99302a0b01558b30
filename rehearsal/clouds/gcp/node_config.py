"""Rules on `nodeConfig`, which clusters and node pools share."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds import values
from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.gcp import disks, rules, words
from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.wire import Props
from binder_deploy.settings.machines import UnknownMachineError, gce

EFFECTS = ("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE")


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
    yield from values.node_labels(config.get("labels"), f"{path}.labels")
    yield from values.node_taints(config.get("taints"), f"{path}.taints", EFFECTS)
    yield from _taint_keys(config, path)


def _machine(name: str, path: str) -> Iterator[Problem]:
    try:
        gce.machine(name)
    except UnknownMachineError as error:
        yield Problem(path, str(error))


def _taint_keys(config: Props, path: str) -> Iterator[Problem]:
    for i, taint in enumerate(config.get("taints") or ()):
        if "/" in str(taint.get("key") or ""):
            why = f"{taint['key']!r} contains a '/', which GKE does not allow in a taint's key"
            yield Problem(f"{path}.taints[{i}].key", why)


def require_account(cloud: Cloud, email: str | None, project: str) -> None:
    """Nodes of a service account that does not exist are refused."""
    if not email or email == "default" or not email.endswith(f"@{project}.iam.gserviceaccount.com"):
        return
    if cloud.get("serviceaccount/account", f"projects/{project}/serviceAccounts/{email}") is None:
        raise words.bad_request(f'Service account "{email}" does not exist.')
