"""Certificates that cert-manager gets and keeps fresh: the issuer, and one certificate for the whole service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input

from binder_deploy.components.base import Args, inputs
from binder_deploy.settings.tls import DIRECTORIES

SHORT_LIVED = "shortlived"
"""Let's Encrypt certifies IP addresses under this profile only: 160 hours, renewed by cert-manager in time."""
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""A certificate needs DNS, which may be somebody else's business for days: the engine never waits for one."""


@dataclass(frozen=True, kw_only=True)
class Acme:
    """An account at Let's Encrypt."""

    server: Literal["staging", "production"]
    email: str


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs(Args):
    """Inputs of `Certificates`. `after` should have cert-manager, which brings the kinds."""

    acme: Acme | None
    """None: the certificate signs itself."""
    issuer: str
    """Physical name, another one for each server: a certificate is issued anew only when its issuer's name
    changes, so that a switch from staging to production would otherwise change nothing."""
    certificate: str
    """Physical name of the Certificate and of its Secret."""
    namespace: str
    hosts: Sequence[str]
    """Names that it holds for; none: it holds for `ip`."""
    ip: Input[str]
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
            spec=_issuer(args),
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
                **({"dnsNames": list(args.hosts)} if args.hosts else {"ipAddresses": [args.ip]}),
                "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": args.issuer},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, issuer]),
        )
        self.register_outputs({"issuer": args.issuer})


def _issuer(args: CertificatesArgs) -> dict[str, Any]:
    if args.acme is None:
        return {"selfSigned": {}}
    return {
        "acme": {
            "server": DIRECTORIES[args.acme.server],
            "email": args.acme.email,
            **({} if args.hosts else {"profile": SHORT_LIVED}),
            "privateKeySecretRef": {"name": args.issuer},
            "solvers": [{"http01": {"ingress": {"ingressClassName": args.ingress_class}}}],
        }
    }
