"""Every value with where it came from, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from binder_deploy.cli.flows.cost import costs, in_a_line
from binder_deploy.cli.wizard.answers import Answers, walk
from binder_deploy.cli.wizard.document import document, settings_of
from binder_deploy.cli.wizard.front import Front
from binder_deploy.settings.errors import SettingsError


def show(front: Front, answers: Answers, folder: Path) -> None:
    """The whole summary."""
    for line in lines(answers, folder):
        front.say(line)


def lines(answers: Answers, folder: Path) -> Iterator[str]:
    """`  Region            europe-west1  (asked)`, and what a month costs."""
    rows = [(question.title, answer) for question, answer in walk(answers) if answer]
    width = max((len(title) for title, _ in rows), default=0)
    for title, answer in rows:
        yield f"  {title:<{width}}  {answer.value or '-'}  ({answer.origin.value})"
    yield from _follows(answers, folder)


def _follows(answers: Answers, folder: Path) -> Iterator[str]:
    data = document({question.name: answer.value for question, answer in walk(answers) if answer})
    pools = data.get("platform", {}).get("pools")
    if pools:
        user = pools["user"]
        yield f"  From these follow {user['min']} to {user['max']} user nodes. Everything else has its default."
    try:
        if price := in_a_line(costs(settings_of(data), folder).estimate):
            yield f"  {price.strip()}"
    except SettingsError:
        return  # what is wrong with them is told where they are judged
