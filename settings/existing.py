"""`platform` for a cluster that is there already."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

from pydantic import Field

from binder_deploy.settings.base import Model, Quantity

NodeSelector = dict[str, str]


class Nodes(Model):
    """Which of the cluster's nodes serve what. Empty: any node that the pods tolerate."""

    core: NodeSelector = Field(default_factory=dict)
    """Labels of the nodes for the service itself."""
    user: NodeSelector = Field(default_factory=dict)
    """Labels of the nodes for people's servers."""
    build: NodeSelector = Field(default_factory=dict)
    """Labels of the nodes for image builds, which need privileged pods."""


class NodeSize(Model):
    """What a typical node has for pods, for the checks of the settings. Left out: the cluster's own nodes are looked
    at, once it is reached."""

    cpu: float = Field(gt=0)
    """Cores."""
    memory: Quantity


class Existing(Model):
    """A cluster by its kubeconfig context: Kubernetes of the institution, or kind, k3s and minikube on one machine.

    Nothing is installed over what is there: an ingress controller, cert-manager and a default storage class are used.
    What is found at the first `up` is kept for the deployment's life.
    """

    kind: Literal["existing"]
    context: str = Field(min_length=1)
    """Name of the kubeconfig's context: `kubectl config get-contexts` shows them."""
    kubeconfig: Path | None = None
    """The file; left out: `$KUBECONFIG`, or `~/.kube/config`."""
    nodes: Nodes = Nodes()
    node_size: NodeSize | None = None
    ingress_class: str | None = Field(default=None, min_length=1)
    """IngressClass of the cluster's own ingress controller. Left out: its default class, or the only one there is;
    where there is none, Traefik is installed."""
    cert_manager: Literal["auto", "use", "install"] = "auto"
    """Whether the cluster has a cert-manager. `auto`: it is looked for, and installed only if it is not there."""
    load_balancer: Literal["auto", "load-balancer", "node-port", "host-port"] = "auto"
    """How people reach the ingress controller that we install. `auto`: a LoadBalancer Service, which k3s, minikube's
    tunnel and most clouds answer. `node-port`: ports 30080 and 30443 of the nodes, for a load balancer of yours in
    front. `host-port`: ports 80 and 443 of the core nodes."""
    address: IPv4Address | None = None
    """The IP address at which people reach that ingress controller; a must with `address.kind: ip`."""

    shared: bool = False
    """Whether several deployments stand in this cluster at the same time, each in a namespace of its own name, below
    hosts of its own. The cluster must have an ingress controller, and cert-manager unless the certificate is yours:
    nothing is installed for the cluster as a whole."""

    @property
    def where(self) -> str:
        """What must not change in the life of a deployment, in words."""
        return f"context {self.context}{', shared' if self.shared else ''}"
