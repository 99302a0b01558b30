"""What `ci init` and `ci trust` do with a repository and an account."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from binder_deploy.cli.ci.forge import Forge
from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.workflows import Wanted, refuse_local_state, uses_aws, uses_google, workflows
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.previews import derived
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings

if TYPE_CHECKING:
    from binder_deploy.cli.ci import trust_aws

HOURS = 24 * 30


def root_of(folder: Path) -> Path:
    """Root of the repository that a folder is in; itself where it is in none."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def init(file: Path, kind: Kind, wanted: Wanted, into: Path, *, previews: bool, force: bool) -> tuple[Path, ...]:
    """Write the workflows that are missing or differ; which. Raises `Refused` for one that somebody changed, unless
    `force`, and as `workflows` does."""
    if not 0 < wanted.hours <= HOURS:
        raise Refused(f"--hours: 1 to {HOURS}")
    settings = load(file)
    refuse_local_state(settings)  # before anything about previews, which cannot be without either
    short_lived = _previews(file, hours=wanted.hours, own_cluster=wanted.own_cluster) if previews else None
    texts = workflows(settings, short_lived, kind, wanted)
    differ = {path: text for path, text in texts.items() if _now(into / path) != text}
    others = [path for path in differ if _now(into / path) is not None]
    if others and not force:
        raise Refused(f"{', '.join(others)}: there is another one already, which may have been changed; --force writes "
                      "it anew, and version control shows what that changes")  # fmt: skip
    for path, text in differ.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_text(text, encoding="utf-8")
    return tuple(into / path for path in differ)


def _previews(file: Path, *, hours: float = 1, own_cluster: bool) -> Settings:
    """Settings as every preview has them. Raises `Refused` where none could be made: else every pull request's
    workflow would fail."""
    try:
        return derived(file, 1, hours, own_cluster=own_cluster)[1]
    except SettingsError as error:
        raise Refused(f"--previews: {error}; or leave previews out with --no-previews") from error


def _now(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def folder_in(root: Path, file: Path) -> PurePosixPath:
    """The deployment's folder from the repository's root. Raises `Refused`."""
    folder = file.resolve().parent
    if file.name != "binder.yaml":
        raise Refused("--file: workflows look for binder.yaml; name the settings so")
    try:
        return PurePosixPath(folder.relative_to(root.resolve()).as_posix())
    except ValueError:
        raise Refused(f"--into: {root} does not hold the deployment's folder {folder}") from None


def repository_of(folder: Path, given: str, environ: Mapping[str, str] = os.environ) -> str:
    """`OWNER/NAME`: as given, or as the remote `origin` says. Raises `Refused`."""
    if given:
        return given
    ended = subprocess.run(
        ["git", "-C", str(folder), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    url = ended.stdout.strip().removesuffix(".git")
    if ended.returncode or not url:
        raise Refused("--repository: there is no remote `origin` here; write OWNER/NAME")
    return url.partition("://")[2].partition("/")[2] if "://" in url else url.partition(":")[2]


def trust_script(
    file: Path,
    forge: Forge,
    project: str,
    account: str,
    branches: Sequence[str],
    *,
    previews: bool = True,
    own_cluster: bool = False,
) -> tuple[str, trust_aws.Trust | None]:
    """The script, and, where Amazon alone is concerned, what it makes. Raises `Refused` where nobody is to be
    trusted, or it is not said where."""
    # Here, not above: Google's SDK takes seconds to import, and `ci init` needs none of it.
    from binder_deploy.cli.ci import trust_aws, trust_google

    settings = load(file)
    refuse_local_state(settings)
    if not uses_google(settings) and not uses_aws(settings):
        raise Refused("ci trust: neither the platform, nor the state, nor the DNS zone is at Google or Amazon; what is "
                      "needed is secrets of the repository: see docs/ci.md")  # fmt: skip
    short_lived = _previews(file, own_cluster=own_cluster) if previews else None
    parts, aws = [], None
    if uses_google(settings):
        parts.append(trust_google.script(settings, forge, _project(settings, project), previews=short_lived))
    if uses_aws(settings):
        account, region = _account(settings, account)
        aws = trust_aws.trust(settings, forge, account, region, branches, previews=short_lived)
        parts.append(trust_aws.script(aws, forge))
    return "\n".join(parts), None if uses_google(settings) else aws


def _project(settings: Settings, given: str) -> str:
    project = given or (settings.platform.project if isinstance(settings.platform, Gke) else "")
    if not project:
        raise Refused("--project: the id of the Google project that the state's bucket is in")
    return project


def _account(settings: Settings, given: str) -> tuple[str, str]:
    if isinstance(settings.platform, Eks):
        platform = narrowed(settings.platform, Eks)
        return platform.account, platform.region
    if not given.isdecimal() or len(given) != 12:
        raise Refused("--account: the number of the AWS account that the state's bucket is in, 12 digits")
    return given, getattr(settings.state, "region", None) or "us-east-1"


def apply_trust(
    aws: trust_aws.Trust | None, confirm: Callable[[str], bool], clients: Callable[[str], Any] | None = None
) -> tuple[str, ...]:
    """Carry it out at Amazon, as whoever is logged in here. Raises `Refused` for another account, or for Google."""
    import boto3

    from binder_deploy.cli.ci import trust_aws

    if aws is None:
        raise Refused("--apply: carries out what is needed at Amazon alone; for Google, read the script and run it: "
                      "`binder-deploy ci trust … > trust.sh`")  # fmt: skip
    make = clients or boto3.client
    account = make("sts").get_caller_identity()["Account"]
    if account != aws.account:
        raise Refused(f"platform.account: is {aws.account}, but the credentials here are of {account}")
    names = ", ".join(role.name for role in aws.roles)
    if not confirm(f"Make or change the provider {aws.provider} and the roles {names} in account {account}?"):
        return ()
    return trust_aws.apply(aws, make("iam"))
