"""The values of the Binder service while nobody may launch."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from binder_deploy.charts.values.merge import deep


def closed(values: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The umbrella chart's values with launches refused and `text` above every page, before any other banner.

    After everything else, the operator's own values too: they must not open what was closed. The limit on pods in the
    namespace stays as it is, else a pod of the service could not come back while many servers run. `text` is plain;
    empty leaves the values as they are.
    """
    if not text:
        return dict(values)
    usual = values["binderhub"]["config"]["BinderHub"].get("banner_message", "")
    banner = f"<strong>{html.escape(text)}</strong>" + (f"<br>{usual}" if usual else "")
    config = {"LaunchQuota": {"total_quota": 0}, "BinderHub": {"banner_message": banner}}
    return deep(values, {"binderhub": {"config": config}})
