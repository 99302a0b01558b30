"""The shape of a canary pod, and of the policy that is put on one. Pure.

A canary pod has no owner: KubeSpawner's pods have none either, and the AWS VPC CNI enforces policies only on pods that
have one. Kubernetes removes finished pods that no controller owns only by the thousand, so each carries its own end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from binder_deploy.charts.values.hub import GPU
from binder_deploy.charts.values.placement import DEDICATED, POOL_LABEL, PURPOSE_LABEL
from binder_deploy.settings.names import BINDER_NAMESPACE, BINDER_RELEASE, OWNER_LABEL

Attempt = Mapping[str, Any]
"""What `errand` takes."""

LABEL = "binder-deploy/canary"
"""On everything that a run makes; its value is the run's suffix. Whoever finds one may remove it when it is old."""
ROLE_LABEL = "binder-deploy/canary-role"
EXPIRES = "binder-deploy/expires"
"""Annotation: when it may be removed by whoever comes by, in ISO 8601."""
DEADLINE_S = 180
"""Seconds from its start after which Kubernetes ends the pod. Waiting for a node does not count."""
RESULT = "/dev/termination-log"
ERRAND = (Path(__file__).parent / "errand.py").read_text(encoding="utf-8")

_USER_ID = 65534
_KEY, _VALUE, _EFFECT = DEDICATED
_TOLERATED = ("hub.jupyter.org/dedicated", _KEY)


@dataclass(frozen=True)
class Likeness:
    """What kind of pod a canary passes for."""

    role: str
    nodes: Mapping[str, str]
    """Node selector: it runs where the others of its kind run."""
    labels: Mapping[str, str] = field(default_factory=dict)


_USER_NODES = {PURPOSE_LABEL: "user"}
SERVER = Likeness(
    "server",
    _USER_NODES,
    {
        "app": "jupyterhub",
        "component": "singleuser-server",
        "release": BINDER_RELEASE,
        "hub.jupyter.org/network-access-hub": "true",
    },
)
"""A person's server, as KubeSpawner labels it for the chart's policies."""
BUILD = Likeness("build", {POOL_LABEL: "build"}, {"component": "binderhub-build"})
"""A build pod, as BinderHub labels it."""
DENIED = Likeness("denied", _USER_NODES, {"component": "canary"})
ALLOWED = Likeness("allowed", _USER_NODES, {"component": "canary"})


@dataclass(frozen=True)
class Run:
    """What all objects of one run have in common."""

    deployment: str
    suffix: str
    expires: datetime
    image: str
    """One that has Python."""
    pull_secrets: Sequence[Mapping[str, str]] = ()
    namespace: str = BINDER_NAMESPACE


def pod(run: Run, likeness: Likeness, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """The pod that makes `attempts` and ends. It passes the strictest Pod Security standard."""
    command = ["python3", "-c", ERRAND, json.dumps(list(attempts)), RESULT]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(run, likeness),
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": DEADLINE_S,
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "imagePullSecrets": [dict(secret) for secret in run.pull_secrets],
            "tolerations": [
                *({"key": key, "operator": "Equal", "value": _VALUE, "effect": _EFFECT} for key in _TOLERATED),
                # Nodes with accelerators; a server that asks for one is given this by itself.
                {"key": GPU, "operator": "Exists"},
            ],
            "nodeSelector": dict(likeness.nodes),
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER_ID,
                "runAsGroup": _USER_ID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "canary",
                    "image": run.image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": command,
                    "terminationMessagePath": RESULT,
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "48Mi"},
                        "limits": {"cpu": "500m", "memory": "128Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }


def policy(run: Run, likeness: Likeness, *, allow: bool) -> dict[str, Any]:
    """A NetworkPolicy for one pod of this run alone: all ways out are open, or none is."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(run, likeness),
        "spec": {
            "podSelector": {"matchLabels": {LABEL: run.suffix, ROLE_LABEL: likeness.role}},
            "policyTypes": ["Egress"],
            "egress": [{}] if allow else [],
        },
    }


def _metadata(run: Run, likeness: Likeness) -> dict[str, Any]:
    return {
        "name": f"canary-{likeness.role}-{run.suffix}",
        "namespace": run.namespace,
        "labels": {
            **likeness.labels,
            OWNER_LABEL: run.deployment,
            LABEL: run.suffix,
            ROLE_LABEL: likeness.role,
        },
        "annotations": {EXPIRES: run.expires.isoformat(timespec="seconds")},
    }
