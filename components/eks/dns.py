"""The records of both hosts, in a hosted zone that is ours to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input
from pulumi_aws import route53

from binder_deploy.components.base import Args, inputs, named

TTL = 300
"""Seconds. Short: whoever moves the service should not wait a day."""


@dataclass(frozen=True, kw_only=True)
class DnsRecordsArgs(Args):
    """Inputs of `DnsRecords`."""

    zone: Input[str]
    """Id of the hosted zone."""
    hosts: Mapping[str, str]
    """Part of the logical name → host name, without the final dot."""
    ip: Input[str]


class DnsRecords(pulumi.ComponentResource):
    """One A record for each host. A record that somebody else made is never overwritten."""

    def __init__(self, name: str, args: DnsRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:eks:DnsRecords", name, inputs(args), opts)
        for key, host in args.hosts.items():
            route53.Record(
                f"{name}-{key}",
                zone_id=args.zone,
                name=host,
                type="A",
                ttl=TTL,
                records=[args.ip],
                allow_overwrite=False,
                opts=named(self, args.after),
            )
        self.register_outputs({"hosts": list(args.hosts.values())})
