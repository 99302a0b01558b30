"""Keys that binder-deploy sets itself, and what to use instead. Dotted paths in a chart's values."""

from __future__ import annotations

from collections.abc import Mapping

_GENERATED = "generated once and kept, encrypted, in the state; it cannot be set"
_PLACES = "pods go to the pools of platform.pools, or to platform.nodes"
_DOOR = "Traefik is the only door; its address comes from address.domain"
_PROVIDERS = (
    "RepoProvider",
    "GitHubRepoProvider",
    "GistRepoProvider",
    "GitRepoProvider",
    "GitLabRepoProvider",
    "ZenodoProvider",
    "FigshareProvider",
    "HydroshareProvider",
    "DataverseProvider",
    "CKANProvider",
)
_CONFIG, _HUB = "binderhub.config", "binderhub.jupyterhub"

BINDER_SERVICE: Mapping[str, str] = {
    "ingress": "address.domain",
    "guardrails.egress.closed": "private networks stay closed to builds and servers",
    "guardrails.egress.entrance": "builds are let through to the registry of registry.kind in-cluster alone",
    "guardrails.priorityClass": "its name is written into the pods",
    "guardrails.maxPods": "binder.max_servers",
    "binderhub.registry": "registry",
    "binderhub.replicas": "one replica: rate limits and sessions are kept per process",
    "binderhub.nodeSelector": _PLACES,
    "binderhub.service.type": _DOOR,
    "binderhub.ingress": _DOOR,
    "binderhub.httpRoute": _DOOR,
    "binderhub.rbac.enabled": "builds need it",
    "binderhub.imageBuilderType": "binder.builds.builder",
    "binderhub.dind.resources": "binder.builds.daemon",
    "binderhub.pink.resources": "binder.builds.daemon",
    "binderhub.extraConfig": "charts.binder-service.extra_config",
    f"{_CONFIG}.DockerRegistry": "registry",
    f"{_CONFIG}.BinderHub.auth_enabled": "access",
    f"{_CONFIG}.BinderHub.use_named_servers": "access",
    f"{_CONFIG}.BinderHub.hub_url": "address.domain",
    f"{_CONFIG}.BinderHub.hub_url_local": "address.domain",
    f"{_CONFIG}.BinderHub.base_url": "address.domain",
    f"{_CONFIG}.BinderHub.use_registry": "registry",
    f"{_CONFIG}.BinderHub.image_prefix": "registry",
    f"{_CONFIG}.BinderHub.registry_class": "registry.push",
    f"{_CONFIG}.BinderHub.build_node_selector": "platform.pools.build",
    f"{_CONFIG}.BinderHub.build_namespace": "builds run beside the service, where the guardrails are",
    f"{_CONFIG}.BinderHub.per_repo_quota": "binder.per_repo",
    f"{_CONFIG}.BinderHub.pod_quota": "binder.max_servers",
    f"{_CONFIG}.BinderHub.build_max_age": "binder.builds.max_age_minutes",
    f"{_CONFIG}.KubernetesBuildExecutor.resources": "binder.builds.repo2docker",
    f"{_CONFIG}.KubernetesBuildExecutor.namespace": "builds run beside the service, where the guardrails are",
    f"{_CONFIG}.KubernetesCleaner.max_age": "binder.builds.max_age_minutes",
    f"{_CONFIG}.Launcher.launch_timeout": "it follows from the time that a server has to start",
    f"{_CONFIG}.LaunchQuota.total_quota": "binder.max_servers",
    f"{_CONFIG}.KubernetesLaunchQuota.total_quota": "binder.max_servers",
    f"{_CONFIG}.RateLimiter": "binder.launches_per_hour",
    # Set on one provider, it would replace the bans that hold for all of them.
    **{f"{_CONFIG}.{provider}.banned_specs": "binder.banned_repositories" for provider in _PROVIDERS},
    f"{_CONFIG}.GitHubRepoProvider.access_token": "binder.github_token",
    f"{_HUB}.nameOverride": "BinderHub and the guardrails find pods by the chart's own names",
    f"{_HUB}.fullnameOverride": "BinderHub and the guardrails find pods by the chart's own names",
    f"{_HUB}.ingress": _DOOR,
    f"{_HUB}.httpRoute": _DOOR,
    f"{_HUB}.hub.baseUrl": "address.domain",
    f"{_HUB}.hub.cookieSecret": _GENERATED,
    f"{_HUB}.hub.config.CryptKeeper": _GENERATED,
    f"{_HUB}.hub.services.binder.apiToken": _GENERATED,
    f"{_HUB}.hub.services.binder.oauth_client_id": "access",
    f"{_HUB}.hub.services.binder.oauth_redirect_uri": "access",
    f"{_HUB}.hub.config.BinderSpawner.auth_enabled": "access",
    f"{_HUB}.hub.config.JupyterHub.authenticator_class": "access",
    f"{_HUB}.hub.allowNamedServers": "access",
    f"{_HUB}.hub.namedServerLimitPerUser": "access",
    f"{_HUB}.imagePullSecret": "registry",
    f"{_HUB}.hub.db.type": "the database is a file on a disk of its own: hub.database_gb",
    f"{_HUB}.hub.db.pvc.storage": "hub.database_gb",
    f"{_HUB}.hub.db.pvc.storageClassName": "hub.storage_class",
    f"{_HUB}.hub.nodeSelector": _PLACES,
    f"{_HUB}.proxy.secretToken": _GENERATED,
    f"{_HUB}.proxy.service.type": _DOOR,
    f"{_HUB}.proxy.https": _DOOR,
    f"{_HUB}.proxy.chp.nodeSelector": _PLACES,
    f"{_HUB}.singleuser.memory": "hub.server",
    f"{_HUB}.singleuser.cpu": "hub.server",
    f"{_HUB}.singleuser.startTimeout": "BinderHub's own limit follows from it",
    f"{_HUB}.singleuser.networkPolicy.enabled": "servers stay behind their network policy",
    f"{_HUB}.singleuser.networkPolicy.egressAllowRules": "guardrails.egress.ports opens more of the internet",
    f"{_HUB}.scheduling.corePods.nodeAffinity": _PLACES,
    f"{_HUB}.scheduling.userPods.nodeAffinity": _PLACES,
    f"{_HUB}.scheduling.userScheduler.nodeSelector": _PLACES,
    f"{_HUB}.scheduling.podPriority": "hub.placeholders",
    f"{_HUB}.scheduling.userPlaceholder": "hub.placeholders",
    f"{_HUB}.cull": "hub.culling",
    f"{_HUB}.hub.services.binder-deploy-metrics": _GENERATED,
    f"{_HUB}.hub.loadRoles.binder-deploy-metrics": "it reads the hub's measurements and nothing else",
}

_NODE = "with platform.shared every deployment has folders of its own on the nodes"
SHARED: Mapping[str, str] = {
    "binderhub.dind.hostLibDir": _NODE,
    "binderhub.dind.hostSocketDir": _NODE,
    "binderhub.pink.hostStorageDir": _NODE,
    "binderhub.pink.hostSocketDir": _NODE,
    "binderhub.jupyterhub.scheduling.userScheduler.enabled": "it needs rights in the whole cluster, which is shared",
    "binderhub.jupyterhub.scheduling.podPriority": "priority classes hold for the whole cluster, which is shared",
}
"""Besides, where other deployments stand in the same cluster."""

TRAEFIK: Mapping[str, str] = {
    "nameOverride": "the LoadBalancer Service finds Traefik by its labels",
    "fullnameOverride": "the LoadBalancer Service finds Traefik by its labels",
    "instanceLabelOverride": "the LoadBalancer Service finds Traefik by its labels",
    "namespaceOverride": "the LoadBalancer Service finds Traefik in its namespace",
    "service.enabled": "the LoadBalancer Service belongs to the deployment, so that its address outlives Traefik",
    "ingressClass": "the ingresses name it",
    "providers.kubernetesIngress": "the ingresses rely on it",
    "ports.web.http.redirections": "the challenges of Let's Encrypt must get past the redirect",
    "nodeSelector": _PLACES,
}

ZOT: Mapping[str, str] = {
    "nameOverride": "the guardrails find its pod by the chart's own labels",
    "fullnameOverride": "its name is looked for",
    "namespace": "it is where the certificate is, beside BinderHub",
    "replicaCount": "its disk belongs to one pod",
    "persistence": "registry.disk_gb",
    "pvc": "registry.disk_gb",
    "mountConfig": "who may write, and what is thrown away, is told there: registry",
    "configFiles": "who may write, and what is thrown away, is told there: registry",
    "mountSecret": _GENERATED,
    "secretFiles": _GENERATED,
    "authHeader": _GENERATED,
    "httpGet": "its port is let through by the guardrails",
    "service.type": _DOOR,
    "service.port": "its port is let through by the guardrails",
    "ingress": _DOOR,
    "httproute": _DOOR,
    "listenerset": _DOOR,
    "nodeSelector": _PLACES,
}

CERT_MANAGER: Mapping[str, str] = {
    "installCRDs": "the definitions come and go with the chart",
    "crds": "the definitions come and go with the chart",
    "namespace": "its namespace is made with the deployment",
    "nodeSelector": _PLACES,
    "webhook.nodeSelector": _PLACES,
    "cainjector.nodeSelector": _PLACES,
    "startupapicheck.enabled": "the issuer is made as soon as this check has passed",
}

_ONLY_HERE = "its pages are not on the internet: `binder-deploy open monitoring` says how to look at them"

PROMETHEUS: Mapping[str, str] = {
    "nameOverride": "network policies and measurements find it by the chart's own names",
    "fullnameOverride": "network policies and measurements find it by the chart's own names",
    "forceNamespace": "its namespace is made with the deployment",
    "server.namespaces": "it sees this deployment's namespaces",
    "server.useExistingClusterRoleName": "it sees this deployment's namespaces",
    "server.retention": "monitoring.keep_days",
    "server.retentionSize": "monitoring.disk_gb",
    "server.persistentVolume": "monitoring.disk_gb",
    "server.extraSecretMounts": "credentials are mounted there",
    "server.service.type": _ONLY_HERE,
    "server.ingress": _ONLY_HERE,
    "server.nodeSelector": _PLACES,
    "alertmanager.enabled": "monitoring.alerts",
    "alertmanager.config.receivers": "monitoring.alerts",
    "alertmanager.extraSecretMounts": "monitoring.alerts",
    "alertmanager.ingress": _ONLY_HERE,
    "alertmanager.nodeSelector": _PLACES,
    "kube-state-metrics.nodeSelector": _PLACES,
    "prometheus-node-exporter.enabled": "its namespace does not admit what that needs of a node",
}

GRAFANA: Mapping[str, str] = {
    "nameOverride": "it is found by the chart's own names",
    "fullnameOverride": "it is found by the chart's own names",
    "namespaceOverride": "its namespace is made with the deployment",
    "admin": _GENERATED,
    "adminPassword": _GENERATED,
    "service.type": _ONLY_HERE,
    "ingress": _ONLY_HERE,
    "route": _ONLY_HERE,
    "nodeSelector": _PLACES,
}
