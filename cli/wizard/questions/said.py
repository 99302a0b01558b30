"""Words that the questions are written with."""

from __future__ import annotations

from collections.abc import Callable

from binder_deploy.cli.wizard.question import Given, Option

GKE, EKS, EXISTING = "gke", "eks", "existing"


def one_of(name: str, *values: str) -> Callable[[Given], bool]:
    """Whether a question has one of these answers."""
    return lambda given: given.get(name) in values


def always(text: str) -> Callable[[Given], str]:
    """The same text, whatever was answered."""
    return lambda given: text


def by(name: str, **texts: str) -> Callable[[Given], str]:
    """A text for each answer to a question."""
    return lambda given: texts.get(given.get(name, ""), "")


def options(*known: Option) -> Callable[[Given], tuple[Option, ...]]:
    """The same choice, whatever was answered."""
    return lambda given: known
