"""A cluster that is there already: the way in, and what it had before we came."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.ops import kubeconfig as kubeconfigs
from binder_deploy.ops.surroundings import identity, look
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.model import Settings
from binder_deploy.settings.surroundings import KEY, Surroundings
from binder_deploy.stacks.engine import Engine


def bring_kubeconfig(settings: Settings, folder: Path, work: Path, environ: Mapping[str, str]) -> None:
    """Lay the one context that the settings name into `work`, where every other platform's kubeconfig lies, too; anew
    each time, since keys and tokens are renewed. Raises `SettingsError`."""
    if isinstance(settings.platform, Existing):
        found = kubeconfigs.extract(settings.platform, folder, environ)
        kubeconfigs.write(work / "kubeconfig", kubeconfigs.scoped(found, settings))


def surroundings(settings: Settings, engine: Engine, kubeconfig: Path) -> Surroundings:
    """What was found at the first `up`, or is found now, as long as nothing of ours is there.

    Raises `Refused` where the context leads to another cluster than at the first `up`, and as `look` does.
    """
    return recorded(engine, kubeconfig) or look(settings, kubeconfig)


def recorded(engine: Engine, kubeconfig: Path) -> Surroundings | None:
    """What was found at the first `up`; None if nothing of ours is there. Raises as `surroundings` does."""
    kept = engine.value(KEY)
    if kept is None or not any(r.get("custom") for r in engine.resources()):
        return None
    found = Surroundings.of(kept)
    if identity(kubeconfig) != found.cluster:
        raise Refused(
            "platform.context leads to another cluster than the one that this folder deployed to (its kube-system has "
            "another UID): what is there would be forgotten; take the change of the kubeconfig back, or use another "
            "folder for another deployment"
        )
    return found


def unknown(settings: Settings) -> Surroundings:
    """For a removal where nothing is recorded: an ingress controller and a cert-manager that may be others' are left
    alone."""
    return Surroundings(
        cluster="",
        ingress_class="theirs" if settings.address.hosts else None,
        cert_manager=True,
        storage_class=None,
    )
