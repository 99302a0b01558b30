"""Which checks are asked, and how: the settings say it, and the command line says it last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.select import UnknownCheck, select
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.settings.errors import Problem, SettingsError
from binder_deploy.settings.service import Checks


@dataclass(frozen=True)
class Selection:
    """What the command line says; what it leaves out is the settings' to say."""

    phases: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    wait_s: float | None = None
    """Seconds."""

    def over(self, settings: Checks) -> Selection:
        """The settings, with what the command line says instead (`only`, `phases`, `wait`) or as well.

        A check that the command line asks for by name is asked even if the settings skip it.
        """
        chosen = bool(self.only or self.phases)
        return Selection(
            phases=self.phases if chosen else settings.phases,
            only=self.only if chosen else settings.only,
            skip=(*(check_id for check_id in settings.skip if check_id not in self.only), *self.skip),
            ignore=(*settings.ignore, *self.ignore),
            wait_s=settings.wait_seconds if self.wait_s is None else self.wait_s,
        )


def selected(selection: Selection) -> tuple[Check, ...]:
    """The checks that are asked. Raises `UnknownCheck`, `Refused` for a phase that there is not."""
    known = [phase.value for phase in Phase]
    for name in selection.phases:
        if name not in known:
            raise Refused(f"--phase {name}: write one of {', '.join(known)}")
    select(CATALOGUE, only=selection.ignore)  # an id that is misspelt would ignore nothing, silently
    phases = [Phase(name) for name in selection.phases]
    if not phases and not selection.only:
        # Whether anything is left is a question for afterwards: a living deployment is all "left over". The canary
        # builds and launches, which takes minutes and other people's places.
        phases = [phase for phase in Phase if phase not in (Phase.CANARY, Phase.TEARDOWN)]
    return select(CATALOGUE, only=selection.only, skip=selection.skip, phases=phases)


def refuse_unknown(settings: Checks) -> None:
    """Raises `SettingsError` for every id in `checks.*` that there is no check for, with the nearest."""
    problems = list(_unknown(settings))
    if problems:
        raise SettingsError(problems)


def _unknown(settings: Checks) -> Iterator[Problem]:
    for field in ("ignore", "skip", "only"):
        for check_id in getattr(settings, field):
            try:
                select(CATALOGUE, only=(check_id,))
            except UnknownCheck as error:
                yield Problem(f"checks.{field}", str(error))
