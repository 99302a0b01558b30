"""The workflows of a deployment, as texts: a function of its settings, so that writing them again is no change."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined

from binder_deploy.cli.ci.forge import refuse_odd_branch, refuse_odd_url
from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.package import installed
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.settings.address import CloudDns, Route53
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.references import references
from binder_deploy.settings.state import BucketState, LocalState, PulumiCloudState

GITHUB = (".github/workflows/binder-{}.yml", ("plan", "apply", "preview", "watch"))
GITLAB = "binder-deploy.gitlab-ci.yml"
PYTHON = "3.13"
CLOUDSDK = "gcr.io/google.com/cloudsdktool/google-cloud-cli:stable"
"""It has Google's helper for kubectl, which PyPI has not."""


@dataclass(frozen=True)
class Wanted:
    """What the operator chose."""

    folder: PurePosixPath
    """The deployment's, from the repository's root; `.` for the root itself."""
    main: str = "main"
    own_cluster: bool = False
    """Whether a preview is a cluster of its own, not a namespace in one that previews share."""
    hours: int = 72
    gitlab_url: str = "https://gitlab.com"
    package: str = ""
    """What pip installs; empty: this very program, where that can be had from elsewhere."""


def uses_google(settings: Settings) -> bool:
    """Whether a job must log in at Google."""
    state, dns = settings.state, settings.address.dns
    bucket = isinstance(state, BucketState) and (state.url.startswith("gs:") or (state.key or "").startswith("gcp"))
    return isinstance(settings.platform, Gke) or isinstance(dns, CloudDns) or bucket


def uses_aws(settings: Settings) -> bool:
    """Whether a job must log in at Amazon."""
    state, dns = settings.state, settings.address.dns
    bucket = isinstance(state, BucketState) and (state.url.startswith("s3:") or (state.key or "").startswith("aws"))
    return isinstance(settings.platform, Eks) or isinstance(dns, Route53) or bucket


def secret_variables(settings: Settings) -> Mapping[str, str]:
    """Variable that a job needs → secret of the repository. GitHub reserves names that begin with its own.

    Raises `Refused` for a secret in a file: it is not in the repository, and must not be.
    """
    found: dict[str, str] = {}
    for reference in references(settings):
        if reference.ref.source != "env":
            raise Refused(
                f"{reference.path}: a CI job has no such file; write env:NAME, and make a secret of that name"
            )
        name = reference.ref.target
        found[name] = f"BINDER_{name}" if name.startswith("GITHUB_") else name
    names: tuple[str, ...]
    match settings.state:
        case BucketState(key=None):
            names = ("PULUMI_CONFIG_PASSPHRASE",)
        case PulumiCloudState():
            names = ("PULUMI_ACCESS_TOKEN",)
        case _:
            names = ()
    return {**found, **{name: name for name in names}}


def workflows(settings: Settings, previews: Settings | None, kind: Kind, wanted: Wanted) -> dict[str, str]:
    """Path from the repository's root → text. Raises `Refused` for settings that cannot be used in CI.

    `previews`: the settings that previews have, which may be elsewhere and need other secrets; None: there are none.
    """
    refuse_local_state(settings)
    refuse_odd_branch(wanted.main)
    refuse_odd_url(wanted.gitlab_url)
    if not re.fullmatch(r"\.|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*", str(wanted.folder)):
        raise Refused(f"--file: {wanted.folder}: a folder of letters, digits, dots, dashes and underscores alone")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 @:/.+=_\[\]~!<>-]*", wanted.package or "x") or ": " in wanted.package:
        raise Refused("--package: a name and version, or an address, as pip takes it")
    values = _values(settings, previews, wanted)
    if kind is Kind.GITLAB:
        return {GITLAB: _rendered(f"gitlab/{GITLAB}.j2", values)}
    path, names = GITHUB
    return {
        path.format(name): _rendered(f"github/binder-{name}.yml.j2", values)
        for name in names
        if previews or name != "preview"
    }


def refuse_local_state(settings: Settings) -> None:
    """Raises `Refused`."""
    if isinstance(settings.state, LocalState):
        raise Refused(
            "state.kind: a local state would be lost with the CI machine, and the cluster would stay and cost; write "
            "`state: {kind: bucket, url: …}` (gs:// or s3://) or pulumi-cloud, then `binder-deploy state move`"
        )


def _values(settings: Settings, previews: Settings | None, wanted: Wanted) -> dict[str, object]:
    folder, region = str(wanted.folder), _region(settings, "us-east-1")
    package = wanted.package or installed()
    return {
        "name": settings.name,
        "folder": folder,
        "path": "" if folder == "." else f"{folder}/",
        "include": GITLAB,
        "main": wanted.main,
        "deployment": _needs(settings, region),
        "previews": _needs(previews, _region(previews, region)) if previews else None,
        "own_cluster": wanted.own_cluster,
        "hours": wanted.hours,
        "gitlab_url": wanted.gitlab_url,
        "package": package,
        "package_key": hashlib.sha256(package.encode()).hexdigest()[:16],
        "python": PYTHON,
    }


def _region(settings: Settings, otherwise: str) -> str:
    """Amazon's, where a job's session begins; the state's bucket is looked for there if it says no other."""
    if isinstance(settings.platform, Eks):
        return settings.platform.region
    state = settings.state
    return (state.region if isinstance(state, BucketState) else None) or otherwise


def _needs(settings: Settings, aws_region: str) -> dict[str, object]:
    """What a job needs to act on it."""
    gke = isinstance(settings.platform, Gke)
    return {
        "image": CLOUDSDK if gke else f"python:{PYTHON}",
        "google": uses_google(settings),
        "aws": uses_aws(settings),
        "gke": gke,
        "eks": isinstance(settings.platform, Eks),
        "existing": isinstance(settings.platform, Existing),
        "aws_region": aws_region,
        "secrets": dict(secret_variables(settings)),
    }


def _rendered(template: str, values: Mapping[str, object]) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    # Braces are the workflows' own.
    environment = Environment(
        loader=PackageLoader("binder_deploy.cli.ci"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, not HTML; what goes in is checked by the settings' own patterns
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="«",
        variable_end_string="»",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
    )
    environment.filters["shell"] = shlex.quote
    return environment
