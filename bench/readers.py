"""Readers under load: Datasette answers searches and pages of a live archive, and of the latest snapshot, while a crawl
writes and snapshots are published one after the other. Errors and torn states are counted."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from archive.snapshot import publish
from bench.command import OUT, command
from tests import crawling
from tests.archive.conftest import Site, free_port
from tests.archive.conftest import running as serving
from tests.replica import running

FOLDER = OUT / "readers"
WORDS = ("bac kan", "nông thôn mới", "quyết định", "ủy ban nhân dân", "tỉnh", "hội nghị", "khen thưởng")
#: Each query says one thing in two ways, which a torn state would tell apart.
_ARTICLES = "(select count(*) from articles)"
INVARIANTS = {
    "versions": f"select {_ARTICLES}, (select count(distinct article_id) from article_versions)",
    "addresses": f"select {_ARTICLES}, (select count(distinct article_id) from article_urls)",
    "first versions": f"select {_ARTICLES}, (select count(*) from article_versions where number = 1)",
}


class Load:
    """Readers of one site; each asks again as soon as it is answered."""

    def __init__(self, site: Site, name: str, *, whole: bool) -> None:
        self.site, self.name = site, name
        self.whole = whole
        """The site shows one moment for ever, so that two queries of a page must agree."""
        self.asked: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._ends = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, readers: int, seed: int) -> None:
        """Let so many readers read."""
        for number in range(readers):
            thread = threading.Thread(target=self._read, args=(random.Random(seed + number),))
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Wait until every reader has its last answer."""
        self._ends.set()
        for thread in self._threads:
            thread.join(60)

    def _read(self, chance: random.Random) -> None:
        while not self._ends.is_set():
            try:
                self._ask(chance)
            except (OSError, AssertionError, ValueError, KeyError) as error:
                self.wrong.append(f"{self.name}: {type(error).__name__}: {str(error)[:200]}")

    def _ask(self, chance: random.Random) -> None:
        if chance.random() < 0.6:
            page = self.site.get("archive/search.json", q=chance.choice(WORDS), _shape="array")
            assert page.status == 200, f"search: {page.status} {page.text[:200]}"
            json.loads(page.text)
            self.asked["searches"] += 1
            return
        page = self.site.get("archive/articles.json", _size="1", _facet="status")
        assert page.status == 200, f"articles: {page.status} {page.text[:200]}"
        told = json.loads(page.text)
        facets = sum(found["count"] for found in told["facet_results"]["status"]["results"])
        if self.whole and facets != told["filtered_table_rows_count"]:
            raise AssertionError(f"torn: {facets} articles by status of {told['filtered_table_rows_count']}")
        self.asked["pages"] += 1


def main(seconds: float, readers: int, seed: int) -> int:
    """Print the figures; 0 without an error or a torn state."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    archive, public = FOLDER / "archive.db", FOLDER / "public"
    with running(FOLDER / "replica", "--size", "600", "--faults", "none") as replica:
        first = crawling.run("crawl", archive, replica.profile, "--max-pages", "60")
        print(f"first pages: exit {first.code}", flush=True)
        publish(archive, public, datetime.now(UTC))
        live_port, public_port = free_port(), free_port()
        live_line = command("serve", "--archive", archive, "--port", str(live_port))
        public_line = command("serve", "--archive", public / "archive-latest.db", "--port", str(public_port))
        with serving(live_line, live_port) as live, serving(public_line, public_port) as snapshot:
            loads = [Load(live, "live", whole=False), Load(snapshot, "snapshot", whole=True)]
            for number, load in enumerate(loads):
                load.begin(readers, seed + 100 * number)
            written, published, torn = work(archive, public, replica.profile, seconds)
            for load in loads:
                load.end()
    for load in loads:
        print(f"{load.name:<10}{dict(load.asked)}, {len(load.wrong)} wrong")
        for line in load.wrong[:5]:
            print(f"  {line}")
    wrong = sum(len(load.wrong) for load in loads) + len(torn)
    for line in torn[:5]:
        print(f"  {line}")
    answers = sum(load.asked.total() for load in loads)
    print(
        f"{seconds:.0f} s, seed {seed}: {answers} answers, {written} captures written, {published} snapshots published"
    )
    print(f"errors and torn states: {wrong} (at most 0)")
    return 0 if not wrong and answers and published > 1 and written else 1


def work(archive: Path, public: Path, profile: Path, seconds: float) -> tuple[int, int, list[str]]:
    """Crawl and publish for so long; captures written, snapshots published, and snapshots that were torn."""
    before, published, torn = crawling.captures(archive), 0, []
    deadline = time.monotonic() + seconds
    crawl = start(archive, profile)
    while time.monotonic() < deadline:
        if crawl.poll() is not None:
            crawl = start(archive, profile)
        publish(archive, public, datetime.now(UTC))
        published += 1
        torn += [line for place in (public / "archive-latest.db", archive) for line in look(place)]
        time.sleep(0.5)
    crawl.terminate()
    crawl.wait(60)
    return crawling.captures(archive) - before, published, torn


def start(archive: Path, profile: Path) -> subprocess.Popen[bytes]:
    """A crawl that goes on, or begins anew when the one before came to its end."""
    return crawling.start(archive, profile)


def look(snapshot: Path) -> list[str]:
    """What a reader who opens the file now finds torn; each query sees one moment of it."""
    with closing(sqlite3.connect(f"file:{snapshot}?mode=ro", uri=True)) as conn:
        rows = {name: conn.execute(sql).fetchone() for name, sql in INVARIANTS.items()}
        waiting = "(select count(*) from search_queue where indexed is null)"
        index = f"select {_ARTICLES}, (select count(*) from articles_fts_docsize) + {waiting}"
        rows["index"] = conn.execute(index).fetchone()
    return [f"{snapshot.name} torn: {name}: {row}" for name, row in rows.items() if row[0] != row[1]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="600 for the ten minutes of the promise")
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1930)
    given = parser.parse_args()
    sys.exit(main(given.seconds, given.readers, given.seed))
