"""Of somebody's kubeconfig only the one context is taken, and it works from another folder."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import Configuration
from kubernetes.config import load_kube_config

from binder_deploy.ops.kubeconfig import extract, write
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.existing import Existing

TWO = """
apiVersion: v1
kind: Config
current-context: production
clusters:
- {name: prod, cluster: {server: "https://prod.example.org", certificate-authority: pki/ca.crt}}
- {name: lab, cluster: {server: "https://lab.example.org"}}
users:
- {name: admin, user: {client-certificate: pki/admin.crt, client-key: pki/admin.key}}
- {name: me, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [lab]}}}
contexts:
- {name: production, context: {cluster: prod, user: admin, namespace: web}}
- {name: lab, context: {cluster: lab, user: me}}
"""


def platform(context: str, kubeconfig: Path | None = None) -> Existing:
    return Existing(kind="existing", context=context, kubeconfig=kubeconfig)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "home" / "config"
    found.parent.mkdir()
    found.write_text(TWO)
    return found


def test_only_the_named_context_is_taken(file: Path) -> None:
    text = extract(platform("lab", file), file.parent, {})
    content: dict[str, Any] = json.loads(text)
    assert content["current-context"] == "lab"
    assert [[e["name"] for e in content[kind]] for kind in ("clusters", "users", "contexts")] == [
        ["lab"],
        ["me"],
        ["lab"],
    ]
    assert "prod" not in text and "admin" not in text


def test_paths_are_whole_so_that_the_copy_works_elsewhere(file: Path) -> None:
    content = json.loads(extract(platform("production", file), file.parent, {}))
    home = file.parent
    assert content["clusters"][0]["cluster"]["certificate-authority"] == str(home / "pki/ca.crt")
    assert content["users"][0]["user"]["client-key"] == str(home / "pki/admin.key")
    helper = json.loads(extract(platform("lab", file), file.parent, {}))["users"][0]["user"]["exec"]
    assert Path(helper["command"]) == home / "bin/login"


def test_a_relative_path_starts_in_the_deployments_folder(file: Path, tmp_path: Path) -> None:
    assert extract(platform("lab", Path("home/config")), tmp_path, {})


def test_several_files_are_merged_as_kubectl_does(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(
        TWO.replace("lab.example.org", "shadowed.example.org").replace("name: lab, context", "name: new, context")
    )
    environ = {"KUBECONFIG": os.pathsep.join([str(file), str(tmp_path / "missing"), str(other)])}
    content = json.loads(extract(platform("new"), tmp_path, environ))
    assert content["clusters"][0]["cluster"]["server"] == "https://lab.example.org"


def test_the_client_takes_it(file: Path, tmp_path: Path) -> None:
    write(tmp_path / "kubeconfig", extract(platform("lab", file), file.parent, {}))
    settings = Configuration()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kubernetes.config.kube_config.KubeConfigLoader._load_from_exec_plugin", lambda self: False)
        load_kube_config(config_file=str(tmp_path / "kubeconfig"), client_configuration=settings)
    assert settings.host == "https://lab.example.org"


def test_nobody_else_may_read_the_copy(tmp_path: Path) -> None:
    write(tmp_path / "kubeconfig", "{}")
    assert stat.S_IMODE((tmp_path / "kubeconfig").stat().st_mode) == 0o600
    assert [f.name for f in tmp_path.iterdir()] == ["kubeconfig"]


@pytest.mark.parametrize(
    ("context", "text", "expected"),
    [
        ("laboratory", TWO, r"platform\.context: .*; write one of lab, production"),
        ("lab", TWO.replace("name: lab, cluster:", "name: gone, cluster:"), r"platform\.context: .* a cluster that"),
        ("lab", "users: [{name: me, user: {token: s3cret", r"platform\.kubeconfig: .* cannot be read"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_the_file_shown(
    file: Path, context: str, text: str, expected: str
) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=expected) as caught:
        extract(platform(context, file), file.parent, {})
    assert "s3cret" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"platform\.kubeconfig: there is no kubeconfig at .*nowhere"):
        extract(platform("lab", Path("nowhere")), tmp_path, {})
