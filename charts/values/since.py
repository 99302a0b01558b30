"""Keys that not every version of the upstream charts knows. Their schemas refuse what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binder_deploy.charts.versions import key

_BINDERHUB = "1.0.0-0.dev.git.{}.h0"

SINCE: Mapping[str, tuple[str, str]] = {
    "binderhub.extraPodSpec": ("binderhub", _BINDERHUB.format(3343)),
    "binderhub.httpRoute": ("binderhub", _BINDERHUB.format(3913)),
    "binderhub.jupyterhub.httpRoute": ("jupyterhub", "4.3.0"),
    "binderhub.jupyterhub.singleuser.networkPolicy.egressAllowRules.dnsPortsCloudMetadataServer": (
        "jupyterhub",
        "3.0.0",
    ),
    "binderhub.jupyterhub.singleuser.networkPolicy.egressAllowRules.dnsPortsKubeSystemNamespace": (
        "jupyterhub",
        "3.0.0",
    ),
}
"""Path in the values → chart and first version that knows it. Read in the charts' histories."""

PUSH_TOKENS = _BINDERHUB.format(3154)
"""First BinderHub whose registry class may hand a token to each build."""


def known(values: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """`values` without the keys that come later than `versions` (chart name → version)."""
    result = dict(values)
    for path, (chart, first) in SINCE.items():
        if key(versions[chart]) < key(first):
            result = _without(result, path.split("."))
    return result


def pushes_by_token(versions: Mapping[str, str]) -> bool:
    """Whether this BinderHub can push without a long-lived key."""
    return key(versions["binderhub"]) >= key(PUSH_TOKENS)


def _without(values: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    head, *rest = parts
    if head not in values:
        return values
    if not rest:
        return {k: v for k, v in values.items() if k != head}
    return {**values, head: _without(dict(values[head]), rest)}
