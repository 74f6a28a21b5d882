"""The pace of ``ingest warc`` on a large replica's files, beside reading and extracting them and nothing else, and
beside warcio with trafilatura, as many processes each. Files and sheet of one's own are taken with --warc and --sheet.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.command import OUT, ROOT, command
from crawler import farm
from crawler.profile import load
from tests.replica import running

FOLDER = OUT / "intake"
PEER = ROOT / ".peers" / "extractors" / "bin" / "python"
#: What taking in must reach of the pace of extraction alone.
LEAST_SHARE = 0.8
WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One way through the files."""

    captures: int
    seconds: float
    cpu: float
    """Processor seconds of all its processes: what does not hang on who else uses the machine."""

    def line(self, name: str) -> str:
        """For people."""
        each = 1000 * self.cpu / self.captures
        return (
            f"{name:<34}{self.captures:>7,} captures in {self.seconds:6.1f} s: {self.captures / self.seconds:6.0f}/s, "
            f"{each:.2f} ms of a core each"
        )


def main(files: list[Path], sheet: Path) -> int:
    """Print the figures; 0 when taking in is fast enough."""
    alone = timed(lambda: extract_alone(files, sheet))
    print(alone.line("read and extracted"), flush=True)
    shutil.rmtree(FOLDER / "taken", ignore_errors=True)
    taken = timed(lambda: take_in(files, sheet))
    print(taken.line("taken in"), flush=True)
    if PEER.is_file():
        print(timed(lambda: peer(files)).line("warcio + trafilatura"), flush=True)
    else:
        print("warcio + trafilatura are not measured: 'make bench-extract' installs them")
    share = alone.seconds / taken.seconds
    print(f"share by processor time: {alone.cpu / taken.cpu:.2f}")
    print(f"share of the pace of extraction alone: {share:.2f} (at least {LEAST_SHARE})")
    return 0 if share >= LEAST_SHARE else 1


def timed(work: Callable[[], int]) -> Timed:
    """Do it; how long that took."""
    before, started = spent(), time.monotonic()
    captures = work()
    return Timed(captures=captures, seconds=time.monotonic() - started, cpu=spent() - before)


def spent() -> float:
    """Processor seconds of this process and the children that have ended."""
    own, ended = os.times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.user + own.system + ended.ru_utime + ended.ru_stime


def extract_alone(files: list[Path], sheet: Path) -> int:
    """Everything read and extracted by as many processes; how many captures."""
    parts = [part for file in files for part in farm.cut(file, file.name, "warc", lambda start, end: frozenset())]
    return farm.bare(load(str(sheet)), parts, WORKERS)


def take_in(files: list[Path], sheet: Path) -> int:
    """``ingest warc`` into a new archive; how many captures."""
    archive = FOLDER / "taken" / "archive.db"
    archive.parent.mkdir(parents=True)
    line = command("ingest", "warc", *files, "--profile", sheet, "--archive", archive, "--json")
    done = subprocess.run([*line, "--workers", str(WORKERS)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"ingest ended with {done.returncode}: {done.stderr[-2000:]}")
    return int(json.loads(done.stdout)["captures"])


def peer(files: list[Path]) -> int:
    """The files by the usual library and the usual extractor; how many answers it met."""
    line = [str(PEER), str(ROOT / "bench" / "usual.py"), str(WORKERS), *map(str, files)]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"warcio and trafilatura ended with {done.returncode}: {done.stderr[-2000:]}")
    return int(done.stdout)


def crawled(size: int) -> tuple[list[Path], Path]:
    """The WARC files of a crawl of a replica of that many articles, and its sheet."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with running(FOLDER, "--size", str(size), "--faults", "none") as replica:
        line = command("crawl", "--profile", replica.profile, "--archive", FOLDER / "archive.db", "--quiet")
        subprocess.run(line, cwd=ROOT, check=True)
        return sorted((FOLDER / "warc").glob("*.warc.gz")), replica.profile


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="articles of the replica")
    parser.add_argument("--warc", type=Path, nargs="+", help="WARC files instead of a crawl's")
    parser.add_argument("--sheet", type=Path, help="their profile sheet")
    given = parser.parse_args()
    if bool(given.warc) != bool(given.sheet):
        parser.error("--warc and --sheet go together")
    sys.exit(main(given.warc, given.sheet) if given.warc else main(*crawled(given.size)))
