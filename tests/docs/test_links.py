"""No link leads nowhere, at the forge as on the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify


def test_every_relative_link_and_anchor_resolves(pages: Mapping[Path, Any]) -> None:
    anchors = {file: {slugify(text, "-") for text in page.headings()} for file, page in pages.items()}
    dead = []
    for file, page in pages.items():
        for link in page.inline("link_open"):
            target, _, anchor = str(link.attrs["href"]).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            there = (file.parent / target).resolve() if target else file
            if not there.exists() or (anchor and anchor not in anchors.get(there, ())):
                dead.append(f"{page.name}: {link.attrs['href']}")
    assert not dead


def test_every_check_that_is_named_has_a_page(pages: Mapping[Path, Any]) -> None:
    known = {file.stem for file in pages if file.parent.name == "pages"}
    for file, page in pages.items():
        assert set(re.findall(r"\bBD-[A-Z]+-\d{3}\b", file.read_text(encoding="utf-8"))) <= known, page.name


def test_every_picture_is_there(pages: Mapping[Path, Any]) -> None:
    pictures = [(page.file, str(image.attrs["src"])) for page in pages.values() for image in page.inline("image")]
    assert pictures
    assert all((file.parent / source).exists() for file, source in pictures)
