"""What differs between the cloud and the state is told by resource and property, never by value; neither is changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pytest
from pulumi.automation import EngineEvent

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.environment import applied, scrubbed
from binder_deploy.rehearsal.record import Record
from binder_deploy.stacks.drift import Difference, difference
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.past import operations
from binder_deploy.stacks.stored import StateOutOfReach
from binder_deploy.stacks.who import who

PROJECT = "demo-project"
VALUE = "a-value-that-nobody-may-see"


def outputs_event(op: str, type_: str, paths: Mapping[str, str] | None = None) -> EngineEvent:
    diff = {path: {"diffKind": kind, "inputDiff": True} for path, kind in (paths or {}).items()}
    metadata = {
        "op": op,
        "urn": f"urn:pulumi:s::p::{type_}::thing",
        "type": type_,
        "provider": "",
        "detailedDiff": diff,
    }
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "resOutputsEvent": {"metadata": metadata}})


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (outputs_event("same", "gcp:compute/address:Address"), None),
        (outputs_event("delete", "gcp:compute/address:Address"), ("gone", ())),
        (outputs_event("update", "gcp:compute/address:Address", {"labels.b": "add", "labels.a": "update"}),
         ("changed", ("labels.a", "labels.b"))),
        # Only what the cloud computes has moved on.
        (outputs_event("update", "gcp:container/cluster:Cluster"), None),
        (outputs_event("update", "kubernetes:core/v1:Service",
                       {"status.loadBalancer": "update", "metadata.resourceVersion": "update"}), None),
        (outputs_event("update", "kubernetes:core/v1:Service",
                       {"spec.ports[0].port": "update", "metadata.generation": "update"}),
         ("changed", ("spec.ports[0].port",))),
        # A property of that name of something that is no object of Kubernetes.
        (outputs_event("update", "gcp:x/y:Z", {"status": "update"}), ("changed", ("status",))),
        (outputs_event("delete", "pulumi:providers:gcp"), None),
    ],
)  # fmt: skip
def test_an_event_is_a_difference_only_where_somebody_asked_for_something_else(
    event: EngineEvent, said: tuple[str, tuple[str, ...]] | None
) -> None:
    found = difference(event)
    assert (found and (found.kind, found.paths)) == said


def program() -> None:
    provider = gcp.Provider("gcp", project=PROJECT, region="europe-west1")
    opts = pulumi.ResourceOptions(provider=provider)
    api = gcp.projects.Service("compute", service="compute.googleapis.com", project=PROJECT, opts=opts)
    after = pulumi.ResourceOptions(provider=provider, depends_on=[api])
    gcp.compute.Address("ip", name="demo-ip", labels={"owner": "me"}, opts=after)
    gcp.compute.Network("net", name="demo-net", auto_create_subnetworks=False, opts=after)


@pytest.fixture
def cloud(tmp_path: Path) -> CloudFile:
    file = CloudFile(tmp_path / "cloud.json")
    with file.transaction() as cloud:
        given.project(cloud, PROJECT, given.ALWAYS_ON)
    return file


@pytest.fixture
def site(tmp_path: Path, cloud: CloudFile, tools: Mapping[str, Path]) -> Site:
    """A place for the engine whose `gcp` plugin is the simulated cloud's."""
    for folder in ("bin", "state", "home", "tmp", "pulumi", "work"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(tools["pulumi"])
    shim = tmp_path / "bin" / "pulumi-resource-gcp"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m binder_deploy.rehearsal.clouds.gcp "$@"\n')
    shim.chmod(0o755)
    Record(id="test", folder=tmp_path, pid=os.getpid(), started="", binaries={}, cloud=cloud.path).save()
    return Site(tmp_path / "work", tmp_path, scrubbed(os.environ, tmp_path))


@pytest.mark.system
def test_what_others_changed_is_seen_and_nothing_is_touched(site: Site, cloud: CloudFile) -> None:
    with applied(site.environ):
        engine = Engine(site, "test", program)
        engine.up(lambda event: None)
        assert engine.drift(lambda event: None) == ()

        with cloud.transaction() as now:
            (address,) = now.of_type("compute/address")
            changed: dict[str, Any] = {"labels": {"owner": VALUE}}
            now.put(replace(address, inputs={**address.inputs, **changed}, outputs={**address.outputs, **changed}))
            (network,) = now.of_type("compute/network")
            now.remove(network.type, network.id)
        records, resources = cloud.read().records, engine.resources()
        found = engine.drift(lambda event: None)

        assert {(d.type, d.name, d.kind, d.paths) for d in found} == {
            ("gcp:compute/address:Address", "ip", "changed", ("labels.owner",)),
            ("gcp:compute/network:Network", "net", "gone", ()),
        }
        assert VALUE not in repr(found)
        assert cloud.read().records == records
        assert engine.resources() == resources

        # Once the state knows of it, `up` puts it right.
        engine.refresh(lambda event: None, [d.urn for d in found])
        assert engine.drift(lambda event: None) == ()
        assert engine.up(lambda event: None).changes == {"create": 1, "same": 3, "update": 1}
        assert [r.outputs["labels"] for r in cloud.read().of_type("compute/address")] == [{"owner": "me"}]


@pytest.mark.system
def test_who_did_what_is_in_the_state_and_is_read_without_its_passphrase(site: Site) -> None:
    with applied(site.environ):
        engine = Engine(site, "test", lambda: None)
        engine.configure_secrets({"hubToken": VALUE})
        engine.up(lambda event: None)
        engine.destroy(lambda event: None)
    shut = Site(site.work, site.root, {k: v for k, v in site.environ.items() if "PASSPHRASE" not in k})
    past = operations(shut, "test")
    assert [(o.command, o.result, o.by) for o in past] == [("down", "succeeded", who()), ("up", "succeeded", who())]
    assert past[0].start >= past[1].start
    assert operations(shut, "test", at_most=1) == past[:1]
    assert VALUE not in repr(past)
    with pytest.raises(StateOutOfReach):
        operations(shut, "another")


def test_who_it_is_can_always_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert who({"GITHUB_ACTOR": "octocat"}) == "octocat in GitHub Actions"
    assert "@" in who({})

    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert who({}).startswith("user ")


def test_a_difference_has_a_name_that_people_know() -> None:
    found = difference(outputs_event("delete", "gcp:compute/address:Address"))
    assert found == Difference("urn:pulumi:s::p::gcp:compute/address:Address::thing", "gcp:compute/address:Address",
                               "thing", "gone")  # fmt: skip
