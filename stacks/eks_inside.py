"""What Amazon EKS needs inside the cluster: who makes load balancers, who scales nodes, who enforces policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.values.eks import cluster_autoscaler, load_balancer_controller
from binder_deploy.charts.values.eks.calico import installation
from binder_deploy.charts.values.eks.together import (
    AUTOSCALER,
    CALICO_KINDS,
    CALICO_NAMESPACE,
    CALICO_OPERATOR,
    LOAD_BALANCER_CONTROLLER,
    RELEASES,
    SYSTEM_NAMESPACE,
    platform_values,
)
from binder_deploy.charts.values.placement import POOL_LABEL
from binder_deploy.components.cluster.namespaces import Namespaces, NamespacesArgs
from binder_deploy.components.cluster.releases import Release, ReleaseArgs
from binder_deploy.components.eks.accelerators import Accelerators, AcceleratorsArgs
from binder_deploy.components.eks.calico import Calico, CalicoArgs
from binder_deploy.components.eks.handles import VpcHandle
from binder_deploy.components.eks.policies import POD_IDENTITY, autoscaler, load_balancers
from binder_deploy.components.eks.roles import PodIdentity, PodIdentityArgs, Role, RoleArgs
from binder_deploy.components.handles import ClusterHandle
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import Names, labels, mark


def inside(
    settings: Settings, charts: ChartSet, cluster: ClusterHandle, where: VpcHandle, cloud: pulumi.ResourceOptions
) -> Callable[[pulumi.ResourceOptions], Sequence[pulumi.Resource]]:
    """Gives the controllers their roles, and returns what installs them; `cloud` has Amazon's provider."""
    names, region = Names(settings.name), narrowed(settings.platform, Eks).region
    controller = _identity(
        settings, cluster, "load-balancer", load_balancer_controller.SERVICE_ACCOUNT,
        load_balancers(region, names.cluster), cloud,
    )  # fmt: skip
    scaler = _identity(
        settings, cluster, "autoscaler", cluster_autoscaler.SERVICE_ACCOUNT, autoscaler(names.cluster), cloud
    )

    def install(opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
        values = platform_values(settings, where.vpc)

        def release(chart: str, after: Sequence[pulumi.Resource]) -> Sequence[pulumi.Resource]:
            found, place = charts.platform[chart], RELEASES[chart]
            return Release(
                place.name,
                ReleaseArgs(
                    release=place.name,
                    namespace=place.namespace,
                    chart=found.path,
                    version=found.version,
                    values=values[chart],
                    after=after,
                ),
                opts,
            ).ready

        # Calico: kinds, then the operator, then what it is to do; at the end the other way round.
        kinds = release(CALICO_KINDS, _room(settings, opts))
        operator = release(CALICO_OPERATOR, kinds)
        policies = Calico(
            "network-policies",
            CalicoArgs(spec=installation(settings), labels=labels(settings), after=operator),
            opts,
        )
        return (
            *release(LOAD_BALANCER_CONTROLLER, controller),
            *release(AUTOSCALER, scaler),
            *policies.ready,
            *_accelerators(settings, opts),
        )

    return install


def _room(settings: Settings, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    """The operator's namespace. It runs on the nodes' own network and reads a folder of theirs."""
    made = Namespaces(
        "calico-namespaces",
        NamespacesArgs(namespaces={CALICO_NAMESPACE: "privileged"}, labels=labels(settings)),
        opts,
    )
    return tuple(made.ready.values())


def _identity(
    settings: Settings,
    cluster: ClusterHandle,
    part: str,
    service_account: str,
    policy: str,
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    role = Role(
        f"{part}-role",
        RoleArgs(
            role=Names(settings.name).of(part),
            description=mark(settings),
            service=POD_IDENTITY,
            policy=policy,
            tags=labels(settings),
        ),
        opts,
    )
    return PodIdentity(
        f"{part}-identity",
        PodIdentityArgs(
            cluster=cluster,
            namespace=SYSTEM_NAMESPACE,
            service_account=service_account,
            role=role.handle,
            tags=labels(settings),
        ),
        opts,
    ).ready


def _accelerators(settings: Settings, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    """What lets servers ask for accelerators, where the nodes of the user pool have any."""
    if narrowed(settings.platform, Eks).pools.user.gpu is None:
        return ()
    return Accelerators(
        "accelerators",
        AcceleratorsArgs(namespace=SYSTEM_NAMESPACE, node_selector={POOL_LABEL: "user"}, labels=labels(settings)),
        opts,
    ).ready
