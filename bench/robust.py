"""Mutilated pages by the hundred thousand: an outcome each, no exception, none over its time, memory bounded.

``python -m bench.robust`` mutilates 200,000 pages (``--pages``, ``--seed``, ``--processes``) and prints outcomes, the
slowest pages and the memory of each process. ``--only NUMBER`` reads one page again. Exits non-zero when a page raises,
takes more than ``MOST_SECONDS`` of processor time, or a process grows beyond ``MOST_GROWTH``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

from archive.models import outcome_name
from bench.mutants import mutant, pool
from crawler.extract import extract
from crawler.extract.body import is_safe
from crawler.profile import SiteProfile, load

PAGES = 200_000
MOST_SECONDS = 2.0
MOST_GROWTH = 400.0
"""MiB of resident memory a process may gain over its share of pages."""
SHARE = 2_000


@dataclass(kw_only=True)
class Tally:
    """What a share of the pages brought."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)
    """Number of the page, and what went wrong."""
    slowest: list[tuple[float, int]] = field(default_factory=list)
    """Seconds of processor time and number, the slowest first."""
    peak: dict[int, float] = field(default_factory=dict)
    """Process -> MiB of resident memory it had at most."""

    def add(self, other: Tally) -> None:
        """Take in another share."""
        self.outcomes += other.outcomes
        self.failed += other.failed
        self.slowest = sorted((*self.slowest, *other.slowest), reverse=True)[:10]
        for process, peak in other.peak.items():
            self.peak[process] = max(peak, self.peak.get(process, 0))


def read_share(task: tuple[int, int, int]) -> Tally:
    """Read the pages of a seed from one number to another."""
    seed, first, last = task
    tally, profiles = Tally(), [load("sharepoint"), load("bac-kan")]
    for number in range(first, last):
        _read(seed, number, profiles[number % 2], tally)
    tally.peak[os.getpid()] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def _read(seed: int, number: int, profile: SiteProfile, tally: Tally) -> None:
    page = mutant(seed, number)
    started = time.process_time()
    try:
        outcome = extract(page.capture, profile)
        name = outcome_name(outcome)
    except Exception:
        tally.failed.append((number, traceback.format_exc(limit=-3)))
        return
    seconds = time.process_time() - started
    tally.outcomes[name] += 1
    tally.slowest = sorted((*tally.slowest, (seconds, number)), reverse=True)[:10]
    if seconds > MOST_SECONDS:
        tally.failed.append((number, f"took {seconds:.1f} s ({', '.join(page.done)}; {len(page.capture.body)} bytes)"))
    article = getattr(outcome, "article", None)
    if article is not None and not is_safe(article.body_html):
        tally.failed.append((number, "its HTML is not safe"))


def read_all(seed: int, pages: int, processes: int) -> Tally:
    """Read that many pages, shared out among processes; each lives for the whole run."""
    tasks = [(seed, first, min(first + SHARE, pages)) for first in range(0, pages, SHARE)]
    tally = Tally()
    if processes == 1:
        for task in tasks:
            tally.add(read_share(task))
        return tally
    with multiprocessing.get_context("spawn").Pool(processes) as workers:
        for done, part in enumerate(workers.imap_unordered(read_share, tasks), 1):
            tally.add(part)
            if done % 10 == 0:
                print(f"  {min(done * SHARE, pages):>7,} pages, {len(tally.failed)} failed", flush=True)
    return tally


def main(arguments: list[str]) -> int:
    """Print the figures; 0 when every page was read as it should be."""
    parser = argparse.ArgumentParser(prog="python -m bench.robust", description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="read this page alone, and show it")
    options = parser.parse_args(arguments)
    if options.only is not None:
        tally = read_share((options.seed, options.only, options.only + 1))
        print(tally, mutant(options.seed, options.only).done)
        return 1 if tally.failed else 0
    started = time.monotonic()
    tally = read_all(options.seed, options.pages, options.processes)
    return _told(tally, options.seed, time.monotonic() - started)


def _told(tally: Tally, seed: int, seconds: float) -> int:
    count = tally.outcomes.total()
    print(f"seed {seed}: {count:,} mutants of {len(pool())} pages in {seconds:.0f} s")
    print("  outcomes: " + ", ".join(f"{number:,} {name}" for name, number in tally.outcomes.most_common()))
    print("  slowest: " + ", ".join(f"{spent:.2f} s (page {number})" for spent, number in tally.slowest[:5]))
    print(f"  memory: at most {max(tally.peak.values()):.0f} MiB in each of {len(tally.peak)} processes")
    for number, why in tally.failed[:10]:
        print(f"  page {number}: {why.strip()}")
    grown = max(tally.peak.values()) > MOST_GROWTH
    print(f"  {len(tally.failed)} failed" + (f"; memory above {MOST_GROWTH:.0f} MiB" if grown else ""))
    return 1 if tally.failed or grown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
