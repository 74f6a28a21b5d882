"""The replica over its epochs with an outage before each next one: nothing may be held for removed that is there.

``python -m bench.outages`` crawls epoch 0, then lets every article answer as portals do that are out (redirected to a
not-found page, 404, redirected to the home page, a login, a block, an error page), and crawls the next epoch after
that. The sheet asks for one run and no days, the least grace there is. Removals, moves and returns must be those of the
truth, epoch by epoch. Exits non-zero when an article is held for gone that is live, or the other way round.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from bench.command import OUT
from tests import crawling
from tests.portal.faults import OUTAGES
from tests.replica import Replica, running


def main(kinds: list[str], size: str) -> int:
    """Print a line a crawl; 0 when every status is as the truth says."""
    folder = OUT / "outages"
    shutil.rmtree(folder, ignore_errors=True)
    archive, wrong = folder / "archive.db", 0
    with running(folder, "--size", size) as replica:
        wrong += visit("epoch 0", replica, archive)
        for number, kind in enumerate(kinds):
            replica.outage(kind)
            wrong += visit(f"outage: {kind}", replica, archive)
            replica.outage("")
            epoch = min(2, number + 1)
            replica.epoch(epoch)
            wrong += visit(f"epoch {epoch}", replica, archive)
    print(f"articles with another status than the truth, over all crawls: {wrong}")
    return 1 if wrong else 0


def visit(label: str, replica: Replica, archive: Path) -> int:
    """Crawl once; how many articles stand otherwise than the truth says."""
    ran = crawling.run("crawl", archive, replica.profile, timeout=900)
    if ran.report is None:
        sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
    told = {article["canonical_url"]: article["status"] for article in replica.truth()["articles"]}
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as conn:
        held = dict(conn.execute("select canonical_url, status from articles").fetchall())
        outages = conn.execute("select count(*) from outages where run_id = ?", (ran.report["run_id"],)).fetchone()[0]
    wrong = sorted(url for url in told.keys() & held.keys() if told[url] != held[url])
    gone = sum(held[url] == "gone" for url in wrong)
    print(
        f"{label:<18}{ran.report['requests']:,} requests, {ran.report['gone']} gone, {ran.report['restored']} restored,"
        f" {outages} hosts held for out; {len(wrong)} statuses wrong, {gone} of them wrongly gone",
        flush=True,
    )
    for url in wrong[:5]:
        print(f"    {url}: {held[url]}, truth {told[url]}")
    return len(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=OUTAGES, default=list(OUTAGES))
    parser.add_argument("--size", default="small")
    given = parser.parse_args()
    sys.exit(main(given.kinds, given.size))
