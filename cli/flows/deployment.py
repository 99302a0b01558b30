"""One deployment and what is needed to work on it; built once and passed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import Resolved
from binder_deploy.charts.umbrella import assemble
from binder_deploy.charts.values.together import NO_SECRETS, values
from binder_deploy.cli.flows import existing
from binder_deploy.cli.flows.records import also_records
from binder_deploy.ops.leftovers import in_cluster
from binder_deploy.rehearsal.environment import STAND_IN_SECRET
from binder_deploy.settings import staged
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.model import Settings
from binder_deploy.settings.references import references
from binder_deploy.settings.secrets import resolve
from binder_deploy.settings.surroundings import settled
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.existing import There
from binder_deploy.stacks.ledger import recall
from binder_deploy.stacks.program import program
from binder_deploy.stacks.tokens import missing_tokens, tokens_of


@dataclass(frozen=True)
class OnFile:
    """What every request names: a deployment."""

    file: Path
    """Its settings."""

    @property
    def folder(self) -> Path:
        """Where they lie, and the state."""
        return self.file.resolve().parent


@dataclass(frozen=True)
class Deployment:
    """Everything that a flow needs to know of a deployment."""

    folder: Path
    """Where `binder.yaml` lies."""
    settings: Settings
    tools: Mapping[str, Path]
    charts: ChartSet | None
    """None where nothing is going to be installed."""
    site: Site
    engine: Engine
    kubeconfig: Path
    """Written by the program as soon as the cluster exists; may not exist yet."""
    sweep: Callable[[], Sweep]
    """Looks for what is left at the cloud."""
    simulated: bool = False
    """True in a rehearsal: some facts are played then."""
    there: There | None = None
    """The cluster, if it was there before."""


def open_deployment(
    folder: Path,
    settings: Settings,
    tools: Mapping[str, Path],
    resolved: Resolved,
    site: Site,
    sweep: Callable[[], Sweep],
    *,
    simulated: bool = False,
) -> Deployment:
    """Lay out the charts, open the engine's stack, and see that it has its tokens.

    A cluster that is there already is looked at, by the kubeconfig that lies in the engine's work folder. Raises
    `SettingsError` for a secret or a file of the settings that is missing, and as `existing.surroundings`.
    """
    charts = assemble(resolved, site.work)
    extra_config = _extra_config(settings, folder)
    # A rehearsal needs no secret of anybody's.
    wanted = references(settings)
    secrets = {r.key: STAND_IN_SECRET for r in wanted} if simulated else _secrets(settings, folder)
    kubeconfig, there = site.work / "kubeconfig", None
    engine = Engine(site, settings.name, lambda: program(settings, charts, extra_config, kubeconfig, there))
    recall(engine)
    if staged.on_trial(settings):
        settings = staged.arrived(settings, engine.value(staged.KEY))
    if isinstance(settings.platform, Existing):
        there = There(existing.surroundings(settings, engine, kubeconfig), kubeconfig.name)
        settings = settled(settings, there.found)
        sweep = partial(in_cluster.sweep, settings, kubeconfig)
    values(settings, charts, NO_SECRETS, extra_config)  # here, and not first within the engine
    secrets |= missing_tokens(engine.configured(), tokens_of(settings))
    engine.configure_secrets(secrets)
    sweep = sweep if simulated else also_records(settings, folder, sweep)
    return Deployment(folder, settings, tools, charts, site, engine, kubeconfig, sweep, simulated, there)


def bare_deployment(folder: Path, settings: Settings, site: Site, sweep: Callable[[], Sweep]) -> Deployment:
    """A deployment to be removed: it needs neither charts nor secrets, only what its state knows."""
    engine, kubeconfig = Engine(site, settings.name, lambda: None), site.work / "kubeconfig"
    recall(engine)
    if isinstance(settings.platform, Existing):
        settings = settled(settings, existing.recorded(engine, kubeconfig) or existing.unknown(settings))
        sweep = partial(in_cluster.sweep, settings, kubeconfig)
    return Deployment(folder, settings, {}, None, site, engine, kubeconfig, also_records(settings, folder, sweep))


def _secrets(settings: Settings, folder: Path) -> dict[str, str]:
    return {found.key: resolve(found.ref, found.path, folder) for found in references(settings)}


def _extra_config(settings: Settings, folder: Path) -> dict[str, str]:
    """Name → text of the configuration files that the settings add."""
    texts = {}
    for name, path in settings.charts.binder_service.extra_config.items():
        try:
            texts[name] = (folder / path).read_text(encoding="utf-8")
        except OSError as error:
            setting = f"charts.binder-service.extra_config.{name}"
            raise SettingsError.one(setting, f"{path} cannot be read ({type(error).__name__})") from None
    return texts
