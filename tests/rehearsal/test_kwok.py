"""The control plane listens on loopback alone, and has every stage and scheduler that a cluster needs."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from ruamel.yaml import YAML

from binder_deploy.rehearsal import kwok
from binder_deploy.rehearsal.control_plane import free_ports

BINARIES = {name: Path("/tools") / name for name in kwok.BINARIES}
PORTS = dict(zip(kwok.PORTS, range(20000, 20006), strict=True))


def test_every_component_is_ours_and_bound_to_loopback() -> None:
    first, *_ = YAML(typ="safe", pure=True).load_all(kwok.configuration(BINARIES, PORTS))
    options = first["options"]
    assert options["bindAddress"] == "127.0.0.1"
    assert options["runtime"] == "binary"
    assert {options[name] for name in kwok.BINARIES.values()} == {f"/tools/{name}" for name in kwok.BINARIES}
    assert {name: options[name] for name in kwok.PORTS} == PORTS


def test_webhook_admission_is_off_and_all_other_admission_on() -> None:
    first, *_ = YAML(typ="safe", pure=True).load_all(kwok.configuration(BINARIES, PORTS))
    arguments = {p["name"]: {a["key"]: a["value"] for a in p["extraArgs"]} for p in first["componentsPatches"]}
    disabled = arguments["kube-apiserver"]["disable-admission-plugins"].split(",")
    assert sorted(disabled) == ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"]


def test_tokens_are_accepted_only_where_somebody_has_one() -> None:
    def accepted(tokens: Path | None) -> str | None:
        first, *_ = YAML(typ="safe", pure=True).load_all(kwok.configuration(BINARIES, PORTS, tokens))
        arguments = {p["name"]: {a["key"]: a["value"] for a in p["extraArgs"]} for p in first["componentsPatches"]}
        found: str | None = arguments["kube-apiserver"].get("token-auth-file")
        return found

    assert accepted(None) is None
    assert accepted(Path("/tokens.csv")) == "/tokens.csv"


def test_all_stages_are_there_because_ours_replace_the_built_in_ones() -> None:
    _, *stages = YAML(typ="safe", pure=True).load_all(kwok.configuration(BINARIES, PORTS))
    names = {stage["metadata"]["name"] for stage in stages}
    assert names == {"node-initialize", "node-heartbeat", "pod-ready", "pod-complete", "pod-delete"}
    assert all("finalizers" not in stage["spec"]["next"] for stage in stages)


def test_the_charts_scheduler_packs_and_the_default_one_is_untouched() -> None:
    default, packing = json.loads(kwok.scheduler_configuration(["r-user-scheduler"]))["profiles"]
    assert default == {"schedulerName": "default-scheduler"}
    assert packing["schedulerName"] == "r-user-scheduler"
    assert packing["pluginConfig"][0]["args"]["scoringStrategy"]["type"] == "MostAllocated"
    score = packing["plugins"]["score"]
    assert {p["name"] for p in score["enabled"]} < {p["name"] for p in score["disabled"]}


def test_a_port_that_somebody_listens_on_is_not_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (free,) = free_ports(1)
        assert free_ports(1, candidates=[port, free]) == [free]
    assert len(set(free_ports(6))) == 6
