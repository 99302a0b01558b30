"""From answers to the content of `binder.yaml`: what was answered, and what follows from it."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

from binder_deploy.cli.wizard.question import Given, Kind, Question
from binder_deploy.cli.wizard.questions import BY_NAME, QUESTIONS
from binder_deploy.cli.wizard.questions.pools import WORKSHOP
from binder_deploy.cli.wizard.questions.said import EKS, EXISTING, GKE
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings

SECTIONS = ("version", "name", "tags", "platform", "registry", "address", "tls", "access", "binder", "hub", "state")
WORKSHOP_IDLE_MINUTES, WORKSHOP_HOURS, WORKSHOP_PLACES = 120, 10, 2
"""Of a workshop: a break may be long, a day ends, and the first launches do not wait for a node."""
MOST_NODES = 1000
"""What a pool may have."""


def document(given: Given) -> dict[str, Any]:
    """The settings as plain data, in the order of the examples. Answers that make no sense are passed on as they are,
    for the settings' own rules to refuse."""
    found: dict[str, Any] = {"version": 1}
    for question in QUESTIONS:
        value = given.get(question.name, "")
        if value and question.name not in ("use", "machine"):
            put(found, question.path, read(question, value))
    if given.get("state"):
        put(found, "state.kind", "bucket")
    if given.get("use") == WORKSHOP:
        _workshop(found, given)
    if given.get("platform") in (GKE, EKS):
        found = _with_user_pool(found, given)
    return {key: found[key] for key in SECTIONS if key in found}


def settings_of(data: dict[str, Any]) -> Settings:
    """The settings that the data are. Raises `SettingsError`."""
    return _parsed(json.dumps(data))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Settings:
    return parse(text)  # JSON is YAML, and every answer is judged with the same ones before it


def read(question: Question, value: str) -> Any:
    """An answer as its setting has it; what cannot be read stays text, for the settings to refuse."""
    if question.kind is Kind.NUMBER and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    if question.kind is Kind.YES_NO and value in ("yes", "no"):
        return value == "yes"
    if question.kind is Kind.LIST:
        return [word for word in re.split(r"[,\s]+", value) if word]
    return value


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path."""
    *sections, last = path.split(".")
    for section in sections:
        data = data.setdefault(section, {})
    data[last] = value


def places(data: dict[str, Any]) -> int:
    """Servers that one user node holds. Raises `SettingsError` where that cannot be told."""
    return _places(json.dumps(data))


@lru_cache(maxsize=64)
def _places(text: str) -> int:
    from binder_deploy.stacks.cost.nodes import asked, servers_on_a_node

    settings = _parsed(text)
    return servers_on_a_node(settings, asked(settings))


def _workshop(found: dict[str, Any], given: Given) -> None:
    put(found, "hub.culling", {"idle_minutes": WORKSHOP_IDLE_MINUTES, "max_age_hours": WORKSHOP_HOURS})
    if people := given.get("people"):
        put(found, "binder.per_repo", read(BY_NAME["people"], people))  # all open the same one
    if given.get("platform") == GKE:
        put(found, "platform.control_plane", "zonal")
    if given.get("platform") != EXISTING:
        put(found, "hub.placeholders", WORKSHOP_PLACES)


def _with_user_pool(found: dict[str, Any], given: Given) -> dict[str, Any]:
    """The pool of user nodes, as large as the people need it."""
    least = 1 if given.get("use") == WORKSHOP else 0
    machine = given.get("machine") or BY_NAME["machine"].default(given)
    pool = {"machine": machine, "min": least, "max": MOST_NODES}
    platform = {**found["platform"], "pools": {"user": pool}}
    sized = {**found, "platform": platform}
    try:
        held = places(sized)
    except SettingsError:
        held = 0  # what is wrong, the settings themselves tell
    people = found.get("binder", {}).get("max_servers", 0)
    if held and isinstance(people, int):
        wanted = people + found.get("hub", {}).get("placeholders", 0)
        pool["max"] = max(1, least, math.ceil(wanted / held))
    return sized
