"""Search on the largest archive an earlier measurement left: milliseconds a query, and how much it finds."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from archive.database import open_readonly
from archive.search import search
from bench.command import OUT

#: Common and rare words, with and without accents, a phrase, two words that stand in most articles.
QUERIES = (
    "Bắc Kạn",
    "bac kan",
    "nông thôn mới",
    "nong thon moi",
    '"ủy ban nhân dân"',
    "quyết định",
    "quyet dinh",
    "tỉnh",
)
ROUNDS = 20

#: Milliseconds the slowest query may take at its median.
MOST_MS = 250


def main() -> int:
    """Print the figures; 0 when every query is fast enough and accents change nothing."""
    archive = found_archive()
    slowest = 0.0
    with open_readonly(archive) as conn:
        count = conn.execute("select count(*) from articles").fetchone()[0]
        print(f"{archive.parent.name}: {count:,} articles, {ROUNDS} rounds a query")
        for words in QUERIES:
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                page = search(conn, words, limit=20)
                times.append((time.perf_counter() - started) * 1000)
            slowest = max(slowest, statistics.median(times))
            middle = statistics.median(times)
            print(f"  {words:<22}{page.total:>8,} hits  median {middle:7.1f} ms  worst {max(times):7.1f} ms")
    print(f"slowest median: {slowest:.1f} ms (at most {MOST_MS})")
    return 0 if slowest <= MOST_MS else 1


def found_archive() -> Path:
    """The largest archive an earlier measurement left."""
    archives = sorted(OUT.glob("*/archive.db"), key=lambda path: path.stat().st_size)
    if not archives:
        sys.exit("no archive in bench/out; run `python -m bench replica_truth search`")
    return archives[-1]


if __name__ == "__main__":
    sys.exit(main())
