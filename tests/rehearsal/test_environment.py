"""A rehearsal's programs see no credential of this machine and no server beyond it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from binder_deploy.rehearsal.environment import MARK, RemoteEndpointError, applied, is_loopback, refuse_remote, scrubbed

FOLDER = Path("/cache/rehearsals/one")

CREDENTIALS = [
    "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "GCLOUD_PROJECT", "CLOUDSDK_CONFIG",
    "CLOUDSDK_AUTH_ACCESS_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AZURE_CLIENT_SECRET", "ARM_CLIENT_ID",
    "DIGITALOCEAN_TOKEN", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_STACK",
    "HELM_REGISTRY_CONFIG", "HELM_PLUGINS", "GITHUB_TOKEN", "GH_TOKEN", "DOCKER_CONFIG", "SSH_AUTH_SOCK",
    "KUBERNETES_SERVICE_HOST",
    "SOMETHING_NOBODY_THOUGHT_OF",
]  # fmt: skip


def test_no_variable_that_is_not_named_gets_through() -> None:
    secret = "s3cr3t-and-planted"
    given = dict.fromkeys([*CREDENTIALS, "KUBECONFIG", "PULUMI_HOME", "HTTPS_PROXY", "XDG_CONFIG_HOME", "HOME"], secret)
    result = scrubbed({**given, "PATH": "/usr/bin", "LC_ALL": "C"}, FOLDER)
    assert not set(CREDENTIALS) & set(result)
    assert secret not in "".join(result.values())
    assert result["LC_ALL"] == "C"


def test_every_place_that_programs_look_into_lies_in_the_folder() -> None:
    result = scrubbed({"PATH": "/usr/bin", "HOME": "/home/somebody"}, FOLDER)
    for name in ("HOME", "TMPDIR", "KUBECONFIG", "PULUMI_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", MARK):
        assert Path(result[name]).is_relative_to(FOLDER), name
    assert result["PULUMI_BACKEND_URL"] == "file:///cache/rehearsals/one/state"
    assert result["PATH"].split(os.pathsep) == ["/cache/rehearsals/one/bin", "/usr/bin"]


def test_what_wants_to_leave_this_machine_meets_a_closed_door() -> None:
    result = scrubbed({}, FOLDER)
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        assert is_loopback(result[name])
    assert "127.0.0.1" in result["NO_PROXY"].split(",")


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "before")
    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError), applied({"ONLY": "this"}):
        assert dict(os.environ) == {"ONLY": "this"}
        raise ZeroDivisionError
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    "server", ["https://127.0.0.1:6443", "127.0.0.1:1", "https://[::1]:6443", "localhost:80", "127.9.9.9"]
)
def test_loopback_is_recognised(server: str) -> None:
    assert is_loopback(server)


@pytest.mark.parametrize(
    "server",
    [
        "https://10.0.0.1",
        "https://35.1.2.3:443",
        "127.0.0.1.example.org",
        "https://127.0.0.1@example.org",
        "",
        "0.0.0.0",  # noqa: S104
    ],
)
def test_everything_else_is_not(server: str) -> None:
    assert not is_loopback(server)


def test_a_kubeconfig_with_one_remote_cluster_is_refused() -> None:
    local = "{name: a, cluster: {server: 'https://127.0.0.1:6443'}}"
    refuse_remote(f"clusters: [{local}]")
    with pytest.raises(RemoteEndpointError, match=r"'b' is at https://34\.1\.2\.3"):
        refuse_remote(f"clusters: [{local}, {{name: b, cluster: {{server: 'https://34.1.2.3'}}}}]")
    with pytest.raises(RemoteEndpointError, match="proxy"):
        refuse_remote("clusters: [{name: a, cluster: {server: 'https://127.0.0.1', proxy-url: 'http://x'}}]")
    with pytest.raises(RemoteEndpointError, match="names no cluster"):
        refuse_remote("clusters: []")
