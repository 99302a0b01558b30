"""The values of every chart that Amazon EKS needs besides the service's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from binder_deploy.charts.values.eks.calico import operator
from binder_deploy.charts.values.eks.cluster_autoscaler import cluster_autoscaler
from binder_deploy.charts.values.eks.load_balancer_controller import load_balancer_controller
from binder_deploy.settings.model import Settings

LOAD_BALANCER_CONTROLLER, AUTOSCALER = "aws-load-balancer-controller", "cluster-autoscaler"
CALICO_KINDS, CALICO_OPERATOR = "crd.projectcalico.org.v1", "tigera-operator"
"""Charts, as their publishers call them."""
SYSTEM_NAMESPACE = "kube-system"
CALICO_NAMESPACE = "tigera-operator"
"""The operator's; it makes `calico-system` itself."""


class Place(NamedTuple):
    """Where a release is."""

    name: str
    namespace: str


RELEASES: Mapping[str, Place] = {
    LOAD_BALANCER_CONTROLLER: Place(LOAD_BALANCER_CONTROLLER, SYSTEM_NAMESPACE),
    AUTOSCALER: Place(AUTOSCALER, SYSTEM_NAMESPACE),
    CALICO_KINDS: Place("calico-kinds", CALICO_NAMESPACE),
    CALICO_OPERATOR: Place("calico", CALICO_NAMESPACE),
}
"""Chart → its release."""
SOME_VPC = "vpc-0"
"""Stands in for the network's id as long as there is none."""


def platform_values(settings: Settings, vpc: Any = SOME_VPC) -> dict[str, dict[str, Any]]:
    """Chart → values. `vpc`: id of the network, perhaps a promise of it."""
    return {
        LOAD_BALANCER_CONTROLLER: load_balancer_controller(settings, vpc),
        AUTOSCALER: cluster_autoscaler(settings),
        CALICO_KINDS: {},
        CALICO_OPERATOR: operator(settings),
    }
