"""The wizard's questions as options of a command: one flag and one variable for each, made from the same list."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.wizard.question import Kind, Question
from binder_deploy.cli.wizard.questions import QUESTIONS, SUBJECTS

if TYPE_CHECKING:
    from binder_deploy.cli.wizard.answers import Answer

_COMPLETIONS: Mapping[str, Callable[[str], list[str]]] = {"context": completing.contexts}


def answering(command: Callable[..., int]) -> Callable[..., int]:
    """A command with `**answers` gets an option for each question in their place."""
    signature = inspect.signature(command, eval_str=True)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            question.parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(question, subject)
        )
        for subject, questions in SUBJECTS.items()
        for question in questions
    ]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in (*own, *options)} | {"return": int}
    return command


def answers_of(context: typer.Context, said: Mapping[str, str | None]) -> dict[str, Answer]:
    """The answers that flags and variables gave, each with which of the two it was."""
    from binder_deploy.cli.wizard.answers import Answer, Origin

    found = {}
    for question in QUESTIONS:
        value = said.get(question.parameter)
        if value is not None:
            source = context.get_parameter_source(question.parameter)
            from_environment = source is not None and source.name == "ENVIRONMENT"
            found[question.name] = Answer(value.strip(), Origin.ENVIRONMENT if from_environment else Origin.FLAG)
    return found


def _annotation(question: Question, subject: str) -> Any:
    option = typer.Option(
        question.flag,
        envvar=question.variable,
        metavar=_metavar(question),
        help=f"{question.title} ({question.path}).",
        rich_help_panel=f"Answers, {subject}",
        show_default=False,
        autocompletion=_completion(question),
    )
    return Annotated[str | None, option]


def _metavar(question: Question) -> str:
    if values := _values(question):
        return f"[{'|'.join(values)}]"
    return {Kind.NUMBER: "N", Kind.YES_NO: "[yes|no]", Kind.SECRET: "REFERENCE"}.get(question.kind, "TEXT")


def _completion(question: Question) -> Callable[[str], list[str]] | None:
    if question.name in _COMPLETIONS:
        return _COMPLETIONS[question.name]
    values = _values(question)
    return completing.among(values) if values else None


def _values(question: Question) -> list[str]:
    """What a choice knows, on whatever platform; with a domain, since some need one."""
    platforms = [{"platform": option.value, "domain": "example.org"} for option in QUESTIONS[0].options({})]
    found = [option.value for given in platforms for option in question.options(given)]
    return list(dict.fromkeys(found))
