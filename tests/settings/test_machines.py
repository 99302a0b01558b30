"""What a machine leaves for pods is its cloud's formula; an unknown machine is named with what was probably meant."""

from __future__ import annotations

import pytest

from binder_deploy.settings.machines import GIB, MIB, UnknownMachineError, ec2
from binder_deploy.settings.machines.gce import machine, names, reserved_memory


@pytest.mark.parametrize(
    ("name", "millicpu", "memory"),
    [
        # GiB: the documented formula, worked out by hand.
        ("e2-standard-4", 3920, 13.3),
        ("e2-standard-8", 7910, 28.34),
        ("n1-standard-1", 940, 2.72),
        ("e2-medium", 940, 2.9),
        ("n2-highmem-16", 15890, 118.58),
    ],
)
def test_allocatable_follows_what_gke_documents(name: str, millicpu: int, memory: float) -> None:
    left = machine(name).allocatable
    assert left.millicpu == millicpu
    assert left.memory / GIB == pytest.approx(memory, rel=0.005)
    assert left.pods == 110


def test_reserved_memory_follows_every_step() -> None:
    assert reserved_memory(600 * MIB) == 255 * MIB
    assert reserved_memory(4 * GIB) == 1 * GIB
    assert reserved_memory(8 * GIB) == int(1.8 * GIB)
    assert reserved_memory(16 * GIB) == int(2.6 * GIB)
    assert reserved_memory(128 * GIB) == int(9.32 * GIB)
    assert reserved_memory(228 * GIB) == int(11.32 * GIB)


@pytest.mark.parametrize("name", names())
def test_every_known_machine_leaves_something_and_not_more_than_it_has(name: str) -> None:
    known = machine(name)
    assert 0 < known.allocatable.millicpu < known.vcpus * 1000
    assert 0 < known.allocatable.memory < known.memory


def test_a_custom_machine_is_read_from_its_name() -> None:
    custom = machine("n2-custom-6-10240")
    assert (custom.vcpus, custom.memory) == (6, 10 * GIB)


@pytest.mark.parametrize("name", ["e2-standard-5", "e2-standart-4", "e2-highmem-32"])
def test_an_unknown_machine_is_answered_with_a_near_one(name: str) -> None:
    with pytest.raises(UnknownMachineError, match=r"did you mean .*e2-"):
        machine(name)


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "pods", "gpus"),
    [
        ("m6i.xlarge", 4, 16, 58, 0),
        ("m6i.2xlarge", 8, 32, 58, 0),
        ("m7a.medium", 1, 4, 8, 0),
        ("c5.9xlarge", 36, 72, 234, 0),
        ("c7i.large", 2, 4, 29, 0),
        ("r5.4xlarge", 16, 128, 110, 0),  # 234 addresses; managed node groups stop at 110 below 30 vCPU
        ("r7a.48xlarge", 192, 1536, 250, 0),
        ("t3.medium", 2, 4, 17, 0),
        ("g4dn.12xlarge", 48, 192, 234, 4),
        ("g5.48xlarge", 192, 768, 250, 8),
    ],
)
def test_instance_types_have_what_amazon_documents(name: str, vcpus: int, gib: int, pods: int, gpus: int) -> None:
    known = ec2.machine(name)
    assert (known.vcpus, known.memory // GIB, known.allocatable.pods, known.gpus) == (vcpus, gib, pods, gpus)


def test_eks_reserves_by_the_number_of_pods() -> None:
    left = ec2.machine("m6i.xlarge").allocatable
    assert left.millicpu == 3920
    # 16 GiB without the 7.5 % that never reach the node, 255 MiB + 58 x 11 MiB, and the eviction threshold.
    assert left.memory / MIB == pytest.approx(16384 * 0.925 - 893 - 100, abs=1)


def test_whole_prefixes_lift_the_limit_of_addresses() -> None:
    assert ec2.machine("m6i.xlarge", prefixes=True).allocatable.pods == 110
    assert ec2.machine("m6i.12xlarge", prefixes=True).allocatable.pods == 250
    assert ec2.machine("t3.nano", prefixes=True).allocatable.pods == 34


@pytest.mark.parametrize("name", ec2.names())
def test_every_known_instance_leaves_something_and_not_more_than_it_has(name: str) -> None:
    known = ec2.machine(name)
    assert 0 < known.allocatable.millicpu < known.vcpus * 1000
    assert 0 < known.allocatable.memory < known.memory


@pytest.mark.parametrize("name", ["m6i.3xlarge", "m6i-xlarge", "m5.48xlarge"])
def test_an_unknown_instance_is_answered_with_a_near_one(name: str) -> None:
    with pytest.raises(UnknownMachineError, match=r"did you mean .*m\d"):
        ec2.machine(name)
