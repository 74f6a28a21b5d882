"""The default replica, crawled and held against its own truth; then a second run, and runs on the next epochs."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.command import OUT
from crawler.profile import load
from tests import crawling
from tests.judge import judge
from tests.replica import Replica, running

#: Kind of change in the truth -> what the run report counts it as.
COUNTED = {
    "added": "new",
    "back_dated": "new",
    "edited": "changed",
    "removed": "gone",
    "restored": "restored",
    "moved": "moved",
}


def main() -> int:
    """Print the figures; 0 when all are perfect."""
    folder = OUT / "replica_truth"
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive.db"
    with running(folder, "--size", "default") as replica:
        good = first_crawl(replica, archive)
        good &= second_run(replica, archive)
        for epoch in (1, 2):
            replica.epoch(epoch)
            good &= next_epoch(epoch, replica, archive)
    return 0 if good else 1


def first_crawl(replica: Replica, archive: Path) -> bool:
    """A crawl into an empty archive."""
    visit("first crawl", replica, archive)
    most = max(replica.stats()["max_simultaneous"].values())
    print(f"  requests at once    {most} a host at most, measured at the server")
    return held(replica, archive) and most <= 1


def second_run(replica: Replica, archive: Path) -> bool:
    """A crawl of what has not changed: no version, no file downloaded again."""
    report = visit("second run, nothing changed", replica, archive)
    again = count(archive, "select count(*) from captures where run_id = ? and outcome = 'file'", report["run_id"])
    made = count(archive, "select count(*) from article_versions where run_id = ?", report["run_id"])
    print(f"  new versions        {made}")
    print(f"  files fetched again {again}")
    return held(replica, archive) and not made and not again


def next_epoch(epoch: int, replica: Replica, archive: Path) -> bool:
    """A crawl of the changed portal: exactly what changed is recorded."""
    report = visit(f"epoch {epoch}", replica, archive)
    told = Counter(COUNTED[change["kind"]] for change in replica.truth()["changes"])
    recorded = {name: report[name] for name in ("new", "changed", "gone", "restored", "moved")}
    for name, number in recorded.items():
        print(f"  {name:<20}{number} recorded, {told[name]} told")
    return held(replica, archive) and recorded == {name: told[name] for name in recorded}


def visit(label: str, replica: Replica, archive: Path) -> dict[str, Any]:
    """Crawl the replica once; the run's report. Any exit but 0 ends the measurement."""
    started = time.monotonic()
    ran = crawling.run("crawl", archive, replica.profile)
    if ran.code != 0 or ran.report is None:
        sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
    print(f"{label}: {ran.report['requests']:,} requests in {time.monotonic() - started:.1f} s")
    return ran.report


def held(replica: Replica, archive: Path) -> bool:
    """Print how the archive compares with the truth; true when it is perfect."""
    verdict = judge(archive, replica.truth(), load(replica.profile))
    for line in verdict.lines():
        print(f"  {line}")
    return verdict.perfect


def count(archive: Path, sql: str, *values: Any) -> int:
    """One number out of the archive."""
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return int(conn.execute(sql, values).fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
