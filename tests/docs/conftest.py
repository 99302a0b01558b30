"""The pages, as their readers get them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
GENERATED = {"commands.md", "settings.md"}


@dataclass(frozen=True)
class Page:
    """A page, parsed."""

    file: Path
    tokens: tuple[Token, ...]

    @property
    def name(self) -> str:
        """Where it lies."""
        return self.file.relative_to(ROOT).as_posix()

    def inline(self, kind: str) -> Iterator[Token]:
        """Every token of a kind within paragraphs, tables and headings."""
        for token in self.tokens:
            yield from (child for child in token.children or () if child.type == kind)

    def fences(self) -> Iterator[Token]:
        """Every fenced block."""
        yield from (token for token in self.tokens if token.type == "fence")

    def headings(self) -> Iterator[str]:
        """The text of every heading."""
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "heading_open":
                yield "".join(child.content for child in token.children or ())


@pytest.fixture(scope="session")
def pages() -> dict[Path, Page]:
    """Everything that is written for people, by its file."""
    reader = MarkdownIt().enable("table")
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    return {
        file: Page(file, tuple(reader.parse(file.read_text(encoding="utf-8"))))
        for file in [*files, *(ROOT / "checks" / "pages").glob("*.md")]
    }


@pytest.fixture(scope="session")
def written(pages: dict[Path, Page]) -> list[Page]:
    """The pages that people wrote."""
    return [page for page in pages.values() if page.file.name not in GENERATED]
