"""The command that does the same without a question."""

from __future__ import annotations

import shlex
from pathlib import Path

from binder_deploy.cli.wizard.answers import Answers, walk
from binder_deploy.settings.load import FILE_NAME


def equivalent(command: str, file: Path, answers: Answers) -> str:
    """`binder-deploy init --platform gke …`, ready for a shell; defaults that nobody is asked about are left out."""
    words = [f"binder-deploy {command} --yes"]
    if file != Path(FILE_NAME):
        words.append(f"--file {shlex.quote(str(file))}")
    given: dict[str, str] = {}
    for question, answer in walk(answers):
        if answer is None:
            continue
        if answer.value != question.default(given) or not question.rare(given):
            # With an equals sign: a value may begin with a dash.
            words.append(f"{question.flag}={shlex.quote(answer.value)}" if answer.value else f"{question.flag}=")
        given[question.name] = answer.value
    return " \\\n  ".join(words)
