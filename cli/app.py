"""The command line: every command by name, and the one place where an error becomes an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from binder_deploy.cli import exits
from binder_deploy.cli.commands import (
    backup,
    ban,
    bundle,
    check,
    ci,
    config,
    cost,
    down,
    drift,
    eject,
    history,
    init,
    kubeconfig,
    launch,
    logs,
    look,
    maintenance,
    open,
    plan,
    rehearse,
    secrets,
    state,
    status,
    support,
    tools,
    up,
    upgrade,
)
from binder_deploy.cli.manual.command import with_pages

app = typer.Typer(
    name="binder-deploy",
    help="From nothing to a working BinderHub: settings, checks, cluster, registry, TLS, and back to nothing.",
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in exits.MEANINGS.items()) + ".",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback()(look.look)
app.command("rehearse")(rehearse.rehearse)
app.command("init")(init.init)
app.command("up")(up.up)
app.command("plan")(plan.plan)
app.command("cost")(cost.cost)
app.command("check")(check.check)
app.command("launch")(launch.launch)
app.command("status")(status.status)
app.command("drift")(drift.drift)
app.command("logs")(logs.logs)
app.command("history")(history.history)
app.command("open")(open.open_)
app.command("kubeconfig")(kubeconfig.kubeconfig)
app.add_typer(maintenance.app, name="maintenance")
app.command("ban")(ban.ban)
app.command("unban")(ban.unban)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(secrets.app, name="secrets")
app.command("upgrade")(upgrade.upgrade)
app.command("rollback")(upgrade.rollback)
app.command("down")(down.down)
app.command("eject")(eject.eject)
app.command("support")(support.support)
app.add_typer(tools.app, name="tools")
app.add_typer(config.app, name="config")
app.add_typer(bundle.app, name="bundle")
app.add_typer(state.app, name="state")
app.add_typer(ci.app, name="ci")
with_pages(app)


@cache
def _main() -> Callable[..., Any]:
    """The command line, put together once: that takes as long as a small command."""
    return get_command(app).main


def run(arguments: list[str] | None = None) -> int:
    """Carry out one command line and give its exit code."""
    try:
        code = int(_main()(arguments, prog_name="binder-deploy", standalone_mode=False) or exits.DONE)
        if code == exits.INTERRUPTED:  # Ctrl-C while no operation was under way: nothing to tell but that
            typer.echo("Interrupted.", err=True)
        return code
    except TyperException as error:
        error.show()  # type: ignore[attr-defined]  # usage errors have it, and only those get here
        return exits.USAGE
    except typer.Abort as error:
        return exits.INTERRUPTED if isinstance(error.__context__, KeyboardInterrupt) else exits.FAILED
    except (Exception, KeyboardInterrupt) as error:
        from binder_deploy.cli.ui.failure import show_bug, show_failure

        known = exits.exit_code(error)
        if known is None:
            show_bug(error)
            return exits.BUG
        show_failure(error)
        return known


def main() -> NoReturn:
    """Entry point of the `binder-deploy` program."""
    # A CI job is cancelled by SIGTERM, a lost connection hangs up: either would end Python on the spot and leave
    # what it has started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sys.exit(run())
