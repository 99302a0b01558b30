"""Who may do what: the nodes, and whoever pushes images. No more than each needs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Input, Output
from pulumi_gcp import artifactregistry, projects, serviceaccount

from binder_deploy.components.base import Args, inputs, named
from binder_deploy.components.handles import AccountHandle, RegistryHandle

NODE_ROLE = "roles/container.defaultNodeServiceAccount"
READER = "roles/artifactregistry.reader"
WRITER = "roles/artifactregistry.writer"


@dataclass(frozen=True, kw_only=True)
class NodeAccountArgs(Args):
    """Inputs of `NodeAccount`."""

    project: Input[str]
    account: Input[str]
    """Account id, 6 to 30 characters."""
    description: Input[str]
    """Our mark: service accounts take no labels."""
    registry: RegistryHandle | None
    """Where nodes pull from; None: elsewhere, with a password."""


class NodeAccount(pulumi.ComponentResource):
    """The nodes' own account, in place of the project's default one, which may edit everything."""

    handle: AccountHandle

    def __init__(self, name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:NodeAccount", name, inputs(args), opts)
        account = serviceaccount.Account(
            f"{name}-account",
            project=args.project,
            account_id=args.account,
            display_name=args.account,
            description=args.description,
            opts=named(self, args.after),
        )
        node = projects.IAMMember(
            f"{name}-node",
            project=args.project,
            role=NODE_ROLE,
            member=account.member,
            opts=named(self),
        )
        rights: list[pulumi.Resource] = [node]
        if args.registry:
            rights.append(_member(f"{name}-reader", args.project, args.registry, READER, account.member, self))
        self.handle = AccountHandle(email=account.email, ready=tuple(rights))
        self.register_outputs({"email": account.email})


@dataclass(frozen=True, kw_only=True)
class PushPrincipalArgs(Args):
    """Inputs of `PushPrincipal`."""

    project: Input[str]
    project_number: Input[str]
    namespace: Input[str]
    service_account: Input[str]
    """The Kubernetes service account that asks for tokens."""
    registry: RegistryHandle


class PushPrincipal(pulumi.ComponentResource):
    """Lets a Kubernetes service account push, by workload identity: there is no key to leak or to rotate.

    The identity pool appears with the project's first cluster: before that the binding is refused, so come
    after the cluster.
    """

    member: Output[str]
    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: PushPrincipalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:PushPrincipal", name, inputs(args), opts)
        self.member = Output.concat(
            "principal://iam.googleapis.com/projects/",
            args.project_number,
            "/locations/global/workloadIdentityPools/",
            args.project,
            ".svc.id.goog/subject/ns/",
            args.namespace,
            "/sa/",
            args.service_account,
        )
        writer = _member(f"{name}-writer", args.project, args.registry, WRITER, self.member, self, args.after)
        self.ready = (writer,)
        self.register_outputs({"member": self.member})


@dataclass(frozen=True, kw_only=True)
class PushKeyArgs(Args):
    """Inputs of `PushKey`."""

    project: Input[str]
    account: Input[str]
    """Account id, 6 to 30 characters."""
    description: Input[str]
    registry: RegistryHandle


class PushKey(pulumi.ComponentResource):
    """An account that may push, with a key that lives until it is revoked."""

    key: Output[str]
    """JSON, secret."""
    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: PushKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("binder-deploy:gke:PushKey", name, inputs(args), opts)
        account = serviceaccount.Account(
            f"{name}-account",
            project=args.project,
            account_id=args.account,
            display_name=args.account,
            description=args.description,
            opts=named(self, args.after),
        )
        writer = _member(f"{name}-writer", args.project, args.registry, WRITER, account.member, self)
        self.ready = (writer,)
        key = serviceaccount.Key(f"{name}-key", service_account_id=account.name, opts=named(self))
        self.key = Output.secret(key.private_key.apply(lambda text: base64.b64decode(text).decode()))
        self.register_outputs({"key": self.key})


def _member(
    name: str,
    project: Input[str],
    registry: RegistryHandle,
    role: str,
    member: Input[str],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource] = (),
) -> artifactregistry.RepositoryIamMember:
    """A role on the one repository, not on the project."""
    return artifactregistry.RepositoryIamMember(
        name,
        project=project,
        location=registry.location,
        repository=registry.repository,
        role=role,
        member=member,
        opts=named(parent, after),
    )
