"""What is in the tree is in the wheel, and the tree's claims about itself hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = set(PYPROJECT["tool"]["setuptools"]["package-dir"].values())


def test_every_package_is_shipped() -> None:
    packages = {
        f"binder_deploy.{file.parent.relative_to(ROOT).as_posix().replace('/', '.')}"
        for room in ROOMS
        for file in (ROOT / room).rglob("__init__.py")
    }
    assert packages == set(PYPROJECT["tool"]["setuptools"]["packages"])


def test_no_module_lies_outside_a_package() -> None:
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            assert (file.parent / "__init__.py").exists(), file


def test_every_page_that_a_document_links_to_exists() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "adr").glob("0*.md"):
        assert page.name in index
