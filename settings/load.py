"""From `binder.yaml` to `Settings`: every problem at once, each with its path and a near miss.

Nothing here repeats a value from the file: what stands in the wrong place may be a password.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from binder_deploy.settings import migrations
from binder_deploy.settings.errors import Problem, SettingsError
from binder_deploy.settings.model import Settings

FILE_NAME = "binder.yaml"
LOCK_NAME = "binder.lock.yaml"


def load(path: Path) -> Settings:
    """Read and validate the settings in a file. Raises `SettingsError` with every problem found."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError.one(
            path.name,
            "there is no such file here",
            "run in the deployment's folder, name it with --file, or make one: `binder-deploy init`",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError.one(path.name, f"cannot be read ({type(error).__name__})") from None
    return parse(text, path.name)


def parse(text: str, name: str = FILE_NAME) -> Settings:
    """The settings in a YAML text; `name` is how errors call the file."""
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SettingsError.one(name, f"is not valid YAML{where}: {_plain(error.problem)}") from None
    except YAMLError:
        raise SettingsError.one(name, "is not valid YAML") from None
    if not isinstance(data, dict):
        raise SettingsError.one(name, "is empty or not a mapping", "see examples/gke.yaml")
    if migrations.needed(data.get(migrations.VERSION)):  # read as it will be; `upgrade` rewrites the file
        data = YAML(typ="safe", pure=True).load(migrations.migrated(text)[0])
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(list(_problems(error))) from None


def _plain(problem: str | None) -> str:
    """What YAML says, without the quoted piece of the file that it may end with."""
    return re.sub(r"[\"'].*", "…", problem or "syntax error")


def _problems(error: ValidationError) -> Iterator[Problem]:
    for item in error.errors(include_input=False, include_context=False, include_url=False):
        path, owner = _locate(item["loc"])
        match item["type"]:
            case "extra_forbidden":
                yield Problem(path, "unknown key", _near_miss(str(item["loc"][-1]), owner))
            case "missing":
                yield Problem(path, "is missing", _documentation(owner, str(item["loc"][-1])))
            case "string_pattern_mismatch":
                yield Problem(path, "has the wrong form", _documentation(owner, str(item["loc"][-1])))
            case "union_tag_invalid" | "union_tag_not_found":
                yield Problem(f"{path}.kind", "is missing or unknown", _kinds(owner, path))
            case "value_error":
                message = item["msg"].removeprefix("Value error, ")
                yield Problem(path or "binder.yaml", message)
            case _:
                yield Problem(path, item["msg"][:1].lower() + item["msg"][1:])


def _locate(loc: Sequence[int | str]) -> tuple[str, type[BaseModel] | None]:
    """Dotted path of an error, without the tags of unions, and the model that holds its last part."""
    model: type[BaseModel] | None = Settings
    candidates: list[type[BaseModel]] = []
    parts: list[str] = []
    owner: type[BaseModel] | None = Settings
    for part in loc:
        tagged = [c for c in candidates if _tag(c) == part]
        if tagged and (model is None or part not in _fields(model)):
            model, candidates = tagged[0], []
            continue
        owner = model
        parts.append(_printable(part) if isinstance(part, str) else str(part))
        field = _fields(model).get(str(part)) if model else None
        candidates = list(_models(field.annotation)) if field else [] if isinstance(part, str) else candidates
        model = candidates[0] if len(candidates) == 1 else None
    return ".".join(parts), owner


def _printable(key: str) -> str:
    """A key as it may be shown: a long or odd one may be a value that slipped."""
    return key if re.fullmatch(r"[A-Za-z_][-\w]{0,39}", key) else "<key>"


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation: `Annotated[A | B, …]`, `tuple[A, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _tag(model: type[BaseModel]) -> str | None:
    kind = model.model_fields.get("kind")
    values = get_args(kind.annotation) if kind else ()
    return str(values[0]) if values else None


def _near_miss(key: str, owner: type[BaseModel] | None) -> str:
    known = list(_fields(owner)) if owner else []
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(known)}" if known else ""


def _documentation(owner: type[BaseModel] | None, key: str) -> str:
    """The first sentence of a field's documentation: what to write there."""
    field = _fields(owner).get(key) if owner else None
    text = " ".join((field.description or "").split()) if field else ""
    return text.split(". ")[0].rstrip(".")


def _kinds(owner: type[BaseModel] | None, path: str) -> str:
    field = _fields(owner).get(path.rsplit(".", 1)[-1]) if owner else None
    tags = [tag for model in _models(field.annotation) if (tag := _tag(model))] if field else []
    return f"write one of: {', '.join(tags)}" if tags else ""
