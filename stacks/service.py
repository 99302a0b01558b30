"""The platform-free part of the program: everything inside the cluster."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import values
from binder_deploy.components.cluster.access import cluster_provider
from binder_deploy.components.cluster.certificates import Certificates, CertificatesArgs
from binder_deploy.components.cluster.entrypoint import EntryPoint, EntryPointArgs
from binder_deploy.components.cluster.namespaces import Namespaces, NamespacesArgs
from binder_deploy.components.cluster.releases import Release, ReleaseArgs
from binder_deploy.components.cluster.storage import Storage, StorageArgs
from binder_deploy.settings import names
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.platform import Platform


def service(
    settings: Settings,
    charts: ChartSet,
    secrets: ServiceSecrets,
    extra_config: Mapping[str, str],
    platform: Platform,
) -> None:
    """Namespaces, disks, ingress, certificates and the Binder service.

    Read backwards it is the teardown: certificates and the entry point with its load balancer go first,
    then the releases, then the namespaces with whatever people still run there; the provider, and so
    everything, before the node pools.
    """
    owned = names.labels(settings)
    given = values(settings, charts, secrets, extra_config)
    provider = cluster_provider(
        "cluster", platform.cluster, pulumi.ResourceOptions(depends_on=list(platform.cluster.ready))
    )
    opts = pulumi.ResourceOptions(providers=[provider])
    namespaces = Namespaces(
        "namespaces",
        NamespacesArgs(
            namespaces={
                # Image builds run in a privileged pod.
                names.BINDER_NAMESPACE: "privileged",
                names.TRAEFIK_NAMESPACE: "baseline",
                names.CERT_MANAGER_NAMESPACE: "baseline",
            },
            labels=owned,
        ),
        opts,
    ).ready
    ingress = Release(
        "traefik",
        ReleaseArgs(
            release=names.TRAEFIK_RELEASE,
            namespace=names.TRAEFIK_NAMESPACE,
            chart=charts.traefik.path,
            version=charts.traefik.version,
            values=given.traefik,
            after=[namespaces[names.TRAEFIK_NAMESPACE]],
        ),
        opts,
    )
    EntryPoint(
        "entrypoint",
        EntryPointArgs(
            service=names.ENTRYPOINT_SERVICE,
            namespace=names.TRAEFIK_NAMESPACE,
            # The only Traefik in a namespace of its own.
            selector={"app.kubernetes.io/name": "traefik"},
            labels=owned,
            annotations=platform.entry_annotations,
            after=ingress.ready,
        ),
        opts,
    )
    issuing = Release(
        "cert-manager",
        ReleaseArgs(
            release=names.CERT_MANAGER_RELEASE,
            namespace=names.CERT_MANAGER_NAMESPACE,
            chart=charts.cert_manager.path,
            version=charts.cert_manager.version,
            values=given.cert_manager,
            after=[namespaces[names.CERT_MANAGER_NAMESPACE]],
        ),
        opts,
    )
    Certificates(
        "certificates",
        CertificatesArgs(
            server=settings.tls.server,
            email=settings.tls.email,
            issuer=names.issuer(settings),
            certificate=names.CERTIFICATE,
            namespace=names.BINDER_NAMESPACE,
            hosts=[settings.address.binder_host, settings.address.hub_host],
            ingress_class=names.INGRESS_CLASS,
            labels=owned,
            after=[*issuing.ready, *ingress.ready, namespaces[names.BINDER_NAMESPACE]],
        ),
        opts,
    )
    Release(
        "binder-service",
        ReleaseArgs(
            release=names.BINDER_RELEASE,
            namespace=names.BINDER_NAMESPACE,
            chart=charts.binder_service.path,
            version=charts.binder_service.version,
            values=given.binder_service,
            after=[
                namespaces[names.BINDER_NAMESPACE],
                # Its ingresses name Traefik's class, its first build pushes.
                *ingress.ready,
                *platform.registry.ready,
                *_disks(settings, platform, opts),
            ],
        ),
        opts,
    )


def _disks(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Our StorageClass, unless the settings name another one."""
    if settings.hub.storage_class is not None:
        return ()
    return Storage(
        "storage",
        StorageArgs(
            storage_class=names.Names(settings.name).storage_class,
            labels=names.labels(settings),
            driver=platform.storage,
        ),
        opts,
    ).ready
