"""Crawls of the small replica, ended by SIGKILL at random moments and started again, against an undisturbed one."""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from bench.command import OUT
from tests import crawling
from tests.judge import contents, differences
from tests.replica import running


def main(kills: int, seed: int) -> int:
    """Print how many kills were survived without a difference; 0 when all were."""
    folder = OUT / "kills"
    shutil.rmtree(folder, ignore_errors=True)
    chance = random.Random(seed)
    with running(folder / "undisturbed", "--size", "small") as replica:
        started = time.monotonic()
        whole = crawl_to_end(folder / "undisturbed" / "archive.db", replica.profile)
        seconds = time.monotonic() - started
    print(f"undisturbed crawl: {seconds:.1f} s, {len(whole['captures'])} captures, {len(whole['articles'])} articles")
    done = rounds = landed = 0
    wrong: list[str] = []
    while done < kills:
        rounds += 1
        place = folder / f"round-{rounds}"
        with running(place, "--size", "small") as replica:
            archive = place / "archive.db"
            planned = min(kills - done, chance.randint(2, 6))
            for _ in range(planned):
                landed += killed(archive, replica.profile, after=0.3 + chance.random() * seconds)
            done += planned
            wrong += differences(whole, crawl_to_end(archive, replica.profile))
    print(f"{done} kills (seed {seed}) in {rounds} crawls, {landed} of them while the crawl ran")
    print(f"rows that differ from the undisturbed archive: {len(wrong)}")
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


def killed(archive: Path, profile: Path, *, after: float) -> bool:
    """Start the crawl and kill it after so many seconds; true when it still ran then."""
    process = crawling.start(archive, profile)
    time.sleep(after)
    running_still = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    return running_still


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
