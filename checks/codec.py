"""Values of facts as JSON and back, without loss: what JSON has no word for is tagged with its kind.

Whatever kind of fact is added is covered as long as it is made of plain values, containers, dates and our own
dataclasses, enums and settings. Reading makes nothing but those: an archive comes from elsewhere and is not trusted.
"""

from __future__ import annotations

import base64
import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_OURS = ("binder_deploy.checks.", "binder_deploy.charts.", "binder_deploy.settings.")
"""Rooms whose types a fact may be made of."""
_TEXTS: Mapping[str, tuple[type[Any], Callable[[Any], str], Callable[[str], Any]]] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "seconds": (timedelta, lambda value: repr(value.total_seconds()), lambda text: timedelta(seconds=float(text))),
    "path": (Path, str, Path),
    "ipv4": (IPv4Address, str, IPv4Address),
    "ipv6": (IPv6Address, str, IPv6Address),
    "ipv4-network": (IPv4Network, str, IPv4Network),
    "ipv6-network": (IPv6Network, str, IPv6Network),
    "bytes": (bytes, lambda value: base64.b64encode(value).decode(), base64.b64decode),
}
"""Tag → type, to text, from text. A datetime is a date, too: the narrower comes first."""
_COLLECTIONS: Mapping[str, type[Any]] = {"tuple": tuple, "frozenset": frozenset, "set": set}


class CannotRecord(TypeError):
    """A value of a kind that cannot be written without loss."""

    def __init__(self, value: object) -> None:
        super().__init__(f"a {type(value).__module__}.{type(value).__qualname__} cannot be recorded")


class CannotRead(ValueError):
    """Recorded data that this version does not understand."""


def encode(value: Any) -> Any:
    """JSON-ready data that `decode` makes an equal value of. Raises `CannotRecord`."""
    match value:
        case Enum():
            return {"$enum": _name(type(value)), "value": encode(value.value)}
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"$float": repr(value)}
        case list():
            return [encode(item) for item in value]
        case Mapping():
            return _mapping(value)
        case BaseModel():
            return {"$model": _name(type(value)), "value": value.model_dump(mode="json", by_alias=True)}
    if is_dataclass(value):
        content = {f.name: encode(getattr(value, f.name)) for f in fields(value) if f.init}
        return {"$data": _name(type(value)), **content}
    for tag, kind in _COLLECTIONS.items():
        if type(value) is kind:
            # A set has no order; sorted, the same facts give the same file.
            items = [encode(item) for item in value]
            return {f"${tag}": items if kind is tuple else sorted(items, key=repr)}
    for tag, (kind, write, _) in _TEXTS.items():
        if isinstance(value, kind):
            return {f"${tag}": write(value)}
    raise CannotRecord(value)


def decode(data: Any) -> Any:
    """The value that `encode` was given. Raises `CannotRead`."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    tag = next(iter(data), "")
    if not tag.startswith("$"):
        return {key: decode(value) for key, value in data.items()}
    try:
        return _tagged(tag[1:], data)
    except CannotRead:
        raise
    except Exception as error:  # damaged, or from a version whose shapes were others
        raise CannotRead(f"{tag}: {type(error).__name__}") from None


def _mapping(value: Mapping[Any, Any]) -> Any:
    if all(isinstance(key, str) for key in value) and not next(iter(value), "").startswith("$"):
        return {key: encode(item) for key, item in value.items()}
    return {"$map": [[encode(key), encode(item)] for key, item in value.items()]}


def _tagged(tag: str, data: dict[str, Any]) -> Any:
    content = data[f"${tag}"]
    match tag:
        case "map":
            return {decode(key): decode(value) for key, value in content}
        case "float":
            return float(content)
        case "enum":
            return _type(content, Enum)(decode(data["value"]))
        case "model":
            return _type(content, BaseModel).model_validate(data["value"])
        case "data":
            return _type(content)(**{key: decode(value) for key, value in data.items() if key != "$data"})
    if tag in _COLLECTIONS:
        return _COLLECTIONS[tag](decode(item) for item in content)
    if tag in _TEXTS:
        return _TEXTS[tag][2](content)
    raise CannotRead(f"${tag}: there is no such kind")


def _name(kind: type[Any]) -> str:
    if not kind.__module__.startswith(_OURS):
        raise CannotRecord(kind)
    return f"{kind.__module__}:{kind.__qualname__}"


def _type(name: str, of: type[Any] = object) -> Any:
    """One of our own types that holds data. Raises `CannotRead` for anything else."""
    module, _, qualname = name.partition(":")
    if not module.startswith(_OURS) or "." in qualname:
        raise CannotRead(f"{name}: not a type of ours")
    found = getattr(importlib.import_module(module), qualname)
    holds_data = isinstance(found, type) and found.__module__ == module and issubclass(found, of)
    if not holds_data or (of is object and not is_dataclass(found)):
        raise CannotRead(f"{name}: holds no data")
    return found
