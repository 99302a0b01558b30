"""Certificates by Let's Encrypt: the issuer, and one certificate for both hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.base import Args, inputs

SERVERS = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "production": "https://acme-v02.api.letsencrypt.org/directory",
}
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""A certificate needs DNS, which may be somebody else's business for days: the engine never waits for one."""


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs(Args):
    """Inputs of `Certificates`. `after` should have cert-manager, which brings the kinds."""

    server: Literal["staging", "production"]
    email: str
    issuer: str
    """Physical name without the server's, which is added: a certificate is issued anew only when its issuer's
    name changes, so that a switch from staging to production would otherwise change nothing."""
    certificate: str
    """Physical name of the Certificate and of its Secret."""
    namespace: str
    hosts: Sequence[str]
    ingress_class: str
    """Who answers the challenge (HTTP-01, on port 80)."""
    labels: Mapping[str, str]


class Certificates(pulumi.ComponentResource):
    """ClusterIssuer and Certificate; who needs it waits for the Secret."""

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:Certificates", name, inputs(args), opts)
        issuer = kubernetes.apiextensions.CustomResource(
            f"{name}-issuer",
            api_version="cert-manager.io/v1",
            kind="ClusterIssuer",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=args.issuer, labels=args.labels, annotations=SKIP_AWAIT),
            spec={
                "acme": {
                    "server": SERVERS[args.server],
                    "email": args.email,
                    "privateKeySecretRef": {"name": args.issuer},
                    "solvers": [{"http01": {"ingress": {"ingressClassName": args.ingress_class}}}],
                }
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        kubernetes.apiextensions.CustomResource(
            f"{name}-certificate",
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=args.certificate, namespace=args.namespace, labels=args.labels, annotations=SKIP_AWAIT
            ),
            spec={
                "secretName": args.certificate,
                "dnsNames": list(args.hosts),
                "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": args.issuer},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, issuer]),
        )
        self.register_outputs({"issuer": args.issuer})
