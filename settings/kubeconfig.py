"""Which namespace of a cluster is the Binder's, for whoever has nothing but the way into it."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from binder_deploy.settings.names import BINDER_NAMESPACE


def binder_namespace_in(kubeconfig: Path) -> str:
    """The namespace of the current context: only a deployment that shares its cluster writes one into its kubeconfig.

    Raises `OSError`, or ruamel's `YAMLError`.
    """
    content = YAML(typ="safe", pure=True).load(kubeconfig.read_text(encoding="utf-8")) or {}
    for entry in content.get("contexts") or ():
        if entry.get("name") == content.get("current-context"):
            return str((entry.get("context") or {}).get("namespace") or BINDER_NAMESPACE)
    return BINDER_NAMESPACE
