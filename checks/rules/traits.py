"""Options of BinderHub and the hub are written where they take effect: Helm looks at none of them."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from ruamel.yaml import YAML

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict
from binder_deploy.checks.objects import listing
from binder_deploy.settings.model import Settings

Side = Literal["binderhub", "hub"]
PLACES: Mapping[Side, tuple[str, ...]] = {
    "binderhub": ("binderhub", "config"),
    "hub": ("binderhub", "jupyterhub", "hub", "config"),
}
"""Where the options of each program lie in the umbrella's values."""
_OTHER: Mapping[Side, Side] = {"binderhub": "hub", "hub": "binderhub"}


@dataclass(frozen=True)
class Traits:
    """Class → the options that mean something below its name."""

    known: Mapping[Side, Mapping[str, frozenset[str]]]
    """The class's relatives included: an option set on a base class holds for all that have it."""
    own: Mapping[Side, Mapping[str, frozenset[str]]]


def options_are_in_their_place(facts: Facts) -> Verdict:
    """No class stands below another one or below the other program, and none is emptied."""
    problems = list(misplaced(facts[f.SETTINGS].charts.binder_service.values))
    if problems:
        return Failed(
            listing(problems),
            "correct `charts.binder-service.values` in binder.yaml: options read `config.CLASS.OPTION`, one class "
            "beside the other",
        )
    return Passed()


def options_are_known(facts: Facts) -> Verdict:
    """Every class knows what is set below its name. A list of names: newer versions may know more."""
    problems = list(unknown(facts[f.SETTINGS]))
    if problems:
        return Failed(
            f"without any effect: {listing(problems)}",
            "look the names up in the reference documentation of BinderHub, JupyterHub or KubeSpawner, and correct "
            "them in `charts.binder-service.values`; if a newer version knows them, add BD-SET-021 to `checks.skip`",
        )
    return Passed()


def misplaced(values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the shape of the options in the umbrella's values."""
    for side in PLACES:
        here, there = traits().known[side], traits().known[_OTHER[side]]
        for section, options in _sections(values, side):
            path = _path(side, section)
            if options is None:
                yield f"{path} is null, which ends the program at its start"
            elif not isinstance(options, Mapping):
                owner = next((name for name, own in traits().own[side].items() if section in own), "CLASS")
                yield f"{path} is not a class: the option belongs to {_path(side, owner)}.{section}"
            elif section in there and section not in here:
                yield f"{path} belongs to {_path(_OTHER[side], section)}"
            else:
                for key in options:
                    if key in here:
                        yield f"{path}.{key} belongs to {_path(side, key)}"
                    elif key in there:
                        yield f"{path}.{key} belongs to {_path(_OTHER[side], key)}"


def unknown(settings: Settings) -> Iterator[str]:
    """Options that their class does not know, and classes that BinderHub has not."""
    chart = settings.charts.binder_service
    for side in PLACES:
        known, elsewhere = traits().known[side], traits().known[_OTHER[side]]
        for section, options in _sections(chart.values, side):
            if section in known and isinstance(options, Mapping):
                for key in options:
                    if key not in known[section] and key not in known and key not in elsewhere:
                        yield f"{_path(side, section)}.{key}{_hint(key, known[section])}"
            # Code of one's own may bring classes of its own; the hub's authenticators are too many to list.
            elif section not in known and section not in elsewhere and side == "binderhub" and not chart.extra_config:
                yield f"{_path(side, section)}{_hint(section, known)}"


@functools.cache
def traits() -> Traits:
    """The names that `traits.yaml` lists."""
    text = (files("binder_deploy.checks") / "traits.yaml").read_text(encoding="utf-8")
    raw: Mapping[Side, Mapping[str, Mapping[str, Any]]] = YAML(typ="safe").load(text)
    return Traits(
        known={side: _with_relatives(classes) for side, classes in raw.items()},
        own={side: {name: frozenset(c["traits"]) for name, c in classes.items()} for side, classes in raw.items()},
    )


def _with_relatives(classes: Mapping[str, Mapping[str, Any]]) -> Mapping[str, frozenset[str]]:
    """Options of a class, of those that it derives from, and of those that derive from it."""

    def line(name: str) -> list[str]:
        parent = classes[name].get("of")
        return [name, *(line(parent) if parent else [])]

    return {
        name: frozenset(
            option
            for other in classes
            if other in line(name) or name in line(other)
            for option in classes[other]["traits"]
        )
        for name in classes
    }


def _sections(values: Mapping[str, Any], side: Side) -> Iterator[tuple[str, Any]]:
    found: Any = values
    for part in PLACES[side]:
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        yield from found.items()


def _path(side: Side, name: str) -> str:
    return ".".join((*PLACES[side], name))


def _hint(wanted: str, known: Mapping[str, Any] | frozenset[str]) -> str:
    near = difflib.get_close_matches(wanted, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
