"""Versions that change are named, the way they go is known, and nothing is newer that is partly older."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import compare
from binder_deploy.charts.compare import Move
from binder_deploy.charts.lock import Lock, Locked
from binder_deploy.charts.resolve import Prefer, Resolved, resolve
from binder_deploy.charts.save import save

from .conftest import packed

HEX = "0" * 64


def test_what_differs_is_named_what_comes_and_goes_too() -> None:
    found = compare.moves({"a": "1.0.0", "b": "v2.0.0", "c": "1.0.0"}, {"b": "2.0.0", "a": "1.1.0", "d": "3.0.0"})
    assert found == (Move("a", "1.0.0", "1.1.0"), Move("d", "", "3.0.0"), Move("c", "1.0.0", ""))
    assert [move.back for move in found] == [False, False, False]
    assert Move("binderhub", "1.0.0-0.dev.git.3990.habc", "1.0.0-0.dev.git.999.habc").back


@pytest.mark.parametrize(
    ("locked", "newer"),
    [
        ({"traefik": "41.2.0"}, True),
        ({"traefik": "41.3.0"}, False),
        ({"traefik": "42.0.0"}, False),
        ({"traefik": "41.2.0", "cert-manager": "v2.0.0"}, False),
        ({}, False),
        ({"of-another-platform": "1.0.0"}, False),
    ],
)
def test_a_newer_bundle_is_offered_only_if_all_of_it_is_newer(locked: dict[str, str], newer: bool) -> None:
    lock = Lock("x", {name: Locked(name, version, HEX, "x") for name, version in locked.items()})
    assert compare.brings_newer(bundles.load(), lock) is newer


def folder(place: Path, **versions: str) -> Path:
    place.mkdir(exist_ok=True)
    for name, version in versions.items():
        (place / f"{name.replace('_', '-')}-{version}.tgz").write_bytes(packed(name.replace("_", "-"), version))
    return place


def test_the_lock_holds_what_is_installed_and_an_upgrade_alone_moves_it(tmp_path: Path) -> None:
    three = bundles.needed(replace(bundles.load(), name="this release's"), "gke")
    place = folder(tmp_path / "old", binderhub="1.0.0-0.dev.git.1.habc", traefik="1.0.0", cert_manager="v1.0.0")

    def found(prefer: Prefer, brought: Path) -> Resolved:
        return resolve(
            lock_file=tmp_path / "binder.lock.yaml",
            folder=brought,
            cache=tmp_path / "cache",
            allow_stand_ins=False,
            bundle=three,
            prefer=prefer,
        )

    first = found("lock", place)
    (tmp_path / "binder.lock.yaml").write_text(replace(compare.lock_of(first), bundle="then").text())
    newer = folder(tmp_path / "new", binderhub="1.0.0-0.dev.git.2.habc", traefik="1.0.0", cert_manager="v1.0.0")
    stays, moves = found("lock", newer), found("folder", newer)
    assert stays.bundle == "then"
    assert compare.versions(stays)["binderhub"] == "1.0.0-0.dev.git.1.habc"
    assert stays.unused == ("binderhub-1.0.0-0.dev.git.2.habc.tgz",)
    assert stays.new_digests == ()
    assert (moves.bundle, [entry.name for entry in moves.new_digests]) == ("this release's", ["binderhub"])
    # Beside the newer ones the older may lie: an air-gapped site has its way back in one folder.
    both = folder(newer, binderhub="1.0.0-0.dev.git.1.habc")
    assert compare.versions(found("lock", both))["binderhub"] == "1.0.0-0.dev.git.1.habc"
    assert compare.versions(found("folder", both))["binderhub"] == "1.0.0-0.dev.git.2.habc"


def test_a_saved_bundle_has_its_name(tmp_path: Path) -> None:
    three = bundles.needed(replace(bundles.load(), name="2027.01"), "gke")
    place = folder(tmp_path / "old", binderhub="1.0.0-0.dev.git.1.habc", traefik="1.0.0", cert_manager="v1.0.0")
    resolved = resolve(
        lock_file=None, folder=place, cache=tmp_path / "cache", allow_stand_ins=False, bundle=three, prefer="folder"
    )
    save(resolved, tmp_path / "carried")
    assert bundles.shipped_or_in(tmp_path / "carried").name == "2027.01"
    assert bundles.shipped_or_in(place).name == "old", "a folder without a name goes by its own"
    assert bundles.shipped_or_in(None).name == bundles.load().name
