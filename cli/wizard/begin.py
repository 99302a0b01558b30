"""From an empty folder to a `binder.yaml`: with a person where there is one, else from flags and the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.ui.look import plain
from binder_deploy.cli.wizard import summary
from binder_deploy.cli.wizard.answers import Answer, Answers, Origin
from binder_deploy.cli.wizard.conversation import Conversation
from binder_deploy.cli.wizard.document import read
from binder_deploy.cli.wizard.equivalent import equivalent
from binder_deploy.cli.wizard.front import Front
from binder_deploy.cli.wizard.plain import Lines
from binder_deploy.cli.wizard.question import Question
from binder_deploy.cli.wizard.questions import BY_NAME
from binder_deploy.cli.wizard.saved import forget, save, saved
from binder_deploy.cli.wizard.unattended import complete
from binder_deploy.cli.wizard.write import write
from binder_deploy.settings.errors import Problem, SettingsError
from binder_deploy.settings.load import load


def begin(file: Path, given: Answers, *, command: str, yes: bool) -> bool:
    """Write the settings file that is not there yet. False: the person stopped.

    `given` are the answers of flags and environment; `command` is what was run, for the words on the way; `yes`: the
    answers need no agreement. Raises `SettingsError` for what is missing or wrong where nobody can be asked.
    """
    folder = file.resolve().parent
    if not folder.is_dir():
        raise Refused(f"--file {file}: there is no folder {file.parent}")
    front = _front()
    if _attended():
        answers = _talk(front, file, given, command, yes=yes)
        if answers is None:
            front.say(f"Stopped. The answers are kept: `binder-deploy {command}` goes on from there.")
            return False
    else:
        answers = complete(given, folder)
        summary.show(front, answers, folder)
    write(file, answers)
    forget(folder)
    front.say("")
    front.say(f"{file.name} is written. The same without a question:")
    _show_command(equivalent(command, file, answers))
    return True


def hold_to(file: Path, given: Answers) -> None:
    """The settings are there already: flags that say something else would be passed over, so they are refused.

    Raises `SettingsError`.
    """
    flags = {name: answer for name, answer in given.items() if answer.origin is Origin.FLAG}
    if flags and (problems := list(_contradictions(flags, load(file).model_dump(mode="json", by_alias=True)))):
        raise SettingsError(problems)


def _talk(front: Front, file: Path, given: Answers, command: str, *, yes: bool) -> Answers | None:
    folder = file.resolve().parent
    earlier = saved(folder)
    _introduce(front, file, earlier)
    talk = Conversation(front, folder, {**earlier, **given}, lambda answers: save(folder, answers))
    try:
        return talk.answers if talk.hold(confirm=not yes) else None
    except KeyboardInterrupt:
        front.say("")
        front.say(f"The answers are kept: `binder-deploy {command}` goes on from there.")
        raise


def _introduce(front: Front, file: Path, earlier: Answers) -> None:
    front.say(
        f"There is no {file.name} here yet. A few questions make one; nothing is created before you agree.", "bold"
    )
    front.say(f"To go back, {front.way_back}. Ctrl-C stops; the answers are kept.", "dim")
    if earlier:
        front.say("")
        front.say("Going on with your earlier answers:")
        for name, answer in earlier.items():
            front.say(f"  {BY_NAME[name].title}: {answer.value or '-'}")


def _attended() -> bool:
    """Whether there is somebody to ask, who also sees the questions."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _front() -> Front:
    if plain() or not _attended():
        return Lines()
    # Here, not above: it takes a while to import.
    from binder_deploy.cli.wizard.ask import Prompts

    return Prompts()


def _show_command(command: str) -> None:
    """As it is, so that it can be copied: nothing wraps it."""
    sys.stderr.write(f"\n  {command}\n\n")


def _contradictions(flags: Answers, settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name, answer in flags.items():
        question = BY_NAME[name]
        there = _at(settings, question.path)
        if isinstance(there, dict) or _same(there, question, answer):  # a section follows from the answer, it is not it
            continue
        remedy = f"leave {question.flag} out, or change {question.path} there"
        yield Problem(question.path, "the settings file says something else than the flag", remedy)


def _same(there: Any, question: Question, answer: Answer) -> bool:
    if there in (None, "", []):
        return not answer.value
    said = read(question, answer.value)
    return said == there or str(said).lower() == str(there).lower()


def _at(settings: Any, path: str) -> Any:
    for part in path.split("."):
        settings = settings.get(part) if isinstance(settings, Mapping) else None
    return settings
