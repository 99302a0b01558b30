"""The way into a cluster for everything that is installed there."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from binder_deploy.components.handles import ClusterHandle


def cluster_provider(
    name: str, cluster: ClusterHandle, opts: pulumi.ResourceOptions | None = None
) -> kubernetes.Provider:
    """The provider of all in-cluster resources. Give it `depends_on=cluster.ready`: everything that uses the
    provider then comes after the node pools and, at a destroy, goes before them.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=cluster.kubeconfig,
        # Without it every change of the kubeconfig replaces everything in the cluster.
        cluster_identifier=cluster.identity,
        # Dropping from the state what cannot be reached would leave load balancers and disks, billed.
        delete_unreachable=False,
        skip_update_unreachable=False,
        # Fields that controllers write (addresses, finalizers, annotations) are theirs and make no diff.
        enable_server_side_apply=True,
        opts=opts,
    )
