"""Judges an answer at once, by the same rules as everything else: the settings' own, and the checks of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given as AtHand
from binder_deploy.checks.model import Failed, Phase, Warned
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.checks.runner import run
from binder_deploy.checks.select import select
from binder_deploy.cli.wizard.answers import Answers, values
from binder_deploy.cli.wizard.document import document, places, settings_of
from binder_deploy.cli.wizard.question import Given, Kind, Question
from binder_deploy.cli.wizard.questions import QUESTIONS
from binder_deploy.settings.errors import Problem, SettingsError

NO_ROOM = "not one server fits a node of this type"


@dataclass(frozen=True)
class Judgement:
    """What is wrong, and what only deserves a thought."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(question: Question, value: str, answers: Answers, folder: Path) -> Judgement:
    """An answer, with the ones before it as they are and the ones after it as samples.

    The settings were well until now, so whatever is wrong with them is due to this answer. Raises nothing.
    """
    if told := form(question, value, values(answers)):
        return Judgement((Problem(question.path, told),))
    now = _settings(_filled(question, value, answers), folder)
    before = _settings(_filled(question, None, answers), folder)
    return Judgement(
        tuple(p for p in now.errors if p not in before.errors),
        tuple(w for w in now.warnings if w not in before.warnings),
    )


def judge_all(answers: Answers, folder: Path) -> Judgement:
    """All answers together."""
    return _settings(values(answers), folder)


def form(question: Question, value: str, given: Given) -> str:
    """What is wrong with an answer by itself; empty: nothing."""
    if not value:
        return "" if question.optional else "an answer is needed"
    if "\n" in value or not value.isprintable():
        return "one line of ordinary characters is needed"
    if question.kind is Kind.CHOICE:
        known = [option.value for option in question.options(given)]
        return "" if value in known else f"write one of {', '.join(known)}"
    if question.kind is Kind.YES_NO:
        return "" if value in ("yes", "no") else "write yes or no"
    return ""


def _filled(asked: Question, value: str | None, answers: Answers) -> dict[str, str]:
    """Whole answers: the given ones before `asked`, `value` (None: a sample) for it, samples for the later ones."""
    given: dict[str, str] = {}
    later = False
    for question in QUESTIONS:
        if not question.when(given):
            continue
        known = answers.get(question.name)
        if question.name == asked.name:
            later = True
            given[question.name] = _sample(question, given) if value is None else value
        elif later or known is None:
            given[question.name] = _sample(question, given)
        else:
            given[question.name] = known.value
    return given


def _sample(question: Question, given: Given) -> str:
    return question.sample(given) or question.default(given)


def _settings(given: Given, folder: Path) -> Judgement:
    data = document(given)
    try:
        settings = settings_of(data)
        if given.get("machine") and not places(data):
            return Judgement((Problem("platform.pools.user.machine", NO_ROOM, "choose a larger one"),))
    except SettingsError as error:
        return Judgement(error.problems)
    probes = probes_for(AtHand(settings=settings, folder=folder))
    checks = [c for c in select(CATALOGUE, phases=[Phase.SETTINGS]) if set(c.needs) <= set(probes)]
    verdicts = [(outcome.check, outcome.verdict) for outcome in run(checks, probes)]
    return Judgement(
        tuple(Problem(c.id, v.message, v.remedy) for c, v in verdicts if isinstance(v, Failed) and c.blocks),
        tuple(_warned(v) for c, v in verdicts if isinstance(v, Warned) or (isinstance(v, Failed) and not c.blocks)),
    )


def _warned(verdict: Warned | Failed) -> str:
    return f"{verdict.message}; {verdict.remedy}" if verdict.remedy else verdict.message
