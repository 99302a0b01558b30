"""What MkDocs cannot know: the pages of the checks lie in `checks/pages`, where they are shipped from. On the site they
stand below `checks/`, links to them are written anew, and a check that is named is a link."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PAGES = Path(__file__).parents[2] / "checks" / "pages"
AT_THE_FORGE = "../../checks/pages/"
"""How `docs/checks/*.md` calls that folder."""
_NAMED = re.compile(
    r"^```.*?^```|^#[^\n]*|`[^`]*`|\[[^\]]*\]\([^)]*\)|(?P<id>\bBD-[A-Z]+-\d{3}\b)", flags=re.MULTILINE | re.DOTALL
)
"""Blocks, headings, code and links, which stay as they are; else the id of a check."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of every check."""
    for page in sorted(PAGES.glob("*.md")):
        files.append(File.generated(config, f"checks/{page.name}", abs_src_path=str(page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where these pages are on the site."""
    checks = posixpath.relpath("checks", posixpath.dirname(page.file.src_uri) or ".")

    def linked(found: re.Match[str]) -> str:
        name = found["id"]
        return f"[{name}]({checks}/{name}.md)" if name else found[0].replace(AT_THE_FORGE, f"{checks}/")

    return _NAMED.sub(linked, markdown)
