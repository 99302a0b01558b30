"""What a machine leaves for pods is GKE's formula; an unknown machine is named with what was probably meant."""

from __future__ import annotations

import pytest

from binder_deploy.settings.machines import GIB, MIB, UnknownMachineError, machine, names, reserved_memory


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
