"""Files of a deployment that people keep: replaced whole."""

from __future__ import annotations

from pathlib import Path


def replace_file(file: Path, text: str) -> None:
    """Give a file another content, in one step: half of it would be no settings. Its mode stays, and where it is a link
    it stays one: what the link leads to is replaced."""
    place = file.resolve()
    fresh = place.with_name(f".{place.name}.new")
    fresh.write_text(text, encoding="utf-8")
    if place.exists():
        fresh.chmod(place.stat().st_mode & 0o777)
    fresh.replace(place)
