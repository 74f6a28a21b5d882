"""The site on a large archive, its server on one core: milliseconds and bytes a page, then fifty readers at once.

``python -m bench.visitors [--articles 100000] [--readers 50] [--seconds 30]``. What a page costs is told as the
server's CPU time, which other work on the machine hardly changes, and as the time a visitor waits. The long proof is
``--seconds 300``.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from archive.vietnamese import fold
from bench.library import DEEDS, MATTERS, PLACES, SECTIONS, SEED, large
from tests.archive.conftest import command, free_port
from tests.archive.conftest import running as served

#: At most: CPU milliseconds of the server for 95 of 100 pages, bytes of a page without pictures.
MOST_MS, MOST_BYTES = 150, 150_000
#: Pages of each kind that are measured.
PAGES = 120
KINDS = ("home", "results", "article")
BESIDES = ("documents", "changes", "health", "suggest")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A served archive."""

    port: int
    process: int

    def cpu(self) -> float:
        """Milliseconds of CPU all its threads have used."""
        stats = (task / "schedstat" for task in Path(f"/proc/{self.process}/task").iterdir())
        return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e6


def main() -> int:
    """Print the figures; 0 when every mark is met."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--articles", type=int, default=100_000)
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--seconds", type=float, default=30)
    asked = options.parse_args()
    path = large(asked.articles)
    print(f"{asked.articles:,} articles, {path.stat().st_size / 1e6:,.0f} MB; seed {SEED}", flush=True)
    with serving(path) as server:
        met = [_alone(server, kind, asked.articles) for kind in (*KINDS, *BESIDES)]
        met.append(_together(server, asked.readers, asked.seconds, asked.articles))
        return 0 if all(met) else 1


@contextmanager
def serving(path: Path) -> Iterator[Server]:
    """The site in a process of its own, held to one core."""
    port = free_port()
    with served(command(path, port), port):
        process = _listener(port)
        os.sched_setaffinity(process, {max(os.sched_getaffinity(0))})
        yield Server(port=port, process=process)


def _listener(port: int) -> int:
    """The child of ours that has the port in its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(port).encode() in words and b"-c" in words:
                return int(entry.name)
    raise RuntimeError("the server is not running")


def addresses(kind: str, chance: random.Random, articles: int) -> str:
    """An address of that kind of page; results are for common and rare words, with and without accents and filters."""
    if kind == "article":
        return f"/article/{chance.randrange(1, articles + 1)}"
    if kind == "results":
        words = chance.choice(
            (
                f"{chance.choice(PLACES)}",
                f"{chance.choice(MATTERS)}",
                f"{chance.choice(DEEDS)} {chance.choice(PLACES)}",
                "",
            )
        )
        words = fold(words) if chance.random() < 0.5 else words
        more = chance.choice(
            ("", "", "&year=2019", f"&section={quote_plus(chance.choice(SECTIONS))}", "&files=1", "&page=3")
        )
        return f"/search?q={quote_plus(words)}{more}"
    if kind == "suggest":
        return f"/suggest?q={quote_plus(chance.choice(PLACES)[: chance.randrange(2, 7)])}"
    return {"home": "/", "documents": "/documents?number=45", "changes": "/changes", "health": "/health"}[kind]


def _alone(server: Server, kind: str, articles: int) -> bool:
    """One visitor, one page after the other."""
    chance = random.Random(SEED)
    _get(server.port, addresses(kind, chance, articles))  # what is counted once is counted
    cpu, waited, sizes = [], [], []
    for _ in range(PAGES):
        place = addresses(kind, chance, articles)
        before, started = server.cpu(), time.perf_counter()
        status, size = _get(server.port, place)
        waited.append((time.perf_counter() - started) * 1000)
        cpu.append(server.cpu() - before)
        sizes.append(size)
        if status != 200:
            print(f"  {place}: {status}")
            return False
    p95 = _p95(cpu)
    met = (p95 <= MOST_MS or kind not in KINDS) and max(sizes) <= MOST_BYTES
    told = f"CPU p50 {statistics.median(cpu):6.1f} p95 {p95:6.1f} ms   waited p50 {statistics.median(waited):6.1f}"
    told += f" p95 {_p95(waited):6.1f} ms   at most {max(sizes) / 1000:5.1f} kB"
    print(f"  {kind:<10} {told}{'' if met else '   MISSED'}", flush=True)
    return met


def _together(server: Server, readers: int, seconds: float, articles: int) -> bool:
    """Many visitors, each asking for one page after the other."""
    end, lock = time.monotonic() + seconds, threading.Lock()
    waited: list[float] = []
    wrong: list[str] = []

    def read(number: int) -> None:
        chance = random.Random(SEED + number)
        while time.monotonic() < end:
            place = addresses(chance.choice((*KINDS, "suggest", "article", "article")), chance, articles)
            started = time.perf_counter()
            try:
                status, _ = _get(server.port, place)
                told = None if status == 200 else f"{place}: {status}"
            except OSError as error:
                told = f"{place}: {error}"
            with lock:
                waited.append((time.perf_counter() - started) * 1000)
                if told:
                    wrong.append(told)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        f"  {readers} readers, {seconds:g} s: {len(waited):,} pages, {len(waited) / seconds:,.0f} a second, waited p50 "
        f"{statistics.median(waited):,.0f} p95 {_p95(waited):,.0f} ms, {len(wrong)} errors (at most 0)"
    )
    for line in wrong[:5]:
        print(f"    {line}")
    return not wrong


def _get(port: int, place: str) -> tuple[int, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", place)
        answer = connection.getresponse()
        return answer.status, len(answer.read())
    finally:
        connection.close()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
