"""Kills rehearsals at seeded random moments; the next one must clean up after each and pass.

    python tests/endurance/kill_rehearsal.py --points 50 --seed 1

Prints one line a point and the sums; exit 1 if one did not converge. A point takes about a minute and a half.
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
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

PROGRAM = [sys.executable, "-m", "binder_deploy.cli", "rehearse"]


@dataclass(frozen=True)
class Point:
    """One kill, and how the next run ended."""

    after_s: float
    phase: str
    """What the killed run was doing."""
    killed: bool
    """False if it had ended before."""
    left_running: int
    """Its processes that survived it."""
    code: int
    """Exit code of the next run."""
    found_left: tuple[str, ...]
    """What still existed after the next run: folders and processes."""

    @property
    def converged(self) -> bool:
        """The next run passed and nothing of either is left."""
        return self.killed and self.code == 0 and not self.found_left


def kill_at(after_s: float, cache: Path, folder: Path) -> Point:
    """Start a rehearsal, SIGKILL it after so many seconds, and run the next one to its end."""
    environ = {**os.environ, "BINDER_DEPLOY_CACHE": str(cache)}
    with subprocess.Popen(PROGRAM, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as victim:
        try:
            _, said = victim.communicate(timeout=after_s)
        except subprocess.TimeoutExpired:
            victim.send_signal(signal.SIGKILL)
            _, said = victim.communicate()
    survivors = len(list(processes_of(cache)))
    following = subprocess.run(
        [*PROGRAM, "--json"], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=600
    )
    if following.returncode == 0:
        assert json.loads(following.stdout)["schema"] == "binder-deploy/rehearsal/v1"
    else:
        sys.stderr.write(following.stderr)
    left = (*(p.name for p in (cache / "rehearsals").iterdir()), *processes_of(cache))
    started = [line.strip() for line in said.splitlines() if line.rstrip().endswith("…")]
    phase = started[-1].split("  ")[-1].strip(" …") if started else "start"
    killed = victim.returncode == -signal.SIGKILL
    return Point(after_s, phase, killed, survivors, following.returncode, left)


def processes_of(cache: Path) -> Iterator[str]:
    """Names of the processes that work on something in this cache's rehearsals."""
    mark = str(cache / "rehearsals")
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(mark in text for text in told):
            yield process.name()


def points(count: int, seed: int, span_s: float) -> list[float]:
    """Seconds after the start, uniformly over a whole rehearsal."""
    generator = random.Random(seed)  # noqa: S311
    return [round(generator.uniform(0.2, span_s), 2) for _ in range(count)]


def own_cache(folder: Path) -> Path:
    """A cache that shares the tools of the usual one, so that other rehearsals are not in the way."""
    from binder_deploy.tools.acquire import acquire
    from binder_deploy.tools.lock import shipped
    from binder_deploy.tools.place import default_cache

    acquire(list(shipped().binaries))
    cache = (folder / "cache").resolve()
    cache.mkdir()
    (cache / "tools").symlink_to(default_cache() / "tools")
    return cache


def main() -> int:
    """Run the points and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--span", type=float, default=45.0, help="seconds that a rehearsal takes here")
    options = parser.parse_args()
    begun, results = time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = own_cache(folder)
        for number, after_s in enumerate(points(options.points, options.seed, options.span), 1):
            point = kill_at(after_s, cache, folder)
            results.append(point)
            state = "converged" if point.converged else f"FAILED ({point})"
            print(  # noqa: T201
                f"{number:>3}  killed after {after_s:>6.2f} s in {point.phase!r}, {point.left_running} processes "
                f"survived it: {state}",
                flush=True,
            )
    good = sum(p.converged for p in results)
    print(  # noqa: T201
        f"seed {options.seed}: {len(results)} points, {good} converged, {len(results) - good} did not, "
        f"{(time.monotonic() - begun) / 60:.0f} min"
    )
    return 0 if good == len(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
