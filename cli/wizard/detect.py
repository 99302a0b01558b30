"""What this machine suggests as an answer. A person has to accept it: what is detected may be last week's project."""

from __future__ import annotations

import configparser
import getpass
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from binder_deploy.cli.wizard.offers.contexts import current
from binder_deploy.cli.wizard.question import Given
from binder_deploy.cli.wizard.questions.said import EKS, GKE


def detect(name: str, given: Given, folder: Path) -> str:
    """The suggestion of that name (`Question.detected`); empty where there is none."""
    return _DETECTORS[name](given, folder) if name else ""


def _project(_given: Given, _folder: Path) -> str:
    return (
        os.environ.get("GOOGLE_CLOUD_PROJECT")
        or os.environ.get("CLOUDSDK_CORE_PROJECT")
        or _gcloud().get("core", {}).get("project", "")
    )


def _region(given: Given, _folder: Path) -> str:
    if given.get("platform") == EKS:
        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _aws().get("region", "")
    return os.environ.get("CLOUDSDK_COMPUTE_REGION") or _gcloud().get("compute", {}).get("region", "")


def _zone(given: Given, _folder: Path) -> str:
    """The login's usual zone, if it lies in the region; else one that most regions have."""
    region = given.get("region", "")
    if given.get("platform") != GKE:
        return f"{region}a"
    usual = os.environ.get("CLOUDSDK_COMPUTE_ZONE") or _gcloud().get("compute", {}).get("zone", "")
    return usual if usual.startswith(f"{region}-") else f"{region}-b"


def _context(given: Given, folder: Path) -> str:
    return current(given.get("kubeconfig", ""), folder)


def _deployment(_given: Given, folder: Path) -> str:
    """The folder's name, as far as it can be one of a deployment."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-0123456789")[:20].rstrip("-")
    return name or "binder"


def _owner(_given: Given, _folder: Path) -> str:
    try:
        return re.sub(r"[^-_a-z0-9]+", "-", getpass.getuser().lower()).strip("-")[:63]
    except (KeyError, OSError):  # a user without a name, as in some containers
        return ""


def _email(_given: Given, _folder: Path) -> str:
    try:
        said = subprocess.run(
            ["git", "config", "--get", "user.email"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()


def _gcloud() -> Mapping[str, Mapping[str, str]]:
    """The active configuration of gcloud."""
    home = Path(os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud")
    try:
        name = os.environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or (home / "active_config").read_text().strip()
    except (OSError, UnicodeDecodeError):
        name = "default"
    return _sections(home / "configurations" / f"config_{name}")


def _aws() -> Mapping[str, str]:
    """The chosen profile of AWS."""
    file = Path(os.environ.get("AWS_CONFIG_FILE") or Path.home() / ".aws" / "config")
    profile = os.environ.get("AWS_PROFILE") or "default"
    sections = _sections(file)
    return sections.get(f"profile {profile}") or sections.get(profile) or {}


def _sections(file: Path) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return {}
    return {name: dict(parser[name]) for name in parser.sections()}


_DETECTORS: Mapping[str, Callable[[Given, Path], str]] = {
    "project": _project,
    "region": _region,
    "zone": _zone,
    "context": _context,
    "deployment": _deployment,
    "owner": _owner,
    "email": _email,
}
