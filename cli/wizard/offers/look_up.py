"""Finds the list for a question, within a time that a person waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from pathlib import Path

from binder_deploy.cli.wizard.offers import contexts, machines
from binder_deploy.cli.wizard.question import Given, Option
from binder_deploy.cli.wizard.questions.said import EKS, GKE

PATIENCE_S = 15.0
"""So long a person waits: importing a cloud's SDK alone takes seconds."""
_DEPENDS = ("platform", "project", "account", "region", "zone", "domain", "kubeconfig", "use", "people")
_CLOUDS = {GKE: "Google", EKS: "AWS"}


@dataclass(frozen=True)
class Offers:
    """What there is to choose, and what to say of the list."""

    options: Sequence[Option] = ()
    note: str = ""


class Lists:
    """The lists of one conversation: each is asked for once, and a cloud that does not let us in is left alone."""

    def __init__(self, folder: Path, announce: Callable[[str], None], patience_s: float = PATIENCE_S) -> None:
        """`announce` is told before something is asked that may take a while."""
        self._folder, self._announce, self._patience_s = folder, announce, patience_s
        self._found: dict[tuple[str, ...], Offers] = {}
        self._shut: set[str] = set()

    def get(self, name: str, given: Given) -> Offers:
        """The list of that name (`Question.offers`). What went wrong stands in the note; the rest is what is known
        without asking."""
        if not name:
            return Offers()
        key = (name, *(given.get(depends, "") for depends in _DEPENDS))
        if key not in self._found:
            self._found[key] = self._contexts(given) if name == "contexts" else self._from_cloud(name, given)
        return self._found[key]

    def _contexts(self, given: Given) -> Offers:
        found = contexts.contexts(given.get("kubeconfig", ""), self._folder)
        return Offers([Option(name) for name in found], "" if found else "No kubeconfig with a context was found.")

    def _from_cloud(self, name: str, given: Given) -> Offers:
        cloud = _CLOUDS[given["platform"]]
        live: Sequence[Option] = ()
        note = ""
        if cloud not in self._shut:
            self._announce(
                f"Asking {cloud}; the first time takes some seconds." if not self._found else f"Asking {cloud}."
            )
            try:
                live = _patiently(lambda: _ask(name, given), self._patience_s)
                note = "" if live else f"{cloud} shows none."
            except Exception as error:  # whatever it is: the person can type the answer, and reads why
                note = f"{cloud} could not be asked: {_line(error, self._patience_s)}."
                if isinstance(error, TooLate) or type(error).__name__ == "NotLoggedIn":
                    self._shut.add(cloud)
        if name == "machines":
            return Offers(machines.priced(given, self._folder, [option.value for option in live] or None), note)
        if name == "regions" and not live:
            return Offers([Option(region) for region in machines.regions(given)], note)
        return Offers(live, note)


def _ask(name: str, given: Given) -> Sequence[Option]:
    # Here, not above: each SDK takes seconds to import.
    if given["platform"] == GKE:
        from binder_deploy.cli.wizard.offers import google

        return google.LISTS[name](given)
    from binder_deploy.cli.wizard.offers import aws

    return aws.LISTS[name](given)


def _patiently(ask: Callable[[], Sequence[Option]], patience_s: float) -> Sequence[Option]:
    """The answer, if it comes in time. The thread that still waits for it does not keep the program from ending."""
    answer: Future[Sequence[Option]] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(timeout=patience_s)


def _line(error: Exception, patience_s: float) -> str:
    if isinstance(error, TooLate):
        return f"no answer within {patience_s:.0f} s"
    told = (str(error).splitlines() or [""])[0].strip().rstrip(".")
    return told[:160] or type(error).__name__
