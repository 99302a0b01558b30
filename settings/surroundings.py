"""What a cluster that is not ours had before we came: found once, kept in the stack's configuration."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import InClusterRegistry
from binder_deploy.settings.tls import OwnCertificate

KEY = "surroundings"
"""Of the configuration: JSON, no secret in it."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A cluster as it was found. None of it is ours, nor made by us."""

    cluster: str
    """UID of its namespace `kube-system`: the same for as long as the cluster lives, whatever its kubeconfig says."""
    ingress_class: str | None
    """IngressClass of the ingress controller to use; None: there is none."""
    cert_manager: bool
    """Whether cert-manager runs there."""
    storage_class: str | None
    """The default StorageClass; None: there is none."""

    @classmethod
    def of(cls, text: str) -> Self:
        """From the text that `text` made; unknown keys are ignored. Raises `KeyError`, `ValueError`."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{f.name: values[f.name] for f in fields(cls)})

    def text(self) -> str:
        """As the configuration holds it."""
        return json.dumps(asdict(self), sort_keys=True)


def settled(settings: Settings, found: Surroundings | None) -> Settings:
    """The settings with every choice that was left to the cluster made: by what was found there.

    What the settings say themselves stands. Without `found` (a platform of ours, or a cluster that nobody has looked
    at) they stay as they are. Raises `SettingsError` for what cannot be had there.
    """
    platform = settings.platform
    if found is None or not isinstance(platform, Existing):
        return settings
    if not settings.address.hosts and found.ingress_class is not None:
        raise SettingsError.one(
            "address.kind",
            f"ip needs an ingress controller of our own, but the cluster has one already (class {found.ingress_class})",
            "use address.domain",
        )
    if platform.shared and (platform.ingress_class or found.ingress_class) is None:
        raise SettingsError.one(
            "platform.shared",
            "the cluster has no ingress controller, and none is installed for the cluster as a whole",
            "install one (Traefik, say) with an IngressClass first; or write `shared: false`: then the deployment has "
            "the cluster for itself",
        )
    if platform.shared and not (
        found.cert_manager or platform.cert_manager == "use" or isinstance(settings.tls, OwnCertificate)
    ):
        raise SettingsError.one(
            "platform.shared",
            "the cluster has no cert-manager, and none is installed for the cluster as a whole",
            "install it first, or bring a wildcard certificate: `tls: {kind: certificate, …}`",
        )
    if isinstance(settings.registry, InClusterRegistry) and found.ingress_class is not None:
        raise SettingsError.one(
            "registry.kind",
            f"in-cluster needs an ingress controller of ours: builds are let through to its pods alone, and the "
            f"cluster has one already (class {found.ingress_class}), whose pods are not known",
            "choose another registry: docker-hub, ghcr, quay, harbor or oci",
        )
    theirs = platform.cert_manager == "use" or (platform.cert_manager == "auto" and found.cert_manager)
    chosen = {
        "ingress_class": platform.ingress_class or found.ingress_class,
        # Nothing is installed in a shared cluster: these settings are kept in the state, and read again to remove it.
        "cert_manager": "use" if theirs else platform.cert_manager if platform.shared else "install",
    }
    hub = {"storage_class": settings.hub.storage_class or found.storage_class}
    return settings.model_copy(
        update={"platform": platform.model_copy(update=chosen), "hub": settings.hub.model_copy(update=hub)}
    )
