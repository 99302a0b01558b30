"""Writes rows to a deployment's `prices.yaml`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from binder_deploy.stacks.cost.prices import OWN, Row

HEAD = "# List prices, read from the cloud's own list by `binder-deploy cost --refresh`. Rows of your own may stay.\n"


def write(folder: Path, rows: Sequence[Row]) -> Path:
    """Write every row on a line of its own (JSON, which is YAML, too), in one step."""
    file = folder / OWN
    lines = (json.dumps(row.model_dump(mode="json", exclude_defaults=True)) for row in rows)
    fresh = file.with_name(f".{OWN}.new")
    fresh.write_text(HEAD + "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n", encoding="utf-8")
    fresh.replace(file)
    return file
