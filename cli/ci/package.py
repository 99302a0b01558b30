"""What a CI job has to install, so that it runs the very program that wrote its workflow."""

from __future__ import annotations

import json
from importlib.metadata import distribution

from binder_deploy.cli.flows.errors import Refused

NAME = "binder-deploy"


def installed() -> str:
    """A requirement for pip, by where this program came from (PEP 610): its version in an index, or an address.

    Raises `Refused` where it came from a folder or a file of this machine. It is then in no index as far as anybody
    knows, and a job that asked an index for the name would run whatever a stranger put there, with the job's rights.
    """
    found = distribution(NAME)
    told = found.read_text("direct_url.json")
    if told is None:
        return f"{NAME}=={found.version}"
    origin = json.loads(told)
    url, repository = origin["url"], origin.get("vcs_info")
    if url.startswith("file:"):
        raise Refused(
            "--package: this program was installed from a folder of this machine, which no CI job has; say what a job "
            f"shall install, at best held to a commit: --package '{NAME} @ git+https://HOST/OWNER/REPOSITORY@COMMIT'"
        )
    return f"{NAME} @ {repository['vcs']}+{url}@{repository['commit_id']}" if repository else f"{NAME} @ {url}"
