"""Writes a running crawl's pulse every few seconds, and how it ended."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic
from typing import Any

from archive.cdx import utc_text
from crawler.crawl import Crawl
from crawler.forecast import seconds_left, waiting
from crawler.pulse import write_pulse

#: Seconds between two beats.
EVERY = 5.0

#: Hosts told of, those with most waiting first.
HOSTS = 20


class Heartbeat:
    """Beats while a crawl runs."""

    def __init__(self, crawl: Crawl, path: Path) -> None:
        self._crawl = crawl
        self._path = path
        self._beaten = -EVERY
        self.lost: str | None = None
        """Why the file could not be written, when it could not."""
        crawl.listeners.append(self.beat)
        self.beat()

    def beat(self) -> None:
        """Write the state when the last one is old enough."""
        now = monotonic()
        if now - self._beaten < EVERY:
            return
        self._beaten = now
        try:
            write_pulse(self._path, state(self._crawl))
        except OSError as error:  # a full disk ends the crawl by itself; the pulse alone must not
            self.lost = f"{self._path}: {error.strerror}"

    def stop(self) -> None:
        """The run has ended: the file says how."""
        report = self._crawl.report
        told = {"state": "broken", "error": str(self._crawl.error)} if report is None else report.counts()
        try:
            write_pulse(self._path, {"pid": os.getpid(), "updated_at": utc_text(self._crawl.now()), **told})
        except OSError as error:
            self.lost = f"{self._path}: {error.strerror}"


def state(crawl: Crawl) -> dict[str, Any]:
    """What a running crawl does now, as plain data."""
    waits = waiting(crawl.archive.conn)
    elapsed = max(0.001, monotonic() - crawl.started)
    return {
        "state": "running",
        "pid": os.getpid(),
        "run_id": crawl.run.run_id,
        "kind": crawl.options.mode,
        "portal": crawl.profile.name,
        "resumed": crawl.resumed,
        "updated_at": utc_text(crawl.now()),
        "seconds": round(elapsed, 1),
        "requests": crawl.requests,
        "articles": crawl.articles,
        "bytes": crawl.budget.bytes,
        "waiting": sum(waits.values()),
        "rate": round(crawl.requests / elapsed, 2),
        "seconds_left": round(seconds_left(waits, crawl.clocks, crawl.profile.polite)),
        "outcomes": dict(crawl.outcomes.most_common()),
        "current": crawl.turns.current,
        "hosts": _hosts(crawl, waits),
    }


def _hosts(crawl: Crawl, waits: dict[str, int]) -> dict[str, dict[str, Any]]:
    known = crawl.clocks.known()
    names = sorted(waits.keys() | known.keys(), key=lambda name: -waits.get(name, 0))[:HOSTS]
    return {
        name: {
            "waiting": waits.get(name, 0),
            "requests": known[name].requests if name in known else 0,
            "latency": round(known[name].latency, 3) if name in known else 0.0,
            "left_alone": known[name].abandoned if name in known else None,
        }
        for name in names
    }
