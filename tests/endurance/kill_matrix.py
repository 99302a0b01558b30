"""Kills the tool, the engine, a plugin or the control plane in the middle of `up`, `upgrade` and `down`, or lets a call
to the cloud fail; one more run of the command must converge, and `down` must leave the simulated cloud empty.

    python tests/endurance/kill_matrix.py --seed 1 --rounds 20 --results matrix.jsonl

A round is one deployment in a simulated project: `up`, `upgrade` and `down`, each of them cut once, and takes two
minutes. Rounds that the results hold already are not run again, so a long series can be run in parts. Prints a table;
`--json` prints the figures instead; exit 1 if a point did not converge or something was left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).parents[2]
COMMANDS = ("up", "upgrade", "down")
VICTIMS = ("tool", "engine", "plugin", "control plane", "fault")
FAULTS = ("quota", "403", "429", "500", "timeout", "created-but-not-reported")
FAULTY = {
    "up": ("create", ("compute/network", "compute/subnetwork", "compute/router", "compute/routerNat", "compute/address",
                      "container/cluster", "container/nodePool", "artifactregistry/repository",
                      "serviceaccount/account", "projects/iAMMember", "dns/recordSet")),
    "down": ("delete", ("compute/network", "compute/subnetwork", "compute/router", "compute/address",
                        "container/cluster", "container/nodePool", "serviceaccount/account")),
}  # fmt: skip
"""Command → method and types whose calls may be made to fail; an upgrade makes no calls to the cloud."""
SPANS = {"up": (0.5, 28.0), "upgrade": (0.5, 25.0), "down": (0.5, 14.0)}
"""Seconds within which a command is cut, drawn evenly."""
STEPS = {"up": 70, "upgrade": 8, "down": 60}
"""Steps of the engine after which it is cut, drawn evenly."""
LONGEST_S = 600


@dataclass(frozen=True)
class Point:
    """One cut, and how the next run ended."""

    seed: int
    round: int
    command: str
    victim: str
    moment: str
    """`after 12 steps`, `after 3.4 s`, or the fault."""
    during: str = ""
    """The last that the command told before."""
    cut: bool = False
    """False: the command had ended before, and the point does not count."""
    first: int = 0
    """Exit code of the command that was cut."""
    second: int = 0
    """Exit code of the run that followed."""
    steady: bool = False
    """Whether a plan then had nothing to change."""
    left: tuple[str, ...] = ()
    """What was left at the cloud after `down`."""
    said: str = ""
    """The last words of the second run, if it failed."""
    seconds: float = 0.0

    @property
    def converged(self) -> bool:
        """Whether one more run was enough."""
        return self.second == 0 and self.steady and not self.left


# The command, in a process of its own


def act(command: str, folder: Path) -> int:
    """Carry out one command on the deployment of a rehearsal's folder, as the command line does, and tell each step."""
    from binder_deploy.cli.exits import exit_code
    from binder_deploy.cli.flows import upgrade, upgrade_mark
    from binder_deploy.cli.flows.deploy import deploy
    from binder_deploy.cli.flows.deployment import Deployment, open_deployment
    from binder_deploy.cli.flows.remove import remove
    from binder_deploy.cli.flows.summary import changed
    from binder_deploy.cli.flows.upgrade_parts import Side, side, write_files
    from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
    from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers
    from binder_deploy.rehearsal.record import Record
    from binder_deploy.settings.leftovers import Sweep
    from binder_deploy.stacks.engine import Site

    record, file = Record.load(folder), folder / "deployment" / "binder.yaml"

    def tell(event: object) -> None:
        print(f"{type(event).__name__} {event}".replace("\n", " ")[:300], flush=True)  # noqa: T201

    def opened(one: Side) -> Deployment:
        return open_deployment(
            file.parent,
            one.settings,
            record.binaries,
            one.resolved,
            Site(folder / "work", folder, os.environ),
            lambda: Sweep(found=tuple(leftovers(CloudFile(record.cloud).read()))),
            simulated=True,
        )

    def here(bundle: Path | None = None) -> Side:
        return side(file.read_text(), file.name, file.parent, bundle, "lock", tell)

    try:
        if command == "up":
            first = here(folder / "older")
            write_files(first, file)
            deploy(opened(first), tell)
        elif command == "upgrade":
            request = upgrade.Request(file=file, to=str(folder / "newer"), wait_s=30.0)
            way = upgrade.found_way(request, upgrade_mark.read(file.parent), tell)
            upgrade.carry_out(request, way, opened, tell, lambda question: True, lambda what: True)
        else:
            remove(opened(here(folder / "newer")), tell)
            return 0
        planned = opened(here(folder / ("newer" if command == "upgrade" else "older"))).engine.preview(
            lambda event: None
        )
        return 5 if changed(planned) else 0
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        advice = getattr(error, "advice", None)
        print(f"{type(error).__name__}: {error} {advice or ''}"[:3000], file=sys.stderr)  # noqa: T201
        return code


# Who cuts it


@dataclass
class Stage:
    """An open rehearsal with a deployment's folder, and a way to run commands on it."""

    session: Any
    log: Path

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start it in a session of its own, as a terminal would."""
        return subprocess.Popen(
            [sys.executable, __file__, "--act", command, str(self.session.folder)],
            cwd=self.session.folder / "deployment",
            env=dict(self.session.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> int:
        """Run it to its end."""
        with self.start(command) as process:
            process.communicate(timeout=LONGEST_S)
        return process.returncode

    def cut(self, command: str, victim: str, seconds: float | None, steps: int | None) -> tuple[str, bool, int]:
        """Run it and kill the victim at that moment: what it told last, whether it was killed, its exit code."""
        told, counted, ended = [""], threading.Semaphore(0), threading.Event()
        with self.start(command) as process:

            def follow() -> None:
                for line in process.stdout or ():
                    told[0] = line.strip()
                    if line.startswith("ResourceStep"):
                        counted.release()
                ended.set()
                for _ in range(1000):
                    counted.release()

            follower = threading.Thread(target=follow)
            follower.start()
            if seconds is not None:
                ended.wait(seconds)
            else:
                for _ in range(steps or 0):
                    counted.acquire(timeout=LONGEST_S)
            killed, during = False, told[0]
            while not ended.is_set() and not (killed := self.kill(process.pid, victim)):
                time.sleep(0.02)
                during = told[0]
            process.wait(timeout=LONGEST_S)
            follower.join()
        self.await_orphans()
        return during, killed, process.returncode

    def kill(self, tool: int, victim: str) -> bool:
        """SIGKILL; whether there was somebody to kill."""
        if victim == "tool":
            os.kill(tool, signal.SIGKILL)
            return True
        for process in self.processes():
            try:
                name, line = process.name(), process.cmdline()
                if victim == "engine" and name == "pulumi" and {"up", "destroy", "refresh"} & set(line):
                    process.kill()
                    return True
                if victim == "plugin" and (
                    name.startswith("pulumi-resource") or any("rehearsal.clouds." in a for a in line)
                ):
                    process.kill()
                    return True
                if victim == "control plane" and name == "kube-apiserver":
                    self.restart(process)
                    return True
            except psutil.Error:
                continue
        return False

    def restart(self, process: psutil.Process) -> None:
        """A cloud starts its control plane again when it dies; so does this."""
        line, environ, where = process.cmdline(), process.environ(), process.cwd()
        process.kill()
        psutil.wait_procs([process], timeout=10)
        quiet = subprocess.DEVNULL
        time.sleep(3)
        subprocess.Popen(line, env=environ, cwd=where, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)

    def processes(self) -> list[psutil.Process]:
        """Every process of the rehearsal, in no order that matters."""
        from binder_deploy.rehearsal import processes

        return processes.of(self.session.folder)

    def await_orphans(self) -> None:
        """An engine that outlives its tool holds the state until it notices; whoever comes is told so, and waits."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and any(self._is_engine(p) for p in self.processes()):
            time.sleep(0.2)

    @staticmethod
    def _is_engine(process: psutil.Process) -> bool:
        try:
            return process.name() == "pulumi"
        except psutil.Error:
            return False


def staged(stack: ExitStack, folder: Path, cache: Path) -> Stage:
    """A rehearsal with the example's folder and two bundles."""
    from binder_deploy.charts import archive
    from binder_deploy.charts import bundle as bundles
    from binder_deploy.rehearsal.clouds.gcp.stage import set_stage
    from binder_deploy.rehearsal.session import BINARIES, open_session
    from binder_deploy.settings.load import load
    from binder_deploy.tools.acquire import acquire
    from binder_deploy.tools.lock import shipped

    tools = {name: path for name, path in acquire(list(shipped().binaries)).items() if name in BINARIES}
    session = stack.enter_context(open_session(tools, root=cache))
    deployment = session.folder / "deployment"
    deployment.mkdir()
    (deployment / "binder.yaml").write_bytes((REPOSITORY / "examples" / "gke.yaml").read_bytes())
    (deployment / ".binder-deploy").symlink_to(session.work)
    for name, count, hub in (("older", 3983, "4.3.5"), ("newer", 3990, "4.4.0")):
        (session.folder / name).mkdir()
        (session.folder / name / bundles.NAMED).write_text(f'name: "{name}"\n')
        for chart in ("binderhub", "traefik", "cert-manager"):
            files = archive.folder(bundles.STAND_INS / chart)
            for path in [path for path in files if path.endswith("Chart.yaml")]:
                text = files[path].decode().replace("+standin", "").replace("git.3983.", f"git.{count}.")
                files[path] = text.replace("4.3.5", hub).encode()
            packed = archive.pack(chart, files)
            (session.folder / name / f"{chart}-{archive.contents(chart, packed).version}.tgz").write_bytes(packed)
    set_stage(session.cloud, load(deployment / "binder.yaml"))
    session.start_controllers()
    return Stage(session, folder / "stderr")


# The rounds


def drawn(seed: int, number: int, victims: Sequence[str]) -> Iterator[tuple[str, str, float | None, int | None, Any]]:
    """Command, victim, seconds or steps, and a fault, for each command of a round."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311
    for command in COMMANDS:
        victim = chance.choice([v for v in victims if v != "fault" or command in FAULTY] or ["tool"])
        seconds, steps = round(chance.uniform(*SPANS[command]), 2), chance.randint(1, STEPS[command])
        fault = (
            (*(FAULTY[command][0], chance.choice(FAULTY[command][1])), chance.choice(FAULTS))
            if victim == "fault"
            else None
        )
        by_time = chance.random() < 0.5
        yield command, victim, (seconds if by_time else None), (None if by_time else steps), fault


def round_of(seed: int, number: int, victims: Sequence[str], commands: Sequence[str], cache: Path) -> Iterator[Point]:
    """Carry out a round; commands that are not to be cut are run as they are."""
    from binder_deploy.rehearsal.clouds.cloud_file import Fault
    from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers

    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        stage = staged(stack, Path(name), cache)
        for command, victim, seconds, steps, fault in drawn(seed, number, victims):
            if command not in commands:
                if (code := stage.run(command)) != 0:
                    raise RuntimeError(f"{command} alone ended with {code}: {stage.log.read_text()[-2000:]}")
                continue
            begun = time.monotonic()
            if fault:
                moment = during = " ".join(fault)
                with stage.session.cloud.transaction() as cloud:
                    cloud.faults.append(Fault(fault[0], fault[1], fault[2]))
                first = stage.run(command)
                cut = stage.session.cloud.read().faults[-1].seen > 0
            else:
                moment = f"after {seconds} s" if seconds is not None else f"after {steps} steps"
                during, cut, first = stage.cut(command, victim, seconds, steps)
            second = stage.run(command)
            left = leftovers(stage.session.cloud.read()) if command == "down" else ()
            yield Point(
                seed, number, command, victim, moment, during, cut, first, second, second != 5,
                tuple(f"{item.kind} {item.name}" for item in left),
                stage.log.read_text()[-1500:] if second else "", round(time.monotonic() - begun, 1),
            )  # fmt: skip
            if second and command != "down":
                return  # what would follow says nothing


def figures(points: Sequence[Point]) -> dict[str, Any]:
    """Tried, converged and left, by command and victim."""
    counted = [point for point in points if point.cut]
    rows: dict[tuple[str, str], Counter[str]] = {}
    for point in counted:
        row = rows.setdefault((point.command, point.victim), Counter())
        row.update(tried=1, converged=int(point.converged), left=int(bool(point.left)))
    return {
        "schema": "binder-deploy/kill-matrix/v1",
        "seeds": sorted({point.seed for point in points}),
        "tried": len(counted),
        "converged": sum(point.converged for point in counted),
        "ended before the cut": len(points) - len(counted),
        "by": [{"command": c, "victim": v, "tried": row["tried"], "converged": row["converged"], "left": row["left"]}
               for (c, v), row in sorted(rows.items())],
        "failed": [asdict(point) for point in counted if not point.converged],
    }  # fmt: skip


def read(file: Path | None) -> list[Point]:
    """Points of earlier runs."""
    lines = file.read_text().splitlines() if file and file.exists() else []
    return [Point(**{**json.loads(line), "left": tuple(json.loads(line)["left"])}) for line in lines]


def matrix(options: argparse.Namespace, tell: Callable[[Point], None]) -> list[Point]:
    """Run the rounds that are missing."""
    from binder_deploy.tools.place import default_cache

    points = read(options.results)
    done = {(point.seed, point.round) for point in points}
    begun = time.monotonic()
    for number in range(options.first, options.first + options.rounds):
        if (options.seed, number) in done or time.monotonic() - begun > options.minutes * 60:
            continue
        for point in round_of(options.seed, number, options.victims, options.commands, default_cache()):
            points.append(point)
            tell(point)
            if options.results:
                with options.results.open("a") as file:
                    file.write(json.dumps(asdict(point)) + "\n")
    return points


def main() -> int:
    """Run the rounds and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--act", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no round after so long")
    parser.add_argument("--commands", type=lambda text: text.split(","), default=list(COMMANDS))
    parser.add_argument("--victims", type=lambda text: text.split(","), default=list(VICTIMS))
    parser.add_argument("--results", type=Path, help="file to which every point is added")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    if options.act:
        return act(options.act[0], Path(options.act[1]))

    def tell(point: Point) -> None:
        state = "not cut" if not point.cut else "converged" if point.converged else "FAILED"
        text = f"{point.round:>3}  {point.command:<8} {point.victim:<14} {point.moment:<48} {point.seconds:>6.1f} s"
        print(f"{text}  {state}", file=sys.stderr, flush=True)  # noqa: T201

    found = figures(matrix(options, tell))
    if options.json:
        print(json.dumps(found, indent=1))  # noqa: T201
    else:
        print(f"{'command':<9}{'victim':<15}{'tried':>6}{'converged':>11}{'left':>6}")  # noqa: T201
        for row in found["by"]:
            print(f"{row['command']:<9}{row['victim']:<15}{row['tried']:>6}{row['converged']:>11}{row['left']:>6}")  # noqa: T201
        print(f"{found['tried']} points, {found['converged']} converged; seeds {found['seeds']}")  # noqa: T201
    return 0 if found["tried"] == found["converged"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
