"""The institution's own certificate, as the Secret that the ingresses name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input

from binder_deploy.components.base import Args, inputs


@dataclass(frozen=True, kw_only=True)
class OwnCertificateArgs(Args):
    """Inputs of `OwnCertificate`."""

    secret: str
    """Physical name."""
    namespace: str
    chain: Input[str]
    """PEM, the host's certificate first."""
    key: Input[str]
    """PEM; a secret."""
    labels: Mapping[str, str]


class OwnCertificate(pulumi.ComponentResource):
    """A TLS Secret; a new certificate takes effect as soon as `up` has written it."""

    def __init__(self, name: str, args: OwnCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:cluster:OwnCertificate", name, inputs(args), opts)
        kubernetes.core.v1.Secret(
            f"{name}-secret",
            type="kubernetes.io/tls",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=args.secret, namespace=args.namespace, labels=args.labels),
            string_data={"tls.crt": args.chain, "tls.key": args.key},
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.register_outputs({"secret": args.secret})
