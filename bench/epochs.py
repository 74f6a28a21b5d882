"""The replica crawled through all its epochs, a month apart by the run's clock: the history must be the truth's.

Articles are edited, dated back, moved, removed, brought back, shown by another template, and for one epoch two hosts
answer every article with a not-found page. A database made anew must hold the same. The sheet asks for one run and no
days, the least grace there is. Exits non-zero when one version, change, address or status differs, or an article was
ever held for gone that was there.
"""

from __future__ import annotations

import argparse
import shutil
import sys

from bench.command import OUT
from crawler.profile import load
from crawler.rebuild import rebuild
from tests import tables
from tests.epochs import live
from tests.replica import running


def main(size: str, seed: int) -> int:
    """Print a line an epoch and the comparison; 0 when nothing differs."""
    folder = OUT / "epochs"
    shutil.rmtree(folder, ignore_errors=True)
    with running(folder, "--size", size, "--seed", str(seed)) as replica:
        lived = live(replica, folder / "archive.db")
        rebuild(folder / "warc", folder / "new" / "archive.db", load(replica.profile))
    anew = tables.different(folder / "archive.db", folder / "new" / "archive.db")
    for line in lived.lines:
        print(line)
    print(
        f"{lived.articles:,} articles, {lived.events:,} events after the first epoch, {lived.versions:,} versions "
        f"(seed {seed}): {len(lived.wrong)} differences, {len(lived.wrongly_gone)} wrongly gone (at most 0)"
    )
    print(f"made anew from the WARC files of all epochs: {len(anew)} rows differ (at most 0)")
    for line in (*lived.wrong[:20], *anew[:20]):
        print(f"  {line[:500]}")
    return 1 if lived.wrong or lived.wrongly_gone or anew else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="default", help="small, default, or about how many articles")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.size, given.seed))
