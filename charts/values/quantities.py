"""Kubernetes quantities, and their translation for JupyterHub, which reads them differently."""

from __future__ import annotations

import re

_UNITS = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
}  # fmt: skip


def number(quantity: str | float | int) -> float:
    """A quantity in its base unit (bytes, or cores): `"512Mi"` → 536870912.0, `"100m"` → 0.1."""
    match = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(quantity))
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{quantity!r} is not a quantity")
    return float(match[1]) * _UNITS[match[2]]


def jupyterhub_memory(quantity: str) -> str:
    """A memory quantity as JupyterHub reads it: only K, M, G, T, and each of them a power of 1024.

    `"2Gi"` → `"2G"`, `"1500M"` → `"1464844K"` (rounded up to whole KiB). JupyterHub exits over `"2Gi"`.
    """
    size = int(number(quantity))
    for suffix, power in (("T", 40), ("G", 30), ("M", 20)):
        if size >= 2**power and size % 2**power == 0:
            return f"{size >> power}{suffix}"
    return f"{-(-size // 1024)}K"


def jupyterhub_bytes(memory: str | int) -> int:
    """Bytes of a memory size in JupyterHub's notation: `"2G"` → 2147483648."""
    text = str(memory)
    powers = {"K": 10, "M": 20, "G": 30, "T": 40}
    return int(float(text[:-1]) * 2 ** powers[text[-1]]) if text[-1:] in powers else int(float(text))
