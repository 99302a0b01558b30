"""The lock of the tools: which binaries, which versions, and the ways to get each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Recognise:
    """How a binary says its version: run with `arguments`, some whole line matches `pattern`."""

    arguments: tuple[str, ...]
    pattern: str
    """A regular expression; `{version}` stands for the version, escaped."""


@dataclass(frozen=True)
class Release:
    """Where the official release is published."""

    url: str
    checksums: tuple[str, ...]
    """Addresses of checksums, tried in order."""
    platforms: Mapping[str, Mapping[str, str]]
    """`<os>/<arch>` → the values of the addresses' placeholders."""
    member: str = ""
    """The binary's path in the archive; empty if the file is the binary."""


@dataclass(frozen=True)
class Binary:
    """A pinned binary."""

    name: str
    version: str
    graph: str
    package: str
    release: Release
    recognise: Recognise | None = None

    @property
    def built_as(self) -> str:
        """The file name `go build` gives it: the last part of the package that is not a major version."""
        *_, parent, last = self.package.split("/")
        return parent if last[:1] == "v" and last[1:].isdecimal() else last


@dataclass(frozen=True)
class Copy:
    """A module that is built from a changed, writable copy."""

    module: str
    into: str
    drop: tuple[str, ...] = ()
    put: Mapping[str, str] = field(default_factory=dict)
    take: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A locked Go module graph and how to build from it."""

    name: str
    folder: Path
    cpu_seconds: float
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """Go variable → value, set by the linker."""
    replace: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True)
class GoWheel:
    """The Go toolchain as a Python wheel."""

    minimum: tuple[int, int]
    package: str
    version: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Lock:
    """Everything that `lock.toml` says."""

    binaries: Mapping[str, Binary]
    graphs: Mapping[str, Graph]
    go: GoWheel


@cache
def shipped() -> Lock:
    """The lock that this version of binder-deploy ships."""
    return read(HERE / "lock.toml")


def read(path: Path) -> Lock:
    """Read a lock; graphs' folders are relative to it. Raises KeyError or TypeError if it is malformed.

    A lock that names no compiler is built with the shipped lock's.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    binaries = {name: _binary(name, entry) for name, entry in raw["binaries"].items()}
    versions = {name: binary.version for name, binary in binaries.items()}
    return Lock(
        binaries=binaries,
        graphs={name: _graph(name, entry, path.parent, versions) for name, entry in raw.get("graphs", {}).items()},
        go=_go(raw["go"]) if "go" in raw else shipped().go,
    )


def _binary(name: str, entry: Mapping[str, Any]) -> Binary:
    release = entry["release"]
    recognise = entry.get("recognise")
    return Binary(
        name=name,
        version=entry["version"],
        graph=entry["graph"],
        package=entry["package"],
        release=Release(**(release | {"checksums": tuple(release["checksums"])})),
        recognise=recognise and Recognise(tuple(recognise["arguments"]), recognise["pattern"]),
    )


def _graph(name: str, entry: Mapping[str, Any], root: Path, versions: Mapping[str, str]) -> Graph:
    return Graph(
        name=name,
        folder=root / entry["folder"],
        cpu_seconds=entry["cpu_seconds"],
        tags=tuple(entry.get("tags", ())),
        variables={key: value.format(**versions) for key, value in entry.get("variables", {}).items()},
        replace=entry.get("replace", {}),
        copies=tuple(Copy(**(copy | {"drop": tuple(copy.get("drop", ()))})) for copy in entry.get("copies", ())),
    )


def _go(entry: Mapping[str, Any]) -> GoWheel:
    major, minor = map(int, entry["minimum"].split("."))
    return GoWheel((major, minor), entry["package"], entry["version"], tuple(entry["hashes"]))
