"""The platform-free part of the program: everything inside the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.maintenance import closed
from binder_deploy.charts.values.origins import Origins, origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import Values, values
from binder_deploy.charts.values.zot import PORT, ZOT
from binder_deploy.components.cluster.access import cluster_provider
from binder_deploy.components.cluster.certificates import Acme, Certificates, CertificatesArgs
from binder_deploy.components.cluster.entrypoint import EntryPoint, EntryPointArgs
from binder_deploy.components.cluster.image_store import ImageStore, ImageStoreArgs
from binder_deploy.components.cluster.namespaces import Namespaces, NamespacesArgs, PodSecurity
from binder_deploy.components.cluster.own_certificate import OwnCertificate as OwnCertificateSecret
from binder_deploy.components.cluster.own_certificate import OwnCertificateArgs
from binder_deploy.components.cluster.releases import Release, ReleaseArgs
from binder_deploy.components.cluster.storage import Storage, StorageArgs
from binder_deploy.settings import names
from binder_deploy.settings.address import Domain
from binder_deploy.settings.choices import Door, brings_cert_manager, brings_disks, disk_class, door, ingress_class
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import InClusterRegistry
from binder_deploy.settings.tls import LetsEncrypt, OwnCertificate
from binder_deploy.stacks.monitoring import monitoring
from binder_deploy.stacks.platform import Platform

TRAEFIK_PODS = {"app.kubernetes.io/name": "traefik"}
"""It is the only Traefik in a namespace of its own."""


def service(
    settings: Settings,
    charts: ChartSet,
    secrets: ServiceSecrets,
    extra_config: Mapping[str, str],
    platform: Platform,
    maintenance: str = "",
) -> pulumi.Output[str]:
    """Namespaces, disks, ingress, certificates and the Binder service; the address that the way in got, if it tells.

    `maintenance`: nobody may launch, and this is why.

    Read backwards it is the teardown: certificates and the entry point with its load balancer go first,
    then the releases, then the namespaces with whatever people still run there; the provider, and so
    everything, before the node pools.
    """
    given = values(settings, charts, secrets, extra_config, origins_of(settings, platform))
    provider = cluster_provider(
        "cluster", platform.cluster, pulumi.ResourceOptions(depends_on=list(platform.cluster.ready))
    )
    opts = pulumi.ResourceOptions(providers=[provider])
    way, binder = door(settings), names.binder_namespace(settings)
    namespaces = Namespaces(
        "namespaces",
        NamespacesArgs(
            namespaces={
                # Image builds run in a privileged pod.
                binder: "privileged",
                **({names.TRAEFIK_NAMESPACE: _traefik_level(way)} if way != "theirs" else {}),
                **({names.CERT_MANAGER_NAMESPACE: "baseline"} if brings_cert_manager(settings) else {}),
                **({names.MONITORING_NAMESPACE: "baseline"} if settings.monitoring else {}),
            },
            labels=names.labels(settings),
            after=platform.inside(opts),
        ),
        opts,
    ).ready
    ingress, address = _ingress(settings, charts, given, platform, namespaces, opts)
    _certificates(settings, charts, secrets, given, platform, [*namespaces.values(), *ingress], opts)
    disks = _disks(settings, platform, opts)
    images = _registry(settings, charts, given, [namespaces[binder], *ingress, *disks], opts)
    Release(
        "binder-service",
        ReleaseArgs(
            release=names.binder_release(settings),
            namespace=binder,
            chart=charts.binder_service.path,
            version=charts.binder_service.version,
            values=closed(given.binder_service, maintenance),
            after=[
                namespaces[binder],
                # Its ingresses name Traefik's class, its first build pushes.
                *ingress,
                *platform.images_ready,
                *disks,
                *images,
            ],
        ),
        opts,
    )
    monitoring(settings, charts, secrets, given, [*namespaces.values(), *disks], opts)
    return address


def _registry(
    settings: Settings,
    charts: ChartSet,
    given: Values,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    """The registry inside the cluster, where the settings choose it."""
    registry = settings.registry
    if not isinstance(registry, InClusterRegistry):
        return ()
    store = ImageStore(
        "images",
        ImageStoreArgs(
            claim=names.REGISTRY_DISK,
            namespace=names.BINDER_NAMESPACE,
            storage_class=disk_class(settings),
            size_gb=registry.disk_gb,
            pods={"app.kubernetes.io/name": ZOT, "app.kubernetes.io/instance": names.REGISTRY_RELEASE},
            port=PORT,
            door_namespace=names.TRAEFIK_NAMESPACE,
            door=TRAEFIK_PODS,
            labels=names.labels(settings),
            after=after,
        ),
        opts,
    )
    chart = charts.platform[ZOT]
    return Release(
        "registry",
        ReleaseArgs(
            release=names.REGISTRY_RELEASE,
            namespace=names.BINDER_NAMESPACE,
            chart=chart.path,
            version=chart.version,
            values=given.platform[ZOT],
            after=[*after, *store.ready],
        ),
        opts,
    ).ready


def _traefik_level(way: Door) -> PodSecurity:
    """A port of the node is more than the baseline allows."""
    return "privileged" if way == "host-port" else "baseline"


def _ingress(
    settings: Settings,
    charts: ChartSet,
    given: Values,
    platform: Platform,
    namespaces: Mapping[str, pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> tuple[Sequence[pulumi.Resource], pulumi.Output[str]]:
    """Traefik, and the way in: what must be there before an Ingress is served, and the address. Nothing, where the
    cluster has an ingress controller already."""
    way, unknown = door(settings), pulumi.Output.from_input("")
    if way == "theirs":
        return (), unknown
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
    if way == "host-port":
        return traefik.ready, unknown
    entrypoint = EntryPoint(
        "entrypoint",
        EntryPointArgs(
            service=names.ENTRYPOINT_SERVICE,
            namespace=names.TRAEFIK_NAMESPACE,
            selector=TRAEFIK_PODS,
            labels=names.labels(settings),
            annotations=platform.entry_annotations,
            load_balancer_class=platform.load_balancer_class,
            load_balancer_ip=platform.load_balancer_ip if way == "load-balancer" else None,
            type="NodePort" if way == "node-port" else "LoadBalancer",
            after=traefik.ready,
        ),
        opts,
    )
    return traefik.ready, entrypoint.address


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
    issuing: Sequence[pulumi.Resource] = ()
    if brings_cert_manager(settings):
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
        ).ready
    tls = settings.tls
    Certificates(
        "certificates",
        CertificatesArgs(
            acme=Acme(server=tls.directory, email=tls.email) if isinstance(tls, LetsEncrypt) else None,
            issuer=names.issuer(settings),
            certificate=names.CERTIFICATE,
            namespace=namespace,
            hosts=settings.hosts,
            ip=platform.address.ip,
            ingress_class=ingress_class(settings),
            labels=names.labels(settings),
            after=[*after, *issuing],
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
    """Our StorageClass, unless there is another one to use."""
    if not brings_disks(settings) or platform.storage is None:
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
