"""Values of the AWS Load Balancer Controller, which gives the entry point its network load balancer."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.placement import on
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels

SERVICE_ACCOUNT = "aws-load-balancer-controller"


def load_balancer_controller(settings: Settings, vpc: Any) -> dict[str, Any]:
    """Values of the chart. `vpc`: id of the network, perhaps a promise of it: the controller cannot ask the
    machine, which answers no pod."""
    return {
        "clusterName": Names(settings.name).cluster,
        "region": narrowed(settings.platform, Eks).region,
        "vpcId": vpc,
        "replicaCount": 1,
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT},
        # Only a Service that asks for it gets a load balancer, and no other Service waits for this webhook.
        "enableServiceMutatorWebhook": False,
        "createIngressClassResource": False,
        "ingressClassParams": {"create": False},
        # What it does not use it needs no right for.
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        # A certificate of its own for its webhooks: made anew, it would be another one at every update.
        "keepTLSSecret": True,
        "defaultTags": dict(labels(settings)),
    }
