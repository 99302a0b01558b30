"""Answers without anybody to ask: flags, the environment and defaults have to be enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from binder_deploy.cli.wizard.answers import Answer, Answers, values, walk, with_defaults
from binder_deploy.cli.wizard.judge import form, judge, judge_all
from binder_deploy.cli.wizard.question import Question
from binder_deploy.settings.errors import Problem, SettingsError


def complete(answers: Answers, folder: Path) -> dict[str, Answer]:
    """All answers. Raises `SettingsError` with every one that is missing, naming its three places, or wrong."""
    found = with_defaults(answers)
    # Together first: what is well as a whole need not be judged answer by answer.
    if _whole(found):
        wrong = judge_all(found, folder).errors
        if not wrong:
            return found
        raise SettingsError(list(_problems(found, folder)) or wrong)
    raise SettingsError(list(_problems(found, folder)))


def _whole(answers: Answers) -> bool:
    """Whether every question has an answer of its own kind."""
    given = values(answers)
    return all(answer and not form(question, answer.value, given) for question, answer in walk(answers))


def _problems(answers: Answers, folder: Path) -> Iterator[Problem]:
    missing = False
    for question, answer in walk(answers):
        if answer is None:
            missing = True
            yield _missing(question)
        elif not missing:  # what comes after a gap may depend on it
            yield from judge(question, answer.value, answers, folder).errors


def _missing(question: Question) -> Problem:
    return Problem(
        question.path,
        "is not said, and there is no terminal to ask at",
        f"give {question.flag} or {question.variable}, or write {question.path} in binder.yaml",
    )
