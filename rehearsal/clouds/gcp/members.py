"""One role for one member: the same rules for projects, repositories and service accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import numbers, words
from binder_deploy.rehearsal.clouds.gcp.cluster import has_identity_pool
from binder_deploy.rehearsal.clouds.kind import Problem
from binder_deploy.rehearsal.clouds.wire import Props

_ROLE = re.compile(r"roles/[a-zA-Z0-9_.]+|(projects|organizations)/[^/]+/roles/[a-zA-Z0-9_.]+")
_MEMBER = re.compile(
    r"allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|deleted|projectOwner|projectEditor|"
    r"projectViewer):.+|principal(Set)?://iam\.googleapis\.com/.+"
)


def check(props: Props) -> Iterator[Problem]:
    role, member = props.get("role"), props.get("member")
    if role is not None and not _ROLE.fullmatch(role):
        yield Problem("role", f"{role!r} is neither roles/NAME nor projects/P/roles/NAME")
    if member is not None and not _MEMBER.fullmatch(member):
        yield Problem("member", f"{member!r} needs a kind in front: serviceAccount:EMAIL, user:EMAIL, principal://…")


def require(cloud: Cloud, member: str) -> None:
    """The member must exist. A workload's identity exists once a cluster has made the project's identity pool."""
    pool = re.search(r"([^/:]+\.svc\.id\.goog)(\[|/|$)", member)
    if pool:
        if not has_identity_pool(cloud, pool[1]):
            raise words.bad_request(
                f"Identity Pool does not exist ({pool[1]}). Please check that you specified a valid resource name as "
                "returned in the `name` attribute in the configuration API."
            )
        return
    own = re.fullmatch(r"serviceAccount:([^@]+@([^.]+)\.iam\.gserviceaccount\.com)", member)
    if not own or own[2] not in _projects(cloud):
        return
    if cloud.get("serviceaccount/account", f"projects/{own[2]}/serviceAccounts/{own[1]}") is None:
        raise words.bad_request(f"Service account {own[1]} does not exist.")


def _projects(cloud: Cloud) -> set[str]:
    """Projects whose accounts the twin knows: whose it is not told of, it cannot judge."""
    return {str(r.outputs["projectId"]) for r in cloud.of_type("organizations/project")}


def outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {"etag": numbers.number(f"{props['role']} {props['member']}", 12)}
