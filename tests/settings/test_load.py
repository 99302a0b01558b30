"""Every problem at once, with its path and a near miss, and never a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import load, parse

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")

SENTINEL = "hunter2"


def problems(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("machine: n2-standard-8", "machin: x", "platform.pools.user.machin: unknown key; did you mean machine?"),
        ("kind: cloud-dns, zone:", "kind: cloud-dns, zon:", "address.dns.zon: unknown key; did you mean zone?"),
        ("kind: cloud-dns, zone:", "kind: manuel, zone:", "address.dns.kind: is missing or unknown; write one of: "),
        ("zone: europe-west1-b", "zone: us-east1-b", "platform: zone must lie in the region"),
        ("owner: research-it", "ownr: research-it", "tags.owner is missing"),
        ("max: 6", "max: -1", "platform.pools.user.max:"),
        ("min: 0, max: 6", "min: 9, max: 6", "platform.pools.user: max must be at least min (9)"),
        ("min: 1, max: 3", "min: 0, max: 3", "core.min must be at least 1"),
        ("idle_minutes: 60", "idle_minutes: 5", "every_minutes must not exceed idle_minutes"),
        ("name: campus-binder", "name: Campus", "name: has the wrong form"),
        ("version: 1", "version: 2", "version:"),
        ("hub:", "hub:\n  cull: {}", "hub.cull: unknown key; did you mean culling?"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_path(old: str, new: str, expected: str) -> None:
    assert old in GKE
    assert expected in problems(GKE.replace(old, new, 1))


def test_all_problems_are_told_at_once() -> None:
    text = GKE.replace("max: 6", "max: -1").replace("owner: research-it", "owner: Research IT")
    assert problems(text).count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        GKE.replace("per_repo: 40", f"per_repo: 40\n  github_token: {SENTINEL}"),
        GKE.replace("kind: cloud-dns,", f"kind: {SENTINEL},"),
        GKE.replace("email: research-it@campus.example.org", f"email: {SENTINEL}"),
        GKE.replace("name: campus-binder", f"name: {SENTINEL}: x"),
        GKE.replace("version: 1", f"version: {SENTINEL}"),
        GKE.replace("max: 6", f"max: {SENTINEL}"),
        GKE.replace("hub:", f'hub:\n  "x {SENTINEL}": 1'),
    ],
)
def test_no_error_repeats_what_stands_in_the_file(text: str) -> None:
    assert SENTINEL not in problems(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"binder\.yaml: there is no such file"):
        load(tmp_path / "binder.yaml")


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "a: 1\na: 2"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert "binder.yaml" in problems(text)


def test_overlapping_address_ranges_are_refused() -> None:
    text = GKE.replace("  pools:", "  network: { kind: managed, nodes: 10.64.0.0/20 }\n  pools:", 1)
    assert "nodes and pods overlap" in problems(text)


def test_an_institution_may_bring_its_network() -> None:
    network = "{ kind: existing, network: n, subnetwork: s, pods_range: p, services_range: v }"
    assert parse(GKE.replace("  pools:", f"  network: {network}\n  pools:", 1)).platform.network.kind == "existing"
