"""The page needs nothing but itself, escapes what verdicts say, and tells everything in words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from binder_deploy.checks.model import Passed, Skipped
from binder_deploy.checks.reports import page
from binder_deploy.checks.reports.run import Run
from binder_deploy.checks.reports.words import Light, headline, light

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Sees that every element is closed, and keeps what is asked of elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: dict[str, int] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] = self.seen.get(tag, 0) + 1
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def read(run: Run) -> Reader:
    reader = Reader()
    reader.feed(page.text(run))
    reader.close()
    return reader


def test_it_is_whole_and_needs_nothing_from_elsewhere(read: Reader, run: Run) -> None:
    assert read.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(read.seen)
    assert all(link.startswith("#") and link[1:] in read.ids for link in read.links)
    assert not re.search(r"url\(|@import|https?://", page.text(run))


def test_what_a_verdict_says_is_text_and_never_markup(read: Reader, run: Run) -> None:
    text = page.text(run)
    assert "<b>bold</b>" not in text
    assert "a <b>bold</b>" in read.words
    assert "{{ x }}" in read.words


def test_every_verdict_is_told_in_words_with_its_remedy(read: Reader, run: Run) -> None:
    words = " ".join(read.words.split())
    for outcome in run.outcomes:
        assert outcome.check.title in words
        assert outcome.check.id in read.ids
    for expected in (
        "Passed", "Failed", "Warning", "Unknown", "Played", "Not needed", "Crashed",
        "Fix: make it larger", "dind 8 GiB", "campus-binder (gke)", "2026-03-04 05:06 UTC", "A rehearsal",
        "chart binderhub", "Blocked by 3 checks", "the settings or a flag said to go on",
    ):  # fmt: skip
        assert expected in words


def test_it_fits_a_phone_prints_and_has_a_dark_side(run: Run) -> None:
    text = page.text(run)
    for needed in ("width=device-width", "prefers-color-scheme: dark", "@media print", "@media (max-width"):
        assert needed in text


def test_the_light_is_green_only_for_what_was_shown(run: Run) -> None:
    assert light(run.outcomes) is Light.RED
    passed = [o for o in run.outcomes if isinstance(o.verdict, Passed)]
    played = [o for o in run.outcomes if isinstance(o.verdict, Skipped) and o.verdict.reason == "simulated"]
    unknown = [o for o in run.outcomes if isinstance(o.verdict, Skipped) and o.verdict.reason == "unknown"]
    assert light([*passed, *played]) is Light.GREEN
    assert headline(passed) == "All clear"
    assert light([*passed, *unknown]) is Light.AMBER
    assert light(played) is Light.AMBER
    assert light([]) is Light.AMBER
