"""What a machine costs for an hour: its own row, or its family's price for cores and memory."""

from __future__ import annotations

import re

from binder_deploy.settings.machines import GIB, Machine
from binder_deploy.stacks.cost.prices import Price, Table

_BY_PARTS = re.compile(r"([a-z]\d+[a-z]?)-(standard|highmem|highcpu)-\d+")
"""Google's predefined types, which cost what their cores and their memory cost. Shared cores count in part, and
custom sizes have prices of their own."""


def hourly(table: Table, machine: Machine, *, spot: bool) -> Price | None:
    """The price of one hour, accelerators that belong to the type included; None where the table lacks it."""
    suffix = ":spot" if spot else ""
    if own := table.price(f"machine:{machine.name}{suffix}"):
        return own
    if not (match := _BY_PARTS.fullmatch(machine.name)):
        return None
    core, memory = table.price(f"vcpu:{match[1]}{suffix}"), table.price(f"memory:{match[1]}{suffix}")
    if not core or not memory:
        return None
    usd = machine.vcpus * core.usd + machine.memory / GIB * memory.usd
    return Price(usd, "hour", (*core.rows, *memory.rows))
