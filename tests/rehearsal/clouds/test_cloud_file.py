from __future__ import annotations

import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from binder_deploy.rehearsal.clouds.cloud_file import AlreadyExistsError, CloudFile, CloudFileError, Fault


def _add(path: Path, prefix: str, count: int) -> None:
    file = CloudFile(path)
    for i in range(count):
        with file.transaction() as cloud:
            cloud.add("compute/disk", f"{prefix}{i}", {}, {"name": f"{prefix}{i}"}, "controller")


def test_processes_and_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    # A process of its own has the function's text, not this module: nothing puts tests on its path.
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from binder_deploy.rehearsal.clouds.cloud_file import CloudFile\n"
        f"{inspect.getsource(_add)}\n_add(Path(sys.argv[1]), sys.argv[2], 40)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, path, f"p{n}-"]) for n in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: _add(path, f"t{n}-", 20), range(4)))

    assert [process.wait() for process in processes] == [0, 0]
    records = CloudFile(path).read().of_type("compute/disk")
    assert len(records) == 2 * 40 + 4 * 20
    assert len({r.created for r in records}) == len(records)


def test_what_fails_halfway_leaves_no_trace(tmp_path: Path) -> None:
    file = CloudFile(tmp_path / "cloud.json")
    with pytest.raises(ZeroDivisionError), file.transaction() as cloud:
        cloud.add("compute/disk", "d", {}, {}, "controller")
        raise ZeroDivisionError
    assert file.read().records == {}
    with file.transaction() as cloud:  # and the lock is free again
        cloud.add("compute/disk", "d", {}, {}, "controller")
    assert file.read().get("compute/disk", "d") is not None


def test_everything_survives_the_file(tmp_path: Path) -> None:
    file = CloudFile(tmp_path / "cloud.json")
    with file.transaction() as cloud:
        cloud.add("compute/disk", "d", {"size": 10}, {"labels": {"a": "b"}}, "controller")
        cloud.faults.append(Fault("create", "compute/*", "quota", nth=2))
        cloud.session["project"] = "demo"
        cloud.log("create", "compute/disk", "d", "ok")
        written = cloud
    assert file.read() == written


def test_a_second_record_of_one_id_is_refused(tmp_path: Path) -> None:
    with CloudFile(tmp_path / "cloud.json").transaction() as cloud:
        cloud.add("compute/disk", "d", {}, {}, "controller")
        with pytest.raises(AlreadyExistsError):
            cloud.add("compute/disk", "d", {}, {}, "engine")


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    path.write_text('{"records": [')
    with pytest.raises(CloudFileError, match=str(path)):
        CloudFile(path).read()


def test_a_fault_hits_the_call_it_is_meant_for(tmp_path: Path) -> None:
    with CloudFile(tmp_path / "cloud.json").transaction() as cloud:
        cloud.faults += [Fault("create", "compute/*", "500", nth=2), Fault("delete", "*", "403", nth=0)]
        assert cloud.fault("create", "container/cluster") is None
        assert cloud.fault("create", "compute/network") is None
        due = cloud.fault("create", "compute/address")
        assert due is not None and due.kind == "500"
        assert cloud.fault("create", "compute/address") is None
        for _ in range(2):
            always = cloud.fault("delete", "compute/network")
            assert always is not None and always.kind == "403"
