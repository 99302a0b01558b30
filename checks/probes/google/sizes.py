"""How many vCPUs a machine type has."""

from __future__ import annotations

from binder_deploy.checks.probes.google.access import Google
from binder_deploy.settings.machines import UnknownMachineError, gce


def vcpus(google: Google, zone: str, name: str) -> int:
    """From our table, or of Google for types that are newer than it. Raises `NotFound` for no type at all."""
    try:
        return gce.machine(name).vcpus
    except UnknownMachineError:
        asked = google.compute("MachineTypesClient").get(project=google.project, zone=zone, machine_type=name)
        return int(asked.guest_cpus)
