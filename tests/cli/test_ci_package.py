"""A workflow installs what wrote it, from where that came: in an index the name may be a stranger's."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from binder_deploy.cli.ci import package
from binder_deploy.cli.flows.errors import Refused

GIT = {"url": "https://forge.example.org/o/r", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c"}}
WHEEL = {"url": "https://files.example.org/binder_deploy-1.2.3-py3-none-any.whl", "archive_info": {}}


def came_from(monkeypatch: pytest.MonkeyPatch, origin: object) -> None:
    text = None if origin is None else json.dumps(origin)
    found = SimpleNamespace(version="1.2.3", read_text=lambda _file: text)
    monkeypatch.setattr(package, "distribution", lambda _name: found)


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        pytest.param(None, "binder-deploy==1.2.3", id="an index"),
        pytest.param(GIT, "binder-deploy @ git+https://forge.example.org/o/r@0a1b2c", id="a repository"),
        pytest.param(WHEEL, f"binder-deploy @ {WHEEL['url']}", id="a file elsewhere"),
    ],
)
def test_a_job_installs_it_from_where_it_came(
    monkeypatch: pytest.MonkeyPatch, origin: object, requirement: str
) -> None:
    came_from(monkeypatch, origin)
    assert package.installed() == requirement


def test_a_folder_of_this_machine_is_refused_with_what_to_say_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    came_from(monkeypatch, {"url": "file:///home/o/binder-deploy", "dir_info": {}})
    with pytest.raises(Refused, match="--package 'binder-deploy @ git"):
        package.installed()
