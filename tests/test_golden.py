"""Pages written in the style of every known family, each beside what it holds: one test a field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.models import ArticleFound, Capture, ListingFound, Outcome, outcome_name
from crawler.extract import extract
from crawler.profile import load

GOLDEN = Path(__file__).parent / "golden"
CASES = {str(path.parent.relative_to(GOLDEN)): path.parent for path in sorted(GOLDEN.glob("*/*/expected.json"))}
FIELDS = (
    "title", "lead", "published_at", "published_raw", "updated_at", "updated_raw", "author", "source", "section",
    "language",
)  # fmt: skip


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES[name] / "expected.json").read_text("utf-8"))
    return found


def outcome_of(name: str) -> Outcome:
    told = expected(name)
    page = next(CASES[name].glob("page.*"))
    text = page.suffix == ".txt"
    capture = Capture(
        url=told["url"],
        fetched_at=datetime.fromisoformat(told["fetched"]).replace(tzinfo=UTC),
        status=200,
        headers=(("Content-Type", "text/plain" if text else "text/html; charset=utf-8"),),
        body=page.read_bytes(),
        source="text" if text else "warc",
    )
    return extract(capture, load(told["profile"]))


READ = {name: outcome_of(name) for name in CASES}
ARTICLES = [name for name in CASES if expected(name)["outcome"] == "article"]


def article(name: str) -> ArticleFound:
    found = READ[name]
    assert isinstance(found, ArticleFound), found
    return found


def test_every_family_is_here() -> None:
    families = {name.split("/")[0] for name in CASES}
    assert families >= {"A1", "A2", "B", "C", "D", "ministry", "list-form", "web-part", "document", "text"}


@pytest.mark.parametrize("name", CASES)
def test_outcome(name: str) -> None:
    assert outcome_name(READ[name]) == expected(name)["outcome"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", ARTICLES)
def test_field(name: str, field: str) -> None:
    assert getattr(article(name).article, field) == expected(name)[field]


@pytest.mark.parametrize("name", ARTICLES)
def test_body(name: str) -> None:
    found = article(name).article.body_text
    assert (found.split("\n") if found else []) == expected(name)["body"]


@pytest.mark.parametrize("name", ARTICLES)
def test_captions_and_files(name: str) -> None:
    found = article(name).article
    assert [image.caption for image in found.images] == expected(name)["captions"]
    assert [file.filename for file in found.attachments] == expected(name)["files"]


@pytest.mark.parametrize("name", [name for name in ARTICLES if expected(name)["document"]])
def test_document(name: str) -> None:
    document = article(name).document
    assert document is not None
    for field, value in expected(name)["document"].items():
        assert getattr(document, field) == value, field


@pytest.mark.parametrize("name", ARTICLES)
def test_no_document_where_there_is_none(name: str) -> None:
    assert (article(name).document is None) == (expected(name)["document"] is None)


@pytest.mark.parametrize("name", ARTICLES)
def test_html(name: str) -> None:
    for piece in expected(name).get("html_contains", ()):
        assert piece in article(name).article.body_html


@pytest.mark.parametrize("name", ARTICLES)
def test_nothing_of_the_dress(name: str) -> None:
    found = article(name).article
    for text in (found.title, found.lead or "", found.body_text, found.body_html):
        assert [phrase for phrase in expected(name)["must_not_contain"] if phrase in text] == []


@pytest.mark.parametrize("name", [name for name in CASES if expected(name)["outcome"] == "listing"])
def test_entries(name: str) -> None:
    found = READ[name]
    assert isinstance(found, ListingFound)
    assert [{"title": i.title, "date": i.date, "lead": i.lead} for i in found.items] == expected(name)["items"]
