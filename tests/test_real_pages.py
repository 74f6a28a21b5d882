"""The saved real SharePoint pages beside the project: a gate. What is reached here must not fall again.

``LEAST`` pins the F1 of every page, two places, rounded down. Raise a figure when it rises; lower none.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.real_pages import capture_of, score_extract
from crawler.extract import extract
from crawler.profile import load
from tests.crawler.captures import found

LEAST = {
    "ak-dhss-monitoring": 1.0,
    "bac-kan-2019": 1.0,
    "chi-ccc-event": 1.0,
    "fmic-call": 1.0,
    "fmic-conference": 1.0,
    "fmic-contactus": 1.0,
    "fmic-family": 1.0,
    "fmic-index": 0.99,
    "fmic-site": 1.0,
    "fmic-terms": 1.0,
    "il-ilcc-event-detail": 1.0,
    "il-ilcc-hearing-schedule": 1.0,
    "nsw-health-news-20200501": 1.0,
    "pa-lcb-public-meetings": 1.0,
    "turktelekom-home": 0.69,
}


@pytest.fixture(scope="module")
def scores(real_pages: Path) -> dict[str, dict[str, Any]]:
    """Every page judged by the pages' own script."""
    judge = script(real_pages / "score.py")
    return {name: judge.run_one(score_extract, raw, kind, gold, True) for name, raw, kind, gold in judge.pages()}


def script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_pages_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mean(rows: list[dict[str, Any]], key: str) -> float:
    return sum(float(row[key]) for row in rows) / len(rows)


def test_articles_and_events(scores: dict[str, dict[str, Any]]) -> None:
    rows = [row for row in scores.values() if row["kind"] in ("article", "event")]
    assert len(rows) == 9
    assert mean(rows, "f1") >= 0.99
    assert sum(row["title_ok"] for row in rows) == 9
    assert all(row["published_ok"] for row in rows)
    assert [row["leaks"] for row in rows if row["leaks"]] == []


def test_every_page(scores: dict[str, dict[str, Any]]) -> None:
    rows = list(scores.values())
    assert [row["error"] for row in rows if row["error"]] == []
    assert mean(rows, "f1") >= 0.95
    assert {name: row["leaks"] for name, row in scores.items() if row["leaks"]} == {}
    assert all(row["published_ok"] for row in rows)


def test_no_page_sinks(scores: dict[str, dict[str, Any]]) -> None:
    assert {name: row["f1"] for name, row in scores.items() if row["f1"] < LEAST.get(name, 0.93)} == {}


def test_attachments_are_those_of_the_gold(real_pages: Path) -> None:
    for name in ("ak-dhss-monitoring", "pa-lcb-public-meetings", "fmic-conference"):
        gold = json.loads((real_pages / f"{name}.gold.json").read_text("utf-8"))
        body = (real_pages / f"{name}.html").read_bytes()
        article = found(extract(capture_of(body, gold["url"], "text/html"), load("sharepoint"))).article
        wanted = [address.rsplit("/", 1)[-1].replace("%20", " ") for address in gold["attachments"]]
        assert [attachment.filename for attachment in article.attachments] == wanted


@pytest.mark.parametrize("profile", ["bac-kan", "sharepoint"])
def test_the_portal_s_own_article(real_pages: Path, profile: str) -> None:
    gold = json.loads((real_pages / "bac-kan-2019.gold.json").read_text("utf-8"))
    body = (real_pages / "bac-kan-2019.txt").read_bytes()
    outcome = found(extract(capture_of(body, gold["url"], "text/plain"), load(profile)))
    article = outcome.article
    assert article.title == gold["title"]
    assert (article.published_at, article.published_raw) == (None, None)
    assert article.updated_at == gold["modified"]
    assert article.updated_raw == "23/10/2019 15:13:00"
    assert article.lead == gold["lead"]
    assert article.body_text.split("\n") == gold["lines"]
    assert [image.caption for image in article.images] == gold["captions"]
    assert (article.author, article.author_raw) == (gold["byline"], gold["byline"])
    assert article.attachments == ()
    assert article.language == "vi"
    for chrome in gold["must_not_contain"]:
        assert chrome not in article.body_text
        assert chrome not in article.body_html
