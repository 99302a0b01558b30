"""The cache never lends out a binary that is not what was put there, and holds no more than the lock names."""

from __future__ import annotations

import json
import os

from binder_deploy.tools.acquire import acquire, installed, prune


def test_a_damaged_binary_is_noticed_said_and_replaced(world, server):
    server.publish()
    path = acquire(["tool"], site=world.site)["tool"]
    before = path.stat()
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"1.2.3", b"6.6.6"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, time and inode
    assert [tool.ok for tool in installed(world.site)] == [False]
    assert acquire(["tool"], site=world.site, observe=world.events.append)["tool"].read_bytes() == sound
    assert "is damaged" in next(event.message for event in world.events if event.step == "discard")
    assert [tool.ok for tool in installed(world.site)] == [True]


def test_a_binary_without_a_receipt_is_not_trusted(world, server):
    server.publish()
    path = acquire(["tool"], site=world.site)["tool"]
    (path.parent / "receipt.json").unlink()
    acquire(["tool"], site=world.site, observe=world.events.append)
    assert "discard" in world.steps()


def test_the_receipt_tells_digest_origin_and_time(world, server):
    server.publish()
    path = acquire(["tool"], site=world.site)["tool"]
    receipt = json.loads((path.parent / "receipt.json").read_text())
    assert receipt["origin"] == f"release {server.base}/v1.2.3/tool-here"
    assert len(receipt["sha256"]) == 64
    assert receipt["when"].endswith("+00:00")


def test_prune_removes_what_the_lock_does_not_name_and_nothing_else(world, server):
    server.publish()
    path = acquire(["tool"], site=world.site)["tool"]
    old = path.parent.with_name("1.2.2-linux-amd64")
    old.mkdir()
    (old / "tool").write_bytes(b"x" * 1000)
    (world.site.build / "gocache").mkdir(parents=True)
    (world.site.build / "gocache" / "entry").write_bytes(b"x" * 500)
    assert [(tool.version, tool.wanted) for tool in installed(world.site)] == [
        ("1.2.2", False),
        ("1.2.3", True),
    ]
    assert prune(world.site) == 1500
    assert not old.exists()
    assert not world.site.build.exists()
    assert acquire(["tool"], site=world.site)["tool"] == path


def test_prune_of_a_cache_that_was_never_made_makes_none(world):
    assert prune(world.site) == 0
    assert not world.site.cache.exists()
