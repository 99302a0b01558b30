"""What the account at the cloud is, allows and has left."""

from __future__ import annotations

from binder_deploy.checks.facts import account as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import account
from binder_deploy.checks.rules.quotas import within

_BEFORE = Phase.PREFLIGHT
_REGION = (a.REGIONAL_QUOTAS,)
_BOTH = (a.REGIONAL_QUOTAS, a.GLOBAL_QUOTAS)
"""Clouds count networks in a region, or over all of them."""

CHECKS: tuple[Check, ...] = (
    Check("BD-ACC-001", "Somebody is logged in at the cloud", _BEFORE, (a.IDENTITY,), account.logged_in),
    Check("BD-ACC-002", "The project or account is active", _BEFORE, (a.ACCOUNT,), account.account_active),
    Check("BD-ACC-003", "Nothing that `up` does is refused", _BEFORE, (a.PERMISSIONS,), account.permissions_held),
    Check(
        "BD-ACC-004",
        "The DNS records may be changed",
        _BEFORE,
        (a.ZONE_PERMISSIONS,),
        account.zone_permissions_held,
    ),
    Check("BD-ACC-005", "The cloud's services are switched on", _BEFORE, (a.SERVICES,), account.services_on),
    Check("BD-ACC-006", "No policy of the organisation is in the way", _BEFORE, (a.POLICIES,), account.policies_allow),
    Check("BD-ACC-007", "Billing is switched on", _BEFORE, (a.BILLING,), account.billing_on),
    Check("BD-ACC-008", "The zone has the machine types", _BEFORE, (a.OFFERS,), account.machines_offered),
    Check(
        "BD-ACC-009",
        "Images are built for the machines that run them",
        _BEFORE,
        (a.OFFERS,),
        account.one_architecture,
    ),
    Check("BD-ACC-010", "The DNS zone holds the domain", _BEFORE, (f.SETTINGS, a.ZONE), account.zone_serves_hosts),
    Check("BD-ACC-011", "The existing network fits", _BEFORE, (a.SUBNETWORK,), account.network_fits),
    Check("BD-ACC-012", "No name is taken by something else", _BEFORE, (a.NAMES,), account.names_free),
    Check(
        "BD-ACC-013",
        "A new cluster's Kubernetes suits the charts",
        _BEFORE,
        (a.VERSIONS, f.CHART_KUBE_VERSIONS),
        account.version_offered,
    ),
    Check(
        "BD-ACC-014",
        "The Kubernetes version stays supported for a while",
        _BEFORE,
        (a.VERSIONS,),
        account.version_supported,
        blocks=False,
    ),
    Check(
        "BD-QUO-001",
        "The region's vCPUs suffice for every pool",
        _BEFORE,
        _REGION,
        within(_REGION, "cpu"),
    ),
    Check(
        "BD-QUO-002",
        "The account's vCPUs and GPUs suffice for every pool",
        _BEFORE,
        (a.GLOBAL_QUOTAS,),
        within((a.GLOBAL_QUOTAS,), "cpu", "gpu"),
    ),
    Check(
        "BD-QUO-003",
        "The region's disks suffice for every pool",
        _BEFORE,
        _REGION,
        within(_REGION, "disk"),
    ),
    Check(
        "BD-QUO-004",
        "The region's machines and GPUs suffice for every pool",
        _BEFORE,
        _REGION,
        within(_REGION, "machine", "gpu"),
    ),
    Check(
        "BD-QUO-005",
        "Public addresses are left",
        _BEFORE,
        _REGION,
        within(_REGION, "address"),
    ),
    Check(
        "BD-QUO-006",
        "Networks and firewall rules are left",
        _BEFORE,
        _BOTH,
        within(_BOTH, "network"),
    ),
    Check("BD-QUO-007", "Clusters, load balancers and roles are left", _BEFORE, _BOTH, within(_BOTH, "cluster")),
)
