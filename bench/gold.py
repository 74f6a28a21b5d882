"""Pages with a gold text: the saved real pages, the replica, and public benchmarks in folders that are named.

A set holds pages and knows how its makers score an answer. Public sets are never part of the project; docs/quality.md
tells where they come from.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.real_pages import PAGES
from bench.scoring import Answer, Scores, dated, segments, shingles, words
from tests.portal.noise import Noise
from tests.portal.site import Site
from tests.portal.truth import BOILERPLATE, told_article
from tests.portal.world import World

PORT = 8080
ARTICLES = 160


@dataclass(frozen=True, kw_only=True)
class GoldPage:
    """A page and what its gold says."""

    name: str
    url: str
    body: bytes
    content_type: str
    gold: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class GoldSet:
    """Pages of one kind and their metric."""

    name: str
    pages: list[GoldPage]
    score: Callable[[list[GoldPage], list[Answer]], Scores]
    profile: str
    """Which sheet our extractor reads it with: a name, ``replica`` for the replica's own, empty for none."""


def real_pages() -> GoldSet | None:
    """The saved real SharePoint pages beside the project, scored by their own script; None where they are not."""
    script = _script(PAGES / "score.py")
    if script is None:
        return None
    pages = [
        GoldPage(name=name, url=gold["url"], body=body, content_type=kind, gold=gold)
        for name, body, kind, gold in script.pages()
    ]

    def score(pages: list[GoldPage], answers: list[Answer]) -> Scores:
        rows = []
        for page, answer in zip(pages, answers, strict=True):
            rows.append(
                script.run_one(lambda *_, answer=answer: answer, page.body, page.content_type, page.gold, False)
            )
        good = [row for row in rows if row["kind"] in ("article", "event", "document-list")]
        return {
            "f1": script.mean(good, "f1"),
            "least_f1": min(row["f1"] for row in good),
            "titles": script.mean(good, "title_ok"),
            "dates": script.mean(rows, "published_ok"),
            "leaks": float(sum(len(row["leaks"]) for row in rows)),
            "all_f1": script.mean(rows, "f1"),
        }

    return GoldSet(name="real pages", pages=pages, score=score, profile="sharepoint")


def _script(path: Path) -> ModuleType | None:
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location("real_pages_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def replica() -> GoldSet:
    """Article pages of every template of the replica, as it would serve them, and its truth."""
    world = World(size=ARTICLES, faults=False)
    site, noise = Site(world, PORT), Noise(1, datetime(2025, 1, 1, tzinfo=UTC))
    pages = []
    for article in world.every():
        if not article.fate.live or article.section.family in ("C", "N"):
            continue
        told = told_article(world, article, PORT)
        gold = {
            "title": told["title"],
            "published": told["published_at"] and told["published_at"][:10],
            "text": told["body_text"],
            "must_not_contain": list(BOILERPLATE),
        }
        body = noise.fill(site.article(article).pieces)
        pages.append(GoldPage(name=article.path, url=told["url"], body=body, content_type="text/html", gold=gold))
    return GoldSet(name="replica", pages=pages, score=dated, profile="replica")


def in_folder(folder: Path) -> GoldSet:
    """The public benchmark a folder holds. Raises ValueError for a folder that holds none that is known."""
    if (folder / "ground-truth.json").is_file() and (folder / "html").is_dir():
        return GoldSet(name="scrapinghub", pages=list(_scrapinghub(folder)), score=shingles, profile="")
    tests = folder / "tests" if (folder / "tests" / "evaldata.json").is_file() else folder
    if (tests / "evaldata.json").is_file():
        return GoldSet(name="trafilatura's", pages=list(_trafilatura(tests)), score=segments, profile="")
    if list(folder.glob("*.gold.json")):
        return GoldSet(name=folder.name, pages=list(_own(folder)), score=dated, profile="sharepoint")
    raise ValueError(f"{folder}: neither ground-truth.json, nor evaldata.json, nor *.gold.json in it")


def _scrapinghub(folder: Path) -> Iterator[GoldPage]:
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for name, gold in sorted(truth.items()):
        body = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        text = gold.get("articleBody", "")
        yield GoldPage(name=name, url=gold["url"], body=body, content_type="text/html", gold={"text": text})


def _trafilatura(folder: Path) -> Iterator[GoldPage]:
    for url, gold in sorted(json.loads((folder / "evaldata.json").read_text("utf-8")).items()):
        paths = [folder / part / gold["file"] for part in ("cache", "eval")]
        path = next((path for path in paths if path.is_file()), None)
        if path is not None:
            told = {"with": gold["with"], "without": gold["without"]}
            yield GoldPage(name=gold["file"], url=url, body=path.read_bytes(), content_type="text/html", gold=told)


def _own(folder: Path) -> Iterator[GoldPage]:
    """Pages with gold files like those of the real pages: ``NAME.html`` and ``NAME.gold.json``."""
    for path in sorted(folder.glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        page, gold = folder / f"{name}.html", json.loads(path.read_text("utf-8"))
        if page.is_file():
            told = {**gold, "text": "\n".join(gold["lines"])}
            yield GoldPage(name=name, url=gold["url"], body=page.read_bytes(), content_type="text/html", gold=told)


__all__ = ["GoldPage", "GoldSet", "in_folder", "real_pages", "replica", "words"]
