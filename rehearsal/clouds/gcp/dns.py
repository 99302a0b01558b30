"""Cloud DNS: records in a managed zone that was there before."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import rules, words
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def zone_id(project: str, zone: str) -> str:
    return f"projects/{project}/managedZones/{zone.rsplit('/', 1)[-1]}"


def find_zone(cloud: Cloud, project: str, zone: str) -> Record:
    record = cloud.get("dns/managedZone", zone_id(project, zone))
    if record is None:
        raise ApiError(
            f"googleapi: Error 404: The 'parameters.managedZone' resource named '{zone}' does not exist., notFound"
        )
    return record


def _id(props: Props) -> str:
    return f"{zone_id(props['project'], props['managedZone'])}/rrsets/{props['name']}/{props['type']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.choice(props, "type", "A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TXT",
                            "HTTPS", "SVCB", "DS", "NAPTR", "SSHFP", "TLSA", "ALIAS")  # fmt: skip
    if not str(props.get("name", ".")).endswith("."):
        yield Problem("name", f"{props['name']!r} must end with a dot")
    if props.get("type") == "A":
        for i, address in enumerate(props.get("rrdatas") or ()):
            try:
                IPv4Address(address)
            except AddressValueError:
                yield Problem(f"rrdatas[{i}]", f"{address!r} is not an IPv4 address")
    if props.get("type") == "CNAME":
        for i, target in enumerate(props.get("rrdatas") or ()):
            if not str(target).endswith("."):
                yield Problem(f"rrdatas[{i}]", f"{target!r} must end with a dot")


def _require(cloud: Cloud, props: Props) -> None:
    zone = find_zone(cloud, props["project"], props["managedZone"])
    domain = str(zone.outputs["dnsName"])
    name = props["name"]
    if name != domain and not name.endswith(f".{domain}"):
        raise words.invalid("entity.change.additions[0].name", name, f"The name is not in the zone {domain}")
    for other in cloud.of_type("dns/recordSet"):
        if (other.outputs["managedZone"], other.outputs["name"]) != (props["managedZone"], name):
            continue
        if other.outputs["type"] != props["type"] and "CNAME" in (other.outputs["type"], props["type"]):
            raise words.bad_request(f"The resource record set '{name}' cannot be a CNAME beside other records")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"ttl": props.get("ttl", 300)}


RECORD_SET = Kind(
    pulumi_type="gcp:dns/recordSet:RecordSet",
    label="RecordSet",
    id=_id,
    outputs=_outputs,
    computed=(),
    immutable=frozenset({"project", "managedZone", "name", "type"}),
    check=_check,
    require=_require,
)

KINDS = (RECORD_SET,)
