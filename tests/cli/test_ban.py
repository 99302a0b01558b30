"""A ban is written where the operator would write it, and nothing else of the file changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.cli import exits
from binder_deploy.cli.app import run
from binder_deploy.cli.flows.ban import edited, pattern_of
from binder_deploy.cli.flows.errors import Refused
from binder_deploy.settings.load import parse

EXAMPLES = Path(__file__).parents[2] / "examples"
SECTION = """\
version: 1   # the format
name: campus
# who pays
tags: {owner: 'it'}
binder:
  banned_repositories:
    - ^spam/.*   # mined
  max_servers: 10
"""


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        ("owner/name", "^owner/name(/.*)?$"),
        ("owner/name.github.io", "^owner/name[.]github[.]io(/.*)?$"),
        ("^owner/.*", "^owner/.*"),
        (r"(a|b)/c", r"(a|b)/c"),
    ],
)
def test_a_plain_name_is_that_repository_alone(typed: str, pattern: str) -> None:
    assert pattern_of(typed) == pattern


@pytest.mark.parametrize("typed", ["(", "a[", ".*", "^.*$", "^"])
def test_what_is_no_expression_or_bans_everything_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        pattern_of(typed)


def test_a_ban_is_added_and_comments_stay() -> None:
    text = edited(SECTION, "^bad/repo(/.*)?$", lift=False)
    kept = [line for line in text.splitlines() if "bad/repo" not in line]
    assert kept == SECTION.splitlines()
    assert edited(text, "^bad/repo(/.*)?$", lift=True) == SECTION


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_every_example_can_be_banned_in_and_is_valid_afterwards(example: Path) -> None:
    before = example.read_text(encoding="utf-8")
    text = edited(before, "^bad/repo(/.*)?$", lift=False)
    assert "^bad/repo(/.*)?$" in parse(text).binder.banned_repositories
    comments = [line.strip() for line in before.splitlines() if line.strip().startswith("#")]
    assert [line.strip() for line in text.splitlines() if line.strip().startswith("#")] == comments
    lifted = parse(edited(text, "^bad/repo(/.*)?$", lift=True))
    assert lifted.binder.banned_repositories == parse(before).binder.banned_repositories


def test_what_is_banned_already_needs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "binder.yaml"
    file.write_text(edited((EXAMPLES / "gke.yaml").read_text(), "^bad/repo(/.*)?$", lift=False))
    before = file.read_text()
    assert run(["ban", "bad/repo", "--yes", "--file", str(file)]) == exits.DONE
    assert "banned already" in capsys.readouterr().err
    assert run(["unban", "other/repo", "--yes", "--file", str(file)]) == exits.DONE
    assert file.read_text() == before
    assert run(["ban", "(", "--file", str(file)]) == exits.USAGE
