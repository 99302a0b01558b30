"""Every call of every kind of both clouds can be made to fail, once, and is noted as failed."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile, Fault, FaultKind, Method
from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp
from binder_deploy.rehearsal.clouds.kind import ApiError, Place
from binder_deploy.rehearsal.clouds.operations import Operations, Provider


def no_cluster() -> None:
    raise AssertionError("a call that fails starts nothing")


CLOUDS = {"gcp": gcp(no_cluster), "aws": aws(no_cluster)}  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["read", "update", "delete"])
@pytest.mark.parametrize("provider", CLOUDS.values(), ids=CLOUDS)
def test_every_call_can_fail_and_the_next_one_does_not(provider: Provider, method: Method, tmp_path: Path) -> None:
    operations = Operations(provider, CloudFile(tmp_path / "cloud.json"))
    for kind in provider.kinds.values():
        calls = {
            "read": lambda kind=kind: operations.read(kind, "x"),
            "update": lambda kind=kind: operations.update(kind, "x", {}, Place()),
            "delete": lambda kind=kind: operations.delete(kind, "x"),
        }
        for number, fault in enumerate(get_args(FaultKind)):
            words = f"fault {number} of {kind.type}"
            with operations.file.transaction() as cloud:
                cloud.faults = [Fault(method, kind.type, fault, message=words)]
                cloud.calls = []
            with pytest.raises(ApiError) as caught:
                calls[method]()
            # Of what is not there, an update is refused before its answer can be lost.
            if not (method == "update" and fault == "created-but-not-reported"):
                assert str(caught.value) == words
            if method != "update":
                calls[method]()
            assert operations.file.read().calls[0].result == str(caught.value)


def test_a_fault_that_hangs_is_done_before_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(CLOUDS["gcp"], CloudFile(tmp_path / "cloud.json"))
    waited: list[float] = []
    monkeypatch.setattr("binder_deploy.rehearsal.clouds.operations.time.sleep", waited.append)
    with operations.file.transaction() as cloud:
        cloud.faults = [Fault("delete", "compute/network", "timeout", hang_s=7.0)]
    with pytest.raises(ApiError, match="timeout while waiting"):
        operations.delete(CLOUDS["gcp"].kinds["gcp:compute/network:Network"], "x")
    assert waited == [7.0]
