"""Writes `binder.yaml`: what was answered and what follows, each with a comment, judged before it is written."""

from __future__ import annotations

import io
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from binder_deploy.cli.wizard.answers import Answers, values
from binder_deploy.cli.wizard.document import document
from binder_deploy.cli.wizard.questions import QUESTIONS
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.schema import json_schema
from binder_deploy.stacks.local_site import FOLDER, work_folder

SCHEMA_NAME = "schema.json"
HEAD = f"""\
# yaml-language-server: $schema={FOLDER}/{SCHEMA_NAME}
# Settings of a BinderHub. What is not here has a default: `binder-deploy config show` lists all of them,
# `binder-deploy config schema` explains each.
"""
_DERIVED = {
    "platform.control_plane": "Enough for some days, and free of charge for one cluster.",
    "platform.pools.user": "Nodes for people's servers: as many at the most as all of them need.",
    "binder.per_repo": "Servers of one repository at one time.",
    "hub.placeholders": "Places kept free, so that launches do not wait for a node.",
    "hub.culling": "When a server is stopped.",
}
"""Path → comment, of what no question has as its own setting."""


def text_of(answers: Answers) -> str:
    """The file's text. Raises `SettingsError` for answers that do not make settings."""
    given = values(answers)
    data = document(given)
    # Two questions may be of one setting, each for another choice before it.
    comments = {question.path: question.why for question in QUESTIONS if question.when(given)} | _DERIVED
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(_commented(data, "", comments), out)
    text = HEAD + out.getvalue()
    parse(text)
    return text


def write(file: Path, answers: Answers) -> Settings:
    """Write the settings, and the schema that editors read. Raises `SettingsError`, `FileExistsError`, `OSError`."""
    text = text_of(answers)
    schema = work_folder(file.resolve().parent) / SCHEMA_NAME
    schema.write_text(_schema(), encoding="utf-8")
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    try:
        if file.exists():
            raise FileExistsError(file)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return parse(text, file.name)


@cache
def _schema() -> str:
    return json.dumps(json_schema(), indent=1) + "\n"


def _commented(data: dict[str, Any], path: str, comments: dict[str, str]) -> CommentedMap:
    found = CommentedMap()
    depth = path.count(".") + 1 if path else 0
    for key, value in data.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            found[key] = _commented(value, inner, comments)
        else:
            found[key] = _flow(value) if isinstance(value, list) else value
        if comment := comments.get(inner):
            found.yaml_set_comment_before_after_key(key, before=comment, indent=2 * depth)
        elif not path and data and key != next(iter(data)):
            found.yaml_set_comment_before_after_key(key, before="\n")
    return found


def _flow(value: list[Any]) -> CommentedSeq:
    found = CommentedSeq(value)
    found.fa.set_flow_style()
    return found
