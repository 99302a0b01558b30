"""Inputs against the provider's own Python SDK: unknown types and names, missing and misshapen values.

The SDK is generated from the provider's schema, so it is the schema. It is loaded piece by piece under a name of
our own: its packages import thousands of modules when imported as a whole, which takes seconds.
"""

from __future__ import annotations

import collections.abc
import importlib
import importlib.util
import inspect
import sys
import threading
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Union, get_args, get_origin

import pulumi
import pulumi._types as sdk_types

from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, Props

_loading = threading.Lock()


class Schema:
    """The input side of one Pulumi SDK package, such as `pulumi_gcp`."""

    def __init__(self, package: str) -> None:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"{package} is not installed; the simulated cloud takes its schema from it")
        self._root = Path(spec.submodule_search_locations[0])
        self._alias = f"_schema_of_{package}"
        self._args: dict[str, type | None] = {}

    def knows(self, token: str) -> bool:
        """Whether the SDK has this resource type."""
        return self._args_of(token) is not None

    def problems(self, token: str, props: Props) -> list[Problem]:
        """Everything wrong with the inputs of a known type; unknown values count as given."""
        args = self._args_of(token)
        if args is None:
            raise LookupError(token)
        return list(_object(args, props, ""))

    def provider_problems(self, props: Props) -> list[Problem]:
        """Misspelt provider configuration (its nested values arrive as JSON text and are not looked into)."""
        with _loading:
            args = self._module("provider").ProviderArgs
        return list(_unknown_names(_names(args), props, ""))

    def _args_of(self, token: str) -> type | None:
        with _loading:
            if token not in self._args:
                self._args[token] = self._find(token)
            return self._args[token]

    def _find(self, token: str) -> type | None:
        _, module, name = token.split(":")
        service, _, leaf = module.partition("/")
        folder = self._root / service
        # `iAMMember` lies in `iam_member.py`: only the letters can be relied on.
        stem = next((f.stem for f in folder.glob("*.py") if f.stem.replace("_", "") == leaf.lower()), None)
        if stem is None:
            return None
        loaded: type | None = getattr(self._module(f"{service}.{stem}"), f"{name}Args", None)
        return loaded

    def _module(self, path: str) -> ModuleType:
        root = _package(self._alias, self._root)
        if not hasattr(root, "_utilities"):
            utilities = _stub(f"{self._alias}._utilities")
            # The only thing that SDK modules use of it while they are being imported.
            utilities.deprecated = lambda message: lambda function: function  # type: ignore[attr-defined]
            root._utilities = utilities  # type: ignore[attr-defined]
        service = path.rpartition(".")[0]
        if service:
            package = _package(f"{self._alias}.{service}", self._root / service)
            if not hasattr(package, "outputs"):
                # Output types are named in strings only: leaving them out halves the time.
                package.outputs = _stub(f"{package.__name__}.outputs")  # type: ignore[attr-defined]
        return importlib.import_module(f"{self._alias}.{path}")


def _stub(name: str) -> ModuleType:
    return sys.modules.setdefault(name, ModuleType(name))


def _package(name: str, folder: Path) -> ModuleType:
    package = _stub(name)
    package.__path__ = [str(folder)]
    return package


@cache
def _names(args: type) -> Mapping[str, type]:
    return sdk_types.input_type_types(args)


@cache
def _required(args: type) -> frozenset[str]:
    names = sdk_types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args).parameters.values()
    return frozenset(names[p.name] for p in parameters if p.default is inspect.Parameter.empty)


def _unknown_names(names: Mapping[str, type], props: Props, path: str) -> Iterator[Problem]:
    for name in props:
        if name in names or name.startswith("__"):
            continue
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield Problem(_join(path, name), f"there is no such property{hint}")


def _object(args: type, props: Props, path: str) -> Iterator[Problem]:
    names = _names(args)
    yield from _unknown_names(names, props, path)
    for name in sorted(_required(args)):
        if props.get(name) is None:
            yield Problem(_join(path, name), "missing required property")
    for name, value in props.items():
        if name in names:
            yield from _value(names[name], value, _join(path, name))


def _value(kind: Any, value: Any, path: str) -> Iterator[Problem]:
    if value is None or value == UNKNOWN:
        return
    if get_origin(kind) is Union:
        # Input[X] is Union[X, Awaitable[X], Output[...]]: only X says what a value looks like.
        kinds = [k for k in get_args(kind) if not _is_wrapper(k)]
        found = [list(_value(k, value, path)) for k in kinds]
        yield from min(found, key=len, default=[])
    elif isinstance(kind, type) and sdk_types.is_input_type(kind):
        if isinstance(value, dict):
            yield from _object(kind, value, path)
        else:
            yield Problem(path, f"must be an object, not {_word(value)}")
    elif get_origin(kind) in (collections.abc.Sequence, list):
        if not isinstance(value, list):
            yield Problem(path, f"must be a list, not {_word(value)}")
            return
        for i, item in enumerate(value):
            yield from _value(get_args(kind)[0], item, f"{path}[{i}]")
    elif get_origin(kind) in (collections.abc.Mapping, dict):
        if not isinstance(value, dict):
            yield Problem(path, f"must be a mapping, not {_word(value)}")
            return
        for name, item in value.items():
            yield from _value(get_args(kind)[1], item, f"{path}[{name!r}]")
    else:
        yield from _scalar(kind, value, path)


def _is_wrapper(kind: Any) -> bool:
    return kind is type(None) or get_origin(kind) in (collections.abc.Awaitable, pulumi.Output)


def _scalar(kind: Any, value: Any, path: str) -> Iterator[Problem]:
    """The provider converts between text, numbers and booleans where the text allows it."""
    if isinstance(value, dict | list):
        yield Problem(path, f"must be a single value, not {_word(value)}")
    elif kind is bool and not isinstance(value, bool) and value not in ("true", "false"):
        yield Problem(path, f"must be true or false, not {value!r}")
    elif kind in (int, float) and (isinstance(value, bool) or not _is_number(value)):
        yield Problem(path, f"must be a number, not {value!r}")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _word(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "a boolean"}.get(type(value), "a number")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
