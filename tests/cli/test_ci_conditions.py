"""Which jobs run when: every condition of the pipelines, for each thing that may happen in a repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML

from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.workflows import GITLAB, Wanted, workflows
from binder_deploy.settings.ephemeral import derived
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "gke.yaml"
STATE = "state: { kind: bucket, url: gs://campus-state }"
TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|&&|\|\||==|!=|!|\(|\)|always\(\)|\$?[A-Za-z_][\w.]*)\s*")
WORDS = {"&&": "and", "||": "or", "!": "not", "always()": "True", "==": "==", "!=": "!=", "(": "(", ")": ")"}


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that a forge starts pipelines for."""

    event: str
    """As GitHub calls it; GitLab's words are in `SOURCES`."""
    action: str = ""
    branch: str = "main"
    fork: bool = False
    actor: str = "ada"
    failing: str = ""
    """A job that does not succeed."""


SOURCES = {"pull_request": "merge_request_event", "workflow_dispatch": "web", "push": "push", "schedule": "schedule"}
OURS = Happened(event="pull_request", action="opened", branch="idea")
CASES: Mapping[str, tuple[Happened, set[str], set[str]]] = {
    "a pull request": (
        OURS,
        {"plan/rehearse", "plan/plan", "plan/comment", "preview/make"},
        {"rehearse", "plan", "comment", "preview", "preview-remove by hand"},
    ),
    "a plan that cannot be made": (
        Happened(event="pull_request", action="synchronize", branch="idea", failing="plan"),
        {"plan/rehearse", "plan/plan", "plan/comment", "preview/make"},
        {"rehearse", "plan", "comment", "preview", "preview-remove by hand"},
    ),
    "a rehearsal that fails": (
        Happened(event="pull_request", action="reopened", branch="idea", failing="rehearse"),
        {"plan/rehearse", "preview/make"},
        {"rehearse", "plan", "comment", "preview", "preview-remove by hand"},
    ),
    "a stranger's pull request": (
        Happened(event="pull_request", action="opened", branch="idea", fork=True),
        {"plan/rehearse"},
        {"rehearse"},
    ),
    "a stranger's, closed": (Happened(event="pull_request", action="closed", fork=True), set(), set()),
    "an updater's": (
        Happened(event="pull_request", action="opened", branch="bump", actor="dependabot[bot]"),
        {"plan/rehearse"},
        {"rehearse", "plan", "comment", "preview", "preview-remove by hand"},  # GitLab has no such actor
    ),
    "a closed one": (
        Happened(event="pull_request", action="closed", branch="idea"),
        {"preview/remove"},
        set(),
    ),
    "a label": (
        Happened(event="pull_request", action="labeled", branch="idea"),
        set(),
        set(),
    ),
    "a merge": (Happened(event="push"), {"apply/apply"}, {"apply"}),
    "a push elsewhere": (Happened(event="push", branch="idea"), set(), set()),
    "the night": (Happened(event="schedule"), {"watch/drift", "watch/sweep"}, {"drift", "sweep"}),
    "a schedule elsewhere": (Happened(event="schedule", branch="idea"), set(), set()),
    "a start by hand": (Happened(event="workflow_dispatch"), {"apply/apply", "watch/drift", "watch/sweep"}, set()),
    "one of another branch": (Happened(event="workflow_dispatch", branch="idea"), set(), set()),
}
"""What happened → GitHub's jobs, GitLab's jobs (without `binder-`)."""


@cache
def pipelines(kind: Kind) -> Mapping[str, Any]:
    """Name of a file → what it says."""
    text = f"{EXAMPLE.read_text(encoding='utf-8')}\n{STATE}\n"
    settings = parse(text)
    given = derived(settings, YAML(typ="safe").load(text), 1, "2027-01-31", {}, EXAMPLE.parent, own_cluster=True)
    wanted = Wanted(PurePosixPath("."), own_cluster=True, package="binder-deploy==1.2.3")
    found = workflows(settings, Settings.model_validate(given), kind, wanted)
    return {Path(path).name: YAML(typ="safe").load(text) for path, text in found.items()}


def holds(condition: str, values: Mapping[str, str | None]) -> bool:
    """A condition of either forge; a name that is not among the values is an error, and so is any other syntax."""
    words, at = [], 0
    while at < len(condition):
        token = TOKEN.match(condition, at)
        assert token, f"not understood: {condition[at:]}"
        at, word = token.end(), token[1]
        words.append(word if word[0] in "'\"" else WORDS.get(word) or repr(values[word]))
    return bool(eval(" ".join(words), {"__builtins__": {}}))  # noqa: S307 - of our own templates, by tokens


def triggered(on: Mapping[str, Any], happened: Happened) -> bool:
    """Whether a workflow of GitHub's starts."""
    if happened.event not in on:
        return False
    filters = on[happened.event] or {}
    if happened.event == "schedule":  # a list of times; it runs on the default branch, whichever that is
        return True
    types, branches = filters.get("types", [happened.action]), filters.get("branches", [happened.branch])
    return happened.action in types and happened.branch in branches


def github(happened: Happened) -> Iterator[str]:
    """Jobs that run: triggered, what they need has succeeded (or they run always), and their condition holds."""
    values: dict[str, str | None] = {
        "github.event.action": happened.action,
        "github.event.pull_request.head.repo.full_name": "stranger/binders" if happened.fork else "campus/binders",
        "github.repository": "campus/binders",
        "github.actor": happened.actor,
        "github.ref": "refs/pull/7/merge" if happened.event == "pull_request" else f"refs/heads/{happened.branch}",
    }
    for file, told in pipelines(Kind.GITHUB).items():
        if not triggered(told["on"], happened):
            continue
        for name, job in told["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            condition = job.get("if", "always()")
            succeeded = all(values[f"needs.{one}.result"] == "success" for one in needs)
            runs = (succeeded or "always()" in job.get("if", "")) and holds(condition, values)
            result = ("failure" if name == happened.failing else "success") if runs else "skipped"
            values[f"needs.{name}.result"] = result
            if runs:
                yield f"{file.removeprefix('binder-').removesuffix('.yml')}/{name}"


def gitlab(happened: Happened) -> Iterator[str]:
    """Jobs that a pipeline has: the first rule that holds decides."""
    if happened.action in ("closed", "labeled"):
        return  # it starts no pipeline then; a request that is closed stops its environment, by the job for that
    merging = happened.event == "pull_request"
    values = {
        "$CI_PIPELINE_SOURCE": SOURCES[happened.event],
        "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID": ("99" if happened.fork else "1") if merging else None,
        "$CI_PROJECT_ID": "1",
        "$CI_COMMIT_BRANCH": None if merging else happened.branch,
    }
    for name, job in pipelines(Kind.GITLAB)[GITLAB].items():
        if isinstance(job, dict) and "script" in job:
            rule = next((rule for rule in job["rules"] if holds(rule["if"], values)), None)
            if rule and rule.get("when") != "never":
                yield name.removeprefix("binder-") + (" by hand" if rule.get("when") == "manual" else "")


@pytest.mark.parametrize("case", CASES)
def test_just_these_jobs_run_at_github(case: str) -> None:
    happened, expected, _ = CASES[case]
    assert set(github(happened)) == expected


@pytest.mark.parametrize("case", CASES)
def test_just_these_jobs_run_at_gitlab(case: str) -> None:
    happened, _, expected = CASES[case]
    assert set(gitlab(happened)) == expected


def test_a_stranger_s_pull_request_meets_no_job_with_a_login() -> None:
    """Neither a secret, nor an environment, nor a token for the cloud."""
    stranger = CASES["a stranger's pull request"][0]
    for name in github(stranger):
        file, _, job = name.partition("/")
        told = pipelines(Kind.GITHUB)[f"binder-{file}.yml"]["jobs"][job]
        assert "secrets." not in str(told) and "environment" not in told and "id-token" not in told["permissions"]
    for name in gitlab(stranger):
        told = pipelines(Kind.GITLAB)[GITLAB][f"binder-{name}"]
        assert told["extends"] == ".binder" and "environment" not in told


def test_every_job_runs_in_some_case() -> None:
    met = {name for happened, _, _ in CASES.values() for name in github(happened)}
    there = {
        f"{file.removeprefix('binder-').removesuffix('.yml')}/{job}"
        for file, told in pipelines(Kind.GITHUB).items() for job in told["jobs"]
    }  # fmt: skip
    assert met == there
    met = {name.removesuffix(" by hand") for happened, _, _ in CASES.values() for name in gitlab(happened)}
    scripts = pipelines(Kind.GITLAB)[GITLAB].items()
    assert met == {name.removeprefix("binder-") for name, job in scripts if isinstance(job, dict) and "script" in job}
