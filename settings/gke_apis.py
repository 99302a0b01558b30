"""The APIs of Google that a deployment uses; each project switches them on for itself."""

from __future__ import annotations

APIS = (
    "artifactregistry",
    "cloudresourcemanager",
    "compute",
    "container",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "serviceusage",
)
"""What every deployment needs, without `.googleapis.com`."""
DNS_API = "dns"
"""Needed as well where the zone is ours."""
BUDGET_API = "billingbudgets"
"""Needed as well where somebody is to be told when the bill grows."""
