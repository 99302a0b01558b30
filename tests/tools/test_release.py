"""A release is used only whole and only if its published checksum agrees."""

from __future__ import annotations

import socket
import stat

import pytest

from binder_deploy.tools.acquire import acquire
from binder_deploy.tools.report import ToolsError

pytestmark = pytest.mark.system

TOOL = "/v1.2.3/tool-here"


def without_go(world):
    """Leave the shell and nothing else on PATH: then a release is the only way."""
    folder = world.root / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    world.path = str(folder)


def test_a_release_whose_checksum_agrees_is_installed_executable_and_then_found_without_asking(world, server):
    server.publish()
    path = acquire(["tool"], site=world.site, observe=world.events.append)["tool"]
    assert path.read_bytes() == server.files[TOOL]
    assert path.stat().st_mode & stat.S_IXUSR
    assert world.steps()[-1] == "install"
    asked = list(server.asked)
    assert acquire(["tool"], site=world.site)["tool"] == path
    assert server.asked == asked


def test_a_member_of_an_archive_is_verified_by_githubs_digest_when_there_is_no_checksums_file(world, server):
    server.publish_packed(b"the binary")
    path = acquire(["packed"], site=world.site)["packed"]
    assert path.read_bytes() == b"the binary"
    assert path.name == "packed"


def test_a_wrong_checksum_is_never_installed(world, server):
    without_go(world)
    server.publish(digest="ab" * 32)
    with pytest.raises(ToolsError, match="published is abab"):
        acquire(["tool"], site=world.site)
    assert not world.site.folder(world.site.lock.binaries["tool"]).exists()


def test_without_a_published_checksum_a_release_is_not_even_fetched(world, server):
    without_go(world)
    server.publish()
    del server.files["/v1.2.3/SUMS"]
    with pytest.raises(ToolsError, match="no checksum to verify it by"):
        acquire(["tool"], site=world.site)
    assert TOOL not in server.asked


def test_a_release_that_says_another_version_is_refused(world, server):
    without_go(world)
    server.publish(b"#!/bin/sh\necho tool version 1.2.30\n")
    with pytest.raises(ToolsError, match=r"it says 'tool version 1\.2\.30'"):
        acquire(["tool"], site=world.site)


def test_a_transfer_that_breaks_off_once_is_tried_again(world, server):
    server.publish()
    server.cut[TOOL] = 1
    assert acquire(["tool"], site=world.site)["tool"].read_bytes() == server.files[TOOL]
    assert server.asked.count(TOOL) == 2


def test_a_transfer_that_keeps_breaking_off_leaves_nothing(world, server):
    without_go(world)
    server.publish()
    server.cut[TOOL] = 9
    with pytest.raises(ToolsError, match="was cut off"):
        acquire(["tool"], site=world.site)
    assert not list(world.site.tools.rglob("tool/*"))
    assert not world.site.work.exists()


def test_a_host_that_does_not_answer_is_asked_once_for_all_tools(world, server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    world.base = f"http://127.0.0.1:{port}"
    without_go(world)
    with pytest.raises(ToolsError) as caught:
        acquire(["tool", "packed"], site=world.site, observe=world.events.append)
    assert world.steps().count("unreachable") == 1
    assert str(caught.value).count("cannot be reached") == 2


def test_a_platform_without_a_release_is_said_so(world, server):
    without_go(world)
    world.platforms = '{ "darwin/arm64" = { platform = "here" } }'
    with pytest.raises(ToolsError, match="there is none for linux/amd64"):
        acquire(["tool"], site=world.site)
    assert server.asked == []
