"""The shipped lock agrees with the project's pins, the module graphs and itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import httpx
import pytest

from binder_deploy.tools.download import published
from binder_deploy.tools.lock import read, shipped

ROOT = Path(__file__).parents[2]
LOCK = shipped()
BINARIES = list(LOCK.binaries.values())
SERVICES = read(ROOT / "tests" / "services" / "lock.toml")


def required(graph):
    lines = (graph.folder / "go.mod").read_text().splitlines()
    words = [line.removeprefix("require ").split() for line in lines]
    return {word[0]: word[1] for word in words if len(word) > 1 and word[1].startswith("v")}


def test_the_engine_and_its_plugin_agree_with_the_pins_of_the_python_packages():
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"pulumi=={LOCK.binaries['pulumi'].version}" in pins
    assert f"pulumi-kubernetes=={LOCK.binaries['pulumi-resource-kubernetes'].version}" in pins


@pytest.mark.parametrize(
    ("tool", "module"),
    [
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        ("helm", "helm.sh/helm/v3"),
        ("kube-apiserver", "k8s.io/kubernetes"),
        ("kube-controller-manager", "k8s.io/kubernetes"),
        ("kube-scheduler", "k8s.io/kubernetes"),
        ("etcd", "go.etcd.io/etcd/server/v3"),
        ("kwok", "sigs.k8s.io/kwok"),
        ("kwokctl", "sigs.k8s.io/kwok"),
    ],
)
def test_a_release_and_a_build_of_a_tool_are_the_same_version(tool, module):
    binary = LOCK.binaries[tool]
    assert required(LOCK.graphs[binary.graph])[module] == f"v{binary.version}"


def test_the_servers_say_the_minor_version_they_are():
    _, minor, _ = LOCK.binaries["kube-apiserver"].version.split(".")
    variables = LOCK.graphs["control-plane"].variables
    assert variables["k8s.io/component-base/version.gitMinor"] == minor
    assert variables["k8s.io/component-base/version.gitVersion"] == f"v1.{minor}.3"


@pytest.mark.parametrize("binary", BINARIES, ids=lambda binary: binary.name)
def test_every_address_is_complete_for_every_platform(binary):
    for names in binary.release.platforms.values():
        names = {**names, "version": binary.version}
        for address in (binary.release.url, *binary.release.checksums):
            assert address.format(**names).startswith("https://")
            assert binary.version in address.format(**names)


def test_what_has_no_release_for_macos_is_what_kubernetes_does_not_publish():
    without = {binary.name for binary in BINARIES if "darwin/arm64" not in binary.release.platforms}
    assert without == {"kube-apiserver", "kube-controller-manager", "kube-scheduler"}


@pytest.mark.parametrize("graph", LOCK.graphs.values(), ids=lambda graph: graph.name)
def test_what_a_build_puts_in_place_is_shipped_and_of_a_module_that_is_required(graph):
    modules = required(graph)
    for copy in graph.copies:
        assert copy.module in modules
        for own in copy.put.values():
            assert (graph.folder / own).is_file()
    for folder in graph.replace.values():
        assert (graph.folder / folder / "go.mod").is_file()


def test_the_file_that_go_names_after_a_folder_gets_the_tools_name():
    assert LOCK.binaries["etcd"].built_as == "server"
    assert LOCK.binaries["pulumi-resource-kubernetes"].built_as == "kubernetes"
    assert LOCK.binaries["pulumi"].built_as == "pulumi"


def test_a_lock_that_names_no_compiler_is_built_with_ours():
    assert SERVICES.go == LOCK.go


@pytest.mark.parametrize(
    ("program", "module"),
    [("registry", "github.com/distribution/distribution/v3"), ("pebble", "github.com/letsencrypt/pebble/v2")],
)
def test_a_release_and_a_build_of_a_program_that_tests_talk_to_are_the_same_version(program, module):
    binary = SERVICES.binaries[program]
    assert required(SERVICES.graphs[binary.graph])[module] == f"v{binary.version}"


SHA = "a" * 64


@pytest.mark.parametrize(
    ("text", "kind", "digest"),
    [
        (f"{SHA}\n", "text/plain", SHA),
        (f"{SHA.upper()}  tool\n", "text/plain", SHA),
        (f"{'b' * 64}  other\n{SHA} *./tool\n", "application/octet-stream", SHA),
        (f"{'c' * 128}  tool\n", "text/plain", "c" * 128),
        (f"{'b' * 64}  other\n", "text/plain", ""),
        (f"{'b' * 64}  not-tool\n", "text/plain", ""),
        ("<html>sign in</html>", "text/html", ""),
        ("", "text/plain", ""),
        (f'{{"assets": [{{"name": "tool", "digest": "sha256:{SHA}"}}]}}', "application/json", SHA),
        ('{"assets": [{"name": "tool", "digest": null}]}', "application/json; charset=utf-8", ""),
    ],
)
def test_a_published_checksum_is_read_in_all_its_forms(text, kind, digest):
    assert published(httpx.Response(200, text=text, headers={"Content-Type": kind}), "tool") == digest
