"""Rules that many Google resources share. Values are checked only where a preview knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import places, words
from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.values import choice as choice
from binder_deploy.rehearsal.clouds.values import cidr as cidr
from binder_deploy.rehearsal.clouds.wire import Props

COMPUTE = "https://www.googleapis.com/compute/v1/"

_APIS = {
    "compute": ("compute.googleapis.com", "Compute Engine API"),
    "container": ("container.googleapis.com", "Kubernetes Engine API"),
    "artifactregistry": ("artifactregistry.googleapis.com", "Artifact Registry API"),
    "dns": ("dns.googleapis.com", "Cloud DNS API"),
    "serviceaccount": ("iam.googleapis.com", "Identity and Access Management (IAM) API"),
    "billing": ("billingbudgets.googleapis.com", "Cloud Billing Budget API"),
    "monitoring": ("monitoring.googleapis.com", "Cloud Monitoring API"),
    "projects": ("cloudresourcemanager.googleapis.com", "Cloud Resource Manager API"),
    "projects/service": ("serviceusage.googleapis.com", "Service Usage API"),
}
"""Service, or a type that differs from its service → its API and the API's title."""


def api_enabled(cloud: Cloud, type: str, project: str) -> None:
    """Refuse what belongs to an API that the project has not switched on: a forgotten dependency shows here."""
    api, title = _APIS.get(type) or _APIS[type.partition("/")[0]]
    given = cloud.session.get("enabled_apis", ())
    if project.startswith("projects/"):
        project = project.split("/")[1]
    if f"{project}/{api}" in given or f"{project}/*" in given:
        return
    if cloud.get("projects/service", f"{project}/{api}"):
        return
    raise words.api_disabled(title, api, project)


def name(props: Props, field: str = "name", longest: int = 63) -> Iterator[Problem]:
    """RFC 1035: a lowercase letter, then letters, digits and dashes, no dash at the end."""
    value = props.get(field)
    if value is None:
        return
    if not re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", value):
        yield Problem(field, f"{value!r} must match [a-z]([-a-z0-9]*[a-z0-9])?")
    if len(value) > longest:
        yield Problem(field, f"{value!r} has {len(value)} characters; {longest} are allowed")


def labels(props: Props, field: str = "labels", path: str = "") -> Iterator[Problem]:
    """Google's labels: lowercase, 63 characters, at most 64 of them."""
    path = path or field
    values = props.get(field) or {}
    for label, value in values.items():
        if not re.fullmatch(r"[a-z][-_a-z0-9]{0,62}", label):
            yield Problem(path, f"label key {label!r} must match [a-z][-_a-z0-9]{{0,62}}")
        if not re.fullmatch(r"[-_a-z0-9]{0,63}", str(value)):
            yield Problem(path, f"label {label!r}: value {value!r} must match [-_a-z0-9]{{0,63}}")
    if len(values) > 64:
        yield Problem(path, f"{len(values)} labels; 64 are allowed")


def region(props: Props, field: str = "region") -> Iterator[Problem]:
    value = props.get(field)
    if value is None:
        yield Problem(field, "no region: set it here or on the provider (gcp:region)")
    elif value not in places.ZONES:
        yield Problem(field, f"unknown region {value!r}")


def project(props: Props) -> Iterator[Problem]:
    if not props.get("project"):
        yield Problem("project", "no project: set it here or on the provider (gcp:project)")


def description(props: Props, longest: int = 2048) -> Iterator[Problem]:
    if len(props.get("description") or "") > longest:
        yield Problem("description", f"{longest} characters are allowed")


def labelled(props: Props, field: str = "labels") -> Props:
    """The label outputs: the program's and the provider's own."""
    own = dict(props.get(field) or {})
    return {"pulumiLabels": own, "effectiveLabels": {**own, "goog-pulumi-provisioned": "true"}}


def refers(value: Any, record: Record) -> bool:
    """Whether a property means this record: by id, by link, or by name alone."""
    if not isinstance(value, str) or not value:
        return False
    bare = re.sub(r"^https://[^/]+/(compute/)?(v1|beta)/", "", value)
    return bare == record.id or ("/" not in bare and bare == record.name)


def find(cloud: Cloud, type: str, reference: str, **where: str) -> Record | None:
    """The record that a reference means; `where` narrows a bare name: `region="europe-west1"`."""
    for record in cloud.of_type(type):
        here = all(record.outputs.get(field) == value for field, value in where.items())
        if refers(reference, record) and (here or "/" in reference):
            return record
    return None


def resolve(cloud: Cloud, type: str, reference: str, missing: str, **where: str) -> Record:
    """As `find`; raises Google's 404 for the id `missing` (or the reference itself, if it is a path)."""
    record = find(cloud, type, reference, **where)
    if record is None:
        raise words.not_found(reference.removeprefix(COMPUTE) if "/" in reference else missing)
    return record


def users(cloud: Cloud, record: Record, fields: Mapping[str, tuple[str, ...]]) -> list[Record]:
    """Records that name this one: `fields` has their types and the properties in which they would."""
    found = []
    for other in cloud.of_type(*fields):
        both = {**other.inputs, **other.outputs}
        if any(refers(both.get(field), record) for field in fields[other.type]):
            found.append(other)
    return found
