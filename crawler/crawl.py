"""One crawl of one portal, from opening the archive to its report: everything but the fetching.

Opening takes the archive's lock, salvages what a killed run left in its WARC files, settles answers that were recorded
but not yet stored, and continues the unfinished run or starts a new one. Closing judges missing articles, brings the
search index up to date and tells how the run ended.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO
from urllib.parse import urljoin, urlsplit

from archive import __version__, expectations, hosts
from archive.errors import ArchiveError, WarcError
from archive.expectations import Judgement
from archive.frontier import Visit
from archive.indexed import Words
from archive.ledger import Ledger
from archive.models import Capture, Link, Outcome
from archive.runs import load_run, note_end
from archive.search import refresh
from archive.store import Archive, RunContext
from archive.takedown import sweep
from archive.warc import Place, WarcWriter, info_of, safe_stem, write_run
from crawler.budget import Budget
from crawler.errors import CrawlError
from crawler.expectations import breaches, judge
from crawler.extract.feeds import first_page
from crawler.guard import AddressGuard, put_in_force
from crawler.leftover import stop_left
from crawler.lock import take_lock
from crawler.opening import CrawlOptions, begin, seed_urls
from crawler.politeness import HostClocks, health_score
from crawler.reach import reachable
from crawler.reconcile import reconcile
from crawler.report import RunReport, run_report
from crawler.sharepoint import canonical_url, spelled_url
from crawler.shells import settle_shells
from crawler.tls import UNVERIFIED, exemption
from crawler.turns import Turns
from crawler.verdict import host_rows, verdict
from crawler.visits import Settled, Visits, asked_pause

__all__ = ["Crawl", "CrawlOptions"]

#: Articles settled between two refreshes of the search index.
REFRESH_EVERY = 500

#: Answers that are committed together, and seconds after which fewer are. The WARC file holds them already: what a kill
#: keeps from the database is settled again at the next start.
COMMIT_EVERY = 128
COMMIT_SECONDS = 1.0


class Crawl:
    """An open crawl. ``exit_code`` and ``report`` are set once it is closed."""

    def __init__(self, options: CrawlOptions, archive: Archive, lock: IO[str], resumed: bool, run: RunContext) -> None:
        self.profile = options.profile
        self.options = options
        self.archive = archive
        self.resumed = resumed
        self.run = run
        self.ledger = Ledger(archive.conn)
        self.clocks = HostClocks(options.profile.polite, random.random)
        self.guard = AddressGuard(options.profile.network)
        self.visits = Visits(archive, self.ledger, options.profile, run)
        self.turns = Turns(archive, self.ledger, self.clocks, options.profile, run.run_id)
        self.outcomes: Counter[str] = Counter()
        self.articles = 0
        self.budget = Budget(options.limits, options.profile, options.clock)
        self.bytes = 0
        self.started = monotonic()
        self.exit_code = 3
        self.report: RunReport | None = None
        self.known: Words = {}
        """What the search index will hold of articles that are not in it yet, where that was worked out."""
        self.error: Exception | None = None
        """What broke the run, when something did."""
        self.listeners: list[Callable[[], None]] = []
        self.wake: Callable[[float], None] = lambda seconds: None
        """Set by the scheduler: asks it again after some seconds."""
        self.later: Callable[[float, Callable[[], None]], object] | None = None
        """Set by the spider: calls a function after some seconds. Without it every answer is committed at once."""
        self._gathered = 0
        self._timed = False
        self._lock = lock
        self._writer: WarcWriter | None = None
        self._unindexed = 0
        self._closed = False

    # --- opening ------------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, options: CrawlOptions) -> Crawl:
        """The crawl, ready to hand out visits.

        Raises AlreadyRunning, Unreachable or OutsideHours (nothing was written then), ProfileError, DatabaseError or
        WarcError.
        """
        Budget(options.limits, options.profile, options.clock).check_hours()
        if options.mode not in ("crawl", "update"):
            raise CrawlError(f"unknown mode {options.mode!r}; say crawl or update")
        seeds = seed_urls(options.profile)
        reachable(seeds, options.profile)
        options.archive.parent.mkdir(parents=True, exist_ok=True)
        lock = options.lock or take_lock(options.archive)
        try:
            archive = Archive.open(options.archive, create=True)
        except BaseException:
            if options.lock is None:
                lock.close()
            raise
        try:
            stop_left(archive, options.profile, options.clock())
            run, resumed = begin(archive, options)
            crawl = cls(options, archive, lock, resumed, run)
            crawl.outcomes.update(
                reconcile(archive, crawl.ledger, crawl.visits, options.profile, crawl._prefix, run.run_id)
            )
            for host, moment in hosts.paused(archive.conn, options.clock()).items():
                crawl.clocks.resume_at(host, moment)
            crawl._seed(seeds)
        except BaseException:
            archive.close()
            if options.lock is None:
                lock.close()
            raise
        put_in_force(crawl.guard)
        return crawl

    def now(self) -> datetime:
        """The present moment by the run's own clock."""
        return self.options.clock()

    @property
    def warc_folder(self) -> Path:
        """Where the archive's WARC files stand."""
        return self.archive.warc_folder

    @property
    def _prefix(self) -> str:
        """How the names of this crawl's WARC files begin: one folder may hold several archives and portals."""
        return safe_stem(f"{self.options.archive.stem}-{self.profile.name}")

    @property
    def user_agent(self) -> str:
        """Who we say we are: the project, its version and how to reach its operator."""
        from_profile = self.options.contact or self.profile.polite.contact
        return f"portal-archive/{__version__} (+{from_profile})" if from_profile else (f"portal-archive/{__version__}")

    def _seed(self, seeds: list[str]) -> None:
        discover, base = self.profile.discover, seeds[0]
        links = [Link(url=canonical_url(url, self.profile), kind="list") for url in seeds]
        links += [Link(url=canonical_url(urljoin(base, u), self.profile), kind="sitemap") for u in discover.sitemaps]
        links += [Link(url=canonical_url(urljoin(base, u), self.profile), kind="feed") for u in discover.feeds]
        canaries = [(canonical_url(c.url, self.profile), c.url) for c in self.profile.expect.canary]
        links += [Link(url=url, spelled=spelled_url(url, written)) for url, written in canaries]
        self.visits.seed(links, [first_page(data, base, self.profile) for data in discover.data])

    # --- fetching -----------------------------------------------------------------------------------------------------

    def unfinished(self) -> bool:
        """Does an address wait at a host that is still visited, or is one being fetched?"""
        if any(host.busy for host in self.clocks.known().values()) or self.turns.under_way():
            return True
        return not self.exhausted() and self.turns.waiting()

    def exhausted(self) -> bool:
        """Is the run's budget used up?"""
        return self.budget.spent() is not None

    @property
    def requests(self) -> int:
        """Requests of this process that have been settled."""
        return self.budget.requests

    def timed(self, host: str, seconds: float, size: int) -> None:
        """An answer took that long and had that many bytes, as sent."""
        self.clocks.note_latency(host, seconds)
        self.budget.bytes += size

    def notes(self, url: str) -> list[tuple[str, str]]:
        """What the WARC record of an answer must tell of how it was had."""
        why = exemption(self.profile.network, urlsplit(url).netloc) if url.startswith("https:") else None
        return [(UNVERIFIED, why)] if why else []

    def refuse(self, visit: Visit, reason: str) -> None:
        """The address is not to be visited; it is counted and named."""
        self.outcomes[f"refused {reason}"] += 1
        self.visits.refuse(visit, reason, self.now())
        self.turns.settled(visit)

    def record(self, **exchange: object) -> Place:
        """Write an exchange to the WARC file before anything else is made of it."""
        return self._warc().write_exchange(**exchange)  # type: ignore[arg-type]

    def _warc(self) -> WarcWriter:
        if self._writer is None:
            self._writer = WarcWriter(
                self.warc_folder,
                self._prefix,
                software=f"portal-archive/{__version__}",
                user_agent=self.user_agent,
                robots=self.profile.polite.robots,
                info=info_of(load_run(self.archive.conn, self.run.run_id)),
                now=self.now(),
            )
        return self._writer

    def arrived(self, visit: Visit, capture: Capture, now: datetime) -> None:
        """An answer is there: its host may be asked again when the delay, or the pause it wants, is over."""
        health = self.clocks.health_pause(health_score(capture.header("X-SharePointHealthScore")))
        asked = asked_pause(capture, now)
        self.clocks.pause(visit.host, asked, now)
        self.clocks.release(visit.host, monotonic(), pause=max(asked, health))
        self.wake(max(0.0, self.clocks.ready_at(visit.host) - monotonic()))

    def answered(self, visit: Visit, capture: Capture, outcome: Outcome, now: datetime) -> Settled:
        """Settle an answer."""
        self._gather()
        settled = self.visits.answer(visit, capture, outcome, now)
        self.turns.settled(visit)
        if visit.kind == "robots":
            self.turns.read_robots(visit, capture)
        if not settled.failed:
            self.clocks.note_answer(visit.host, refused=settled.refused)
        elif visit.attempts == 0:
            self.clocks.note_failure(visit.host)
        self._count(settled, len(capture.body))
        return settled

    def unanswered(self, visit: Visit, reason: str, detail: str, now: datetime) -> Settled:
        """Settle a failure and free its host."""
        self._gather()
        settled = self.visits.failure(visit, reason, detail, now)
        self.turns.settled(visit)
        if visit.attempts == 0:
            self.clocks.note_failure(visit.host)
        if visit.kind == "robots":
            self.turns.miss_robots(visit, detail)
        self.clocks.release(visit.host, monotonic())
        self._count(settled, 0)
        return settled

    def _count(self, settled: Settled, size: int) -> None:
        self.budget.requests += 1
        self.bytes += size
        self.outcomes[settled.outcome] += 1
        if settled.outcome == "article":
            self.articles += 1
            self._unindexed += 1
        self._gathered += 1
        if self._unindexed >= REFRESH_EVERY:
            self._refresh()
        elif self._gathered >= COMMIT_EVERY or self.later is None:
            self._commit()
        for listener in self.listeners:
            listener()

    def _gather(self) -> None:
        self.archive.gather()
        if self.later is not None and not self._timed:
            self._timed = True
            self.later(COMMIT_SECONDS, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timed = False
        if not self._closed:
            self._commit()

    def _commit(self) -> None:
        self._gathered = 0
        self.archive.commit()

    def _refresh(self) -> None:
        refresh(self.archive.db, self.known)
        self.known.clear()
        self._unindexed = 0
        self._commit()

    # --- closing ------------------------------------------------------------------------------------------------------

    def close(self, reason: str, now: datetime) -> None:
        """End or interrupt the run; sets ``exit_code`` and ``report``. Doing it twice changes nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            self._commit()
            cause = self.budget.spent() or reason
            state, code, why = verdict(self.clocks, self.ledger.pending(), cause)
            settle_shells(self.archive, self.run, self.profile)
            broken = self._judge(state == "complete", now)
            if state == "complete" and broken:
                state, code = "below_expectation", 2
            self._refresh()
            self.report = run_report(
                self.archive.conn,
                self.profile,
                self.run.run_id,
                state=state,
                code=code,
                why=why,
                breaches=broken,
                now=now,
                seconds=monotonic() - self.started,
                requests=self.requests,
                size=self.bytes,
            )
            with self.archive.transaction():
                hosts.save(self.archive.conn, self.run.run_id, host_rows(self.clocks, self.profile, now))
                self.archive.end_run(self.run.run_id, state, code, self.report.counts(), now)
                end = write_run(self._warc(), load_run(self.archive.conn, self.run.run_id), (), now)
                note_end(self.archive.conn, self.run.run_id, end.filename, end.offset, end.length)
                self._warc().close()
            sweep(self.archive.conn, self.warc_folder, self.run.run_id)
            self.exit_code = code
        except (ArchiveError, sqlite3.Error, OSError) as error:
            self.error = self.error or error
        finally:
            with suppress(WarcError):  # what broke is told already; the next start salvages the file
                if self._writer is not None:
                    self._writer.close()
            self.archive.close()
            if self.options.lock is None:
                self._lock.close()

    def _judge(self, complete: bool, now: datetime) -> list[Judgement]:
        """Hold the run to its expectations and keep how it stood to them; those that did not hold.

        Missing articles are judged only while the portal itself is well: one that is down has removed nothing.
        """
        conn, run_id = self.archive.conn, self.run.run_id
        with self.archive.transaction():
            found = judge(conn, self.profile, run_id, now=now, complete=complete, requests=self.requests)
            if complete and not any(judgement.name == "missing" for judgement in breaches(found)):
                self.archive.settle_missing(self.run, now)
            expectations.save(conn, run_id, found, now)
        return breaches(found)

    def close_unfinished(self) -> None:
        """End the run after whatever kept it from ending by itself."""
        self.close("interrupted", self.now())
