"""`binder.lock.yaml`: which archives a deployment uses, by sha256. Its owners commit it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.charts.errors import ChartsError
from binder_deploy.charts.versions import is_version

NAME = "binder.lock.yaml"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEAD = (
    "# Written by binder-deploy; commit it. An archive whose sha256 differs is refused.\n"
    "# To accept a changed archive, remove its entry and run the command again.\n"
)


@dataclass(frozen=True)
class Locked:
    """One archive of the lock."""

    name: str
    version: str
    sha256: str
    source: str
    """Where it was first taken from: a repository's URL, or `folder` for one that was brought along."""


@dataclass(frozen=True)
class Lock:
    """The whole lock; empty for a deployment that has none yet."""

    bundle: str = ""
    archives: Mapping[str, Locked] = field(default_factory=dict)

    def updated(self, bundle: str, entries: Iterable[Locked]) -> Lock:
        """This lock with `entries` in place of what it says about the same charts."""
        return Lock(bundle, {**self.archives, **{e.name: e for e in entries}})

    def text(self) -> str:
        """The file's content: the same lock gives the same bytes."""
        lines = [_HEAD + "version: 1", f'bundle: "{self.bundle}"', "archives:"]
        for name, entry in sorted(self.archives.items()):
            lines += [
                f"  {name}:",
                f'    version: "{entry.version}"',
                f'    sha256: "{entry.sha256}"',
                f'    source: "{entry.source}"',
            ]
        return "\n".join(lines) + "\n"


def read(file: Path) -> Lock:
    """The lock in `file`; an empty one where there is none. Raises `ChartsError` for a file that is not a lock."""
    try:
        raw = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Lock()
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ChartsError(NAME, f"cannot be read ({reason})", _RESTORE) from error
    if not isinstance(raw, dict) or raw.get("version") != 1:
        raise ChartsError(
            f"{NAME} version", "is not 1, the only format that this release reads", "use the release that wrote it"
        )
    archives = raw.get("archives")
    if not isinstance(archives, dict):
        raise ChartsError(f"{NAME} archives", "is missing or not a mapping", _RESTORE)
    return Lock(str(raw.get("bundle", "")), {str(name): _entry(str(name), e) for name, e in archives.items()})


def write(file: Path, lock: Lock) -> None:
    """Write the lock in one step: a reader sees the old one or the new one."""
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(lock.text(), encoding="utf-8")
    draft.replace(file)


def _entry(name: str, raw: Any) -> Locked:
    key = f"{NAME} archives.{name}"
    wanted = {"version", "sha256", "source"}
    if not isinstance(raw, dict) or set(raw) != wanted or not all(isinstance(v, str) for v in raw.values()):
        raise ChartsError(key, "must have version, sha256 and source, each a text in quotes", _RESTORE)
    if not is_version(raw["version"]):
        raise ChartsError(f"{key}.version", "is not a semantic version", _RESTORE)
    if not _SHA256.fullmatch(raw["sha256"]):
        raise ChartsError(f"{key}.sha256", "is not 64 hexadecimal digits in lower case", _RESTORE)
    if '"' in raw["source"] or "\\" in raw["source"]:
        raise ChartsError(f"{key}.source", "has a quote or a backslash", _RESTORE)
    return Locked(name, raw["version"], raw["sha256"], raw["source"])


_RESTORE = "restore the file from your version control, or remove it to start over"
