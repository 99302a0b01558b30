"""Who runs an operation: noted with it in the state's history, where everybody who shares the state can read it."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Mapping

_NOTE = re.compile(r"by (\S.*)")


def who(environ: Mapping[str, str] = os.environ) -> str:
    """For people: `alice@laptop`, or who started the job: `octocat in GitHub Actions`."""
    for variable, service in (("GITHUB_ACTOR", "GitHub Actions"), ("GITLAB_USER_LOGIN", "GitLab CI")):
        if actor := environ.get(variable):
            return f"{actor} in {service}"
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        name = f"user {os.getuid()}"
    return f"{name}@{socket.gethostname()}"


def note(by: str) -> str:
    """As the engine keeps it with an operation. Left to itself it would take the title of a commit."""
    return f"by {by}"


def noted(message: str) -> str:
    """Who it was, of an operation's message; empty if it was not noted."""
    found = _NOTE.fullmatch(message)
    return found[1] if found else ""
