"""The program of a deployment: what exists, as a function of the settings.

The engine runs it; `Pulumi.yaml` runs the same one by plain `pulumi up`. Configuration (namespace
`binder-deploy`) carries what is generated or changes from one operation to the next:

- `hubToken`, `proxyToken`, `cookieSecret`, `cryptKey`: secrets, 64 hexadecimal digits each;
- `registryPush`, `registryPull`: secrets like them, where a registry is installed (`stacks.tokens`);
- `metricsToken`, `grafanaPassword`: the same, with `monitoring`;
- what `settings.references` lists: secrets, where the settings refer to one;
- `surroundings`: what a cluster that is not ours had before we came (`settings.surroundings`);
- `certificates`: what trusted certificates are ordered for, where they are staged (`settings.staged`);
- `maintenance`: what people read while nobody may launch; empty or missing: they may (`settings.maintenance`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings import maintenance, staged
from binder_deploy.settings.choices import brings_registry
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.images import REGISTRY_PULL, REGISTRY_PUSH, image_prefix
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.settings.references import references
from binder_deploy.settings.surroundings import settled
from binder_deploy.stacks.existing import There, existing
from binder_deploy.stacks.htpasswd import htpasswd
from binder_deploy.stacks.ledger import Ledger, identity, short_lived, zone
from binder_deploy.stacks.platform import Platform
from binder_deploy.stacks.service import origins_of, service
from binder_deploy.stacks.tokens import REGISTRY_TOKENS

NAMESPACE = "binder-deploy"


def program(
    settings: Settings,
    charts: ChartSet,
    extra_config: Mapping[str, str],
    kubeconfig: Path | None = None,
    there: There | None = None,
) -> None:
    """Declare every resource and export the fields of `Outputs`.

    `extra_config` has the text of the files in `charts.binder-service.extra_config`, by name; `kubeconfig`
    is where to write the cluster's as soon as it exists; `there` is a must for `platform.kind: existing`, and for no
    other. Raises `SettingsError` for values that touch ours, and `pulumi.ConfigMissingError` for a missing secret.
    """
    config = pulumi.Config(NAMESPACE)
    told = {**short_lived(settings), **zone(settings)}
    settings = staged.arrived(settled(settings, there.found if there else None), config.get(staged.KEY))
    Ledger(identity(settings), config, told)
    platform = _platform(settings, charts, there)
    if kubeconfig is not None and there is None:
        # Not left to the outputs: a run that fails exports none, and then the cluster must be looked into.
        platform.cluster.kubeconfig.apply(lambda text: _write(kubeconfig, text))
    secrets, closed = _secrets(settings, config, platform), config.get(maintenance.KEY) or ""
    entry = service(settings, charts, secrets, extra_config, platform, closed)
    _export(settings, platform, entry)


def _platform(settings: Settings, charts: ChartSet, there: There | None) -> Platform:
    """What the settings' kind of platform provides. Each cloud's part is loaded where it is wanted: none knows of
    another."""
    if there:
        return existing(settings, there)
    if isinstance(settings.platform, Eks):
        from binder_deploy.stacks.eks import eks

        return eks(settings, charts)
    from binder_deploy.stacks.gke import gke

    return gke(settings)


def _secrets(settings: Settings, config: pulumi.Config, platform: Platform) -> ServiceSecrets:
    given = {reference.key: config.require_secret(reference.key) for reference in references(settings)}
    own: dict[str, pulumi.Output[str]] = {}
    if brings_registry(settings):
        passwords = zip((REGISTRY_PUSH, REGISTRY_PULL), REGISTRY_TOKENS, strict=True)
        own = {user: config.require_secret(key) for user, key in passwords}
    return ServiceSecrets(
        hub_api_token=config.require_secret("hubToken"),
        proxy_token=config.require_secret("proxyToken"),
        cookie_secret=config.require_secret("cookieSecret"),
        crypt_key=config.require_secret("cryptKey"),
        registry_key=platform.registry_key,
        tls_certificate=given.get("tlsCertificate"),
        tls_key=given.get("tlsKey"),
        push_password=given.get("pushPassword", own.get(REGISTRY_PUSH)),
        pull_password=given.get("pullPassword", own.get(REGISTRY_PULL)),
        registry_users=pulumi.Output.all(**own).apply(htpasswd) if own else None,
        client_secret=given.get("clientSecret"),
        github_token=given.get("githubToken"),
        metrics_token=config.require_secret("metricsToken") if settings.monitoring else None,
        grafana_password=config.require_secret("grafanaPassword") if settings.monitoring else None,
        alerts_secret=given.get("alertsSecret"),
    )


def _export(settings: Settings, platform: Platform, entry: pulumi.Output[str]) -> None:
    where = origins_of(settings, platform)
    exported: dict[str, pulumi.Input[str]] = {
        "binder_url": where.binder_url,
        "hub_url": where.hub_url,
        "address": platform.address.ip if platform.address_known else entry,
        "cluster": platform.cluster.name,
        "kubeconfig": platform.cluster.kubeconfig,
        "image_prefix": image_prefix(settings),
    }
    for field in Outputs.__dataclass_fields__:
        pulumi.export(field, exported[field])


def _write(file: Path, text: str) -> None:
    """In one step, so that whoever reads it meanwhile sees the old or the new one; for the owner alone."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
