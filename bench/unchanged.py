"""An update of a large portal on which nothing has changed: what it asks for, and that it makes no version."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
from pathlib import Path

from bench.command import OUT, command, measured
from tests.replica import running

#: Most that an update may ask for of what the crawl asked for.
MARK = 0.03


def main(articles: int) -> int:
    """Print requests and versions of a crawl and of the update after it; 0 when the update asked for little."""
    folder = OUT / "unchanged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = folder / "archive.db"
    with running(folder, "--size", str(articles), "--faults", "none") as replica:
        crawl = run("crawl", archive, replica.profile, folder)
        update = run("update", archive, replica.profile, folder, "--no-snapshot")
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        told = dict(conn.execute("select outcome, count(*) from captures where run_id = 2 group by 1").fetchall())
        versions = conn.execute("select count(*) from article_versions where run_id = 2").fetchone()[0]
        pages = conn.execute(
            "select count(*) from captures where run_id = 2 and outcome in ('article', 'no_article', 'file')"
        ).fetchone()[0]
    share = update["requests"] / crawl["requests"]
    print(f"crawl: {crawl['requests']} requests, {crawl['articles']} articles, exit {crawl['exit_code']}")
    print(f"update: {update['requests']} requests ({share:.2%}), {pages} of them articles, pages and files; {told}")
    print(f"share of the portal's pages asked for again: {pages / crawl['requests']:.2%} (mark {MARK:.0%})")
    print(f"new versions: {versions}; new {update['new']}, changed {update['changed']}, exit {update['exit_code']}")
    return 0 if pages / crawl["requests"] <= MARK and not versions and update["exit_code"] == 0 else 1


def run(verb: str, archive: Path, profile: Path, folder: Path, *options: str) -> dict[str, int]:
    line = command(verb, "--archive", archive, "--profile", profile, "--quiet", "--json", *options)
    ran = measured(line, folder / f"{verb}.log")
    print(f"{verb}: {ran.seconds:.0f} s, {ran.peak_mb:.0f} MiB", flush=True)
    report: dict[str, int] = json.loads(ran.output[ran.output.index("{\n") :])
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    sys.exit(main(parser.parse_args().articles))
