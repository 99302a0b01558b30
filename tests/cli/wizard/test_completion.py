"""What the shell completes: instantly, from what lies on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from binder_deploy.cli.commands import completing


def test_values_come_from_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kubeconfig").write_text("contexts: [{name: lab}, {name: campus}]\n")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    assert completing.contexts("ca") == ["campus"]
    assert completing.examples("gke") == ["gke", "gke-ip-only"]
    assert "BD-SET-001" in completing.checks("bd-set")
    for name in ("20260101-120000", "20260201-120000"):
        (tmp_path / ".binder-deploy" / "backups" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert completing.backups("") == ["latest", "20260201-120000", "20260101-120000"]
    assert completing.among(["gke", "eks"])("") == ["gke", "eks"]


@pytest.mark.system
def test_a_shell_gets_them_without_an_sdk(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("contexts: [{name: lab}, {name: campus}]\n")
    for words, expected in (
        ("binder-deploy up --context ", "campus"),
        ("binder-deploy up --platform ", "existing"),
        ("binder-deploy check --only BD-SET-00", "BD-SET-001"),
        ("binder-deploy config example ", "gke-ip-only"),
    ):
        code = (
            "import sys; from binder_deploy.cli.app import run; code = run([]);"
            "heavy = [m for m in ('pulumi', 'kubernetes', 'pydantic', 'boto3', 'google.auth') if m in sys.modules];"
            "print('HEAVY', heavy)"
        )
        asked = {
            "_BINDER_DEPLOY_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split())) if words.endswith(" ") else str(len(words.split()) - 1),
            "KUBECONFIG": str(tmp_path / "kubeconfig"),
        }
        ended = subprocess.run([sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True)
        assert expected in ended.stdout.split(), ended
        assert "HEAVY []" in ended.stdout or "HEAVY" not in ended.stdout
