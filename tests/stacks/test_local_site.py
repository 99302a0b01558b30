"""The engine's place in a deployment's folder, its passphrase outside of it, its tokens made once."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring

from binder_deploy.settings.state import LocalState
from binder_deploy.stacks import passphrase
from binder_deploy.stacks.backend import backend
from binder_deploy.stacks.engine import Site
from binder_deploy.stacks.local_site import work_folder
from binder_deploy.stacks.passphrase import PassphraseLost, passphrase_environ
from binder_deploy.stacks.site import closed_site, opened_site
from binder_deploy.stacks.tokens import TOKENS, missing_tokens


@pytest.fixture(autouse=True)
def without_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    monkeypatch.setattr(passphrase, "user_config_path", lambda name: tmp_path / "config" / name)
    yield
    keyring.set_keyring(before)


def tools(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / name for name in ("pulumi", "pulumi-resource-kubernetes")}


def local_site(folder: Path, tools: Mapping[str, Path]) -> Site:
    there = backend(LocalState(), "campus", work_folder(folder))
    return opened_site(closed_site(work_folder(folder), tools, there), there, None)


def test_the_work_folder_keeps_itself_out_of_version_control(tmp_path: Path) -> None:
    site = local_site(tmp_path, tools(tmp_path))
    assert (site.work / ".gitignore").read_text() == "*\n"
    assert str(tmp_path / "pulumi") in (site.root / "bin" / "pulumi").read_text()
    assert (site.root / "bin" / "pulumi-resource-kubernetes").readlink() == tmp_path / "pulumi-resource-kubernetes"


def test_the_same_folder_is_the_same_site(tmp_path: Path) -> None:
    assert local_site(tmp_path, tools(tmp_path)).environ == local_site(tmp_path, tools(tmp_path)).environ


def test_the_passphrase_lies_outside_the_deployment_for_the_owner_alone(tmp_path: Path) -> None:
    deployment = tmp_path / "deployment"
    deployment.mkdir()
    site = local_site(deployment, tools(tmp_path))
    file = Path(site.environ["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert deployment not in file.parents
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) >= 32


def test_two_deployments_do_not_share_a_passphrase() -> None:
    one, other = (passphrase_environ(name, False, {})["PULUMI_CONFIG_PASSPHRASE_FILE"] for name in ("one", "other"))
    assert Path(one).read_text() != Path(other).read_text()


def test_a_keyring_that_keeps_nothing_is_not_trusted() -> None:
    keyring.set_keyring(NullKeyring())
    file = Path(passphrase_environ("one", False, {})["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert passphrase_environ("one", True, {})["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(file)


def test_a_state_without_its_passphrase_is_refused_with_the_way_out() -> None:
    with pytest.raises(PassphraseLost, match="copy that file"):
        passphrase_environ("lost", True, {})


def test_a_given_passphrase_is_taken() -> None:
    given = {"PULUMI_CONFIG_PASSPHRASE_FILE": "/run/secrets/passphrase", "OTHER": "x"}
    assert passphrase_environ("any", True, given) == {"PULUMI_CONFIG_PASSPHRASE_FILE": "/run/secrets/passphrase"}


def test_tokens_are_made_once_and_are_what_jupyterhub_wants() -> None:
    made = missing_tokens(())
    assert set(made) == set(TOKENS)
    assert all(re.fullmatch(r"[0-9a-f]{64}", token) for token in made.values())
    assert len(set(made.values())) == len(TOKENS)
    assert missing_tokens(TOKENS) == {}
