from __future__ import annotations

import pytest

from binder_deploy.charts.versions import is_version, key, same


def test_commit_counts_order_as_numbers_not_as_text() -> None:
    old, new = "1.0.0-0.dev.git.999.hffffffff", "1.0.0-0.dev.git.3983.h0000000"
    assert max(old, new, key=key) == new


def test_the_order_is_that_of_semantic_versioning() -> None:
    ordered = [
        "1.0.0-0.dev.git.3506.hba24eb2a", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11",
        "1.0.0", "v1.0.1", "1.21.0", "41.3.0",
    ]  # fmt: skip
    assert sorted([*ordered[4:], *ordered[:4]], key=key) == ordered


def test_build_metadata_and_a_leading_v_do_not_count() -> None:
    assert key("v1.21.1+standin.cabc") == key("1.21.1")
    assert same("v1.21.1", "1.21.1")


@pytest.mark.parametrize("text", ["1.0", "container-registry-helper-0.2.4", "01.2.3", "", "1.2.3-"])
def test_anything_else_is_no_version(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(ValueError, match="not a semantic version"):
        key(text)
