"""Which of Compute Engine's quotas counts what. Sources: Compute Engine's "Allocation quotas", and the metrics that
its API knows (`Quota.Metric`)."""

from __future__ import annotations

from collections.abc import Mapping

CPUS: Mapping[str, tuple[str, ...]] = {
    "custom": ("CPUS",),
    "e2": ("CPUS", "E2_CPUS"),
    "n1": ("CPUS",),
    "n2": ("N2_CPUS",),
    "n2d": ("N2D_CPUS",),
    "t2d": ("T2D_CPUS",),
    "t2a": ("T2A_CPUS",),
    "c2": ("C2_CPUS",),
    "c2d": ("C2D_CPUS",),
    "c3": ("C3_CPUS",),
    "a2": ("A2_CPUS",),
}
"""Machine family → the regional metrics that count its vCPUs, where the region tells them. Newer families (n4, c4,
c3d, …) have a quota of their own that only the Cloud Quotas API tells."""
SPOT_CPUS = "PREEMPTIBLE_CPUS"
"""Counts the vCPUs of spot machines of every family, once more than none were granted; else the family's does."""
ALL_CPUS = "CPUS_ALL_REGIONS"
"""Global; spot machines count, too."""

GPUS: Mapping[str, str] = {
    "nvidia-tesla-p4": "NVIDIA_P4_GPUS",
    "nvidia-tesla-p100": "NVIDIA_P100_GPUS",
    "nvidia-tesla-v100": "NVIDIA_V100_GPUS",
    "nvidia-tesla-t4": "NVIDIA_T4_GPUS",
    "nvidia-l4": "NVIDIA_L4_GPUS",
    "nvidia-tesla-a100": "NVIDIA_A100_GPUS",
    "nvidia-a100-80gb": "NVIDIA_A100_80GB_GPUS",
}
"""Accelerator → the regional metric that counts it; for spot machines, with `PREEMPTIBLE_` in front."""
ALL_GPUS = "GPUS_ALL_REGIONS"

DISKS: Mapping[str, str] = {
    "pd-standard": "DISKS_TOTAL_GB",
    "pd-balanced": "SSD_TOTAL_GB",
    "pd-ssd": "SSD_TOTAL_GB",
    "hyperdisk-balanced": "HDB_TOTAL_GB",
}
"""Disk type → the regional metric that counts its GB."""

FREE_TRIAL_CPUS = 12
"""`CPUS_ALL_REGIONS` of a free trial, which cannot ask for more; small new projects have no more, either."""
