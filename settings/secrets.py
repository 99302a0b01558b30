"""References to secrets: `env:NAME` and `file:PATH`. Settings carry the reference, never the value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from binder_deploy.settings.errors import SettingsError

PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"


@dataclass(frozen=True)
class SecretRef:
    """Where a secret is kept; `str()` gives the reference back."""

    source: str
    """`env` or `file`."""
    target: str
    """The variable's name, or a path (relative to the deployment's folder)."""

    def __str__(self) -> str:
        return f"{self.source}:{self.target}"

    @classmethod
    def parse(cls, value: object) -> SecretRef:
        """Read `env:NAME` or `file:PATH`; anything else may be the secret itself and is never repeated."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, str) or not re.fullmatch(PATTERN, value):
            raise PydanticCustomError("secret_reference", "must be env:NAME or file:PATH, never the secret itself")
        source, _, target = value.partition(":")
        return cls(source, target)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": PATTERN}


def resolve(ref: SecretRef, path: str, folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret's value, without the newline that editors add.

    `path` is the setting that holds the reference; `folder` the deployment's. Raises `SettingsError`
    naming the path when the variable or the file is missing or empty.
    """
    if ref.source == "env":
        value = environ.get(ref.target, "")
        remedy = f"export {ref.target}=… before running the command"
    else:
        file = folder / Path(ref.target).expanduser()
        try:
            value = file.read_text(encoding="utf-8")
        except OSError:
            value = ""
        remedy = f"write the secret into {ref.target}, readable by you alone (chmod 600)"
    if not value.strip():
        raise SettingsError.one(path, f"the secret {ref} is missing or empty", remedy)
    return value.strip("\r\n")
