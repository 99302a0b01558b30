"""Artifact Registry: repositories and who may use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import members, numbers, places, rules
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

FORMATS = ("DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "GO", "KFP", "GENERIC", "RUBY")
_CONTINENTS = ("us", "europe", "asia")


def _id(props: Props) -> str:
    return f"projects/{props['project']}/locations/{props['location']}/repositories/{props['repositoryId']}"


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props, "repositoryId")
    yield from rules.labels(props)
    yield from rules.choice(props, "format", *FORMATS)
    location = props.get("location")
    if not location:
        yield Problem("location", "no location: set it here, or a region on the provider")
    elif location not in places.ZONES and location not in _CONTINENTS:
        yield Problem("location", f"{location!r} is neither a region nor one of {list(_CONTINENTS)}")
    yield from _check_policies(props)


def _check_policies(props: Props) -> Iterator[Problem]:
    seen: set[str] = set()
    for i, policy in enumerate(props.get("cleanupPolicies") or ()):
        path = f"cleanupPolicies[{i}]"
        yield from rules.choice(policy, "action", "DELETE", "KEEP", path=f"{path}.action")
        if policy.get("id") in seen:
            yield Problem(f"{path}.id", f"{policy['id']!r} is there twice")
        seen.add(policy.get("id", ""))
        condition = policy.get("condition") or {}
        if policy.get("mostRecentVersions") and policy.get("action") == "DELETE":
            yield Problem(f"{path}.mostRecentVersions", "goes with action KEEP only")
        if policy.get("mostRecentVersions") and condition:
            yield Problem(f"{path}.condition", "conflicts with mostRecentVersions")
        yield from rules.choice(condition, "tagState", "TAGGED", "UNTAGGED", "ANY", path=f"{path}.condition.tagState")
        for age in ("olderThan", "newerThan"):
            if age in condition and not re.fullmatch(r"\d+(\.\d+)?[smhd]", str(condition[age])):
                where = f"{path}.condition.{age}"
                yield Problem(where, f"{condition[age]!r} must be a duration such as 2592000s or 30d")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "name": props["repositoryId"],
        "registryUri": f"{props['location']}-docker.pkg.dev/{props['project']}/{props['repositoryId']}",
        "createTime": old.outputs["createTime"] if old else numbers.now(),
        "updateTime": numbers.now(),
        "mode": props.get("mode", "STANDARD_REPOSITORY"),
        **rules.labelled(props),
    }


REPOSITORY = Kind(
    pulumi_type="gcp:artifactregistry/repository:Repository",
    label="Repository",
    id=_id,
    outputs=_outputs,
    computed=("name", "registryUri", "createTime", "updateTime"),
    located={"project": "project", "location": "region"},
    immutable=frozenset({"project", "location", "repositoryId", "format", "mode", "kmsKeyName"}),
    check=_check,
)


def _member_id(props: Props) -> str:
    repository = str(props["repository"]).rsplit("/", 1)[-1]
    place = f"projects/{props['project']}/locations/{props['location']}/repositories/{repository}"
    return f"{place}/{props['role']}/{props['member']}"


def _check_member(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from members.check(props)


def _require_member(cloud: Cloud, props: Props) -> None:
    missing = f"projects/{props['project']}/locations/{props['location']}/repositories/{props['repository']}"
    rules.resolve(cloud, "artifactregistry/repository", props["repository"], missing, location=props["location"])
    members.require(cloud, props["member"])


MEMBER = Kind(
    pulumi_type="gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    label="RepositoryIamMember",
    id=_member_id,
    outputs=members.outputs,
    computed=("etag",),
    located={"project": "project", "location": "region"},
    immutable=frozenset({"project", "location", "repository", "role", "member", "condition"}),
    check=_check_member,
    require=_require_member,
    upsert=True,
)

KINDS = (REPOSITORY, MEMBER)
