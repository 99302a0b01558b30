"""NVIDIA's device plugin: without it no pod can ask for an accelerator. GKE brings one of its own, EKS does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.charts.values.placement import DEDICATED
from binder_deploy.components.base import Args, inputs

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.17.4"
DEVICES = "/var/lib/kubelet/device-plugins"
"""Where the kubelet listens for plugins."""


@dataclass(frozen=True, kw_only=True)
class AcceleratorsArgs(Args):
    """Inputs of `Accelerators`."""

    namespace: str
    node_selector: Mapping[str, str]
    """Of the nodes that have accelerators."""
    labels: Mapping[str, str]


class Accelerators(pulumi.ComponentResource):
    """The plugin on every node that has accelerators."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: AcceleratorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:Accelerators", name, inputs(args), opts)
        app = {"app.kubernetes.io/name": "nvidia-device-plugin"}
        key, value, effect = DEDICATED
        plugin = kubernetes.apps.v1.DaemonSet(
            f"{name}-plugin",
            metadata={
                "name": "nvidia-device-plugin",
                "namespace": args.namespace,
                "labels": args.labels,
                # A pool of none has no node to wait for.
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            spec={
                "selector": {"match_labels": app},
                "template": {
                    "metadata": {"labels": app},
                    "spec": {
                        "node_selector": args.node_selector,
                        "priority_class_name": "system-node-critical",
                        "tolerations": [
                            {"key": key, "operator": "Equal", "value": value, "effect": effect},
                            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                        ],
                        "containers": [
                            {
                                "name": "plugin",
                                "image": IMAGE,
                                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
                                "security_context": {
                                    "allow_privilege_escalation": False,
                                    "capabilities": {"drop": ["ALL"]},
                                },
                                "volume_mounts": [{"name": "devices", "mount_path": DEVICES}],
                            }
                        ],
                        "volumes": [{"name": "devices", "host_path": {"path": DEVICES}}],
                    },
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.ready = (plugin,)
        self.register_outputs({"name": plugin.metadata["name"]})
