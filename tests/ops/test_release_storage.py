"""The teardown waits for what the cluster's controllers must remove, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.ops.release_storage import ClusterSilent, await_released
from binder_deploy.settings.leftovers import Leftover

Answers = list[tuple[int, dict[str, Any]]]


def service(name: str, namespace: str = "traefik", kind: str = "LoadBalancer") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"type": kind}}


def volume(name: str, claimed_from: str, storage_class: str = "demo-disk", policy: str = "Delete") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "storageClassName": storage_class,
            "persistentVolumeReclaimPolicy": policy,
            "claimRef": {"namespace": claimed_from, "name": "hub-db-dir"},
        },
    }


@pytest.fixture
def wait(serve: Callable[..., str], tmp_path: Path) -> Callable[..., tuple[Leftover, ...]]:
    """Waits for a cluster whose lists change with every look."""

    def run(services: Answers, volumes: Answers, timeout_s: float = 5, **more: Any) -> tuple[Leftover, ...]:
        def answer(path: str, query: dict[str, str]) -> tuple[int, Any]:
            rest = services if path == "/api/v1/services" else volumes
            return rest.pop(0) if len(rest) > 1 else rest[0]

        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": serve(answer)}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(json.dumps(config))
        return await_released(kubeconfig, classes={"demo-disk"}, timeout_s=timeout_s, every_s=0.01, **more)

    return run


def items(*objects: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"items": list(objects)}


def test_it_waits_until_load_balancers_and_disks_are_gone(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    seen: list[list[str]] = []
    left = wait(
        [items(service("entrypoint")), items()],
        [items(volume("pv-1", "binder")), items(volume("pv-1", "binder")), items()],
        observe=lambda remaining, elapsed: seen.append([one.name for one in remaining]),
    )
    assert left == ()
    assert seen == [["traefik/entrypoint", "pv-1"], ["pv-1"], []]


def test_what_is_not_ours_is_not_waited_for(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    others = items(service("web", "theirs"), service("hub", "binder", "ClusterIP"))
    assert wait([others], [items(volume("pv-2", "theirs", "standard"))]) == ()


def test_a_disk_of_another_class_is_ours_by_its_claim(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    (left,) = wait([items()], [items(volume("pv-3", "binder", "standard-rwo"))], timeout_s=0.03)
    assert left.command == "kubectl -n binder delete pvc hub-db-dir"


def test_a_disk_that_is_kept_for_ever_is_told_and_not_waited_for(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    (left,) = wait([items()], [items(volume("pv-4", "binder", policy="Retain"))], timeout_s=60)
    assert (left.kind, left.name) == ("PersistentVolume", "pv-4")
    assert "keeps it for ever" in left.reason
    assert left.command == "kubectl delete pv pv-4"


def test_a_control_plane_that_is_away_for_a_moment_is_asked_again(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    assert wait([(503, {"message": "starting"}), items()], [items()]) == ()


def test_silence_is_not_taken_for_released(wait: Callable[..., tuple[Leftover, ...]]) -> None:
    with pytest.raises(ClusterSilent):
        wait([(503, {"message": "away"})], [items()], timeout_s=0.03)
