"""What the plugin answers must be what the SDK's classes can hold: a wrong name or a missing nested key would
only show as a missing output in somebody's program."""

from __future__ import annotations

from typing import Any

import pulumi._types as sdk_types
import pulumi_gcp as sdk
import pytest

from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.clouds.gcp import given
from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp

CLASSES = {
    "network": sdk.compute.Network,
    "subnetwork": sdk.compute.Subnetwork,
    "router": sdk.compute.Router,
    "nat": sdk.compute.RouterNat,
    "address": sdk.compute.Address,
    "cluster": sdk.container.Cluster,
    "pool": sdk.container.NodePool,
    "account": sdk.serviceaccount.Account,
    "key": sdk.serviceaccount.Key,
    "actAs": sdk.serviceaccount.IAMMember,
    "service": sdk.projects.Service,
    "role": sdk.projects.IAMMember,
    "repository": sdk.artifactregistry.Repository,
    "repositoryRole": sdk.artifactregistry.RepositoryIamMember,
    "channel": sdk.monitoring.NotificationChannel,
    "budget": sdk.billing.Budget,
    "record": sdk.dns.RecordSet,
}


@pytest.fixture
def everything(google: Any, cloud_file: CloudFile) -> dict[str, dict[str, Any]]:
    with cloud_file.transaction() as cloud:
        given.zone(cloud, "demo-project", "example", "example.org")
    made = {"network": google.network()}
    made["subnetwork"] = google.subnetwork(made["network"])
    made["router"] = google.create("router", name="router", network=made["network"]["id"])
    made["nat"] = google.create(
        "nat", name="nat", router="router", natIpAllocateOption="AUTO_ONLY",
        sourceSubnetworkIpRangesToNat="ALL_SUBNETWORKS_ALL_IP_RANGES", logConfig={"enable": True, "filter": "ALL"},
    )  # fmt: skip
    made["address"] = google.create("address", name="ip")
    made["account"] = google.create("account", accountId="demo-push")
    made["key"] = google.create("key", serviceAccountId=made["account"]["name"])
    made["cluster"] = google.create("cluster", **google.cluster_inputs(made["network"], made["subnetwork"]))
    made["pool"] = google.create(
        "pool", name="user", cluster="demo", location="europe-west1",
        autoscaling={"minNodeCount": 0, "maxNodeCount": 2},
        nodeConfig={"taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]},
    )  # fmt: skip
    made["actAs"] = google.create(
        "actAs", serviceAccountId=made["account"]["name"], role="roles/iam.workloadIdentityUser",
        member="serviceAccount:demo-project.svc.id.goog[binder/binder]",
    )  # fmt: skip
    made["service"] = google.create("service", service="dns.googleapis.com")
    made["role"] = google.create("role", project="demo-project", role="roles/viewer", member="user:me@example.org")
    made["repository"] = google.create("repository", repositoryId="images", format="DOCKER")
    made["repositoryRole"] = google.create(
        "repositoryRole", repository="images", role="roles/artifactregistry.reader", member=made["account"]["member"]
    )
    made["channel"] = google.create("channel", type="email", labels={"email_address": "me@example.org"})
    made["budget"] = google.create("budget", billingAccount="012345-6789AB-CDEF01",
                                   amount={"specifiedAmount": {"units": "100"}})  # fmt: skip
    made["record"] = google.create(
        "record", managedZone="example", name="binder.example.org.", type="A", rrdatas=["203.0.113.9"]
    )
    return made


def test_every_output_has_a_property_and_fits_its_type(everything: dict[str, dict[str, Any]]) -> None:
    assert set(everything) == set(CLASSES)
    for kind, outputs in everything.items():
        types = sdk_types.resource_types(CLASSES[kind])
        for name, value in outputs.items():
            if name == "id":
                continue
            assert name in types, f"{kind}.{name}"
            shape = sdk_types.unwrap_type(types[name])
            if isinstance(value, dict) and sdk_types.is_output_type(shape):
                sdk_types.output_type_from_dict(shape, value)


def test_every_kind_is_created_somewhere_in_these_tests(everything: dict[str, dict[str, Any]]) -> None:
    played = {kind.type for kind in gcp(lambda: pytest.fail("no control plane is needed")).kinds.values()}
    made = {f"{c.pulumi_type.split(':')[1]}" for c in CLASSES.values()}
    assert played == made
