"""The JSON schema of `binder.yaml`, for editors: first line `# yaml-language-server: $schema=…`."""

from __future__ import annotations

from typing import Any

from binder_deploy.settings.model import Settings


def json_schema() -> dict[str, Any]:
    """Draft 2020-12, with the settings' documentation as descriptions."""
    schema = Settings.model_json_schema(by_alias=True)
    # Filled in by the model where the platform has a registry of its own.
    schema["required"] = [name for name in schema["required"] if name != "registry"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "binder-deploy settings",
    }
