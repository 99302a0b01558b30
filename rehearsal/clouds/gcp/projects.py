"""A project's APIs and its role bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import members, rules
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props


def _service_id(props: Props) -> str:
    return f"{props['project']}/{props['service']}"


def _check_service(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    service = props.get("service")
    if service is not None and not re.fullmatch(r"[a-z][-a-z0-9]*(\.[-a-z0-9]+)*\.googleapis\.com", service):
        yield Problem("service", f"{service!r} must look like NAME.googleapis.com")


def _service_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"disableOnDestroy": props.get("disableOnDestroy", False)}


def _delete_service(cloud: Cloud, record: Record) -> None:
    if record.outputs.get("disableOnDestroy"):
        cloud.remove(record.type, record.id)
    else:
        # Switched on for good, on purpose: other things in the project may have come to use it.
        cloud.put(replace(record, owner="given"))


SERVICE = Kind(
    pulumi_type="gcp:projects/service:Service",
    label="Service",
    id=_service_id,
    outputs=_service_outputs,
    computed=(),
    immutable=frozenset({"project", "service"}),
    check=_check_service,
    delete=_delete_service,
    upsert=True,
)


def _member_id(props: Props) -> str:
    return f"{props['project']}/{props['role']}/{props['member']}"


def _check_member(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from members.check(props)


def _require_member(cloud: Cloud, props: Props) -> None:
    members.require(cloud, props["member"])


MEMBER = Kind(
    pulumi_type="gcp:projects/iAMMember:IAMMember",
    label="IAMMember",
    id=_member_id,
    outputs=members.outputs,
    computed=("etag",),
    immutable=frozenset({"project", "role", "member", "condition"}),
    check=_check_member,
    require=_require_member,
    upsert=True,
)

KINDS = (SERVICE, MEMBER)
