"""The plugin under the real engine: a small program, up, again, refreshed and down."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi
import pulumi_gcp as sdk
import pytest
from pulumi import automation

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile, Fault
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.environment import applied, scrubbed
from binder_deploy.rehearsal.record import Record

pytestmark = pytest.mark.system

PROJECT = "demo-project"


def program() -> None:
    provider = sdk.Provider("gcp", project=PROJECT, region="europe-west1")
    opts = pulumi.ResourceOptions(provider=provider)
    api = sdk.projects.Service("compute", service="compute.googleapis.com", project=PROJECT, opts=opts)
    after = pulumi.ResourceOptions(provider=provider, depends_on=[api])
    network = sdk.compute.Network("net", name="demo-net", auto_create_subnetworks=False, opts=after)
    subnetwork = sdk.compute.Subnetwork(
        "nodes", name="demo-nodes", network=network.id, ip_cidr_range="10.10.0.0/20",
        secondary_ip_ranges=[{"range_name": "pods", "ip_cidr_range": "10.64.0.0/14"}], opts=opts,
    )  # fmt: skip
    address = sdk.compute.Address("ip", name="demo-ip", labels={"owner": "me"}, opts=after)
    account = sdk.serviceaccount.Account("push", account_id="demo-push", opts=opts)
    key = sdk.serviceaccount.Key("push", service_account_id=account.name, opts=opts)
    pulumi.export("address", address.address)
    pulumi.export("subnetwork", subnetwork.self_link)
    pulumi.export(
        "number", sdk.organizations.get_project_output(PROJECT, pulumi.InvokeOptions(provider=provider)).number
    )
    pulumi.export("key", key.private_key)


@pytest.fixture
def cloud(tmp_path: Path) -> CloudFile:
    file = CloudFile(tmp_path / "cloud.json")
    with file.transaction() as cloud:
        given.project(cloud, PROJECT, (*given.ALWAYS_ON, "iam.googleapis.com"))
    return file


@pytest.fixture
def stack(tmp_path: Path, cloud: CloudFile, tools: Mapping[str, Path]) -> Iterator[automation.Stack]:
    for folder in ("bin", "state", "home", "tmp", "pulumi", "work"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(tools["pulumi"])
    shim = tmp_path / "bin" / "pulumi-resource-gcp"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m binder_deploy.rehearsal.clouds.gcp "$@"\n')
    shim.chmod(0o755)
    Record(id="test", folder=tmp_path, pid=os.getpid(), started="", binaries={}, cloud=cloud.path).save()
    environ = scrubbed(os.environ, tmp_path)
    with applied(environ):
        yield automation.create_or_select_stack(
            stack_name="test",
            project_name="demo",
            program=program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(tmp_path / "work"),
                env_vars=environ,
                pulumi_command=automation.PulumiCommand(root=str(tmp_path), skip_version_check=True),
            ),
        )


def test_up_again_refresh_and_down_leave_nothing(stack: automation.Stack, cloud: CloudFile) -> None:
    first = stack.up()
    outputs = {name: output.value for name, output in first.outputs.items()}
    assert outputs["address"].startswith("203.0.113.")
    assert outputs["subnetwork"].endswith("/regions/europe-west1/subnetworks/demo-nodes")
    assert len(outputs["number"]) == 12
    assert first.outputs["key"].secret
    assert set(stack.up().summary.resource_changes or {}) == {"same"}
    assert set(stack.refresh().summary.resource_changes or {}) == {"same"}

    stack.destroy()
    assert {r.type for r in cloud.read().records.values()} == {"organizations/project", "projects/service"}


def test_what_a_lost_answer_left_behind_is_seen(stack: automation.Stack, cloud: CloudFile) -> None:
    with cloud.transaction() as now:
        now.faults.append(Fault("create", "compute/address", "created-but-not-reported"))
    with pytest.raises(automation.CommandError, match="connection reset by peer"):
        stack.up()
    with pytest.raises(automation.CommandError, match="Error 409: The resource 'projects/demo-project/regions/europe-"):
        stack.up()
    stack.destroy()
    assert [r.name for r in cloud.read().of_type("compute/address")] == ["demo-ip"]
