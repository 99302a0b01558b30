"""Values of the Binder service: our umbrella chart, with BinderHub and its JupyterHub below it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from binder_deploy.charts.values import guardrails
from binder_deploy.charts.values.access import access
from binder_deploy.charts.values.hub import START_TIMEOUT, jupyterhub
from binder_deploy.charts.values.merge import deep, merge
from binder_deploy.charts.values.monitoring.scrape import watched
from binder_deploy.charts.values.origins import Origins, origins
from binder_deploy.charts.values.owned import BINDER_SERVICE, SHARED
from binder_deploy.charts.values.placement import on, priority
from binder_deploy.charts.values.registry import registry
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.since import known
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import shares
from binder_deploy.settings.service import Page, Resources

BANNED = (Path(__file__).parent / "banned.py").read_text(encoding="utf-8")
"""BinderHub configuration: a ban holds for every spelling of a repository."""


def binder_service(
    settings: Settings,
    secrets: ServiceSecrets,
    versions: Mapping[str, str],
    extra_config: Mapping[str, str],
    where: Origins | None = None,
) -> dict[str, Any]:
    """Values of the umbrella chart.

    `versions` has the versions of `binderhub` and `jupyterhub` (`LocalChart.dependencies`); `extra_config`
    the text of `charts.binder-service.extra_config`'s files by name: BinderHub runs them after ours.
    `where`: left out as long as there is no address.
    Raises `SettingsError` for values that touch ours.
    """
    where = where or origins(settings)
    base = {
        **guardrails.ours(settings, where),
        "binderhub": deep(
            _binderhub(settings, secrets, where),
            registry(settings, secrets),
            access(settings, secrets, where),
            watched(settings, secrets),
            _page(settings.binder.page),
            {"extraConfig": {BANNED_NAME: BANNED}} if settings.binder.banned_repositories else {},
            # "99-" sorts after ours: BinderHub runs the snippets in the order of their names.
            {"extraConfig": {f"99-{name}": text for name, text in sorted(extra_config.items())}},
        ),
    }
    chart = settings.charts.binder_service
    return merge(
        known(base, versions),
        chart.values,
        {**BINDER_SERVICE, **(SHARED if shares(settings) else {})},
        "charts.binder-service.values",
    )


HOST_FOLDERS = {"dind": ("hostLibDir", "hostSocketDir"), "pink": ("hostStorageDir", "hostSocketDir")}
"""Builder → what the chart calls its folders on the node: images, socket."""
BANNED_NAME = "01-binder-deploy-banned"


def _binderhub(settings: Settings, secrets: ServiceSecrets, where: Origins) -> dict[str, Any]:
    builder = settings.binder.builds.builder
    return {
        "replicas": 1,
        "nodeSelector": on(settings, "core"),
        "resources": {"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "pdb": {"enabled": True, "maxUnavailable": 1},
        **({"extraPodSpec": named} if (named := priority(settings)) else {}),
        # Traefik is the only door.
        "service": {"type": "ClusterIP"},
        "ingress": {"enabled": False},
        # The chart's default builds on the node's Docker socket, which nodes no longer have.
        "imageBuilderType": builder,
        # Without a limit a build can take its whole node down: the daemon runs it, not the build's pod.
        builder: {"resources": _resources(settings.binder.builds.daemon), **_folders(settings)},
        "imageCleaner": {"enabled": True},
        "config": _config(settings, secrets, where),
        "jupyterhub": jupyterhub(settings, secrets, where),
    }


def _folders(settings: Settings) -> dict[str, str]:
    """Where the builder keeps its images and its socket on the node. Two at one place would take each other's socket,
    so in a shared cluster each has its own; elsewhere they are the chart's."""
    if not shares(settings):
        return {}
    data, socket = HOST_FOLDERS[settings.binder.builds.builder]
    return {data: f"/var/lib/binder-deploy/{settings.name}", socket: f"/var/run/binder-deploy/{settings.name}"}


def _config(settings: Settings, secrets: ServiceSecrets, where: Origins) -> dict[str, Any]:
    binder = settings.binder
    config: dict[str, Any] = {
        "BinderHub": {
            "hub_url": where.hub_url,
            # Inside the cluster the public address may not lead back in (jupyterhub/binderhub#1211).
            "hub_url_local": f"http://proxy-public{where.hub_path}".rstrip("/"),
            "base_url": "/",
            "use_registry": True,
            "image_prefix": image_prefix(settings),
            "build_node_selector": on(settings, "build"),
            "per_repo_quota": binder.per_repo,
        },
        "KubernetesBuildExecutor": {"resources": _resources(binder.builds.repo2docker)},
        "KubernetesCleaner": {"max_age": binder.builds.max_age_minutes * 60},
        "Launcher": {"launch_timeout": START_TIMEOUT + 60},
        "LaunchQuota": {"total_quota": binder.max_servers},
        "RateLimiter": {"limit": binder.launches_per_hour, "period_seconds": 3600},
        # On the base class it holds for every provider that there is, or will be.
        "RepoProvider": {"banned_specs": list(binder.banned_repositories)},
    }
    if secrets.github_token is not None:
        config["GitHubRepoProvider"] = {"access_token": secrets.github_token}
    return config


def _page(page: Page) -> dict[str, Any]:
    """What people read. BinderHub has no setting for the title: a line of script sets it."""
    texts: dict[str, Any] = {}
    if page.banner:
        texts["banner_message"] = page.banner
    if page.about:
        texts["about_message"] = page.about
    if page.title:
        quoted = json.dumps(page.title).replace("<", "\\u003c")
        texts["extra_footer_scripts"] = {"00-binder-deploy-title": f"document.title = {quoted};"}
    return {"config": {"BinderHub": texts}} if texts else {}


def _resources(resources: Resources) -> dict[str, Any]:
    return {
        "requests": {"cpu": f"{resources.cpu_guarantee:g}", "memory": resources.memory_guarantee},
        "limits": {"cpu": f"{resources.cpu_limit:g}", "memory": resources.memory_limit},
    }
