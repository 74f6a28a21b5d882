"""Two updates started at the same moment, again and again: exactly one works each time."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests import crawling
from tests.little import little
from tests.replica import ROOT
from tests.test_polite import site


def main(times: int) -> int:
    """Print how the pairs ended; 0 when each had one that worked and one that was turned away."""
    ends: Counter[tuple[int, ...]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with little(folder, site(3)) as server:
            # Slow enough that one still works when the other, started with it on a loaded machine, gets to the lock.
            sheet = server.sheet(folder, "delay = 0.5\njitter = 0\n")
            for number in range(times):
                archive = folder / f"{number}" / "a.db"
                pair = [start(archive, sheet) for _ in range(2)]
                ends[tuple(sorted(process.wait(120) for process in pair))] += 1
            asked = len(server.asked())
    for codes, count in ends.most_common():
        print(f"exit codes {codes}: {count} times")
    print(f"exactly one worked: {ends[0, 4]}/{times}; {asked} requests in all")
    return 0 if ends[0, 4] == times else 1


def start(archive: Path, sheet: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        crawling.command("update", archive, sheet, "--no-snapshot"), cwd=ROOT, env=crawling.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    sys.exit(main(parser.parse_args().times))
