"""Runs the whole program against a recorded engine: what it registers, with what around it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, rpc
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime.proto import resource_pb2, source_pb2
from pulumi.runtime.stack import run_pulumi_func
from pulumi.runtime.sync_await import _sync_await

from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.existing import There
from binder_deploy.stacks.program import program

TOKENS = {key: digit * 64 for key, digit in zip(
    ("hubToken", "proxyToken", "cookieSecret", "cryptKey", "githubToken", "metricsToken", "grafanaPassword"),
    "1234567",
    strict=True,
)}  # fmt: skip


@dataclass(frozen=True)
class Registered:
    """A resource as the engine was asked for it."""

    type: str
    name: str
    urn: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any]
    raw: Mapping[str, Any]
    """Inputs as they travel, with marks of secrets and unknowns."""
    dependencies: frozenset[str]
    provider: str
    protect: bool
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool
    property_dependencies: Mapping[str, frozenset[str]]


@dataclass
class Run:
    """What one run of the program registered and exported."""

    resources: list[Registered] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def of(self, type_: str) -> list[Registered]:
        """All of a type; a short one, such as `container/cluster:Cluster`, will do."""
        return [r for r in self.resources if r.type in (type_, f"gcp:{type_}", f"aws:{type_}")]

    def one(self, type_: str, name: str | None = None) -> Registered:
        found = [r for r in self.of(type_) if name in (None, r.name)]
        assert len(found) == 1, f"{len(found)} of {type_}: {[r.name for r in self.of(type_)]}"
        return found[0]

    def by_urn(self, urn: str) -> Registered:
        return next(r for r in self.resources if r.urn == urn)

    def needs(self, resource: Registered) -> set[str]:
        """URNs of everything that must exist before it: dependencies, its provider and their own."""
        seen: set[str] = set()
        queue = [resource]
        while queue:
            current = queue.pop()
            provider = current.provider.rsplit("::", 1)[0]
            for urn in {*current.dependencies, provider} - seen - {""}:
                seen.add(urn)
                queue.append(self.by_urn(urn))
        return seen


class _Answers(mocks.Mocks):
    """What the clouds answer after a create; nothing while it is only planned."""

    def __init__(self, preview: bool) -> None:
        self.preview = preview

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return self._answer(args.token, args.args), []

    def _answer(self, token: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        match token:
            case "gcp:organizations/getProject:getProject":
                return {"number": "1234567890", "projectId": asked["projectId"]}
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": "123456789012", "arn": "arn:aws:sts::123456789012:assumed-role/Deployer/me"}
            case "aws:iam/getSessionContext:getSessionContext":
                assert asked["arn"] == "arn:aws:sts::123456789012:assumed-role/Deployer/me"
                return {"arn": asked["arn"], "issuerArn": "arn:aws:iam::123456789012:role/team/Deployer"}
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                return {"names": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]}
            case "aws:eks/getAddonVersion:getAddonVersion":
                return {"version": f"{asked['addonName']}-for-{asked['kubernetesVersion']}"}
            case "aws:ec2/getSubnet:getSubnet":
                # The last digit says where it lies: subnet-0a is in zone a.
                return {"id": asked["id"], "availabilityZone": f"eu-central-1{asked['id'][-1]}", "vpcId": "vpc-0a"}
        raise AssertionError(f"nobody answers {token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if self.preview:
            return "", dict(args.inputs)
        return f"id-of-{args.name}", {**args.inputs, **self._computed(args)}

    def _computed(self, args: mocks.MockResourceArgs) -> dict[str, Any]:
        match args.typ:
            case "gcp:compute/address:Address":
                return {"address": "203.0.113.7"}
            case "gcp:serviceaccount/account:Account":
                email = f"{args.inputs['accountId']}@p.iam.gserviceaccount.com"
                return {
                    "email": email,
                    "member": f"serviceAccount:{email}",
                    "name": f"projects/p/serviceAccounts/{email}",
                }
            case "gcp:serviceaccount/key:Key":
                return {"privateKey": base64.b64encode(b'{"type": "service_account"}').decode()}
            case "gcp:artifactregistry/repository:Repository":
                return {"name": args.inputs["repositoryId"]}
            case "gcp:container/cluster:Cluster":
                endpoints = args.inputs["controlPlaneEndpointsConfig"]
                dns = {**endpoints["dnsEndpointConfig"], "endpoint": "gke-abc-1.europe-west1.gke.goog"}
                return {
                    "endpoint": "198.51.100.4",
                    "masterAuth": {"clusterCaCertificate": "Q0E="},
                    "controlPlaneEndpointsConfig": {**endpoints, "dnsEndpointConfig": dns},
                }
            case "aws:ec2/eip:Eip":
                return {"allocationId": f"eipalloc-{args.name}", "publicIp": "203.0.113.9"}
            case "aws:iam/role:Role":
                return {"arn": f"arn:aws:iam::123456789012:role/{args.inputs['name']}"}
            case "aws:eks/cluster:Cluster":
                return {
                    "endpoint": "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
                    "certificateAuthority": {"data": "Q0E="},
                }
            case "aws:eks/nodeGroup:NodeGroup":
                group = f"eks-{args.inputs['nodeGroupName']}-1"
                return {"resources": [{"autoscalingGroups": [{"name": group}], "remoteAccessSecurityGroupId": ""}]}
            case "aws:ec2/launchTemplate:LaunchTemplate":
                return {"latestVersion": 3}
            case "kubernetes:helm.sh/v3:Release":
                return {"status": {"version": "1"}}
        return {}


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: _Answers, run: Run) -> None:
        super().__init__(answers)
        self.run = run

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        return f"urn:pulumi:test::binder-deploy::{type_}::{name}"

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        response = super().RegisterResource(request)
        self.run.resources.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=response.urn,
                custom=request.custom,
                parent=request.parent,
                inputs=rpc.deserialize_properties(request.object),
                raw=MessageToDict(request.object),
                dependencies=frozenset(request.dependencies),
                provider=request.provider,
                protect=request.protect,
                ignore_changes=tuple(request.ignoreChanges),
                delete_before_replace=request.deleteBeforeReplace,
                property_dependencies={key: frozenset(on.urns) for key, on in request.propertyDependencies.items()},
            )
        )
        return response


CHARTS = ChartSet(
    binder_service=LocalChart(
        "binder-service", "0.1.0-c1", "charts/binder-service", "folder", "a" * 64,
        {"binderhub": "1.0.0-0.dev.git.3983.h383374de", "jupyterhub": "4.4.0"},
    ),
    traefik=LocalChart("traefik", "41.3.0", "charts/traefik-41.3.0.tgz", "folder", "b" * 64),
    cert_manager=LocalChart("cert-manager", "v1.21.1", "charts/cert-manager-v1.21.1.tgz", "folder", "c" * 64),
    platform={
        name: LocalChart(name, "1.2.3", f"charts/{name}-1.2.3.tgz", "folder", "d" * 64)
        for name in (
            "aws-load-balancer-controller", "cluster-autoscaler", "crd.projectcalico.org.v1", "tigera-operator",
            "prometheus", "grafana", "zot",
        )
    },
)  # fmt: skip

BASE: Mapping[str, Any] = {
    "version": 1,
    "name": "campus",
    "tags": {"owner": "research-it"},
    "platform": {
        "kind": "gke",
        "project": "campus-binder",
        "region": "europe-west1",
        "zone": "europe-west1-b",
    },
    "address": {"domain": "campus.example.org"},
    "tls": {"email": "it@campus.example.org"},
}

Deploy = Callable[..., Run]


def settings_with(**sections: Mapping[str, Any]) -> Settings:
    """The base settings; a section's keys replace the base's, a section with another `kind` the whole of it."""
    merged = {**BASE}
    for section, values in sections.items():
        base = {} if "kind" in values else merged.get(section, {})
        merged[section] = {**base, **values}
    return Settings.model_validate(merged)


@pytest.fixture(scope="session")
def charts() -> ChartSet:
    """What the program installs."""
    return CHARTS


@pytest.fixture(params=[False, True], ids=["up", "preview"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Known outputs, and unknown ones."""
    return bool(request.param)


@pytest.fixture
def deploy(known_runs: dict[str, Run]) -> Iterator[Deploy]:
    """Run the program: `deploy(preview=…, config={…}, platform={…}, …)`. The same question is answered once."""

    def run(
        preview: bool = False,
        config: Mapping[str, str] | None = None,
        kubeconfig: Path | None = None,
        there: There | None = None,
        **sections: Any,
    ) -> Run:
        key = json.dumps([preview, config, str(kubeconfig), repr(there), sections], sort_keys=True)
        if key not in known_runs:
            known_runs[key] = _run(preview, config or {}, kubeconfig, settings_with(**sections), there)
        return known_runs[key]

    yield run
    pulumi.runtime.set_all_config({})


@pytest.fixture(scope="session")
def program_run() -> Iterator[Callable[..., Run]]:
    """Run the program with whole settings: `(preview, config, kubeconfig, settings, there)`; the same question is
    answered once."""
    known: dict[str, Run] = {}

    def run(preview: bool, config: Mapping[str, str], kubeconfig: Path | None, settings: Settings, there: Any) -> Run:
        key = repr((preview, config, kubeconfig, settings, there))
        if key not in known:
            known[key] = _run(preview, config, kubeconfig, settings, there)
        return known[key]

    yield run
    pulumi.runtime.set_all_config({})


@pytest.fixture(autouse=True, scope="session")
def _no_source_positions() -> Iterator[None]:
    """Pulumi notes where each resource was asked for, which is a third of the time and of no interest here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulumi.runtime.resource._get_stack_trace", source_pb2.StackTrace)
        yield


@pytest.fixture(scope="session")
def known_runs() -> dict[str, Run]:
    """Runs by their question."""
    return {}


def _run(
    preview: bool, config: Mapping[str, str], kubeconfig: Path | None, settings: Settings, there: There | None
) -> Run:
    # Pulumi takes the thread's event loop, and another test's asyncio.run leaves a thread without one.
    asyncio.set_event_loop(asyncio.new_event_loop())
    recorded = Run()
    monitor = _Monitor(_Answers(preview), recorded)
    runtime_settings.reset_options()
    mocks.set_mocks(monitor.mocks, project="binder-deploy", stack="test", preview=preview, monitor=monitor)
    values = {f"binder-deploy:{key}": value for key, value in {**TOKENS, **config}.items()}
    pulumi.runtime.set_all_config(values, [f"binder-deploy:{key}" for key in TOKENS])

    def body() -> None:
        program(settings, CHARTS, {"ours": "c.BinderHub.about_message = 'hello'"}, kubeconfig, there)

    _sync_await(run_pulumi_func(body))
    for key, value in runtime_settings.get_root_resource().outputs.items():
        output = pulumi.Output.from_input(value)
        known = _sync_await(output.is_known())
        recorded.exports[key] = _sync_await(output.future()) if known else pulumi.UNKNOWN
    return recorded
