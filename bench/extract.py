"""What ``extract`` costs: the replica's pages made in this process, and the saved real pages beside the project.

``python -m bench.extract`` starts no server. It prints milliseconds a page and for 40 kB of page, beside what lxml's
own parse of the same pages takes: the floor, for no reader of a tree is faster than making it. Exits non-zero when a
page costs more than ``MOST_PARSES`` of these parses, a mark that holds on any machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import html

from archive.models import Capture
from bench.real_pages import ANY, PAGES, capture_of
from crawler.extract import extract
from crawler.profile import SiteProfile, load
from tests.portal.noise import Noise
from tests.portal.sheet import sheet
from tests.portal.site import Site
from tests.portal.world import World

MOST_PARSES = 12
PORT = 8080
ARTICLES = 160
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of processor time for all pages of a kind, the best of some rounds."""

    pages: int
    size: int
    """Bytes of all pages."""
    extracted: float
    parsed: float

    @property
    def ratio(self) -> float:
        """Parses that fit into one ``extract``."""
        return self.extracted / self.parsed


def replica_pages() -> list[Capture]:
    """Article pages of every template, as the replica would serve them."""
    world = World(size=ARTICLES, faults=False)
    site, noise = Site(world, PORT), Noise(1, datetime(2025, 1, 1, tzinfo=UTC))
    live = [article for article in world.every() if article.fate.live and article.section.family not in ("C", "N")]
    return [
        capture_of(
            noise.fill(site.article(article).pieces), site.origins[article.section.host] + article.path, "text/html"
        )
        for article in live
    ]


def replica_profile() -> SiteProfile:
    """The sheet a crawl of the replica uses."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "replica.toml")
        path.write_text(sheet(PORT, ARTICLES), encoding="utf-8")
        return load(path)


def cost(captures: list[Capture], profile: SiteProfile) -> Cost:
    """What reading these pages costs; a first round fills the caches and is not counted."""

    def parse(capture: Capture) -> None:
        html.document_fromstring(capture.body.decode("utf-8", "replace").encode())

    return Cost(
        pages=len(captures),
        size=sum(len(capture.body) for capture in captures),
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


def main() -> int:
    """Print a line a kind of page; 0 when all are within the mark."""
    costs = {"replica": cost(replica_pages(), replica_profile())}
    if PAGES.is_dir():
        real = [capture_of(page.read_bytes(), f"{ANY}{page.stem}.aspx", "text/html") for page in PAGES.glob("*.html")]
        costs["real"] = cost(real, load("sharepoint"))
    for name, found in costs.items():
        page, floor = found.extracted / found.pages * 1000, found.parsed / found.pages * 1000
        print(
            f"{name:>8}: {found.pages} pages of {found.size / found.pages / 1000:.0f} kB: {page:.2f} ms a page,"
            f" {found.extracted / found.size * 40_000_000:.2f} ms for 40 kB;"
            f" parse alone {floor:.2f} ms, ratio {found.ratio:.1f} (at most {MOST_PARSES})"
        )
    return 0 if all(found.ratio <= MOST_PARSES for found in costs.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
