"""What a deployment costs, and what is said of it. Imports nothing heavy: `cost` is a question of settings alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.cost import prices
from binder_deploy.stacks.cost.estimate import estimate
from binder_deploy.stacks.cost.model import Estimate
from binder_deploy.stacks.cost.running import Workshop


@dataclass(frozen=True)
class Costs:
    """An event: what the deployment is going to cost."""

    estimate: Estimate
    warning: str = ""
    """What is wrong with that, in a sentence."""


def costs(settings: Settings, folder: Path, workshop: Workshop = Workshop()) -> Costs:
    """What these settings cost, at the folder's own prices where it has any. Raises `SettingsError`."""
    found = estimate(settings, prices.known(folder), workshop)
    return Costs(found, over_budget(settings, found))


def costs_of(file: Path, workshop: Workshop = Workshop()) -> Costs:
    """The same of a settings file: needs no account and no tools."""
    return costs(load(file), file.resolve().parent, workshop)


def over_budget(settings: Settings, found: Estimate) -> str:
    """That a month costs more than `budget.monthly`, or nothing."""
    if not settings.budget or not found.loads:
        return ""
    limit, idle, full = settings.budget.monthly, found.load("idle").usd, found.load("full").usd
    if idle > limit:
        return f"budget.monthly is {limit:g}, but ${idle:,.0f} a month are spent even when nobody is there"
    if full > limit:
        return (
            f"budget.monthly is {limit:g}, but a month at full load costs ${full:,.0f} or more; lower "
            "platform.pools.*.max, or raise budget.monthly"
        )
    return ""


def in_a_line(found: Estimate) -> str:
    """For the middle of a question: what one agrees to. Empty where nothing is provisioned."""
    if not found.loads:
        return ""
    idle, full = found.load("idle"), found.load("full")
    if not idle.usd:
        return "What it costs is unknown. "
    least = "at least " if idle.unknown or full.unknown else ""
    return f"List prices: {least}${idle.usd:,.0f} a month idle, {least}${full.usd:,.0f} at full load. "
