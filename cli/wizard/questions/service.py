"""What few change: a token for GitHub, the place of the state."""

from __future__ import annotations

from binder_deploy.cli.wizard.question import Kind, Question

QUESTIONS: tuple[Question, ...] = (
    Question(
        name="github-token",
        path="binder.github_token",
        title="GitHub token",
        why="Where it is kept: env:VARIABLE or file:PATH. Without one GitHub answers 60 requests an hour.",
        kind=Kind.SECRET,
        rare=lambda given: True,
        optional=True,
    ),
    Question(
        name="state",
        path="state.url",
        title="Bucket of the state",
        why="gs://NAME or s3://NAME, for several people and for CI; empty: in this folder.",
        rare=lambda given: True,
        optional=True,
    ),
)
