"""Three epochs of the replica, each held by another door alone, taken in by every order: the history is always one."""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.command import OUT, command
from tests import crawling
from tests.elsewhere import Elsewhere, elsewhere
from tests.replica import Replica, running

DOORS = ("wayback", "commoncrawl", "warc")

_ARTICLES = """
select canonical_url, title, lead, body_text, author, source, section, published_at, updated_at, language,
       content_digest, first_seen_at, last_seen_at, status, missing_since, missing_visits, removed_at
from articles order by 1
"""
_VERSIONS = """
select a.canonical_url, v.number, v.content_digest, v.seen_at, v.cause from article_versions v
join articles a on a.id = v.article_id order by 1, 2
"""
#: When an absence was judged is the judge's time, not the portal's: it ends a crawl, or an intake.
_CHANGES = """
select a.canonical_url, c.field, c.old_value, c.new_value, c.old_digest, c.new_digest,
       case when c.field = 'status' and c.new_value <> 'live' then null else c.changed_at end
from article_changes c join articles a on a.id = c.article_id order by 1, 7, 2, 5, 6
"""
_ADDRESSES = "select canonical_url, first_seen_at from article_urls order by 1"


def main() -> int:
    """Print how many orders differ; 0 when none does."""
    folder = OUT / "doors"
    shutil.rmtree(folder, ignore_errors=True)
    with running(folder, "--size", "small") as replica:
        live, epochs = lived(replica, folder / "live")
        wanted = history(live)
        print(f"live archive over {len(epochs)} epochs: " + ", ".join(f"{len(rows)} {n}" for n, rows in wanted.items()))
        wrong = every_order(replica, epochs, wanted, folder)
    print(f"orders whose history differs: {wrong} of {len(list(itertools.permutations(DOORS)))}")
    return 1 if wrong else 0


def lived(replica: Replica, folder: Path) -> tuple[Path, list[list[Path]]]:
    """An archive that crawled every epoch, and the WARC files of each."""
    archive = folder / "archive.db"
    epochs: list[list[Path]] = []
    for number in range(len(DOORS)):
        if number:
            replica.epoch(number)
            time.sleep(1.1)  # times are whole seconds: no two epochs share one
        ran = crawling.run("crawl", archive, replica.profile)
        if ran.code not in (0, 2):  # 2: a new template is drift to be told, and told it is
            sys.exit(f"the crawl of epoch {number} ended with {ran.code}: {ran.stderr[-2000:]}")
        seen = {path for files in epochs for path in files}
        epochs.append([path for path in sorted((folder / "warc").glob("*.warc.gz")) if path not in seen])
    return archive, epochs


def history(archive: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the archive tells of its articles, whatever door it came through."""
    queries = {"articles": _ARTICLES, "versions": _VERSIONS, "changes": _CHANGES, "addresses": _ADDRESSES}
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return {name: conn.execute(query).fetchall() for name, query in queries.items()}


def every_order(
    replica: Replica, epochs: list[list[Path]], wanted: dict[str, list[tuple[Any, ...]]], folder: Path
) -> int:
    """Take the epochs in by every order; how many histories differ from the live archive's."""
    wrong = 0
    with elsewhere(folder / "wayback", epochs[0]) as first, elsewhere(folder / "commoncrawl", epochs[1]) as second:
        for order in itertools.permutations(range(len(DOORS))):
            name = " ".join(DOORS[number] for number in order)
            archive = folder / f"order-{'-'.join(map(str, order))}" / "archive.db"
            archive.parent.mkdir()
            for number in order:
                take(DOORS[number], archive, replica, first if number == 0 else second, epochs[number])
            found = history(archive)
            apart = {what: differing(rows, found[what]) for what, rows in wanted.items() if rows != found[what]}
            print(f"  {name}: {'as the live archive' if not apart else 'DIFFERS'}")
            for what, rows in apart.items():
                print(f"    {what}: {len(rows)} rows, such as {str(rows[:2])[:600]}")
            wrong += bool(apart)
    return wrong


def differing(one: Sequence[tuple[Any, ...]], other: Sequence[tuple[Any, ...]]) -> list[tuple[str, tuple[Any, ...]]]:
    """Rows of either that the other has not."""
    left, right = set(one), set(other)
    return [*(("wanted", row) for row in left - right), *(("found", row) for row in right - left)]


def take(door: str, archive: Path, replica: Replica, machine: Elsewhere, files: list[Path]) -> None:
    """Take in what one door holds."""
    options = ["--archive", archive, "--profile", replica.profile, "--json"]
    if door == "warc":
        run("ingest", "warc", *files, *options)
        return
    where = {
        "wayback": ["--cdx", f"{machine.url}/cdx/search/cdx", "--replay", f"{machine.url}/web"],
        "commoncrawl": ["--index", machine.url, "--data", machine.url],
    }[door]
    for url in replica.hosts.values():
        host = url.removeprefix("http://")
        run("ingest", door, host, *where, *options, "--pace-file", archive.parent / "pace.json")


def run(*words: object) -> Any:
    """Run a verb to its end; what it tells."""
    done = subprocess.run(command(*words), capture_output=True, text=True, env=crawling.environment())
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words[:3]))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
