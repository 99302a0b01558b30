"""The records of both hosts, in a managed zone that is ours to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_gcp import dns

from binder_deploy.components.base import Args, inputs, named

TTL = 300
"""Seconds. Short: whoever moves the service should not wait a day."""


@dataclass(frozen=True, kw_only=True)
class DnsRecordsArgs(Args):
    """Inputs of `DnsRecords`."""

    project: Input[str]
    """Project of the zone."""
    zone: Input[str]
    """Name of the managed zone, not its domain."""
    hosts: Mapping[str, str]
    """Part of the logical name → host name, without the final dot."""
    ip: Input[str]


class DnsRecords(pulumi.ComponentResource):
    """One A record for each host."""

    def __init__(self, name: str, args: DnsRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:DnsRecords", name, inputs(args), opts)
        for key, host in args.hosts.items():
            dns.RecordSet(
                f"{name}-{key}",
                project=args.project,
                managed_zone=args.zone,
                name=f"{host}.",
                type="A",
                ttl=TTL,
                rrdatas=[args.ip],
                opts=named(self, args.after),
            )
        self.register_outputs({"hosts": list(args.hosts.values())})
