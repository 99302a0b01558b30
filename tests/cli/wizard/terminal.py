"""Runs one command line with a pseudo-terminal as its own: what `conftest.py` starts, in a fresh process each time.

Given: `terminal` (the terminal's name), `arguments`, `folder`, `environment`, `google` (address of an imitation).
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

given: dict[str, Any] = globals()
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may have them ignore it
os.login_tty(os.open(given["terminal"], os.O_RDWR))
sys.stdin = os.fdopen(0)
sys.stdout = os.fdopen(1, "w", 1)
sys.stderr = os.fdopen(2, "w", 1)
os.environ.clear()
os.environ.update(given["environment"])
os.chdir(given["folder"])

if given["google"]:
    from google.oauth2.credentials import Credentials

    from binder_deploy.checks.probes.google import access

    def login(project: str) -> access.Google:
        return access.Google(project, Credentials(token="ya29.local"), given["google"])  # type: ignore[no-untyped-call]

    access.login = login

from binder_deploy.cli.app import run  # noqa: E402

code = run(given["arguments"])
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
