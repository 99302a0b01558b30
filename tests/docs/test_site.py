"""The site is built from the pages without a warning, whole, and asks nobody else for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(
        [*command, "--config-file", str(ROOT / "docs" / "site" / "mkdocs.yml")],
        capture_output=True,
        text=True,
        check=False,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": ""},
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder


@pytest.mark.system
def test_every_page_is_on_the_site(site: Path) -> None:
    pages = {file.relative_to(ROOT / "docs").with_suffix("") for file in (ROOT / "docs").rglob("*.md")}
    pages |= {Path("checks") / file.stem for file in (ROOT / "checks" / "pages").glob("*.md")}
    built = {file.relative_to(site).with_suffix("") for file in site.rglob("*.html")}
    assert {page.parent / "index" if page.name == "README" else page for page in pages} <= built


@pytest.mark.system
def test_the_page_of_every_check_can_be_reached(site: Path) -> None:
    index = (site / "checks" / "index.html").read_text(encoding="utf-8")
    for page in (ROOT / "checks" / "pages").glob("*.md"):
        assert f'href="{page.stem}.html"' in index, page.name


@pytest.mark.system
def test_a_check_that_is_named_is_a_link(site: Path) -> None:
    page = (site / "howto" / "failure.html").read_text(encoding="utf-8")
    assert 'href="../checks/BD-REG-005.html"' in page
    assert "--explain BD-POD-002" in re.sub("<[^>]*>", "", page)  # a command stays one


@pytest.mark.system
def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(r"<(?:link|script|img|iframe)\b[^>]*?(?:href|src)=\"(https?:)?//[^\"]*\"")
    for page in site.rglob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), page.name
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8"), sheet.name
