"""What ``extract`` costs, beside lxml's own parse of the same bytes: the floor, for no reader of a tree is faster than
making it. Processor time of one core, the best of some rounds; ratios hold on any machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from archive.models import Capture
from bench.gold import ARTICLES, PORT, GoldSet, replica
from bench.real_pages import capture_of
from crawler.extract import extract
from crawler.profile import SiteProfile, load
from tests.portal.sheet import sheet

MOST_PARSES = 6.0
#: How much more a byte of a 5 MB page may cost than one of a 0.3 MB page.
MOST_GROWTH = 1.6
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of processor time for all pages of a set, the best of some rounds."""

    extracted: float
    parsed: float


def captures_of(gold: GoldSet) -> list[Capture]:
    """The pages of a set as an ingest would make them."""
    return [capture_of(page.body, page.url, page.content_type) for page in gold.pages]


def profile_named(name: str) -> SiteProfile:
    """A sheet by its name; the replica's own for ``replica``, none for an empty name."""
    if not name:
        return SiteProfile(name="none")
    if name != "replica":
        return load(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "replica.toml")
        path.write_text(sheet(PORT, ARTICLES), encoding="utf-8")
        return load(path)


def cost(captures: list[Capture], profile: SiteProfile) -> Cost:
    """What reading these pages costs; a first round fills the caches and is not counted."""

    def parse(capture: Capture) -> None:
        html.document_fromstring(capture.body or b"<html/>")

    return Cost(
        extracted=_best(lambda capture: extract(capture, profile), captures),
        parsed=_best(parse, captures),
    )


def _best(work: Callable[[Capture], object], captures: list[Capture]) -> float:
    rounds = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        for capture in captures:
            work(capture)
        rounds.append(time.process_time() - started)
    return min(rounds[1:])


def growth() -> dict[str, float]:
    """Processor time a megabyte of a page of 0.3 MB and of one of 5 MB, both the replica's with longer text."""
    page = max(replica().pages, key=lambda page: len(page.gold["text"]))
    profile = profile_named("replica")
    text = page.body.decode()
    mark = text.rindex("</p>") + len("</p>")
    first = text.rindex("<p", 0, mark)
    found = {}
    for name, size in (("0.3 MB", 300_000), ("5 MB", 5_000_000)):
        more = text[first:mark] * ((size - len(text)) // (mark - first))
        body = (text[:mark] + more + text[mark:]).encode()
        seconds = _best(lambda capture: extract(capture, profile), [capture_of(body, page.url, "text/html")])
        found[name] = seconds / len(body) * 1_000_000
    return {**found, "ratio": found["5 MB"] / found["0.3 MB"]}
