"""What is generated for either forge, run as its runner runs it, for one pull or merge request."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_plan_is_told_once_and_says_what_is_to_be_made(story: Any) -> None:
    (comment,) = story.forge.comments
    assert comment["body"].startswith("<!-- binder-deploy: seminar -->")
    assert "create kubernetes Release binder-service-release" in comment["body"]
    assert "BD-SET-008 | warned" in comment["body"]
    assert story.forge.methods == ["GET", "POST", "GET", story.runner.UPDATE]
    assert json.loads(story.runner.artifacts["plan"]["plan.json"])["outcomes"]


def test_a_preview_is_a_namespace_in_the_cluster_that_others_share(story: Any) -> None:
    assert story.between - story.before == {"seminar-pr-7"}
    assert f"{story.runner.TOLD}https://binder.pr-7.seminar.example.org/" in story.made
    assert any("/previews/" in key and key.endswith("seminar-pr-7.json") for key in story.runner.objects())
    assert not any("/previews/" in key for key in story.bucket)


def test_a_sweep_leaves_what_is_not_due_and_knows_when_it_is(story: Any) -> None:
    assert "seminar-pr-7  stays" in story.early
    ((name, result),) = story.late
    assert (name, result) == ("seminar-pr-7", "expired")


def test_closing_the_request_removes_all_of_it(story: Any) -> None:
    assert "seminar-pr-7  removed" in story.removed
    assert story.after == story.before
    before, after = story.others
    assert len(before) == 2
    assert before == after


def test_a_merge_deploys_and_what_is_changed_by_hand_afterwards_is_told(story: Any) -> None:
    assert "binder" in story.runner.namespaces()
    assert "https://binder.seminar.example.org/" in story.applied
    assert "labels.owner" not in story.steady
    assert "labels.owner" in story.drifted


@pytest.mark.parametrize("name", ["PUSH_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "TLS_KEY", "IDENTITY_TOKEN"])
def test_no_secret_is_in_a_log_a_comment_or_an_artifact(story: Any, secrets: dict[str, str], name: str) -> None:
    assert secrets[name] not in story.told


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True, scope="module")
def test_a_job_of_gitlab_is_let_in_by_its_identity_token_alone(runner: Any) -> None:
    assert ":assumed-role/binder-ci/binder-deploy-" in runner.login()
