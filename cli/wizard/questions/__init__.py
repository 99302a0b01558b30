"""All questions, in the order in which they are asked: what cannot be derived, and nothing else.

Plain data and small functions, a file for each subject, so that `--help` can read the flags from here at once.
"""

from __future__ import annotations

from binder_deploy.cli.wizard.question import Question
from binder_deploy.cli.wizard.questions import access, address, platform, pools, registry, service

SUBJECTS: dict[str, tuple[Question, ...]] = {
    "where it runs": platform.QUESTIONS,
    "address": address.QUESTIONS,
    "registry": registry.QUESTIONS,
    "access": access.QUESTIONS,
    "size": pools.QUESTIONS,
    "service": service.QUESTIONS,
}
"""In the groups that the commands' help shows."""
QUESTIONS: tuple[Question, ...] = tuple(question for subject in SUBJECTS.values() for question in subject)

BY_NAME = {question.name: question for question in QUESTIONS}
