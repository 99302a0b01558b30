"""Which checks are asked."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from binder_deploy.checks.model import Check, Phase


class UnknownCheck(ValueError):
    """An id that is not in the catalogue; the message has the nearest one."""

    def __init__(self, wanted: str, known: Collection[str]) -> None:
        near = difflib.get_close_matches(wanted.upper(), list(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `binder-deploy check --list` shows all"
        super().__init__(f"{wanted}: there is no such check{hint}")


def select(
    checks: Sequence[Check],
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    phases: Collection[Phase] = (),
) -> tuple[Check, ...]:
    """Those named by `only` (or all), in `phases` (or any), without `skip`. Raises `UnknownCheck`."""
    known = {check.id for check in checks}
    for wanted in (*only, *skip):
        if wanted not in known:
            raise UnknownCheck(wanted, known)
    return tuple(
        check
        for check in checks
        if (not only or check.id in only) and (not phases or check.phase in phases) and check.id not in skip
    )
