"""Lists of what an account has; where they cannot be had, a person types the answer, and reads why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from binder_deploy.cli.wizard.offers import aws, look_up
from binder_deploy.cli.wizard.offers.domains import holds
from binder_deploy.cli.wizard.offers.look_up import Lists
from binder_deploy.cli.wizard.question import Option

GKE = {
    "platform": "gke", "project": "demo-project", "region": "europe-west1", "zone": "europe-west1-b", "address": "ip",
    "deployment": "campus", "owner": "ada", "email": "ops@example.org", "use": "permanent", "people": "60",
}  # fmt: skip
EKS = {name: value for name, value in GKE.items() if name != "project"} | {
    "platform": "eks",
    "account": "123456789012",
    "region": "eu-central-1",
    "zone": "eu-central-1a",
}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # a second for each test
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never-in-a-message")
    with mock_aws():
        yield boto3


@pytest.mark.system
def test_amazon_offers_what_the_account_has(amazon: Any) -> None:
    zones = amazon.client("route53", region_name="us-east-1")
    ids = {
        name: zones.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].rpartition("/")[2]
        for name in ("example.org", "elsewhere.org")
    }

    def values(name: str, **more: str) -> list[str]:
        return [option.value for option in aws.LISTS[name]({**EKS, **more})]

    assert values("accounts") == ["123456789012"]
    assert "eu-central-1" in values("regions")
    assert values("zones") == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    assert "m6i.2xlarge" in values("machines")
    found = aws.LISTS["hosted-zones"]({**EKS, "domain": "campus.example.org"})
    assert list(found) == [Option(ids["example.org"], "example.org")]


def test_a_cloud_that_is_silent_is_waited_for_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    asked: list[str] = []

    def slow(name: str, given: Any) -> Sequence[Option]:
        asked.append(name)
        time.sleep(2)
        return ()

    monkeypatch.setattr(look_up, "_ask", slow)
    lists = Lists(tmp_path, said.append, patience_s=0.05)
    found = lists.get("regions", GKE)
    assert found.note == "Google could not be asked: no answer within 0 s."
    assert Option("europe-west1") in found.options  # what is known without asking
    assert lists.get("zones", GKE).options == ()
    assert asked == ["regions"]
    assert len(said) == 1


def test_a_refusal_is_told_and_the_next_list_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    def refused(name: str, given: Any) -> Sequence[Option]:
        if name == "zones":
            return [Option("europe-west1-b")]
        raise PermissionError("Compute Engine API is switched off\nand so on")

    monkeypatch.setattr(look_up, "_ask", refused)
    lists = Lists(tmp_path, said.append)
    assert lists.get("regions", GKE).note == "Google could not be asked: Compute Engine API is switched off."
    assert lists.get("zones", GKE).options == [Option("europe-west1-b")]


def test_machines_show_room_nodes_and_price_and_only_what_the_zone_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    there = [Option("e2-standard-8"), Option("n2-standard-8")]
    monkeypatch.setattr(look_up, "_ask", lambda name, given: there)
    found = Lists(tmp_path, said.append).get("machines", GKE)
    assert [option.value for option in found.options] == ["e2-standard-8", "n2-standard-8"]
    assert "8 vCPU" in found.options[0].words
    assert "27 servers,  3 nodes, $0.29/h" in found.options[0].words
    monkeypatch.setattr(look_up, "_ask", lambda name, given: ())
    everything = Lists(tmp_path, said.append).get("machines", EKS)
    assert "m6i.2xlarge" in [option.value for option in everything.options]
    assert everything.note == "AWS shows none."


def test_a_list_is_asked_for_again_when_the_answers_before_it_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    monkeypatch.setattr(look_up, "_ask", lambda name, given: [Option(f"{given['region']}-b")])
    lists = Lists(tmp_path, said.append)
    for region in ("europe-west1", "us-central1", "europe-west1"):
        assert lists.get("zones", {**GKE, "region": region}).options == [Option(f"{region}-b")]
    assert len(said) == 2


def test_contexts_are_those_that_kubectl_would_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("contexts: [{name: lab}]\n")
    two.write_text("current-context: campus\ncontexts: [{name: campus}, {name: lab}]\n")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}:{tmp_path / 'three'}")
    lists = Lists(tmp_path, said.append)
    existing = {"platform": "existing"}
    assert [option.value for option in lists.get("contexts", existing).options] == ["lab", "campus"]
    assert [o.value for o in lists.get("contexts", {**existing, "kubeconfig": "one"}).options] == ["lab"]
    assert lists.get("contexts", {**existing, "kubeconfig": "none"}).note
    assert said == []


def test_a_zone_holds_its_domain_and_those_below() -> None:
    assert holds("example.org.", "example.org")
    assert holds("example.org.", "Campus.example.org")
    assert not holds("example.org.", "badexample.org")
