"""Rules that many Amazon resources share. Values are checked only where a preview knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from binder_deploy.rehearsal.clouds.aws import places, words
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.values import choice as choice
from binder_deploy.rehearsal.clouds.values import cidr as cidr
from binder_deploy.rehearsal.clouds.wire import Props

ACCOUNT = "__account"
CALLER = "__caller"
LOCATED = {ACCOUNT: "project", "region": "region", CALLER: "caller", "__tags": "tags"}
"""Of everything that lies in a region."""
GLOBAL = {ACCOUNT: "project", "__tags": "tags"}

_TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")


def tags(props: Props, field: str = "tags", path: str = "") -> Iterator[Problem]:
    """What EC2 and IAM accept as tags; 50 of them."""
    given = props.get(field) or {}
    where = path or field
    if len({**props.get("__tags", {}), **given}) > 50:
        yield Problem(where, "50 tags are allowed")
    for key, value in given.items():
        if not 1 <= len(key) <= 128 or not _TAG_TEXT.fullmatch(key):
            yield Problem(f"{where}[{key!r}]", "is not a tag key: 1 to 128 letters, digits, spaces and + - = . _ : / @")
        if key.lower().startswith("aws:"):
            yield Problem(f"{where}[{key!r}]", "the prefix aws: is reserved")
        if len(str(value)) > 256 or not _TAG_TEXT.fullmatch(str(value)):
            why = "is not a tag value: at most 256 letters, digits, spaces and + - = . _ : / @"
            yield Problem(f"{where}[{key!r}]", f"{value!r} {why}")


def region(props: Props) -> Iterator[Problem]:
    value = props.get("region")
    if not value:
        yield Problem("region", "no region: set it here or on the provider (aws:region)")
    elif value not in places.ZONES:
        yield Problem("region", f"unknown region {value!r}")


def matches(props: Props, field: str, pattern: str, words: str) -> Iterator[Problem]:
    """A property's text is of some form; `words` say which."""
    value = props.get(field)
    if value is not None and not re.fullmatch(pattern, str(value)):
        yield Problem(field, f"{value!r} must have {words}")


def parsed(text: Any, path: str) -> tuple[Any, list[Problem]]:
    """JSON text as a value, and what is wrong with it; of a text that a preview does not know neither."""
    if text is None:
        return None, []
    try:
        return json.loads(text), []
    except ValueError as error:
        return None, [Problem(path, f"is not JSON: {error}")]


def arn(service: str, props: Mapping[str, Any], resource: str) -> str:
    """Of what lies in the properties' region and account."""
    return f"arn:aws:{service}:{props['region']}:{props[ACCOUNT]}:{resource}"


def tagged(props: Mapping[str, Any]) -> Props:
    """The tag outputs: the resource's and the provider's own."""
    own = dict(props.get("tags") or {})
    return {"tags": own, "tagsAll": {**props.get("__tags", {}), **own}}


def tags_of(cloud: Cloud, record: Record) -> dict[str, str]:
    """All tags of a thing, those that were put on it one by one, too."""
    single = {
        str(r.outputs["key"]): str(r.outputs["value"])
        for r in cloud.of_type("ec2/tag")
        if r.outputs["resourceId"] == record.id
    }
    return {**(record.outputs.get("tagsAll") or record.outputs.get("tags") or {}), **single}


def get(cloud: Cloud, type: str, id: str, operation: str, code: str, words_for_it: str) -> Record:
    """The record of this id; raises Amazon's error for none."""
    record = cloud.get(type, id)
    if record is None:
        raise words.refused(operation, code, words_for_it)
    return record


def mark(cloud: Cloud, record: Record, **outputs: Any) -> Record:
    """Change what a record shows; the new record."""
    changed = replace(record, outputs={**record.outputs, **outputs})
    cloud.put(changed)
    return changed


def interfaces(cloud: Cloud, **where: Any) -> list[Record]:
    """Network interfaces whose properties have these values."""
    found = cloud.of_type("ec2/networkInterface")
    return [r for r in found if all(r.outputs.get(field) == value for field, value in where.items())]


def anything(cloud: Cloud, type: str, project: str) -> None:
    """An account has every service; what may not be used is said by `words.fault`."""
