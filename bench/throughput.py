"""Pages per second without delay, beside bare Scrapy on the same addresses, and peak memory at two sizes.

Crawl and yardstick take turns, and the best of each counts: what else the machine does meanwhile slows either.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from bench.command import OUT, Finished, command, measured
from tests.replica import running

#: What the crawl must reach: share of bare Scrapy's pace, MiB of memory, and its growth from the small to the large.
LEAST_SHARE, MOST_MB, MOST_GROWTH = 0.5, 400, 1.25
ROUNDS = 2


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """One crawl of a replica, and the yardstick's visit to the same addresses."""

    articles: int
    requests: int
    done: Finished
    bare_pace: float | None
    """Of Scrapy as it comes."""
    tuned_pace: float | None
    """Of Scrapy without its idle workers."""

    @property
    def pace(self) -> float:
        """Requests a second, from start to exit of the command."""
        return self.requests / self.done.seconds


def main(small: int, large: int) -> int:
    """Print the figures; 0 when every mark is reached."""
    first = crawl(small, compare=False)
    rounds = [crawl(large, compare=True) for _ in range(ROUNDS)]
    for number, one in enumerate(rounds, 1):
        print(f"round {number}: {one.pace:.1f} pages/s, bare Scrapy {one.bare_pace:.1f} and {one.tuned_pace:.1f}")
    best = min(rounds, key=lambda one: one.done.seconds)
    last = replace(
        best,
        bare_pace=max(one.bare_pace or 0.0 for one in rounds),
        tuned_pace=max(one.tuned_pace or 0.0 for one in rounds),
    )
    assert last.bare_pace
    share, growth = last.pace / last.bare_pace, last.done.peak_mb / first.done.peak_mb
    for one in (first, last):
        print(
            f"{one.articles:>6,} articles: {one.requests:,} requests in {one.done.seconds:.0f} s, "
            f"{one.pace:.1f} pages/s, peak memory {one.done.peak_mb:.0f} MiB"
        )
    print(f"bare Scrapy as it comes, same addresses, nothing parsed or kept: {last.bare_pace:.1f} pages/s")
    print(f"share of bare Scrapy's pace: {share:.2f} (at least {LEAST_SHARE})")
    tuned = last.tuned_pace or 0.0
    print(f"bare Scrapy without idle workers: {tuned:.1f} pages/s, share {last.pace / max(tuned, 0.1):.2f}")
    print(f"memory, large beside small: {growth:.2f} (at most {MOST_GROWTH}), {last.done.peak_mb:.0f} of {MOST_MB} MiB")
    return 0 if share >= LEAST_SHARE and last.done.peak_mb < MOST_MB and growth <= MOST_GROWTH else 1


def crawl(size: int, *, compare: bool) -> Crawled:
    """Crawl a replica of that many articles into bench/out; with ``compare`` let bare Scrapy fetch the same."""
    folder = OUT / f"throughput-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive.db"
    with running(folder, "--size", str(size), "--faults", "none") as replica:
        line = command("crawl", "--profile", replica.profile, "--archive", archive, "--quiet")
        done = measured(line, folder / "crawl.log")
        if done.code != 0:
            sys.exit(f"the crawl of {size} articles ended with {done.code}: {done.output[-2000:]}")
        articles, requests, urls = fetched(archive)
        pace = bare(urls, folder) if compare else None
        tuned = bare(urls, folder, "tuned") if compare else None
    return Crawled(articles=articles, requests=requests, done=done, bare_pace=pace, tuned_pace=tuned)


def fetched(archive: Path) -> tuple[int, int, list[str]]:
    """Live articles, requests made, and the addresses of those that were plain GETs."""
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        articles = conn.execute("select count(*) from articles where status = 'live'").fetchone()[0]
        requests = conn.execute("select count(*) from captures").fetchone()[0]
        urls = [row[0] for row in conn.execute("select original from captures where method = 'GET' order by rowid")]
    return int(articles), int(requests), urls


def bare(urls: list[str], folder: Path, *options: str) -> float:
    """Pages a second of Scrapy alone, from start to exit of its process."""
    listing = folder / "urls.json"
    listing.write_text(json.dumps(urls))
    done = measured([sys.executable, "-m", "bench.bare", str(listing), *options], folder / "bare.log")
    told = json.loads(done.output.strip().splitlines()[-1])
    if told["fetched"] != len(urls):
        sys.exit(f"bare Scrapy fetched {told['fetched']} of {len(urls)} addresses")
    return len(urls) / done.seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--large", type=int, default=10_000)
    given = parser.parse_args()
    sys.exit(main(given.small, given.large))
