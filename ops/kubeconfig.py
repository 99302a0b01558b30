"""The way into a cluster that is there already: one context of somebody's kubeconfig, and nothing else of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import binder_namespace, shares

_FILES = {"cluster": ("certificate-authority",), "user": ("client-certificate", "client-key", "tokenFile")}
"""Entries that name files, which may be relative to the kubeconfig's own folder."""


@dataclass(frozen=True)
class _Entry:
    """A named part of a kubeconfig, and the folder of the file that it stands in."""

    content: Mapping[str, Any]
    folder: Path


def extract(platform: Existing, folder: Path, environ: Mapping[str, str]) -> str:
    """A kubeconfig (JSON, which is YAML) with the platform's context alone.

    `folder` is the deployment's: a relative `platform.kubeconfig` starts there. Several files in `$KUBECONFIG` are
    merged as kubectl does: the first entry of a name counts. Raises `SettingsError`.
    """
    files = _files(platform, folder, environ)
    parsed = [(file.parent, _read(file)) for file in files if file.exists()]
    if not parsed:
        raise SettingsError.one(
            "platform.kubeconfig",
            f"there is no kubeconfig at {', '.join(map(str, files))}",
            "write its path there, or set KUBECONFIG",
        )
    context = _named(parsed, "context", platform.context)
    if context is None:
        known = sorted({str(c.get("name")) for _, text in parsed for c in text.get("contexts") or ()})
        raise SettingsError.one(
            "platform.context",
            "the kubeconfig has no context of that name",
            f"write one of {', '.join(known)}" if known else "`kubectl config get-contexts` shows them",
        )
    parts = {kind: _named(parsed, kind, str(context.content.get(kind))) for kind in ("cluster", "user")}
    missing = [kind for kind, part in parts.items() if part is None]
    if missing:
        raise SettingsError.one("platform.context", f"the kubeconfig's context names a {missing[0]} that it has not")
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": platform.context,
            "contexts": [{"name": platform.context, "context": dict(context.content)}],
            **{
                f"{kind}s": [{"name": context.content[kind], kind: _with_whole_paths(kind, part)}]
                for kind, part in parts.items()
                if part
            },
        },
        indent=1,
    )


def scoped(text: str, settings: Settings) -> str:
    """A kubeconfig whose context names the Binder's namespace where others stand beside it, and none otherwise:
    somebody's own default is not where this deployment is."""
    content = YAML(typ="safe", pure=True).load(text)
    for entry in content["contexts"]:
        entry["context"].pop("namespace", None)
        if shares(settings):
            entry["context"]["namespace"] = binder_namespace(settings)
    return json.dumps(content, indent=1)


def write(file: Path, text: str) -> None:
    """For the owner alone from the first moment, and whole for whoever reads it meanwhile: it may hold keys."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def _files(platform: Existing, folder: Path, environ: Mapping[str, str]) -> list[Path]:
    if platform.kubeconfig is not None:
        return [folder / platform.kubeconfig.expanduser()]
    named = [Path(part) for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [file.resolve() for file in named] or [Path.home() / ".kube" / "config"]


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        # Its text stays out of the message: it may hold a token.
        problem = f"{file} cannot be read ({type(error).__name__})"
        raise SettingsError.one("platform.kubeconfig", problem) from None
    return content if isinstance(content, dict) else {}


def _named(parsed: Sequence[tuple[Path, Mapping[str, Any]]], kind: str, name: str) -> _Entry | None:
    for folder, text in parsed:
        for entry in text.get(f"{kind}s") or ():
            if entry.get("name") == name:
                return _Entry(entry.get(kind) or {}, folder)
    return None


def _with_whole_paths(kind: str, part: _Entry) -> dict[str, Any]:
    """The copy lies elsewhere, so relative paths would lead nowhere."""
    content = dict(part.content)
    for key in _FILES[kind]:
        if content.get(key):
            content[key] = str(part.folder / content[key])
    helper = content.get("exec")
    if helper and os.sep in str(helper.get("command", "")):
        content["exec"] = {**helper, "command": str(part.folder / helper["command"])}
    return content
