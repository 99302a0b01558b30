"""Every question to AWS in one place, so that the SDK behind them is imported late."""

from __future__ import annotations

from binder_deploy.checks.probes.aws.access import login
from binder_deploy.checks.probes.aws.identity import account, identity
from binder_deploy.checks.probes.aws.names import names
from binder_deploy.checks.probes.aws.network import vpc, zone
from binder_deploy.checks.probes.aws.offers import offers, versions
from binder_deploy.checks.probes.aws.permissions import permissions, zone_permissions
from binder_deploy.checks.probes.aws.quotas import everywhere, regional
from binder_deploy.checks.probes.aws.registry import creation, retention

__all__ = [
    "account",
    "creation",
    "everywhere",
    "identity",
    "login",
    "names",
    "offers",
    "permissions",
    "regional",
    "retention",
    "versions",
    "vpc",
    "zone",
    "zone_permissions",
]
