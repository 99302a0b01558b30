"""Every fact that a check may rest on can be written as JSON and read back equal, whatever its type holds."""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
import types
from collections import abc
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, ip_address
from itertools import islice, zip_longest
from pathlib import Path
from pprint import pformat
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

import binder_deploy.checks
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.codec import CannotRead, CannotRecord, decode, encode
from binder_deploy.checks.model import Key, Phase
from binder_deploy.settings.leftovers import Leftover
from binder_deploy.settings.model import Settings

OBJECT = {"kind": "Pod", "metadata": {"name": "a", "labels": {}}, "spec": {"n": 1, "x": [1.5, None, True, "$data"]}}
PLAIN: dict[Any, tuple[Any, ...]] = {
    str: ("", "$tuple", "ä\x00\n"),
    int: (0, -(2**70)),
    float: (0.1, -0.0, math.inf),
    bool: (True, False),
    bytes: (b"\x00\xff",),
    type(None): (None,),
    datetime: (datetime(2026, 1, 2, 3, 4, 5, 678, UTC), datetime(2026, 1, 2)),
    date: (date(2026, 1, 2),),
    timedelta: (timedelta(days=-1, microseconds=7),),
    Path: (Path("/a/b"),),
    IPv4Address: (IPv4Address("192.0.2.1"),),
    IPv4Network: (IPv4Network("192.0.2.0/24"),),
    Any: (OBJECT, "text"),
    object: (OBJECT,),
}
AT_MOST = 12
"""Samples of one type: enough for every arm of a union to occur."""


def types_of_keys() -> dict[Key[Any], Any]:
    """Key → the type of its facts, as its module declares it."""
    found: dict[Key[Any], Any] = {}
    for module in pkgutil.walk_packages(binder_deploy.checks.__path__, "binder_deploy.checks."):
        loaded = importlib.import_module(module.name)
        hints = None
        for name, value in list(vars(loaded).items()):
            if isinstance(value, Key) and name in getattr(loaded, "__annotations__", {}):
                hints = hints or get_type_hints(loaded)
                found[value] = get_args(hints[name])[0]
    return found


TYPES = types_of_keys()
KEYS = sorted({key for check in CATALOGUE for key in check.needs}, key=lambda key: key.name)


def samples(kind: Any, settings: Settings) -> Iterator[Any]:
    """Values of a type: every arm of a union, empty and filled collections."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        yield from PLAIN[kind]
    elif kind is Settings:
        yield settings
    elif origin is Literal:
        yield from inner
    elif origin is Annotated:
        yield from samples(inner[0], settings)
    elif origin in (Union, types.UnionType):
        for arm in inner:
            yield from samples(arm, settings)
    elif origin in (tuple, list, set, frozenset):
        yield from collections(origin, inner, settings)
    elif origin in (abc.Mapping, dict):
        keys, values = samples(inner[0], settings), samples(inner[1], settings)
        yield {}
        yield dict(islice(zip(keys, values, strict=False), AT_MOST))
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from kind
    elif is_dataclass(kind):
        yield from instances(kind, settings)
    else:
        raise NotImplementedError(f"the test has no sample of {kind}: teach it one")


def collections(origin: Any, inner: tuple[Any, ...], settings: Settings) -> Iterator[Any]:
    if origin is tuple and inner[-1:] != (Ellipsis,):
        yield tuple(next(samples(one, settings)) for one in inner)
        return
    yield origin()
    yield origin(islice(samples(inner[0], settings), AT_MOST))


def instances(kind: Any, settings: Settings) -> Iterator[Any]:
    """As many as the field with the most samples has; the others repeat their last one."""
    hints = get_type_hints(kind, include_extras=True)
    choices = {f.name: list(islice(samples(hints[f.name], settings), AT_MOST)) for f in fields(kind) if f.init}
    last = {name: values[-1] for name, values in choices.items()}
    for row in zip_longest(*choices.values()):
        yield kind(**{name: last[name] if value is None else value for name, value in zip(choices, row, strict=True)})


def again(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same kinds all the way down: `1 == True` and `(1,) != [1]` are not enough."""
    return one == other and in_order(one) == in_order(other)


def in_order(value: Any) -> str:
    """Like `repr`, but equal sets look the same: their own order hangs on how they were filled."""
    return pformat(value, width=1, sort_dicts=False)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_fact_of_the_catalogue_survives(key: Key[Any], settings: Callable[..., Settings]) -> None:
    assert key in TYPES, f"{key.name}: declare it as `NAME: Key[type] = Key(...)` in checks/facts"
    tried = list(islice(samples(TYPES[key], settings()), 3 * AT_MOST))
    assert tried
    for value in tried:
        assert same(again(value), value)


def test_the_samples_reach_every_part_of_a_type(settings: Callable[..., Settings]) -> None:
    made = list(samples(tuple[Leftover | None, ...], settings()))
    assert made[0] == ()
    assert {type(item) for item in made[1]} == {Leftover, type(None)}


@pytest.mark.parametrize(
    "value",
    [
        {"$tuple": [1]},
        {"a": {"$data": "x"}},
        {1: "a", (1, 2): "b"},
        (1, (2, [3, (4,)])),
        frozenset({("a", "b"), ("c", "d")}),
        Phase.TLS,
        ip_address("2001:db8::1"),
        math.nan,
        [],
        {},
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_what_looks_like_a_tag_or_is_no_json_survives(value: Any) -> None:
    assert repr(again(value)) == repr(value)


def test_a_value_of_a_foreign_kind_is_refused_and_not_flattened() -> None:
    for value in (object(), lambda: 1, ValueError("x"), Foreign.A):
        with pytest.raises(CannotRecord):
            encode({"a": (value,)})


class Foreign(Enum):
    A = 1


@pytest.mark.parametrize(
    "data",
    [
        {"$data": "subprocess:Popen", "args": "true"},
        {"$data": "binder_deploy.cli.__main__:main"},
        {"$data": "binder_deploy.stacks.engine:Engine"},
        {"$data": "binder_deploy.checks.model:Facts", "values": {}},
        {"$data": "binder_deploy.settings.leftovers:Leftover", "kind": "disk"},
        {"$data": "binder_deploy.settings.leftovers:Gone"},
        {"$model": "binder_deploy.settings.model:Settings", "value": {"version": 1}},
        {"$enum": "binder_deploy.checks.model:Phase", "value": "lunch"},
        {"$datetime": "yesterday"},
        {"$pickle": "x"},
        {"$map": [[[1], 2]]},
    ],
    ids=lambda data: next(iter(data.values())) if isinstance(next(iter(data.values())), str) else "map",
)
def test_reading_makes_nothing_but_facts(data: Any) -> None:
    with pytest.raises(CannotRead):
        decode({"inside": [data]})
