"""What kwokctl is told, as data: loopback addresses, ports, admission, the schedulers' profiles, the stages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

PORTS = ("etcdPort", "etcdPeerPort", "kubeApiserverPort", "kubeControllerManagerPort", "kubeSchedulerPort",
         "kwokControllerPort")  # fmt: skip
"""The ports a control plane listens on. We choose them: kwokctl counts down from a fixed number, so that two
control planes started together choose the same."""

BINARIES = {
    "etcd": "etcdBinary",
    "kube-apiserver": "kubeApiserverBinary",
    "kube-controller-manager": "kubeControllerManagerBinary",
    "kube-scheduler": "kubeSchedulerBinary",
    "kwok": "kwokControllerBinary",
}
"""Program → kwokctl's option for its path."""

ADVERTISED = "192.0.2.1"
"""What the apiserver says its address is (RFC 5737, for documentation). Without it, it takes the default route's,
and does not start on a machine that is off every network; a loopback address is refused."""

PODS, SERVICES = "10.64.0.0/16", "10.20.0.0/20"
"""Addresses of pods and of services. By default both begin at 10.0.0.1."""

EXTRA_ARGS: Mapping[str, Mapping[str, str]] = {
    "kube-apiserver": {
        # Charts bring webhooks with failurePolicy Fail, and no process answers them here.
        "disable-admission-plugins": "ValidatingAdmissionWebhook,MutatingAdmissionWebhook",
        "advertise-address": ADVERTISED,
        "endpoint-reconciler-type": "none",
        "service-cluster-ip-range": SERVICES,
    },
    # One copy of each: an election only delays the start.
    "kube-controller-manager": {"leader-elect": "false"},
    # Not by a KwokConfiguration of ours: that would replace kwok's defaults, without which it does not start.
    "kwok-controller": {"cidr": PODS},
    "etcd": {"unsafe-no-fsync": "true"},
}


def configuration(binaries: Mapping[str, Path], ports: Mapping[str, int], tokens: Path | None = None) -> str:
    """kwokctl's configuration and the stages, as YAML documents.

    `binaries` must name every program of `BINARIES`, `ports` every port of `PORTS`; `KeyError` otherwise. `tokens`: a
    file of bearer tokens that the apiserver accepts.
    """
    options: dict[str, Any] = {
        "runtime": "binary",
        "bindAddress": "127.0.0.1",
        # Off: kwokctl would fetch what is not named here.
        "quietPull": True,
        "disableQPSLimits": True,
        **{option: str(binaries[program]) for program, option in BINARIES.items()},
        **{port: ports[port] for port in PORTS},
    }
    more = {"kube-apiserver": {"token-auth-file": str(tokens)}} if tokens else {}
    patches = [
        {"name": name, "extraArgs": [{"key": k, "value": v} for k, v in {**arguments, **more.get(name, {})}.items()]}
        for name, arguments in EXTRA_ARGS.items()
    ]
    document = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "metadata": {"name": "rehearsal"},
        "options": options,
        "componentsPatches": patches,
    }
    return f"{json.dumps(document, indent=1)}\n---\n{stages()}"


def stages() -> str:
    """The stages, as YAML documents."""
    return resources.files("binder_deploy.rehearsal").joinpath("stages.yaml").read_text()


def scheduler_configuration(profiles: Iterable[str]) -> str:
    """The scheduler's configuration: its own profile, and one that packs nodes full for each name in `profiles`.

    The chart brings a scheduler of its own for people's servers; its pods only pretend to run here, so the real
    scheduler answers to that name too, with the plugins and weights of zero-to-jupyterhub's default values
    (`scheduling.userScheduler`): full nodes first, so that empty ones can go.
    """
    weights = {"NodeAffinity": 14631, "InterPodAffinity": 1331, "NodeResourcesFit": 121, "ImageLocality": 11}
    plugins = {
        "score": {
            "disabled": [{"name": name} for name in ("NodeResourcesBalancedAllocation", *weights)],
            "enabled": [{"name": name, "weight": weight} for name, weight in weights.items()],
        }
    }
    packing = {
        "name": "NodeResourcesFit",
        "args": {
            "scoringStrategy": {
                "type": "MostAllocated",
                "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}],
            }
        },
    }
    return json.dumps(
        {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "leaderElection": {"leaderElect": False},
            "profiles": [
                {"schedulerName": "default-scheduler"},
                *({"schedulerName": name, "plugins": plugins, "pluginConfig": [packing]} for name in profiles),
            ],
        },
        indent=1,
    )
