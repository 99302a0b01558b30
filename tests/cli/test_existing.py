"""The flows' own decisions about a cluster that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from binder_deploy.cli.flows import existing
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.real import record_to
from binder_deploy.settings.surroundings import KEY, Surroundings

FOUND = Surroundings(cluster="uid-1", ingress_class="nginx", cert_manager=True, storage_class="fast")


class Stack:
    """What is asked of an engine."""

    def __init__(self, value: str | None, *types: str) -> None:
        self._value, self._types = value, types

    def value(self, key: str) -> str | None:
        assert key == KEY
        return self._value

    def resources(self) -> tuple[dict[str, Any], ...]:
        return tuple({"type": type_, "custom": ":component:" not in type_} for type_ in self._types)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says which cluster the context leads to."""
    return lambda uid: monkeypatch.setattr(existing, "identity", lambda kubeconfig: uid)


def test_what_was_found_counts_as_long_as_something_of_ours_is_there(cluster: Any, tmp_path: Path) -> None:
    cluster("uid-1")
    assert existing.recorded(Stack(FOUND.text(), "kubernetes:core/v1:Namespace"), tmp_path) == FOUND  # type: ignore[arg-type]
    for stack in (Stack(None, "kubernetes:core/v1:Namespace"), Stack(FOUND.text())):
        assert existing.recorded(stack, tmp_path) is None  # type: ignore[arg-type]


def test_a_context_that_leads_elsewhere_is_refused(cluster: Any, tmp_path: Path) -> None:
    cluster("uid-2")
    with pytest.raises(Refused, match=r"platform\.context leads to another cluster"):
        existing.recorded(Stack(FOUND.text(), "kubernetes:core/v1:Namespace"), tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "record"),
    [
        ("192.0.2.1", "A  192.0.2.1"),
        ("2001:db8::1", "AAAA  2001:db8::1"),
        ("lb.example.org", "CNAME  lb.example.org."),
        ("", "A  (the address of the cluster's ingress controller)"),
    ],
)
def test_the_record_fits_the_address(address: str, record: str) -> None:
    assert record_to(address) == record
