"""A run with a verdict of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.model import Crashed, Failed, Outcome, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.reports.run import Run

GKE = Path(__file__).parents[3] / "examples" / "gke.yaml"
NASTY = 'a <b>bold</b> \x1b[31mred\x1b[0m & "quoted" ]]> \x00 {{ x }} \U0001f600'
VERDICTS: tuple[Verdict, ...] = (
    Passed("12 fit"),
    Failed("platform.pools.build.machine: too small", "make it larger", "dind 8 GiB\nbuild 1 GiB"),
    Failed(NASTY, NASTY, NASTY),
    Warned("tls.server is staging", "set tls.server to production"),
    Warned("hub.culling.every_minutes: rare", "set it", ignored=True),
    Skipped("unknown", "could not be asked: nodes", "403"),
    Skipped("simulated", "played", "nodes"),
    Skipped("not applicable", "there is none"),
    Crashed("KeyError: 'x'", "Traceback"),
)


@pytest.fixture
def run() -> Run:
    blocking = [check for check in CATALOGUE if check.blocks]
    return Run(
        outcomes=[Outcome(check, verdict, 0.25) for check, verdict in zip(blocking, VERDICTS, strict=False)],
        deployment="campus-binder",
        platform="gke",
        at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        versions={"binder-deploy": "0.1.0", "chart binderhub": "1.0.0"},
        simulated=True,
        settings_file="deployments/campus/binder.yaml",
        settings_text=GKE.read_text(encoding="utf-8"),
    )
