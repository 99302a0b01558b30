"""Values of cert-manager, which gets the certificates and keeps them fresh."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.merge import merge
from binder_deploy.charts.values.owned import CERT_MANAGER
from binder_deploy.charts.values.placement import on
from binder_deploy.charts.versions import key
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERT_MANAGER_NAMESPACE


def cert_manager(settings: Settings, version: str) -> dict[str, Any]:
    """Values of the cert-manager chart in this version. Raises `SettingsError` for values that touch ours."""
    keep = isinstance(settings.platform, Existing)
    ours = {
        # In a cluster of ours what comes with the chart goes with it. In another one, definitions that go would take
        # the certificates of everybody with them. The key before 1.15 was another one.
        **({"crds": {"enabled": True, "keep": keep}} if key(version) >= key("1.15.0") else {"installCRDs": True}),
        # Upstream elects its leader in kube-system; at home nothing is left behind there.
        "global": {"leaderElection": {"namespace": CERT_MANAGER_NAMESPACE}},
        "nodeSelector": on(settings, "core"),
        "resources": _small("50m", "128Mi", "256Mi"),
        "webhook": {"nodeSelector": on(settings, "core"), "resources": _small("20m", "64Mi", "128Mi")},
        "cainjector": {"nodeSelector": on(settings, "core"), "resources": _small("20m", "128Mi", "256Mi")},
        # The release is done only when the webhook answers: an issuer made earlier is refused (x509).
        "startupapicheck": {
            "enabled": True,
            "timeout": "5m",
            "nodeSelector": on(settings, "core"),
            "resources": _small("10m", "32Mi", "64Mi"),
        },
    }
    return merge(ours, settings.charts.cert_manager.values, CERT_MANAGER, "charts.cert-manager.values")


def _small(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}
