"""Puts a comment on the pull or merge request that a job runs for, or brings the earlier one up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from binder_deploy.cli.flows.errors import Refused

PAGE = 100
TIMEOUT_S = 30.0
_MARK = re.compile(r"<!-- binder-deploy: \S+ -->")


class NotPosted(Exception):
    """The comment could not be written; the text says what was answered."""


@dataclass(frozen=True)
class Thread:
    """Where comments are, and how one is asked for."""

    comments: str
    """URL of the list, where a new one is posted to, too."""
    one: str
    """URL of one, with `{id}`."""
    headers: Mapping[str, str]
    update: str
    """Method that changes one."""
    me: str = ""
    """URL that says whose the token is; empty: GitHub's of a job, which has none and is a bot's."""


def thread(number: int, environ: Mapping[str, str]) -> Thread:
    """The request's comments, by the variables that GitHub Actions or GitLab CI sets. Raises `Refused`."""
    if environ.get("GITHUB_ACTIONS") == "true":
        root = f"{environ['GITHUB_API_URL']}/repos/{environ['GITHUB_REPOSITORY']}/issues"
        headers = {
            "Authorization": f"Bearer {_token(environ, 'GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
        }
        return Thread(f"{root}/{number}/comments", f"{root}/comments/{{id}}", headers, "PATCH")
    if environ.get("GITLAB_CI") == "true":
        project = quote(environ["CI_PROJECT_ID"], safe="")
        notes = f"{environ['CI_API_V4_URL']}/projects/{project}/merge_requests/{number}/notes"
        return Thread(notes, f"{notes}/{{id}}", {"PRIVATE-TOKEN": _token(environ, "BINDER_COMMENT_TOKEN")}, "PUT",
                      f"{environ['CI_API_V4_URL']}/user")  # fmt: skip
    raise Refused("ci comment: this is no job of GitHub Actions or GitLab CI (GITHUB_ACTIONS, GITLAB_CI); run it there")


def _token(environ: Mapping[str, str], name: str) -> str:
    if token := environ.get(name):
        return token
    raise Refused(f"{name}: is not set in this job; comments need it (docs/ci.md)")


def post(text: str, there: Thread) -> bool:
    """Write it; True if an earlier one was changed. `text` begins with `comment.marker`. Raises `NotPosted`.

    Only our own comment is changed: whoever else wrote one that begins alike could write into it again afterwards.
    """
    mark = _MARK.match(text)
    if mark is None:
        raise Refused("ci comment: the file was not written by `binder-deploy plan --comment`")
    with httpx.Client(headers=dict(there.headers), timeout=TIMEOUT_S) as http:
        me = _asked(http, "GET", there.me).json()["id"] if there.me else None
        for earlier in _all(http, there):
            ours = earlier["author"]["id"] == me if there.me else (earlier.get("user") or {}).get("type") == "Bot"
            if ours and str(earlier.get("body", "")).startswith(mark[0]):
                _asked(http, there.update, there.one.format(id=earlier["id"]), json={"body": text})
                return True
        _asked(http, "POST", there.comments, json={"body": text})
        return False


def _all(http: httpx.Client, there: Thread) -> Iterator[Mapping[str, Any]]:
    page = 1
    while found := _asked(http, "GET", there.comments, params={"per_page": PAGE, "page": page}).json():
        yield from found
        if len(found) < PAGE:
            return
        page += 1


def _asked(http: httpx.Client, method: str, url: str, **given: Any) -> httpx.Response:
    try:
        answer = http.request(method, url, **given)
    except httpx.HTTPError as error:
        raise NotPosted(f"the comment could not be written: {error}") from error
    if answer.is_error:
        raise NotPosted(f"the comment could not be written: {answer.status_code} {answer.reason_phrase} at {url}; may "
                        "the job's token write comments?")  # fmt: skip
    return answer
