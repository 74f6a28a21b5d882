"""The default replica, crawled and held against its own truth; then a second run, and a run on the next epoch."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

from bench.command import OUT, command, measured
from crawler.profile import load
from tests.judge import judge
from tests.replica import Replica, running


def main() -> int:
    """Print the figures; 0 when all are perfect."""
    folder = OUT / "replica_truth"
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive.db"
    with running(folder, "--size", "default") as replica:
        good = report("first crawl", visit(replica, archive, "crawl"), archive, replica)
        before = versions(archive)
        bodies = replica.stats()
        good &= report("second run, nothing changed", visit(replica, archive, "crawl"), archive, replica)
        print(f"  new versions       {versions(archive) - before}")
        good &= versions(archive) == before
        print(f"  requests at once   {simultaneous(bodies)} a host at most")
        good &= simultaneous(bodies) <= 1
        replica.epoch(1)
        good &= report("next epoch", visit(replica, archive, "crawl"), archive, replica)
    return 0 if good else 1


def visit(replica: Replica, archive: Path, verb: str) -> float:
    """Crawl the replica once; seconds it took. Any exit but 0 ends the measurement."""
    done = measured(
        command(verb, "--profile", replica.profile, "--archive", archive, "--quiet", "--json"),
        archive.parent / "crawl.log",
    )
    if done.code != 0:
        sys.exit(f"the crawl ended with {done.code}: {done.output[-2000:]}")
    return done.seconds


def report(label: str, seconds: float, archive: Path, replica: Replica) -> bool:
    """Print how the archive compares; true when it is perfect."""
    verdict = judge(archive, replica.truth(), load(replica.profile))
    print(f"{label}: {seconds:.1f} s")
    for line in verdict.lines():
        print(f"  {line}")
    return verdict.perfect


def versions(archive: Path) -> int:
    """Versions the archive holds."""
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return int(conn.execute("select count(*) from article_versions").fetchone()[0])


def simultaneous(stats: Any) -> int:
    """Most requests one host had to serve at the same time."""
    return max(stats["max_simultaneous"].values())


if __name__ == "__main__":
    sys.exit(main())
