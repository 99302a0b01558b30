"""A binary on PATH is taken only in exactly the locked version."""

from __future__ import annotations

import pytest

from binder_deploy.tools.acquire import acquire
from binder_deploy.tools.report import ToolsError

pytestmark = pytest.mark.system


@pytest.fixture
def on_path(world):
    folder = world.root / "bin"
    folder.mkdir()
    world.path = str(folder)

    def write(name, says):
        script = folder / name
        script.write_text(f"#!/bin/sh\necho {says}\n")
        script.chmod(0o755)
        return script

    return write


def test_the_locked_version_on_path_is_used_as_it_lies(world, on_path, server):
    script = on_path("tool", "tool version 1.2.3")
    assert acquire(["tool"], site=world.site) == {"tool": script}
    assert server.asked == []
    assert not world.site.cache.exists()


@pytest.mark.parametrize("says", ["tool version 1.2.30", "tool version 1x2x3", "other tool version 1.2.3"])
def test_another_version_on_path_is_not_used(world, on_path, says):
    on_path("tool", says)
    with pytest.raises(ToolsError, match=r"PATH: .* is not version 1\.2\.3"):
        acquire(["tool"], site=world.site)


def test_a_tool_that_does_not_tell_its_version_is_never_taken_from_path(world, on_path, server):
    on_path("packed", "4.5.6")
    server.publish_packed(b"the binary")
    assert acquire(["packed"], site=world.site)["packed"].is_relative_to(world.site.tools)
