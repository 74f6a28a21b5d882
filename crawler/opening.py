"""How a run begins: what a person asks for, and which run of the archive that continues or starts."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from archive import expectations
from archive.ledger import Ledger
from archive.store import Archive, RunContext
from crawler.budget import Limits
from crawler.context import run_context
from crawler.errors import CrawlError
from crawler.extract import EXTRACTOR_VERSION
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, frontier_key

#: Age of an unfinished run up to which an update continues it.
RESUME_WITHIN = timedelta(hours=20)


def utc_now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlOptions:
    """What a person may say about a run."""

    profile: SiteProfile
    archive: Path
    mode: str = "crawl"
    """``crawl`` visits everything known, ``update`` the lists and what is due."""
    fresh: bool = False
    """Start a new run although an unfinished one could be continued."""
    limits: Limits = field(default_factory=Limits)
    """What is granted to this process; the run stops early when it is used up."""
    contact: str = ""
    lock: IO[str] | None = None
    """The archive's lock, where the caller holds it already and keeps it after the run."""
    clock: Callable[[], datetime] = utc_now
    """What the run takes for the present; a simulated year brings its own."""


def seed_urls(profile: SiteProfile) -> list[str]:
    """The addresses a crawl starts at; raises CrawlError when the profile names none."""
    if not profile.discover.seeds:
        raise CrawlError(f"profile {profile.name} has no seeds; add discover.seeds to its sheet or say --seed URL")
    return list(profile.discover.seeds)


def begin(archive: Archive, options: CrawlOptions) -> tuple[RunContext, bool]:
    """The run to continue, or a new one with its frontier opened."""
    profile, now = options.profile, _moment(archive, options.clock)
    ledger = Ledger(archive.conn)
    with archive.transaction():
        row = archive.open_run(profile.name, "crawl", "update")
        if row is not None and (options.fresh or _stale(row, options.mode, now)):
            archive.end_run(int(row["id"]), "stopped", 3, json.loads(row["counts"] or "{}"), now)
            row = None
        resumed = row is not None
        if row is not None:
            run_id = int(row["id"])
            archive.resume_run(run_id)
            ledger.begin_process(run_id)
        else:
            run_id = archive.start_run(options.mode, profile.name, profile.name, profile.digest, EXTRACTOR_VERSION, now)
            ledger.begin_run(run_id, now=now, everything=options.mode == "crawl")
            # Canaries, and pages that showed what was wrong in the run before: that it is mended is seen at once.
            watched = [canary.url for canary in profile.expect.canary]
            watched += expectations.shown_by_last(archive.conn, profile.name, run_id)
            ledger.wake(frontier_key("GET", canonical_url(url, profile), None, profile) for url in watched)
        if archive.profile_changed(run_id):
            ledger.forget_refusals()
    return run_context(run_id, profile), resumed


def _moment(archive: Archive, clock: Callable[[], datetime]) -> datetime:
    """The present, in a later second than whatever is stored: times are kept to the second and tell runs apart."""
    now = clock()
    row = archive.conn.execute("select max(timestamp) from captures").fetchone()
    if row[0] == f"{now:%Y%m%d%H%M%S}":
        time.sleep(1 - now.microsecond / 1e6)
        now = clock()
    return now


def _stale(row: sqlite3.Row, mode: str, now: datetime) -> bool:
    """An update does not go on with a run of another day: it would read no list anew. It takes over what waits."""
    return mode == "update" and now - datetime.fromisoformat(row["started_at"]) > RESUME_WITHIN
