"""The contexts of a kubeconfig. Imports little: shell completion asks, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def contexts(kubeconfig: str = "", folder: Path = Path()) -> tuple[str, ...]:
    """Their names, in the files' order. `kubeconfig`: the file; empty: those that kubectl reads."""
    names = (entry.get("name") for content in _contents(kubeconfig, folder) for entry in content.get("contexts") or ())
    return tuple(dict.fromkeys(str(name) for name in names if name))


def current(kubeconfig: str = "", folder: Path = Path()) -> str:
    """The context that kubectl would use; empty: none."""
    found = (content.get("current-context") for content in _contents(kubeconfig, folder))
    return next((str(name) for name in found if name), "")


def _contents(kubeconfig: str, folder: Path) -> Iterator[dict[str, Any]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    for file in _files(kubeconfig, folder):
        try:
            content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError):
            continue  # it offers nothing; `up` says what is wrong with it
        if isinstance(content, dict):
            yield content


def _files(kubeconfig: str, folder: Path) -> list[Path]:
    if kubeconfig:
        return [folder / Path(kubeconfig).expanduser()]
    named = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return named or [Path.home() / ".kube" / "config"]
