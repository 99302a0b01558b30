"""A setting carries where a secret is, and errors never carry the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.secrets import SecretRef, resolve


def test_a_variable_and_a_file_give_their_value_without_the_last_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert resolve(SecretRef("env", "T"), "x", tmp_path, {"T": "s3cret"}) == "s3cret"
    assert resolve(SecretRef("file", "token"), "x", tmp_path, {}) == "s3cret"


@pytest.mark.parametrize("ref", [SecretRef("env", "ABSENT"), SecretRef("file", "absent")])
def test_a_missing_secret_names_setting_and_remedy(ref: SecretRef, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"binder\.github_token: the secret .* is missing or empty; (export|write)"):
        resolve(ref, "binder.github_token", tmp_path, {})
