"""The values of all charts of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.cert_manager import cert_manager
from binder_deploy.charts.values.eks.together import platform_values
from binder_deploy.charts.values.monitoring.together import monitoring_values
from binder_deploy.charts.values.origins import Origins, origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.traefik import traefik
from binder_deploy.charts.values.zot import ZOT, zot
from binder_deploy.settings.choices import brings_registry
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.model import Settings

NO_SECRETS = ServiceSecrets(
    hub_api_token="", proxy_token="", cookie_secret="", crypt_key="", registry_key="", metrics_token=""
)
"""For whoever wants the values' shape: what they ask for, whether they can be made at all."""


@dataclass(frozen=True)
class Values:
    """Chart by chart."""

    binder_service: dict[str, Any]
    traefik: dict[str, Any]
    cert_manager: dict[str, Any]
    platform: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Chart → values of what this kind of platform, or a section of the settings, needs besides, with stand-ins for
    what the cloud is yet to tell."""


def values(
    settings: Settings,
    charts: ChartSet,
    secrets: ServiceSecrets,
    extra_config: Mapping[str, str],
    where: Origins | None = None,
) -> Values:
    """The values that the releases get. `where`: left out as long as there is no address.

    Raises `SettingsError` for settings that touch what is ours.
    """
    return Values(
        binder_service=binder_service(settings, secrets, charts.binder_service.dependencies, extra_config, where),
        traefik=traefik(settings, charts.traefik.version),
        cert_manager=cert_manager(settings, charts.cert_manager.version),
        platform={
            **(platform_values(settings) if isinstance(settings.platform, Eks) else {}),
            **({ZOT: zot(settings, secrets)} if brings_registry(settings) else {}),
            **monitoring_values(settings, where or origins(settings)),
        },
    )
