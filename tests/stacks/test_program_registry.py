"""A registry inside the cluster: what is made for it, in which order, and who knows which password."""

from __future__ import annotations

import json
from typing import Any

import bcrypt
import pytest

from binder_deploy.settings.model import Settings
from binder_deploy.stacks.htpasswd import htpasswd
from binder_deploy.stacks.tokens import REGISTRY_TOKENS, TOKENS, missing_tokens, tokens_of

RELEASE = "kubernetes:helm.sh/v3:Release"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
INSIDE = {"registry": {"kind": "in-cluster", "disk_gb": 50}, "tls": {"server": "production"}}
PASSWORDS = {"registryPush": "6" * 64, "registryPull": "7" * 64}


@pytest.fixture
def made(deploy: Any) -> Any:
    return deploy(config=PASSWORDS, **INSIDE)


@pytest.mark.system
def test_the_disk_is_there_before_its_pod_and_its_pod_before_the_first_build(made: Any) -> None:
    registry, claim = made.one(RELEASE, "registry-release"), made.one(CLAIM)
    assert made.one("kubernetes:storage.k8s.io/v1:StorageClass").urn in made.needs(claim)
    assert {claim.urn, made.one(POLICY).urn} <= made.needs(registry)
    assert registry.urn in made.needs(made.one(RELEASE, "binder-service-release"))


@pytest.mark.system
def test_at_the_end_the_disk_goes_after_its_pod_and_before_the_nodes(made: Any) -> None:
    pools = {r.urn for r in made.of("container/nodePool:NodePool")}
    assert len(pools) == 3
    assert pools <= made.needs(made.one(CLAIM))


@pytest.mark.system
def test_the_disk_is_as_large_as_the_settings_say_and_of_our_class(made: Any) -> None:
    spec = made.one(CLAIM).inputs["spec"]
    assert (spec["resources"]["requests"]["storage"], spec["storageClassName"]) == ("50Gi", "campus-disk")


@pytest.mark.system
def test_only_the_door_may_ask_and_the_registry_asks_nobody(made: Any) -> None:
    spec = made.one(POLICY).inputs["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in spec
    ((peer,),) = [rule["from"] for rule in spec["ingress"]]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "traefik"}
    assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "registry"


@pytest.mark.system
def test_it_has_a_place_in_the_certificate_and_its_records_where_the_zone_is_ours(deploy: Any, made: Any) -> None:
    hosts = [f"{name}.campus.example.org" for name in ("binder", "hub", "registry")]
    certificate = made.one("kubernetes:cert-manager.io/v1:Certificate")
    assert certificate.inputs["spec"]["dnsNames"] == hosts
    address = {"domain": "campus.example.org", "dns": {"kind": "cloud-dns", "zone": "z"}}
    records = deploy(config=PASSWORDS, address=address, **INSIDE).of("dns/recordSet:RecordSet")
    assert sorted(r.inputs["name"] for r in records) == [f"{host}." for host in hosts]


@pytest.mark.system
def test_the_registry_knows_hashes_and_binderhub_passwords(made: Any) -> None:
    users = made.one(RELEASE, "registry-release").inputs["values"]["value"]["secretFiles"]["htpasswd"]
    assert not any(password in users for password in PASSWORDS.values())
    known = dict(line.split(":", 1) for line in users.split())
    assert bcrypt.checkpw(PASSWORDS["registryPush"].encode(), known["binder-push"].encode())
    assert bcrypt.checkpw(PASSWORDS["registryPull"].encode(), known["binder-pull"].encode())
    binderhub = made.one(RELEASE, "binder-service-release").inputs["values"]["value"]["binderhub"]
    assert binderhub["registry"]["password"] == PASSWORDS["registryPush"]
    assert binderhub["jupyterhub"]["imagePullSecret"]["password"] == PASSWORDS["registryPull"]


@pytest.mark.system
def test_the_state_remembers_both_passwords(made: Any) -> None:
    ledger = made.one("binder-deploy:stacks:Ledger")
    assert PASSWORDS.items() <= json.loads(ledger.inputs["configuration"]["value"]).items()


def test_the_same_passwords_make_the_same_file_and_others_another() -> None:
    assert htpasswd({"a": "x" * 64}) == htpasswd({"a": "x" * 64})
    assert len({htpasswd({"a": "x" * 64})[9:31], htpasswd({"b": "x" * 64})[9:31], htpasswd({"a": "y" * 64})[9:31]}) == 3


def test_passwords_are_made_where_they_are_wanted() -> None:
    base = {
        "version": 1,
        "name": "campus",
        "tags": {"owner": "ops"},
        "platform": {"kind": "existing", "context": "there"},
        "address": {"domain": "campus.example.org"},
        "tls": {"email": "ops@example.org", "server": "staged"},
    }
    login = {"username": "bot", "password": "env:PUSH"}
    inside = Settings.model_validate({**base, "registry": {"kind": "in-cluster"}})
    outside = Settings.model_validate({**base, "registry": {"kind": "ghcr", "namespace": "campus", "push": login}})
    assert tokens_of(outside) == TOKENS
    fresh = missing_tokens(TOKENS, tokens_of(inside))
    assert set(fresh) == set(REGISTRY_TOKENS)
    assert len(set(fresh.values())) == 2
