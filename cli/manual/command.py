"""How `--help` reads: what a command does, changes and costs, its options in groups, examples, exit codes, see also.

In plain lines: Rich would take longer to import than the rest of the help to write.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from binder_deploy.cli.manual.page import Page

if TYPE_CHECKING:
    import typer

OWN = "Options"
"""The group of what belongs to the one command."""


class Command(TyperCommand):
    """A command with a page."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """What it changes and costs, then the arguments and options."""
        page = page_of(self, ctx)
        formatter.write("\n")
        formatter.write_dl([("  Changes:", page.changes), ("  Costs:", page.costs)])
        for title, rows in groups(self, ctx):
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples, exit codes, and where there is more."""
        from binder_deploy.cli.exits import MEANINGS

        page = page_of(self, ctx)
        with formatter.section("Examples"):
            for line, words in page.examples:
                formatter.write(f"  binder-deploy {line}\n")
                formatter.write(f"{textwrap.fill(words, formatter.width, initial_indent=' ' * 6)}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), MEANINGS[code]) for code in page.codes])
        with formatter.section("See also"):
            commands = ", ".join(f"binder-deploy {name}" for name in page.see)
            formatter.write_text(f"{commands}; docs/{', docs/'.join(page.docs)}".lstrip("; "))


def page_of(command: Any, ctx: Any) -> Page:
    """The page of a command, by the names that it was called with."""
    from binder_deploy.cli.manual.pages import PAGES

    names = [command.name]
    while ctx.parent and ctx.parent.parent:
        ctx = ctx.parent
        names.insert(0, ctx.command.name)
    return PAGES[" ".join(names)]


def groups(command: Any, ctx: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title and rows (how it is written, what it is) of each group of arguments and options, its own first."""
    found: dict[str, list[tuple[str, str]]] = {"Arguments": [], OWN: []}
    for param in command.get_params(ctx):
        if row := param.get_help_record(ctx):
            argument = param.param_type_name == "argument"
            title = "Arguments" if argument else getattr(param, "rich_help_panel", None) or OWN
            found.setdefault(title, []).append(row)
    yield from ((title, rows) for title, rows in found.items() if rows)


def with_pages(app: typer.Typer) -> None:
    """Give every command of a program its page."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance:
            with_pages(group.typer_instance)
