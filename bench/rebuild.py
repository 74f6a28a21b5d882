"""How fast a database is made anew, beside bare extraction of the same WARC files by as many processes.

``python -m bench.rebuild`` crawls a replica of ``--articles`` articles, unless ``--warc`` and ``--profile`` name the
files of a crawl, then rebuilds it and reads and extracts it bare, in turns. Both are measured by the processor time of
all processes, which other work on the machine does not lengthen; the wall-clock times are printed beside. Exits
non-zero when the rebuild is slower than ``MARK`` of bare extraction, or when its content differs from the crawl's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.command import OUT
from crawler import farm
from crawler.profile import SiteProfile, load
from crawler.rebuild import plan, rebuild
from tests import crawling, tables
from tests.replica import running

MARK = 0.9


def main(articles: int, rounds: int, warc: Path | None, sheet: Path | None) -> int:
    """Print the figures; 0 when the mark is met."""
    folder = OUT / "rebuild"
    shutil.rmtree(folder / "new", ignore_errors=True)
    archive: Path | None = None
    if warc is None or sheet is None:
        archive, sheet = crawled(folder / f"replica-{articles}", articles)
        warc = archive.parent / "warc"
    profile, workers = load(sheet), len(os.sched_getaffinity(0))
    best: dict[str, tuple[float, float]] = {}
    captures = 0
    for number in range(rounds):
        target = folder / "new" / f"{number}.db"
        for name, work in (
            ("bare", lambda: bare(warc, profile, workers)),
            ("rebuild", lambda path=target: rebuild(warc, path, profile, workers=workers).captures),
        ):
            processor, wall, captures = cost(work)
            best[name] = min(best.get(name, (processor, wall)), (processor, wall))
            print(f"  {name:<8}{captures:,} captures, {processor:.1f} s of processor, {wall:.1f} s")
    ratio = best["bare"][0] / best["rebuild"][0]
    print(f"rebuild: {captures / best['rebuild'][1]:.0f} captures/s, bare {captures / best['bare'][1]:.0f}/s")
    print(f"speed of a rebuild beside bare extraction: {ratio:.2f} (at least {MARK}), {workers} processes")
    same = archive is None or tables.digests(archive) == tables.digests(folder / "new" / "0.db")
    print(f"content as the crawl left it: {'yes' if same else 'NO'}" if archive else "no crawl to compare with")
    return 0 if ratio >= MARK and same else 1


def crawled(folder: Path, articles: int) -> tuple[Path, Path]:
    """An archive of a replica of that size and its sheet; one that is there is taken."""
    archive, sheet = folder / "archive.db", folder / "replica.toml"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with running(folder, "--size", str(articles), "--faults", "none") as replica:
            ran = crawling.run("crawl", archive, replica.profile, timeout=3600)
            if ran.code not in (0, 2):
                sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
        (folder / "done").touch()
    return archive, sheet


def bare(warc: Path, profile: SiteProfile, workers: int) -> int:
    """Every record read and extracted, nothing kept."""
    files = plan(warc, profile).files
    parts = [part for f in files for part in farm.cut(f.path, f.name, f.source, lambda start, end: frozenset())]
    return farm.bare(profile, parts, workers)


def cost(work: Callable[[], int]) -> tuple[float, float, int]:
    """Processor seconds of this process and all it started, seconds on the wall, and the result."""
    before, started = processor(), time.monotonic()
    result = work()
    return processor() - before, time.monotonic() - started, result


def processor() -> float:
    """Seconds of processor this process and its ended children have had."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--warc", type=Path)
    parser.add_argument("--profile", type=Path)
    given = parser.parse_args()
    sys.exit(main(given.articles, given.rounds, given.warc, given.profile))
