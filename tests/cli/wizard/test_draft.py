"""The draft of an interrupted conversation, the file that comes of a finished one, and the command that repeats it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from binder_deploy.cli.wizard.answers import Answer, Origin, with_defaults
from binder_deploy.cli.wizard.equivalent import equivalent
from binder_deploy.cli.wizard.judge import judge
from binder_deploy.cli.wizard.questions import BY_NAME
from binder_deploy.cli.wizard.saved import forget, save, saved
from binder_deploy.cli.wizard.write import text_of, write
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse

GIVEN = {
    "platform": "existing", "context": "o'clock $HOME", "deployment": "lab", "owner": "ada", "address": "domain",
    "domain": "lab.example.org", "email": "ops@example.org", "registry": "ghcr", "registry-namespace": "lab",
    "registry-user": "bot",
}  # fmt: skip


def answers(**more: str) -> dict[str, Answer]:
    said = {**GIVEN, **{name.replace("_", "-"): value for name, value in more.items()}}
    return with_defaults({name: Answer(value, Origin.ASKED) for name, value in said.items()})


def test_a_draft_comes_back_as_it_was_without_what_flags_said(tmp_path: Path) -> None:
    said = answers() | {"owner": Answer("eve", Origin.FLAG), "email": Answer("e@example.org", Origin.ENVIRONMENT)}
    save(tmp_path, said)
    found = saved(tmp_path)
    assert found == {name: answer for name, answer in said.items() if name not in ("owner", "email")}
    assert (tmp_path / ".binder-deploy" / ".gitignore").read_text() == "*\n"
    forget(tmp_path)
    assert saved(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "answers": {}}', '{"version": 1, "answers": {"owner": 1}}'])
def test_a_draft_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".binder-deploy").mkdir()
    (tmp_path / ".binder-deploy" / "answers.json").write_text(text)
    assert saved(tmp_path) == {}


def test_a_secret_is_no_answer(tmp_path: Path) -> None:
    found = judge(BY_NAME["registry-password"], "hunter2", answers(), tmp_path)
    assert "never the secret itself" in found.errors[0].message
    assert not judge(BY_NAME["registry-password"], "env:REGISTRY_PASSWORD", answers(), tmp_path).errors


def test_the_file_says_what_was_answered_and_why(tmp_path: Path) -> None:
    file = tmp_path / "binder.yaml"
    settings = write(file, answers(use="workshop", people="25", access="github", client_id="x", organizations="a, b:c"))
    text = file.read_text()
    assert parse(text) == settings
    assert text.startswith("# yaml-language-server: $schema=.binder-deploy/schema.json\n")
    for name in ("domain", "people", "registry-namespace"):
        assert f"# {BY_NAME[name].why}\n" in text
    assert "organizations: [a, 'b:c']" in text or "organizations: [a, b:c]" in text
    assert settings.binder.per_repo == 25
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".binder.yaml")] == []
    with pytest.raises(FileExistsError):
        write(file, answers())
    assert file.read_text() == text


def test_answers_that_make_no_settings_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        write(tmp_path / "binder.yaml", answers(email="nobody"))
    assert not (tmp_path / "binder.yaml").exists()


def test_the_equivalent_command_says_the_same_through_a_shell() -> None:
    said = answers(users="", access="github", client_id="x", organizations="lab")
    words = shlex.split(equivalent("init", Path("other dir/b.yaml"), said).replace("\\\n", " "))
    assert words[:5] == ["binder-deploy", "init", "--yes", "--file", "other dir/b.yaml"]
    flags = dict(word.removeprefix("--").split("=", 1) for word in words[5:])
    given = {name: Answer(value, Origin.FLAG) for name, value in flags.items()}
    assert text_of(with_defaults(given)) == text_of(said)
    assert flags["context"] == "o'clock $HOME"
    assert "certificates" not in flags  # a default that nobody is asked about
