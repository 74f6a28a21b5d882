"""Crawls of the small replica, ended by SIGKILL at random moments and started again, against an undisturbed one."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from pathlib import Path

from bench.command import OUT
from tests import crawling
from tests.judge import contents, differences
from tests.replica import running

#: Kills one crawl has to survive.
A_CRAWL = 6


def main(kills: int, seed: int) -> int:
    """Print how many kills were survived without a difference; 0 when all were."""
    folder = OUT / "kills"
    shutil.rmtree(folder, ignore_errors=True)
    chance = random.Random(seed)
    landed = rounds = 0
    wrong: list[str] = []
    with running(folder, "--size", "small") as replica:
        whole = crawl_to_end(folder / "undisturbed" / "archive.db", replica.profile)
        length = crawling.captures(folder / "undisturbed" / "archive.db")
        print(f"undisturbed crawl: {length} captures, {len(whole['articles'])} articles")
        while landed < kills:
            rounds += 1
            archive = folder / f"round-{rounds}" / "archive.db"
            landed += crawling.kill_along(archive, replica.profile, min(kills - landed, A_CRAWL), length, chance)
            wrong += differences(whole, crawl_to_end(archive, replica.profile))
    print(f"{landed} kills (seed {seed}) in {rounds} crawls")
    print(f"rows that differ from the undisturbed archive: {len(wrong)}")
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


def crawl_to_end(archive: Path, profile: Path) -> dict[str, list[str]]:
    """Go on until the crawl is complete; the archive's content then."""
    ran = crawling.run("crawl", archive, profile)
    if ran.code != 0:
        sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
    return contents(archive)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1945)
    given = parser.parse_args()
    sys.exit(main(given.kills, given.seed))
