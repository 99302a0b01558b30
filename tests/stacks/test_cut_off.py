"""Creations that were cut off, on the real engine and a simulated cloud: what is ours is taken in, nothing else is."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pulumi
import pulumi_aws as aws_sdk
import pulumi_gcp as sdk
import pytest

from binder_deploy.rehearsal.clouds.aws import given as aws_given
from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.aws.leftovers import leftovers as aws_leftovers
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile, Fault
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp
from binder_deploy.rehearsal.clouds.gcp.leftovers import leftovers as gcp_leftovers
from binder_deploy.rehearsal.environment import STAND_IN_SECRET, applied, scrubbed
from binder_deploy.rehearsal.record import Record
from binder_deploy.settings.leftovers import Leftover
from binder_deploy.stacks.cut_off import Settled, noted, recheck, settle
from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.errors import EngineError
from binder_deploy.stacks.physical import IDS, PREFIXES, REPEATABLE, id_of, is_ours, numbered

PROJECT, NAME, REGION = "demo-project", "demo", "europe-west1"
MARK = f"binder-deploy={NAME}"


def program() -> None:
    provider = sdk.Provider("gcp", project=PROJECT, region=REGION)
    opts = pulumi.ResourceOptions(provider=provider)
    network = sdk.compute.Network(
        "net", project=PROJECT, name="demo-net", description=MARK, auto_create_subnetworks=False, opts=opts
    )
    sdk.compute.Subnetwork(
        "nodes", project=PROJECT, region=REGION, name="demo-nodes", description=MARK, network=network.id,
        ip_cidr_range="10.10.0.0/20", opts=opts,
    )  # fmt: skip


def on_amazon() -> None:
    provider = aws_sdk.Provider("aws", region="eu-central-1")
    opts, tags = pulumi.ResourceOptions(provider=provider), {"binder-deploy": NAME, "Name": "demo-net"}
    vpc = aws_sdk.ec2.Vpc("net", cidr_block="10.0.0.0/16", tags=tags, opts=opts)
    subnet = aws_sdk.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/20",
                                availability_zone="eu-central-1a", tags=tags, opts=opts)  # fmt: skip
    table = aws_sdk.ec2.RouteTable("table", vpc_id=vpc.id, tags=tags, opts=opts)
    gateway = aws_sdk.ec2.InternetGateway("gateway", vpc_id=vpc.id, tags=tags, opts=opts)
    aws_sdk.ec2.RouteTableAssociation("tie", route_table_id=table.id, subnet_id=subnet.id, opts=opts)
    aws_sdk.ec2.Route(
        "out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id, opts=opts
    )


def that_admits() -> None:
    """Who administers a cluster, named as a rehearsal names whoever deploys."""
    provider = aws_sdk.Provider("aws", region="eu-central-1")
    aws_sdk.eks.AccessEntry(
        "admin", cluster_name="demo", principal_arn=f"arn:aws:iam::123456789012:role/{aws_given.DEPLOYER}",
        type="STANDARD", tags={"binder-deploy": NAME}, opts=pulumi.ResourceOptions(provider=provider),
    )  # fmt: skip


def that_tells() -> None:
    """A budget and who is told by it: neither has a name of ours alone, and both may be made twice."""
    provider = sdk.Provider("gcp", project=PROJECT, region=REGION)
    opts = pulumi.ResourceOptions(provider=provider)
    channel = sdk.monitoring.NotificationChannel(
        "mail", project=PROJECT, type="email", display_name="demo-budget: it@example.org",
        labels={"email_address": "it@example.org"}, user_labels={"binder-deploy": NAME}, opts=opts,
    )  # fmt: skip
    sdk.billing.Budget(
        "budget", billing_account="012345-6789AB-CDEF01", display_name="demo-budget",
        amount={"specified_amount": {"units": "100"}}, threshold_rules=[{"threshold_percent": 1.0}],
        all_updates_rule={"monitoring_notification_channels": [channel.id]}, opts=opts,
    )  # fmt: skip


class Stage:
    """A simulated cloud and the real engine on it."""

    def __init__(self, folder: Path, cloud: CloudFile) -> None:
        self.folder, self.cloud = folder, cloud
        self.environ = scrubbed(os.environ, folder)

    def engine(self, of: Callable[[], None] = program) -> Engine:
        return Engine(Site(self.folder / "work", self.folder, self.environ), NAME, of)

    def breaks(self, fault: Fault) -> None:
        with self.cloud.transaction() as cloud:
            cloud.faults.append(fault)

    def fails(self, engine: Engine) -> EngineError:
        with pytest.raises(EngineError) as caught:
            engine.up(lambda event: None)
        return caught.value

    def settles(self, engine: Engine, orphans: Callable[[], Sequence[Leftover]]) -> set[str]:
        """Runs again and again, taking in what is found; the names of it. Fails where a run finds nothing."""
        found: set[str] = set()
        while True:
            try:
                engine.up(lambda event: None)
                return found
            except EngineError as error:
                settled = settle(engine, NAME, error.creations, orphans)
                assert settled.adopted, error
                assert not settled.foreign
                found.update(settled.adopted)

    @contextmanager
    def killed_once(self, true: Callable[[], object]) -> Iterator[None]:
        """The engine and its plugins are killed as soon as this is true."""

        def kill() -> None:
            deadline = time.monotonic() + 60
            while not true() and time.monotonic() < deadline:
                time.sleep(0.02)
            for child in psutil.Process().children(recursive=True):
                if child.name() == "pulumi":
                    child.kill()
            for child in psutil.process_iter(["cmdline", "environ"]):
                if self.folder.as_posix() in str((child.info["environ"] or {}).get("BINDER_DEPLOY_REHEARSAL")):
                    child.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            yield
        finally:
            killer.join()

    def names(self, *types: str) -> list[str]:
        return [record.name for record in self.cloud.read().of_type(*types)]


@pytest.fixture
def stage(tmp_path: Path, tools: Mapping[str, Path]) -> Iterator[Stage]:
    for folder in ("bin", "state", "home", "tmp", "pulumi", "work"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(tools["pulumi"])
    for name in ("gcp", "aws"):
        shim = tmp_path / "bin" / f"pulumi-resource-{name}"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m binder_deploy.rehearsal.clouds.{name} "$@"\n')
        shim.chmod(0o755)
    cloud = CloudFile(tmp_path / "cloud.json")
    with cloud.transaction() as now:
        given.project(now, PROJECT, (*given.ALWAYS_ON, "compute.googleapis.com"))
    Record(id="test", folder=tmp_path, pid=os.getpid(), started="", binaries={}, cloud=cloud.path).save()
    made = Stage(tmp_path, cloud)
    with applied(made.environ):
        yield made


def nothing_else() -> list[Any]:
    raise AssertionError("what has a name of its own is found by it")


@pytest.mark.system
def test_what_was_made_and_not_reported_is_taken_in_and_removed_in_the_end(stage: Stage) -> None:
    engine = stage.engine()
    stage.breaks(Fault("create", "compute/network", "created-but-not-reported"))
    error = stage.fails(engine)
    assert "connection reset" in str(error)
    assert settle(engine, NAME, error.creations, nothing_else) == Settled(adopted=("net",))
    assert engine.up(lambda event: None).changes == {"create": 1, "same": 3}
    engine.destroy(lambda event: None)
    assert stage.names("compute/network", "compute/subnetwork") == []


@pytest.mark.system
def test_what_failed_and_was_not_made_is_left_to_the_next_run(stage: Stage) -> None:
    engine = stage.engine()
    stage.breaks(Fault("create", "compute/network", "500"))
    assert settle(engine, NAME, stage.fails(engine).creations, nothing_else) == Settled()
    assert engine.up(lambda event: None).changes == {"create": 2, "same": 2}


@pytest.mark.system
def test_what_has_our_name_and_not_our_mark_never_enters_the_state(stage: Stage) -> None:
    engine = stage.engine()
    with stage.cloud.transaction() as cloud:
        id = f"projects/{PROJECT}/global/networks/demo-net"
        cloud.add("compute/network", id, {"name": "demo-net"}, {"name": "demo-net", "description": "theirs"}, "given")
    error = stage.fails(engine)
    settled = settle(engine, NAME, error.creations, nothing_else)
    assert settled.adopted == ()
    (foreign,) = settled.foreign
    assert (foreign.kind, foreign.id, foreign.resource) == ("compute/network", id, "net")
    engine.destroy(lambda event: None)
    assert stage.names("compute/network") == ["demo-net"]


@pytest.mark.system
def test_after_a_kill_the_state_tells_what_was_begun_and_it_is_taken_in(stage: Stage) -> None:
    engine = stage.engine()
    stage.breaks(Fault("create", "compute/network", "created-but-not-reported", hang_s=60))
    with stage.killed_once(lambda: stage.names("compute/network")):
        stage.fails(engine)
    assert [r["type"] for r in noted(engine.exported())] == ["gcp:compute/network:Network"]
    engine = stage.engine()
    assert settle(engine, NAME, (), nothing_else) == Settled(adopted=("net",))
    assert noted(engine.exported()) == ()
    engine.destroy(lambda event: None)
    assert stage.names("compute/network") == []


@pytest.mark.system
def test_what_was_gone_when_a_removal_was_killed_is_made_anew(stage: Stage) -> None:
    engine = stage.engine()
    engine.up(lambda event: None)
    stage.breaks(Fault("delete", "compute/subnetwork", "created-but-not-reported", hang_s=60))
    with stage.killed_once(lambda: not stage.names("compute/subnetwork")), pytest.raises(EngineError):
        engine.destroy(lambda event: None)
    engine = stage.engine()
    assert set(engine.preview(lambda event: None).changes) == {"same"}, "the engine alone does not see it"
    recheck(engine, lambda event: None)
    assert engine.up(lambda event: None).changes == {"create": 1, "same": 3}
    assert stage.names("compute/subnetwork")


@pytest.mark.system
@pytest.mark.slow
def test_what_the_cloud_numbers_is_found_by_its_tags(stage: Stage) -> None:
    with stage.cloud.transaction() as cloud:
        aws_given.account(cloud, "123456789012")
    engine = stage.engine(on_amazon)
    for type in ("ec2/vpc", "ec2/routeTableAssociation", "ec2/route"):
        stage.breaks(Fault("create", type, "created-but-not-reported"))
    found = stage.settles(engine, lambda: aws_leftovers(stage.cloud.read()))
    assert found == {"net", "tie", "out"}
    assert set(engine.up(lambda event: None).changes) == {"same"}
    engine.destroy(lambda event: None)
    assert stage.cloud.read().of_type("ec2/vpc", "ec2/route", "ec2/routeTableAssociation") == []


@pytest.mark.system
def test_no_name_of_a_rehearsal_is_masked_as_a_secret(stage: Stage) -> None:
    with stage.cloud.transaction() as cloud:
        aws_given.account(cloud, "123456789012")
        access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
        cloud.add("eks/cluster", "demo", {}, {"name": "demo", "accessConfig": access}, "given")
    engine = stage.engine(that_admits)
    engine.configure_secrets({"oauth": STAND_IN_SECRET})
    stage.breaks(Fault("create", "eks/accessEntry", "created-but-not-reported"))
    error = stage.fails(engine)
    assert settle(engine, NAME, error.creations, nothing_else) == Settled(adopted=("admin",))
    assert set(engine.up(lambda event: None).changes) == {"same"}


@pytest.mark.system
@pytest.mark.slow
def test_what_may_be_made_twice_is_found_by_what_it_is_called(stage: Stage) -> None:
    with stage.cloud.transaction() as cloud:
        given.project(cloud, PROJECT, (*given.ALWAYS_ON, "billingbudgets.googleapis.com", "monitoring.googleapis.com"))
    engine = stage.engine(that_tells)
    stage.breaks(Fault("create", "monitoring/notificationChannel", "created-but-not-reported"))
    stage.breaks(Fault("create", "billing/budget", "created-but-not-reported"))
    assert stage.settles(engine, lambda: gcp_leftovers(stage.cloud.read())) == {"mail", "budget"}
    assert len(stage.names("monitoring/notificationChannel", "billing/budget")) == 2
    engine.destroy(lambda event: None)
    assert stage.names("monitoring/notificationChannel", "billing/budget") == [], "nobody goes on getting mail"


REACHED = {"gcp:serviceaccount/key:Key"}
"""What would be of no use: nobody has the private part of a key whose answer was lost. It goes with its account."""
TIES = {"aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation"}
"""What an import asks for by another id than it has."""


def test_every_kind_that_a_deployment_makes_can_be_found_again() -> None:
    kinds = {**gcp(lambda: pytest.fail("no cluster")).kinds, **aws(lambda: pytest.fail("no cluster")).kinds}
    assert set(IDS) | set(PREFIXES) <= {*kinds, "aws:ec2/securityGroup:SecurityGroup"}
    assert {t for t, kind in kinds.items() if not kind.upsert} - set(IDS) - set(PREFIXES) == REACHED
    assert {t for t, kind in kinds.items() if kind.upsert} == REPEATABLE
    values = {
        "project": "p", "region": "r", "location": "l", "name": "n", "repositoryId": "n", "accountId": "account",
        "router": "router", "managedZone": "zone", "type": "A", "cluster": "c", "clusterName": "c", "prefix": "n",
        "nodeGroupName": "g", "addonName": "a", "principalArn": "arn:p", "policyArn": "arn:q", "zoneId": "Z",
        "__account": "account",
    }  # fmt: skip
    for type in set(IDS) - TIES:
        assert id_of(type, values) == kinds[type].id(values), type


def test_a_mark_is_a_label_a_description_or_what_something_hangs_on() -> None:
    network, pool, record = (
        "gcp:compute/network:Network",
        "gcp:container/nodePool:NodePool",
        "gcp:dns/recordSet:RecordSet",
    )
    assert is_ours(network, {"description": f"{MARK} "}, NAME, ())
    assert not is_ours(network, {"description": f"{MARK}-2"}, NAME, ())
    assert is_ours("x", {"effectiveLabels": {"binder-deploy": NAME}}, NAME, ())
    assert not is_ours("x", {"labels": {"binder-deploy": "other"}, "tags": None}, NAME, ())
    assert is_ours(pool, {"cluster": "projects/p/clusters/demo"}, NAME, {"demo"})
    assert not is_ours(pool, {"cluster": "other"}, NAME, {"demo"})
    assert is_ours(record, {"rrdatas": ["192.0.2.1"]}, NAME, {"192.0.2.1"})
    assert not is_ours(record, {"rrdatas": ["192.0.2.1", "192.0.2.2"]}, NAME, {"192.0.2.1"})
    assert not is_ours(record, {"rrdatas": []}, NAME, {"192.0.2.1"})
    assert is_ours("aws:ec2/route:Route", {"routeTableId": "rtb-1"}, NAME, {"rtb-1"})
    assert is_ours("gcp:billing/budget:Budget", {"displayName": "demo-budget"}, NAME, ())
    assert not is_ours("gcp:billing/budget:Budget", {"displayName": "another-budget"}, NAME, ())


def test_a_number_alone_is_no_id_where_it_counts_within_a_cluster() -> None:
    tie = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    kind = aws(lambda: pytest.fail("no cluster")).kinds[tie]
    asked = numbered(tie, {"clusterName": "demo"}, "a-1")
    assert asked == "demo,a-1"
    assert kind.imported(CloudFile(Path("nowhere")).read(), asked) == "a-1"
    assert numbered("aws:ec2/vpc:Vpc", {}, "vpc-1") == "vpc-1"
