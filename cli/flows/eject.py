"""The way out: a deployment as an ordinary Pulumi project."""

from __future__ import annotations

from pathlib import Path

from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Observer, phase
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.settings.load import load
from binder_deploy.stacks.backend import backend
from binder_deploy.stacks.eject import Source
from binder_deploy.stacks.eject import eject as write
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.passphrase import passphrase_place
from binder_deploy.stacks.site import DRY


def eject(request: Request, target: Path, observe: Observer) -> tuple[Path, ...]:
    """Write it; the files. Raises `Refused` for a folder with something in it, or where nothing is deployed."""
    if target.exists() and any(target.iterdir()):
        raise Refused(f"{target} is not empty; name a folder that is, or that does not exist yet")
    settings = load(request.file)
    deployment = opened_for_checks(request, observe)
    if deployment.site.work.name == DRY or not deployment.engine.resources():
        raise Refused("nothing is deployed yet, so there is nothing to eject; run `binder-deploy up` first")
    id = backend(settings.state, settings.name, work_folder(request.folder)).passphrase_id
    with phase(observe, "eject", "write the project") as current:
        place = f"the passphrase is {passphrase_place(id)}" if id else "not needed: the state has a key"
        files = ejected(deployment, request.file, target, place)
        current.note = f"{len(files)} files in {target}"
    return files


def ejected(deployment: Deployment, file: Path, target: Path, passphrase: str) -> tuple[Path, ...]:
    """The same of a deployment that is open. `file`: the settings; `passphrase`: where it is, for people."""
    if deployment.charts is None:
        raise Refused("a deployment that is being removed has no charts to eject")
    for name, path in deployment.settings.charts.binder_service.extra_config.items():
        if not (deployment.folder / path).resolve().is_relative_to(deployment.folder.resolve()):
            raise Refused(
                f"charts.binder-service.extra_config.{name}: {path} lies outside the deployment's folder, and would be "
                "missing in the project; bring it inside first"
            )
    source = Source(deployment.settings, deployment.folder, file, deployment.site, deployment.charts, passphrase)
    return write(source, target.resolve())
