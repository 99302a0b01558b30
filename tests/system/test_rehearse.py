"""The main job, whole: from nothing to removed, on real parts."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from binder_deploy.checks.catalogue import CATALOGUE

pytestmark = pytest.mark.system

Settings = Callable[[Callable[[dict[str, Any]], None]], Path]


def processes_of(cache: Path) -> list[str]:
    """Command lines that name the cache of this test."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(cache) in part for part in process.cmdline()):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def nothing_is_left(cache: Path) -> bool:
    return not processes_of(cache) and not list((cache / "rehearsals").glob("*"))


def test_the_example_goes_from_nothing_to_removed_in_time_and_memory(rehearsed: Any) -> None:
    ended = rehearsed.ended
    assert ended.code == 0, ended.err
    phases = {phase["name"]: phase for phase in ended.json["phases"]}
    assert all(phase["result"] == "done" for phase in phases.values())
    assert phases["leftovers"]["note"] == "nothing is left"
    assert not ended.json["checks"]["blocked"]
    assert "a simulated controller failed" not in ended.err
    assert ended.seconds < 120
    assert ended.peak_bytes < 4 * 2**30
    assert nothing_is_left(rehearsed.cache)


def test_a_second_up_changes_nothing(rehearsed: Any) -> None:
    (again,) = [phase for phase in rehearsed.ended.json["phases"] if phase["name"] == "again"]
    assert again["note"] == "nothing to change"


def test_staged_certificates_become_trusted_ones_and_stay_so(rehearsed: Any) -> None:
    phases = [(phase["name"], phase["note"]) for phase in rehearsed.ended.json["phases"]]
    names = [name for name, _ in phases]
    # The ledger, the component and the certificate; the issuer is another one.
    assert ("certify", "3 updated, 1 replaced") in phases
    assert names[names.index("certify") - 1] == names[names.index("certify") + 1] == "checks"
    assert phases[names.index("certify") + 2] == ("again", "nothing to change")


def test_played_facts_are_never_passed(rehearsed: Any) -> None:
    outcomes = {o["id"]: o for o in rehearsed.ended.json["checks"]["outcomes"]}
    for check in ("BD-STO-003", "BD-TLS-001", "BD-TLS-002", "BD-ING-004"):
        assert (outcomes[check]["verdict"], outcomes[check].get("reason")) == ("skipped", "simulated"), check


def test_every_check_of_a_deployment_was_asked(rehearsed: Any) -> None:
    asked = rehearsed.ended.json["checks"]["outcomes"]
    assert len({o["id"] for o in asked}) == len(CATALOGUE)
    assert [o["id"] for o in asked if o["verdict"] == "skipped" and o["reason"] == "unknown"] == []


def test_stand_ins_are_told_before_anything_is_made_with_them(rehearsed: Any) -> None:
    played, said = rehearsed.ended.json["stand_ins"], rehearsed.ended.err
    assert ("note: stand-ins for" in said) == bool(played)
    if played:
        assert said.index("note: stand-ins for") < said.index("set the stage")


def test_nothing_is_written_into_the_deployments_folder(rehearsed: Any) -> None:
    assert [p.name for p in rehearsed.folder.iterdir()] == ["binder.yaml"]


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        (lambda d: d.update(nmae="x"), 2, ["nmae: unknown key", "did you mean name?"]),
        (
            lambda d: d["platform"]["pools"]["core"].update(machine="e2-standard-2", max=1),
            4,
            ["platform.pools.core.m", "Fix:"],
        ),
        (lambda d: d["hub"].update(storage_class="fast"), 4, ["hub.storage_class", "Fix:"]),
    ],
    ids=["unknown key", "core pool too small", "missing StorageClass"],
)
def test_what_cannot_work_ends_before_anything_is_made(
    change: Callable[[dict[str, Any]], None],
    code: int,
    expected: list[str],
    run: Any,
    settings_file: Settings,
    cache: Path,
) -> None:
    ended = run("rehearse", "--json", "--file", str(settings_file(change)))
    assert ended.code == code, ended.err
    assert code == 2 or ended.json["checks"]["blocked"], "a machine is told as well"
    for words in expected:
        assert words in " ".join(ended.err.split()), ended.err
    assert "creating" not in ended.err
    assert nothing_is_left(cache)


def test_an_archive_with_a_wrong_digest_is_refused_by_name(run: Any, tmp_path: Path, settings_file: Settings) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    archive = "binderhub-1.0.0-0.dev.git.3506.hba24eb2a.tgz"
    (bundle / archive).write_bytes(b"not what upstream published")
    ended = run("rehearse", "--bundle", str(bundle), "--file", str(settings_file(lambda d: None)))
    assert ended.code == 4, ended.err
    assert archive in ended.err
    assert "restore the recorded archive" in " ".join(ended.err.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda d: (d["hub"].update(storage_class="fast"), d.update(checks={"ignore": ["BD-SET-007"]})),
            ["BD-STO-002", "hub.storage_class"],
        ),
        (
            lambda d: (
                d.update(
                    charts={"binder-service": {"values": {"binderhub": {"resources": {"requests": {"cpu": 60}}}}}},
                    checks={"ignore": ["BD-SET-001", "BD-SET-002", "BD-SET-003", "BD-SET-004"]},
                ),
            ),
            ["BD-POD-001", "platform.pools.core"],
        ),
    ],
    ids=["missing StorageClass", "pod that no node can hold"],
)
def test_waiting_in_vain_ends_with_the_reason(
    change: Callable[[dict[str, Any]], None], expected: list[str], run: Any, settings_file: Settings, cache: Path
) -> None:
    ended = run("rehearse", "--file", str(settings_file(change)))
    assert ended.code == 4, ended.err
    for words in expected:
        assert words in ended.err, ended.err
    assert ended.seconds < 120
    assert nothing_is_left(cache)


@pytest.mark.slow
def test_an_interrupt_ends_cleanly_and_says_so(start: Any, cache: Path) -> None:
    process = start("rehearse")
    _wait_for(process, "creating gcp NodePool")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert nothing_is_left(cache)


@pytest.mark.slow
def test_a_kept_rehearsal_can_be_looked_at_and_ended(run: Any, cache: Path) -> None:
    ended = run("rehearse", "--keep", "--json")
    assert ended.code == 0, ended.err
    kept = ended.json["kept"]
    folder = cache / "rehearsals" / kept
    assert (folder / "kubeconfig").exists()
    assert f"KUBECONFIG={folder.resolve()}" in ended.err
    assert processes_of(cache)
    assert run("rehearse", "--end", kept).code == 0
    assert nothing_is_left(cache)


def _wait_for(process: subprocess.Popen[str], words: str, timeout_s: float = 90) -> None:
    assert process.stderr is not None
    deadline = time.monotonic() + timeout_s
    for line in process.stderr:
        if words in line:
            return
        assert time.monotonic() < deadline
    raise AssertionError(f"ended before {words!r}")
