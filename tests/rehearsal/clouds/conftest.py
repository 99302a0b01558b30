"""Simulated clouds behind a real gRPC channel, without an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, CloudFile, Fault
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp as gcp_provider
from binder_deploy.rehearsal.clouds.operations import Operations, Provider
from binder_deploy.rehearsal.clouds.plugin import Plugin
from binder_deploy.rehearsal.clouds.serve import start
from binder_deploy.rehearsal.clouds.wire import plain, struct

PROJECT = "demo-project"
REGION = "europe-west1"

TYPES = {
    "network": "gcp:compute/network:Network",
    "subnetwork": "gcp:compute/subnetwork:Subnetwork",
    "router": "gcp:compute/router:Router",
    "nat": "gcp:compute/routerNat:RouterNat",
    "address": "gcp:compute/address:Address",
    "cluster": "gcp:container/cluster:Cluster",
    "pool": "gcp:container/nodePool:NodePool",
    "account": "gcp:serviceaccount/account:Account",
    "key": "gcp:serviceaccount/key:Key",
    "actAs": "gcp:serviceaccount/iAMMember:IAMMember",
    "service": "gcp:projects/service:Service",
    "role": "gcp:projects/iAMMember:IAMMember",
    "repository": "gcp:artifactregistry/repository:Repository",
    "repositoryRole": "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "channel": "gcp:monitoring/notificationChannel:NotificationChannel",
    "budget": "gcp:billing/budget:Budget",
    "record": "gcp:dns/recordSet:RecordSet",
}


@dataclass(frozen=True)
class PlayedEndpoint:
    host: str = "127.0.0.1:6443"
    ca_pem: str = "-----BEGIN CERTIFICATE-----\n"


@dataclass
class PlayedControlPlane:
    """Counts; `broken` makes the start fail."""

    started: int = 0
    stopped: int = 0
    broken: bool = False

    def start(self) -> PlayedEndpoint:
        if self.broken:
            raise RuntimeError("etcd did not come up")
        self.started += 1
        return PlayedEndpoint()

    def stop(self) -> None:
        self.stopped += 1


@dataclass
class Client:
    """Speaks to a simulated cloud as the engine does. Types go by short names of the test's own."""

    stub: Any
    file: CloudFile
    types: Mapping[str, str]

    @property
    def cloud(self) -> Cloud:
        return self.file.read()

    def problems(self, kind: str, **inputs: Any) -> dict[str, str]:
        """Path → reason."""
        answer = self.stub.Check(pb.CheckRequest(urn=self.urn(kind), news=struct(inputs), randomSeed=b"12345678"))
        return {f.property: f.reason for f in answer.failures}

    def create(self, kind: str, **inputs: Any) -> dict[str, Any]:
        """Checked, then created: its outputs, with its `id`."""
        checked = self.stub.Check(pb.CheckRequest(urn=self.urn(kind), news=struct(inputs), randomSeed=b"12345678"))
        assert not checked.failures, checked.failures
        answer = self.stub.Create(pb.CreateRequest(urn=self.urn(kind), properties=checked.inputs))
        return {**plain(answer.properties)[0], "id": answer.id}

    def refused(self, kind: str, **inputs: Any) -> str:
        """What the cloud says to a create."""
        with pytest.raises(grpc.RpcError) as caught:
            self.create(kind, **inputs)
        return str(caught.value.details())

    def plan(self, kind: str, **inputs: Any) -> dict[str, Any]:
        answer = self.stub.Create(pb.CreateRequest(urn=self.urn(kind), properties=struct(inputs), preview=True))
        return plain(answer.properties)[0]

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
        request = pb.DiffRequest(urn=self.urn(kind), old_inputs=struct(old), olds=struct(old), news=struct(new))
        return self.stub.Diff(request)

    def update(self, kind: str, id: str, **inputs: Any) -> dict[str, Any]:
        answer = self.stub.Update(pb.UpdateRequest(urn=self.urn(kind), id=id, news=struct(inputs)))
        return plain(answer.properties)[0]

    def read(self, kind: str, id: str) -> Any:
        return self.stub.Read(pb.ReadRequest(urn=self.urn(kind), id=id))

    def delete(self, kind: str, id: str) -> None:
        self.stub.Delete(pb.DeleteRequest(urn=self.urn(kind), id=id))

    def delete_refused(self, kind: str, id: str) -> str:
        with pytest.raises(grpc.RpcError) as caught:
            self.delete(kind, id)
        return str(caught.value.details())

    def invoke(self, token: str, **args: Any) -> dict[str, Any]:
        answer = self.stub.Invoke(pb.InvokeRequest(tok=token, args=struct(args)))
        return plain(getattr(answer, "return"))[0]

    def break_once(self, fault: Fault) -> None:
        with self.file.transaction() as cloud:
            cloud.faults.append(fault)

    def urn(self, kind: str) -> str:
        return f"urn:pulumi:test::demo::binder-deploy:test:Parent${self.types.get(kind, kind)}::x"


@dataclass
class Google(Client):
    """With the things that most tests build on."""

    control_plane: PlayedControlPlane = field(default_factory=PlayedControlPlane)

    def network(self) -> dict[str, Any]:
        return self.create("network", name="demo-net", autoCreateSubnetworks=False)

    def subnetwork(self, network: dict[str, Any]) -> dict[str, Any]:
        return self.create(
            "subnetwork",
            name="demo-nodes",
            network=network["id"],
            ipCidrRange="10.10.0.0/20",
            secondaryIpRanges=[
                {"rangeName": "demo-pods", "ipCidrRange": "10.64.0.0/14"},
                {"rangeName": "demo-services", "ipCidrRange": "10.20.0.0/20"},
            ],
        )

    def cluster_inputs(self, network: dict[str, Any], subnetwork: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": "demo",
            "location": REGION,
            "nodeLocations": [f"{REGION}-b"],
            "network": network["id"],
            "subnetwork": subnetwork["id"],
            "removeDefaultNodePool": True,
            "initialNodeCount": 1,
            "networkingMode": "VPC_NATIVE",
            "datapathProvider": "ADVANCED_DATAPATH",
            "ipAllocationPolicy": {
                "clusterSecondaryRangeName": "demo-pods",
                "servicesSecondaryRangeName": "demo-services",
            },
            "privateClusterConfig": {"enablePrivateNodes": True, "masterIpv4CidrBlock": "172.16.0.0/28"},
            "controlPlaneEndpointsConfig": {
                "dnsEndpointConfig": {"allowExternalTraffic": True},
                "ipEndpointsConfig": {"enabled": False},
            },
            "workloadIdentityConfig": {"workloadPool": f"{PROJECT}.svc.id.goog"},
            "releaseChannel": {"channel": "REGULAR"},
            "resourceLabels": {"binder-deploy": "demo"},
            "deletionProtection": False,
        }

    def cluster(self, **changed: Any) -> dict[str, Any]:
        network = self.network()
        inputs = self.cluster_inputs(network, self.subnetwork(network))
        return self.create("cluster", **{**inputs, **changed})


@pytest.fixture
def cloud_file(tmp_path: Path) -> CloudFile:
    file = CloudFile(tmp_path / "cloud.json")
    with file.transaction() as cloud:
        given.project(cloud, PROJECT, apis=("*",))
    return file


@pytest.fixture
def stub_of(cloud_file: CloudFile) -> Iterator[Callable[[Provider, Mapping[str, Any]], Any]]:
    """Serves a simulated cloud over `cloud_file`, configured so; a stub of it."""
    with ExitStack() as stack:

        def serve(provider: Provider, configuration: Mapping[str, Any]) -> Any:
            server, port = start(Plugin(Operations(provider, cloud_file), "10.2.0"))
            stack.callback(lambda: server.stop(grace=None).wait())
            channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
            stub = ResourceProviderStub(channel)
            stub.Configure(pb.ConfigureRequest(args=struct(configuration), acceptSecrets=True))
            return stub

        yield serve


@pytest.fixture
def client() -> type[Client]:
    """For clouds that have tests of their own."""
    return Client


@pytest.fixture
def google(cloud_file: CloudFile, stub_of: Callable[..., Any]) -> Google:
    control_plane = PlayedControlPlane()
    stub = stub_of(gcp_provider(lambda: control_plane), {"project": PROJECT, "region": REGION, "zone": ""})
    return Google(stub, cloud_file, TYPES, control_plane)
