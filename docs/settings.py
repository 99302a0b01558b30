"""Writes `docs/settings.md`, every setting of `binder.yaml`, from the JSON schema that `config schema` prints.

    python docs/settings.py

A test holds the page to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from binder_deploy.settings.schema import json_schema

TARGET = Path(__file__).with_name("settings.md")
Schema = Mapping[str, Any]
MISSING = object()

INTRO = """# Settings

Written by `docs/settings.py` from the schema that `binder-deploy config schema` prints. Unknown keys are refused, all
problems are told at once, each with its path. `binder-deploy config show` writes yours with every default filled in.

A *secret* is never written into the file, only where it is kept: `env:VARIABLE`, or `file:PATH` (relative to the
file). A *quantity* is Kubernetes' word for an amount: `2Gi`, `500M`. `[]` behind a path means: of each in a list.
Where a section says "with `kind: …`", the setting belongs to that kind alone."""


def reference() -> str:
    """The page's text."""
    schema = json_schema()
    definitions = schema["$defs"]
    parts = [INTRO, "", "## The file", "", *_table(_top(schema, definitions))]
    for name, field in schema["properties"].items():
        kinds = _kinds(field, definitions)
        if not kinds:
            continue
        parts += ["", f"## {name}", "", _line(field.get("description") or _only(kinds).get("description", ""))]
        for kind, model in kinds.items():
            rows = list(_rows(model, definitions, name, _defaults(field), top=True))
            if kind:
                parts += ["", f"### {name}, kind: {kind}", "", _line(model.get("description", ""))]
            if rows:
                parts += ["", *_table(rows)]
    return "\n".join(line for line in parts if line is not None) + "\n"


Row = tuple[str, str, str, str]


def _top(schema: Schema, definitions: Schema) -> Iterator[Row]:
    for name, field in schema["properties"].items():
        kinds = _kinds(field, definitions)
        what = f"[section](#{name})" if kinds else _type(field, definitions)
        default = "**required**" if name in schema["required"] else "" if kinds else _shown(field.get("default"))
        meaning = field.get("description") or (_only(kinds).get("description", "") if kinds else "")
        yield f"`{name}`", what, default, _line(meaning)


def _rows(model: Schema, definitions: Schema, prefix: str, defaults: Any, *, top: bool = False, kind: str = "") -> Any:
    """Every setting below a section, in the file's order. `defaults`: what the section is if it is left out."""
    for name, field in model["properties"].items():
        path, note = f"{prefix}.{name}", f"With `kind: {kind}`. " if kind else ""
        if name == "kind":
            if top and "const" in field:
                need = "this one" if "default" in field else "**required**"
                yield f"`{path}`", f"`{field['const']}`", need, "Which kind of section this is."
            elif top:
                yield f"`{path}`", _type(field, definitions), "**required**", "Which kind of section this is."
            continue
        own = defaults.get(name, MISSING) if isinstance(defaults, Mapping) else MISSING
        default = field.get("default", MISSING) if own is MISSING else own
        kinds = _kinds(field, definitions)
        required = name in model.get("required", ()) and own is MISSING
        shown = "**required**" if required else _shown(None if default is MISSING else default)
        text = note + _line(field.get("description", ""))
        if not kinds:
            yield f"`{path}`", _type(field, definitions), shown, text
            continue
        listed = field.get("type") == "array"
        inner = f"{path}[]" if listed else path
        if len(kinds) > 1:
            choice = ", ".join(f"`{each}`" for each in kinds)
            usual = f"`{default['kind']}`" if isinstance(default, Mapping) and "kind" in default else shown
            yield f"`{inner}.kind`", choice, usual, text
        elif text or listed or default is None:
            yield f"`{path}`", "list of sections" if listed else "section", "none" if default is None else "", text
        for each, sub in kinds.items():
            mark = each if len(kinds) > 1 else kind
            same = isinstance(default, Mapping) and default.get("kind", each) == each
            yield from _rows(sub, definitions, inner, default if same else MISSING, kind=mark)


def _kinds(field: Schema, definitions: Schema) -> dict[str, Schema]:
    """Models that a field may hold, by their `kind` (empty where there is only one)."""
    found: list[Schema] = []
    for option in (field, *field.get("anyOf", ()), *field.get("oneOf", ()), field.get("items", {})):
        if "$ref" in option:
            found.append(definitions[option["$ref"].rsplit("/", 1)[-1]])
        elif option is not field and "oneOf" in option:
            found += _kinds(option, definitions).values()
    models = [model for model in found if "properties" in model]
    return {_kind(model) if len(models) > 1 else "": model for model in models}


def _kind(model: Schema) -> str:
    field = model["properties"]["kind"]
    return str(field.get("const") or " or ".join(field["enum"]))


def _only(kinds: Mapping[str, Schema]) -> Schema:
    return next(iter(kinds.values())) if len(kinds) == 1 else {}


def _defaults(field: Schema) -> Any:
    return field.get("default", MISSING)


def _type(field: Schema, definitions: Schema) -> str:
    """What may be written, in words."""
    if options := [o for o in field.get("anyOf", ()) if o.get("type") != "null"]:
        return " or ".join(_type(option, definitions) for option in options)
    if "$ref" in field:
        return _type(definitions[field["$ref"].rsplit("/", 1)[-1]], definitions)
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    pattern = field.get("pattern", "")
    match field.get("type"):
        case "array":
            return f"list of {_plural(_type(field['items'], definitions))}"
        case "object":
            return "mapping"
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "whole number" + _bounds(field)
        case "number":
            return "number" + _bounds(field)
    if pattern.startswith("^(env:"):
        return "secret"
    if "Ki|Mi" in pattern:
        return "quantity"
    return {"ipv4network": "IPv4 range", "ipv4": "IPv4 address", "path": "path"}.get(field.get("format", ""), "text")


def _plural(kind: str) -> str:
    return {"text": "texts", "secret": "secrets"}.get(kind, kind)


def _bounds(field: Schema) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if "exclusiveMinimum" in field:
        return f", above {field['exclusiveMinimum']:g}"
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    return f", from {low:g}" if low is not None else ""


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if value in ("", [], {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _line(text: str) -> str:
    """Documentation as one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _table(rows: Any) -> list[str]:
    return [
        "| setting | what it may be | left out | meaning |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |".replace("  |", " |") for row in rows),
    ]


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
