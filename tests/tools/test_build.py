"""Where no release can be had, the binary is built from its module, and nothing but the binary is left."""

from __future__ import annotations

import subprocess

import pytest

from binder_deploy.tools.acquire import acquire, installed
from binder_deploy.tools.gobuild import environment
from binder_deploy.tools.report import ToolsError

pytestmark = pytest.mark.system


def test_a_build_makes_the_locked_version_and_leaves_only_the_binary(world):
    path = acquire(["tool"], site=world.site, observe=world.events.append)["tool"]
    assert subprocess.run([path], capture_output=True, check=True).stdout == b"tool version 1.2.3\n"
    assert [tool.origin for tool in installed(world.site)] == ["build example.test/tiny/tool"]
    assert not world.site.work.exists()
    assert not world.site.build.exists()


def test_the_progress_of_a_build_counts_packages_up_to_the_total(world):
    # A flag that no earlier build had: every package is compiled, so that `go build -v` names some.
    graph_folder = world.root / "tiny"
    (graph_folder / "tool" / "main.go").write_text(
        (graph_folder / "tool" / "main.go").read_text() + f"\n// {world.root}\n"
    )
    acquire(["tool"], site=world.site, observe=world.events.append)
    builds = [event for event in world.events if event.step == "build"]
    assert builds[0].done == 0
    assert builds[-1].done == builds[-1].total > 0
    assert all(0 <= event.done <= event.total and event.expected for event in builds)


def test_several_tools_of_a_graph_are_built_by_one_call(world):
    world.fake_go(f"echo build >> {world.root}/calls")
    assert set(acquire(["tool", "packed"], site=world.site)) == {"tool", "packed"}
    assert (world.root / "calls").read_text() == "build\n"


def test_the_caches_of_go_are_private_unless_the_user_names_their_own(world):
    world.gocache = ""
    assert environment(world.site)["GOCACHE"] == str(world.site.build / "gocache")
    world.gocache = "/the/users"
    assert environment(world.site)["GOCACHE"] == "/the/users"


def test_what_the_user_set_for_go_does_not_change_what_is_built(world):
    site = world.site
    meddled = {
        **site.environment,
        "GOFLAGS": "-mod=vendor",
        "GOOS": "plan9",
        "CGO_ENABLED": "1",
        "GOWORK": "/x",
    }
    made = environment(type(site)(**{**vars(site), "environment": meddled}))
    assert (made["GOOS"], made["CGO_ENABLED"], made["GOWORK"]) == ("linux", "0", "off")
    assert "vendor" not in made["GOFLAGS"]


def test_a_build_that_fails_names_its_log_and_the_compilers_words(world):
    (world.root / "tiny" / "tool" / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(ToolsError, match="undefined: missing") as caught:
        acquire(["tool"], site=world.site)
    (log,) = caught.value.logs
    assert "undefined: missing" in log.read_text()
    assert str(log) in str(caught.value)


def test_the_error_lists_every_way_and_what_to_do(world):
    world.minimum = "99.0"
    with pytest.raises(ToolsError) as caught:
        acquire(["tool"], site=world.site)
    assert [attempt.way for attempt in caught.value.attempts] == ["PATH", "release", "build"]
    text = str(caught.value)
    assert "PATH: not there" in text
    assert "answers 404" in text
    assert "99.0 is needed" in text
    assert "no-such-wheel-of-go" in text
    assert "HTTPS_PROXY" in text


def test_the_error_for_some_tools_does_not_lose_the_others(world, server):
    server.publish_packed(b"the binary")
    world.minimum = "99.0"
    with pytest.raises(ToolsError) as caught:
        acquire(["tool", "packed"], site=world.site)
    assert {attempt.tool for attempt in caught.value.attempts} == {"tool"}
    assert [tool.name for tool in installed(world.site)] == ["packed"]


def test_a_tool_that_the_lock_does_not_name_is_a_key_error(world):
    with pytest.raises(KeyError, match="hammer"):
        acquire(["hammer"], site=world.site)


def test_a_cache_that_cannot_be_written_is_said_with_the_way_out(world):
    (world.root / "cache").write_text("a file where the folder should be")
    with pytest.raises(ToolsError, match="BINDER_DEPLOY_CACHE"):
        acquire(["tool"], site=world.site)
