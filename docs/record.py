"""Records what a person sees of real runs as the pictures in `docs/screens/`, and `docs/rehearsal.svg`.

    python docs/record.py                  all of them; some minutes
    python docs/record.py wizard check     some

`wizard` and `check` run the program itself at a terminal of its own. `plan`, `up` and `status` go through the flows of
these commands with a deployment into a simulated cloud, as a rehearsal makes one: no account is needed. Nothing that is
shown is typed in here but the answers.
"""

from __future__ import annotations

import io
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).parent
SCREENS = DOCS / "screens"
EXAMPLE = DOCS.parent / "examples" / "gke.yaml"
WIDTH = 104
ENTER, DOWN = "\r", "\x1b[B"
ANSWERS = (
    ("Where it runs", DOWN, DOWN),
    ("Kubeconfig context",),
    ("Name of the deployment",),
    ("Owner",),
    ("Address",),
    ("Domain", "physics.example.org"),
    ("DNS zone",),
    ("E-mail address", "ops@example.org"),
    ("Registry", DOWN),
    ("Registry's namespace", "physics-lab"),
    ("Registry's user", "binder-robot"),
    ("That user's password",),
    ("Who may launch",),
    ("What for", DOWN),
    ("People at one time",),
    ("What next",),
)
"""Questions of the wizard, each with what is typed before Enter."""


def wizard() -> None:
    """An empty folder, a cluster that is there, and a person."""
    with _folder() as folder:
        (folder.parent / "kubeconfig").write_text("contexts: [{name: lab}, {name: campus}]\ncurrent-context: campus\n")
        told = _at_a_terminal(folder, ["init"], ANSWERS, KUBECONFIG=str(folder.parent / "kubeconfig"))
    _draw("wizard", "binder-deploy init", told)


def check() -> None:
    """Settings that cannot work: a disk that builds fill, a domain whose certificates are used up by others."""
    with _folder() as folder:
        settings = EXAMPLE.read_text(encoding="utf-8")
        for right, wrong in (("disk_gb: 200", "disk_gb: 30"), ("domain: campus.example.org", "domain: demo.sslip.io")):
            settings = settings.replace(right, wrong)
        (folder / "binder.yaml").write_text(settings, encoding="utf-8")
        told = _at_a_terminal(folder, ["check", "--phase", "settings"], ())
    _draw("check", "binder-deploy check --phase settings", told)


def deployment() -> None:
    """`plan`, `up` and `status`, one after the other, of the example in a simulated cloud."""
    from binder_deploy.checks.catalogue import CATALOGUE
    from binder_deploy.cli.flows import checking, real, status
    from binder_deploy.cli.flows.cost import costs
    from binder_deploy.cli.flows.living import Known
    from binder_deploy.cli.flows.state_site import Place
    from binder_deploy.cli.ui.live import LiveScreen
    from binder_deploy.cli.ui.report import show_deployed, show_next
    from binder_deploy.cli.ui.status import show_status
    from binder_deploy.stacks.backend import Backend
    from binder_deploy.stacks.stored import stored

    with _folder() as folder, _simulated(folder) as made:
        file, settings = folder / "binder.yaml", made.settings
        console = _console()
        screen = LiveScreen(console)
        before = checking.before(made, screen)
        real.preview(made, screen)
        screen(costs(settings, folder))
        _write("plan", "binder-deploy plan", console)

        console = _console()
        screen = LiveScreen(console)

        def agree(question: str) -> bool:
            console.print(f"{question} [y/N]: y", soft_wrap=True, markup=False)
            return True

        real._opened = lambda *_: (made, before)  # type: ignore[assignment]
        outputs, outcomes = real.up(real.Request(file, wait_s=20.0), screen, agree, agree)
        if outputs is None:
            raise RuntimeError("nothing was deployed")
        show_deployed(outputs, outcomes, console)
        show_next(settings, console)
        _write("up", "binder-deploy up", console)

        shut = replace(made.site, environ={k: v for k, v in made.site.environ.items() if "PASSPHRASE" not in k})
        backend = Backend(made.site.environ["PULUMI_BACKEND_URL"], "here", settings.name, "passphrase", None)
        place = Place(settings.state, backend, shut, stored(shut, settings.name))
        # At a simulated address nobody answers: what a rehearsal cannot ask is not asked here, either.
        beyond = tuple(c.id for c in CATALOGUE if any(key.beyond for key in c.needs))
        quiet = settings.model_copy(update={"checks": settings.checks.model_copy(update={"skip": beyond})})
        status.known = lambda *_: Known(quiet, folder, place)  # type: ignore[assignment]
        console = _console()
        show_status(status.status(file, lambda event: None), console)
        _write("status", "binder-deploy status", console)


def rehearsal() -> None:
    """A whole rehearsal, with its times: on a machine that does nothing else."""
    from binder_deploy.cli.flows.acquire import settings_or_example
    from binder_deploy.cli.flows.events import Notice
    from binder_deploy.cli.flows.rehearse import Request, Result, rehearse
    from binder_deploy.cli.ui.live import LiveScreen
    from binder_deploy.cli.ui.report import show_rehearsal

    console = _console()
    found = settings_or_example(EXAMPLE)
    # Live rows move; a picture cannot: they are gone by the end.
    screen = LiveScreen(console)
    screen(Notice(f"{found.name}: {found.settings.name} on {found.settings.platform.kind}, rehearsed on this machine"))
    result = Result()
    rehearse(Request(found.folder, found.settings), result, screen)
    show_rehearsal(result, console)
    _write("rehearsal", "binder-deploy rehearse", console, DOCS)


PICTURES: Mapping[str, Callable[[], None]] = {
    "wizard": wizard,
    "check": check,
    "deployment": deployment,
    "rehearsal": rehearsal,
}


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "summer-school"
        folder.mkdir()
        yield folder


@contextmanager
def _simulated(folder: Path) -> Iterator[Any]:
    """The example's deployment in a simulated cloud, before anything is made."""
    from binder_deploy.cli.flows.acquire import get_charts, get_tools
    from binder_deploy.cli.flows.deployment import open_deployment
    from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
    from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
    from binder_deploy.rehearsal.environment import applied
    from binder_deploy.rehearsal.session import open_session
    from binder_deploy.settings.leftovers import Sweep
    from binder_deploy.settings.load import load
    from binder_deploy.stacks.engine import Site

    (folder / "binder.yaml").write_bytes(EXAMPLE.read_bytes())
    settings = load(folder / "binder.yaml")
    tools = get_tools(lambda event: None, rehearsal=True, installs=True)
    resolved = get_charts(folder, None, lambda event: None, platform=settings.platform.kind, allow_stand_ins=True)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(tools))
        stack.enter_context(applied(session.environ))
        set_stage(session.cloud, settings)
        session.start_controllers()
        yield open_deployment(
            folder,
            settings,
            tools,
            resolved,
            Site(session.work, session.folder, session.environ),
            lambda: Sweep(found=tuple(leftovers(session.cloud.read()))),
            simulated=True,
        )


def _at_a_terminal(folder: Path, arguments: list[str], answers: Any, **environment: str) -> list[Text]:
    """The lines on a terminal at the end of a run; each answer is typed when its question is there."""
    import pexpect
    import pyte

    usual = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    usual |= {"LOGNAME": "you", "GIT_CONFIG_GLOBAL": "/dev/null", "PROMPT_TOOLKIT_NO_CPR": "1"}
    terminal = pyte.Screen(WIDTH - 4, 160)  # so high that nothing scrolls away
    stream = pyte.Stream(terminal)
    program = pexpect.spawn(
        sys.executable,
        ["-m", "binder_deploy.cli", *arguments],
        cwd=str(folder),
        env=usual | environment,
        dimensions=(160, WIDTH - 4),
        encoding="utf-8",
        timeout=60,
    )
    for title, *keys in answers:
        program.expect_exact(f"{title}:")
        stream.feed(program.before + program.after)
        program.send("".join(keys) + ENTER)
    program.expect(pexpect.EOF)
    stream.feed(program.before)
    lines = [_line(terminal.buffer[row], terminal.columns) for row in range(terminal.lines)]
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _line(row: Any, columns: int) -> Text:
    """A row of a terminal, with its colours."""
    line = Text()
    for style, cells in groupby((row[column] for column in range(columns)), key=_style):
        line.append("".join(cell.data for cell in cells), style)
    line.rstrip()
    return line


def _style(cell: Any) -> str:
    colour = cell.fg.replace("brown", "yellow").replace("bright", "bright_")
    style = "" if colour == "default" else f"#{colour}" if re.fullmatch("[0-9a-f]{6}", colour) else colour
    return f"bold {style}" if cell.bold else style


def _console() -> Console:
    return Console(record=True, width=WIDTH, force_terminal=True, file=io.StringIO(), highlight=False)


def _draw(name: str, command: str, lines: list[Text]) -> None:
    console = _console()
    for line in lines:
        console.print(line)
    _write(name, command, console)


def _write(name: str, command: str, console: Console, folder: Path = SCREENS) -> None:
    """The picture, with the command as its title and its first line."""
    whole = _console()
    whole.print(Text(f"$ {command}", style="bold"))
    whole.print(Text.from_ansi(console.export_text(styles=True).rstrip()))
    picture = whole.export_svg(title=command, unique_id=name)
    # A document of its own: no font is fetched from elsewhere.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.svg").write_text(re.sub(r"[ \t]+\n", "\n", picture), encoding="utf-8")


if __name__ == "__main__":
    # The history of a deployment notes who it was, and on which machine.
    os.environ["LOGNAME"] = "you"
    socket.gethostname = lambda: "laptop"
    for wanted in sys.argv[1:] or PICTURES:
        PICTURES[wanted]()
