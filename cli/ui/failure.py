"""How an error reads: what, what it means, what to run next. A traceback goes to a log, never to the screen."""

from __future__ import annotations

import platform
import sys
import time
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_log_path
from rich.console import Console
from rich.text import Text

from binder_deploy.cli.flows.errors import Advice, Blocked, LeftoversFound, Stopped
from binder_deploy.cli.ui.console import console

if TYPE_CHECKING:
    from binder_deploy.stacks.events import Diagnostic


def show_failure(error: BaseException, *, advised: bool = True) -> None:
    """Tell a known error. `advised`: with the commands to run next; False where a later error has them."""
    screen = console()
    screen.print()
    match error:
        case KeyboardInterrupt():
            screen.print("Interrupted.", style="yellow")
        case Blocked():
            _show_blocked(screen, error, advised=advised)
        case LeftoversFound():
            _show_leftovers(screen, error)
        case Stopped():
            _headline(screen, _engine_words(error.cause))
            if advised:
                _show_advice(screen, error.advice)
        case OSError():
            _headline(screen, f"{error.filename or 'a file'} cannot be written: {error.strerror}")
            screen.print("  Make room, then run the same command again: it goes on from what there is.")
        case _:
            # Of an upgrade that was taken back: first why, then what became of it.
            for why in (getattr(error, "failure", None), getattr(error, "second", None)):
                if isinstance(why, Exception):
                    show_failure(why, advised=False)
            _headline(screen, str(error))


def _show_advice(screen: Console, advice: Advice) -> None:
    screen.print(advice.exists)
    for label, command in (("Go on:", advice.go_on), ("Clean up:", advice.clean_up)):
        if command:
            screen.print(f"  {label:<10}{command}")


def _headline(screen: Console, text: str) -> None:
    line = Text("✗ ", style="bold red")
    line.append(text.strip(), style="")
    screen.print(line)


def _engine_words(cause: Exception) -> str:
    """The engine's own diagnostics, without the repetition that follows every failed resource."""
    problems = getattr(cause, "problems", ())
    texts = [_named(p) for p in problems if "update failed" not in p.text] or [str(cause)]
    if type(cause).__name__ == "Interrupted":
        return "Interrupted: what was under way has finished and is recorded."
    return "\n".join(dict.fromkeys(texts))


def _named(problem: Diagnostic) -> str:
    """Which resource it is about, unless that is the whole."""
    name = "" if "::pulumi:pulumi:Stack::" in problem.urn else problem.urn.rsplit("::", 1)[-1]
    return f"{name}: {problem.text}" if name else problem.text


def _show_blocked(screen: Console, error: Blocked, *, advised: bool) -> None:
    for outcome in error.outcomes:
        verdict = outcome.verdict
        _headline(screen, f"{outcome.check.id}  {verdict.message}")
        if getattr(verdict, "detail", ""):
            screen.print(Text(verdict.detail, style="bright_black"))
        remedy = getattr(verdict, "remedy", "")
        if remedy:
            screen.print(Text(f"  Fix: {remedy}"))
        screen.print(Text(f"  More: binder-deploy check --explain {outcome.check.id}", style="bright_black"))
    if error.advice and advised:
        _show_advice(screen, error.advice)


def _show_leftovers(screen: Console, error: LeftoversFound) -> None:
    sweep = error.sweep
    if error.refused:
        _headline(screen, _engine_words(error.refused))
    _headline(screen, f"{len(sweep.found)} left over")
    for item in sweep.found:
        screen.print(Text(f"  {item.kind}  {item.name}  ({item.reason})"))
        if item.command:
            screen.print(Text(f"      {item.command}", style="bright_black"))
    if sweep.found:
        screen.print("  Remove these, then run `binder-deploy down` again: it goes on and looks once more.")
    for unasked in sweep.unasked:
        screen.print(Text(f"  ? {unasked.kind}: could not be asked ({unasked.why})", style="yellow"))


def show_bug(error: BaseException) -> None:
    """Our bug: one line for people, everything else into a file that pastes into a report."""
    log = _write_log(error)
    screen = console()
    _headline(screen, f"This is a bug in binder-deploy: {type(error).__name__}")
    screen.print(f"  Details: {log}", soft_wrap=True)


def _write_log(error: BaseException) -> Path:
    folder = user_log_path("binder-deploy", ensure_exists=True)
    log = folder / f"bug-{time.strftime('%Y%m%d-%H%M%S')}.log"
    lines = [
        f"binder-deploy {version('binder-deploy')}, Python {sys.version.split()[0]}, {platform.platform()}",
        "".join(traceback.format_exception(error)),
    ]
    log.write_text("\n".join(lines), encoding="utf-8")
    return log
