"""Answers, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from binder_deploy.cli.wizard.question import Question
from binder_deploy.cli.wizard.questions import QUESTIONS


class Origin(StrEnum):
    """Where an answer came from."""

    DEFAULT = "default"
    DETECTED = "detected"
    ASKED = "asked"
    FLAG = "flag"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Answer:
    """A text as it was entered, and its origin."""

    value: str
    origin: Origin


Answers = Mapping[str, Answer]
"""Name of the question → answer."""


def walk(answers: Answers) -> Iterator[tuple[Question, Answer | None]]:
    """Every question that applies, with its answer; None where somebody still has to say."""
    given: dict[str, str] = {}
    for question in QUESTIONS:
        if not question.when(given):
            continue
        answer = answers.get(question.name)
        if answer is None and question.rare(given) and (question.default(given) or question.optional):
            answer = Answer(question.default(given), Origin.DEFAULT)
        if answer is not None:
            given[question.name] = answer.value
        yield question, answer


def values(answers: Answers) -> dict[str, str]:
    """The answers that apply, without their origin."""
    return {question.name: answer.value for question, answer in walk(answers) if answer}


def with_defaults(answers: Answers) -> dict[str, Answer]:
    """The answers that apply, and the default of every question that has one and no answer."""
    found = dict(answers)
    while True:
        given = values(found)
        for question, answer in walk(found):
            if answer is None and (question.default(given) or question.optional):
                found[question.name] = Answer(question.default(given), Origin.DEFAULT)
                break
        else:
            return {question.name: answer for question, answer in walk(found) if answer}
