"""Every question to Google in one place, so that the SDKs behind them are imported together and late."""

from __future__ import annotations

from binder_deploy.checks.probes.google.access import login
from binder_deploy.checks.probes.google.identity import identity
from binder_deploy.checks.probes.google.names import names
from binder_deploy.checks.probes.google.network import subnetwork, zone
from binder_deploy.checks.probes.google.offers import offers, versions
from binder_deploy.checks.probes.google.permissions import permissions, zone_permissions
from binder_deploy.checks.probes.google.policies import policies
from binder_deploy.checks.probes.google.project import account, billing, services
from binder_deploy.checks.probes.google.quotas import everywhere, regional
from binder_deploy.checks.probes.google.registry import retention

__all__ = [
    "account",
    "billing",
    "everywhere",
    "identity",
    "login",
    "names",
    "offers",
    "permissions",
    "policies",
    "regional",
    "retention",
    "services",
    "subnetwork",
    "versions",
    "zone",
    "zone_permissions",
]
