"""The platform-free part of the program: everything inside the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.origins import Origins, origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import Values, values
from binder_deploy.components.cluster.access import cluster_provider
from binder_deploy.components.cluster.certificates import Acme, Certificates, CertificatesArgs
from binder_deploy.components.cluster.entrypoint import EntryPoint, EntryPointArgs
from binder_deploy.components.cluster.namespaces import Namespaces, NamespacesArgs
from binder_deploy.components.cluster.own_certificate import OwnCertificate as OwnCertificateSecret
from binder_deploy.components.cluster.own_certificate import OwnCertificateArgs
from binder_deploy.components.cluster.releases import Release, ReleaseArgs
from binder_deploy.components.cluster.storage import Storage, StorageArgs
from binder_deploy.settings import names
from binder_deploy.settings.address import Domain
from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import LetsEncrypt, OwnCertificate
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
    given = values(settings, charts, secrets, extra_config, origins_of(settings, platform))
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
                **({} if isinstance(settings.tls, OwnCertificate) else {names.CERT_MANAGER_NAMESPACE: "baseline"}),
            },
            labels=names.labels(settings),
            after=platform.inside(opts),
        ),
        opts,
    ).ready
    ingress = _ingress(settings, charts, given, platform, namespaces, opts)
    _certificates(settings, charts, secrets, given, platform, [*namespaces.values(), *ingress], opts)
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
                *ingress,
                *platform.images_ready,
                *_disks(settings, platform, opts),
            ],
        ),
        opts,
    )


def _ingress(
    settings: Settings,
    charts: ChartSet,
    given: Values,
    platform: Platform,
    namespaces: Mapping[str, pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    """Traefik, and the way in; what must be there before an Ingress is served."""
    traefik = Release(
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
            labels=names.labels(settings),
            annotations=platform.entry_annotations,
            load_balancer_class=platform.load_balancer_class,
            after=traefik.ready,
        ),
        opts,
    )
    return traefik.ready


def _certificates(
    settings: Settings,
    charts: ChartSet,
    secrets: ServiceSecrets,
    given: Values,
    platform: Platform,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> None:
    """The Secret that the ingresses name, or, without a name to choose it by, Traefik's default certificate."""
    namespace = names.certificate_namespace(settings)
    if isinstance(settings.tls, OwnCertificate):
        OwnCertificateSecret(
            "certificate",
            OwnCertificateArgs(
                secret=names.CERTIFICATE,
                namespace=namespace,
                chain=secrets.tls_certificate,
                key=secrets.tls_key,
                labels=names.labels(settings),
                after=after,
            ),
            opts,
        )
        return
    issuing = Release(
        "cert-manager",
        ReleaseArgs(
            release=names.CERT_MANAGER_RELEASE,
            namespace=names.CERT_MANAGER_NAMESPACE,
            chart=charts.cert_manager.path,
            version=charts.cert_manager.version,
            values=given.cert_manager,
            after=after,
        ),
        opts,
    )
    tls = settings.tls
    Certificates(
        "certificates",
        CertificatesArgs(
            acme=Acme(server=tls.server, email=tls.email) if isinstance(tls, LetsEncrypt) else None,
            issuer=names.issuer(settings),
            certificate=names.CERTIFICATE,
            namespace=namespace,
            hosts=settings.address.hosts,
            ip=platform.address.ip,
            ingress_class=names.INGRESS_CLASS,
            labels=names.labels(settings),
            after=[*after, *issuing.ready],
        ),
        opts,
    )


def origins_of(settings: Settings, platform: Platform) -> Origins:
    """The addresses; promises where they hold the IP address, which the engine is yet to learn."""
    if isinstance(settings.address, Domain):
        return origins(settings)
    ip = platform.address.ip
    return replace(
        origins(settings),
        binder_url=ip.apply(lambda known: origins(settings, known).binder_url),
        hub_url=ip.apply(lambda known: origins(settings, known).hub_url),
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
