"""Route 53: records in a hosted zone that was there before."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from binder_deploy.rehearsal.clouds.aws import rules, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

_CHANGE = "Route 53 ChangeResourceRecordSets"


def get_zone(cloud: Cloud, id: str, operation: str = _CHANGE) -> Record:
    why = f"No hosted zone found with ID: {id}"
    return rules.get(cloud, "route53/zone", id, operation, "NoSuchHostedZone", why)


def _name(props: Props) -> str:
    return str(props["name"]).rstrip(".").lower()


def _id(props: Props) -> str:
    return f"{props['zoneId']}_{_name(props)}_{props['type']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.choice(props, "type", "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR",
                            "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT")  # fmt: skip
    if props.get("records") and props.get("aliases"):
        yield Problem("records", "conflicts with aliases")
    if props.get("records") and props.get("ttl") is None:
        yield Problem("ttl", "goes with records, and must be there")
    if props.get("aliases") and props.get("ttl") is not None:
        yield Problem("ttl", "conflicts with aliases")
    if props.get("type") == "A":
        for i, address in enumerate(props.get("records") or ()):
            try:
                IPv4Address(address)
            except AddressValueError:
                yield Problem(f"records[{i}]", f"{address!r} is not an IPv4 address")


def _require(cloud: Cloud, props: Props) -> None:
    zone = get_zone(cloud, str(props["zoneId"]))
    name, domain = _name(props), str(zone.outputs["name"])
    if name != domain and not name.endswith(f".{domain}"):
        why = f"RRSet with DNS name {name}. is not permitted in zone {domain}."
        raise words.refused(_CHANGE, "InvalidChangeBatch", why)
    for other in cloud.of_type("route53/record"):
        if (other.outputs["zoneId"], other.outputs["name"]) != (zone.id, name) or other.id == _id(props):
            continue
        if "CNAME" in (other.outputs["type"], props["type"]):
            why = f"RRSet of type {props['type']} with DNS name {name}. conflicts with other records of that name"
            raise words.refused(_CHANGE, "InvalidChangeBatch", why)


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"name": _name(props), "fqdn": _name(props)}


RECORD = Kind(
    pulumi_type="aws:route53/record:Record",
    label="Route 53 Record",
    id=_id,
    outputs=_outputs,
    computed=("fqdn",),
    located=rules.GLOBAL,
    immutable=frozenset({"zoneId", "name", "type", "setIdentifier"}),
    check=_check,
    require=_require,
)

KINDS = (RECORD,)
