"""Writes `docs/man/binder-deploy.1`, the manual page, from what the commands' help is made of.

    python docs/man.py

A test holds the page to it; the package installs it, so that `man binder-deploy` finds it.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("man") / "binder-deploy.1"
FILES = (
    ("binder.yaml", "The settings of the deployment in this folder."),
    ("binder.lock.yaml", "Digests of the charts that it installs."),
    ("prices.yaml", "Prices of your own, for `cost`."),
    (".binder-deploy/", "What this machine keeps: state, kubeconfig, backups, logs of runs. Never committed."),
)


def manual() -> str:
    """The page's text, in the man macros of roff."""
    import typer.main

    from binder_deploy.cli.app import app

    os.environ["COLUMNS"] = "100"
    program: Any = typer.main.get_command(app)
    return "\n".join([*_head(program), *_commands(program), *_tail()]) + "\n"


def escaped(text: str) -> str:
    """As roff shows it: no escape of its own, no request by accident, hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _head(program: Any) -> Iterator[str]:
    context = program.make_context("binder-deploy", ["rehearse"], resilient_parsing=True)
    yield r".\" Written by docs/man.py from what `--help` says."
    yield '.TH BINDER\\-DEPLOY 1 "" "binder\\-deploy" "User Commands"'
    yield from (".SH NAME", escaped("binder-deploy - create, check, upgrade and remove a BinderHub"))
    yield from (".SH SYNOPSIS", f"{_bold('binder-deploy')} [OPTIONS] COMMAND [ARGUMENTS]")
    yield from (".SH DESCRIPTION", escaped(program.help), ".SH OPTIONS")
    yield from _rows([row for param in program.get_params(context) if (row := param.get_help_record(context))])
    yield ".SH COMMANDS"


def _commands(group: Any, parent: Any = None) -> Iterator[str]:
    context = group.make_context(group.name or "binder-deploy", [], parent=parent, resilient_parsing=True)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "commands"):
            yield from _commands(command, context)
        else:
            yield from _command(command, command.make_context(name, [], parent=context, resilient_parsing=True))


def _command(command: Any, context: Any) -> Iterator[str]:
    from binder_deploy.cli.manual.command import OWN, groups, page_of

    page = page_of(command, context)
    names = context.command_path.split()
    words = " ".join([*names[names.index("binder-deploy") + 1 :]])
    yield f'.SS "{escaped(words)}"'
    yield f"{_bold(f'binder-deploy {words}')} {escaped(' '.join(command.collect_usage_pieces(context)))}"
    for paragraph in inspect.cleandoc(command.help).split("\n\n"):
        yield from (".PP", escaped(" ".join(paragraph.split())))
    yield from (
        ".PP",
        f"{_bold('Changes:')} {escaped(page.changes)}",
        ".PP",
        f"{_bold('Costs:')} {escaped(page.costs)}",
    )
    for title, rows in groups(command, context):
        if title != OWN:
            yield from (".PP", _bold(f"{title}:"))
        yield from _rows([row for row in rows if row[0] != "--help"])
    yield from (".PP", _bold("Examples:"))
    yield from _rows((f"binder-deploy {line}", told) for line, told in page.examples)
    codes = ", ".join(map(str, page.codes))
    see = "".join(f", `binder-deploy {other}`" for other in page.see)
    yield from (".PP", f"{_bold('Exit codes:')} {codes}.", ".PP")
    yield f"{_bold('See also:')} {escaped(', '.join(f'docs/{one}' for one in page.docs) + see)}."


def _tail() -> Iterator[str]:
    from binder_deploy.cli.exits import MEANINGS

    yield ".SH EXIT STATUS"
    yield from _rows((str(code), f"{meaning}.") for code, meaning in MEANINGS.items())
    yield ".SH ENVIRONMENT"
    yield escaped("Each option that has a variable names it; `NO_COLOR` is heeded, too. Secrets are read")
    yield escaped("from where `binder.yaml` refers to: `env:NAME` or `file:PATH`.")
    yield ".SH FILES"
    yield from _rows(FILES)
    yield from (".SH SEE ALSO", escaped("`kubectl`(1), `helm`(1), `pulumi`(1); `binder-deploy COMMAND --help`."))


def _rows(rows: Any) -> Iterator[str]:
    for term, words in rows:
        yield from (".TP", _bold(term), escaped(" ".join(words.split())))


def _bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(manual(), encoding="utf-8")
