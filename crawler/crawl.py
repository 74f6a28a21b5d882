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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import IO
from urllib.parse import urljoin

from archive import __version__
from archive.errors import ArchiveError
from archive.frontier import Visit
from archive.ledger import Ledger
from archive.models import Capture, Link, Outcome
from archive.search import refresh
from archive.store import Archive, RunContext
from archive.takedown import sweep
from archive.warc import Place, WarcWriter, safe_stem
from crawler.errors import CrawlError
from crawler.extract import EXTRACTOR_VERSION
from crawler.extract.feeds import first_page
from crawler.guard import AddressGuard, put_in_force
from crawler.lock import take_lock
from crawler.politeness import HostClocks, health_score
from crawler.profile import SiteProfile
from crawler.reach import reachable
from crawler.reconcile import reconcile
from crawler.report import RunReport, expectations, run_report
from crawler.sharepoint import canonical_url
from crawler.shells import settle_shells
from crawler.turns import Turns
from crawler.visits import Settled, Visits, asked_pause

#: Articles settled between two refreshes of the search index.
REFRESH_EVERY = 500

#: Answers that are committed together, and seconds after which fewer are. The WARC file holds them already: what a kill
#: keeps from the database is settled again at the next start.
COMMIT_EVERY = 32
COMMIT_SECONDS = 0.25


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
    max_pages: int | None = None
    """Requests after which the run stops early."""
    contact: str = ""
    clock: Callable[[], datetime] = utc_now
    """What the run takes for the present; a simulated year brings its own."""


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
        self.requests = 0
        self.bytes = 0
        self.started = monotonic()
        self.exit_code = 3
        self.report: RunReport | None = None
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

        Raises AlreadyRunning, Unreachable (nothing was written then), ProfileError, DatabaseError or WarcError.
        """
        if options.mode not in ("crawl", "update"):
            raise CrawlError(f"unknown mode {options.mode!r}; say crawl or update")
        seeds = seed_urls(options.profile)
        reachable(seeds, options.profile)
        options.archive.parent.mkdir(parents=True, exist_ok=True)
        lock = take_lock(options.archive)
        try:
            archive = Archive.open(options.archive, create=True)
        except BaseException:
            lock.close()
            raise
        try:
            run, resumed = _begin(archive, options)
            crawl = cls(options, archive, lock, resumed, run)
            crawl.outcomes.update(
                reconcile(archive, crawl.ledger, crawl.visits, options.profile, crawl._prefix, run.run_id)
            )
            crawl._seed(seeds)
        except BaseException:
            archive.close()
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
        self.visits.seed(links, [first_page(data, base, self.profile) for data in discover.data])

    # --- fetching -----------------------------------------------------------------------------------------------------

    def unfinished(self) -> bool:
        """Does an address wait at a host that is still visited, or is one being fetched?"""
        if any(host.busy for host in self.clocks.known().values()) or self.turns.under_way():
            return True
        return not self.exhausted() and self.turns.waiting()

    def exhausted(self) -> bool:
        """Has the run reached its page limit?"""
        limit = min(self.options.max_pages or self.profile.scope.max_pages, self.profile.scope.max_pages)
        return self.requests >= limit

    def refuse(self, visit: Visit, reason: str) -> None:
        """The address is not to be visited; it is counted and named."""
        self.outcomes[f"refused {reason}"] += 1
        self.visits.refuse(visit, reason, self.now())
        self.turns.settled(visit)

    def record(self, **exchange: object) -> Place:
        """Write an exchange to the WARC file before anything else is made of it."""
        if self._writer is None:
            self._writer = WarcWriter(
                self.warc_folder,
                self._prefix,
                software=f"portal-archive/{__version__}",
                user_agent=self.user_agent,
                robots=self.profile.polite.robots,
                info={"portal": self.profile.name, "run": str(self.run.run_id), "profile": self.profile.digest},
                now=self.now(),
            )
        return self._writer.write_exchange(**exchange)  # type: ignore[arg-type]

    def arrived(self, visit: Visit, capture: Capture, now: datetime) -> None:
        """An answer is there: its host may be asked again when the delay, or the pause it wants, is over."""
        health = self.clocks.health_pause(health_score(capture.header("X-SharePointHealthScore")))
        self.clocks.release(visit.host, monotonic(), pause=max(asked_pause(capture, now), health))
        self.wake(max(0.0, self.clocks.host(visit.host).ready_at - monotonic()))

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
        self.requests += 1
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
        refresh(self.archive.db)
        self._unindexed = 0
        self._commit()

    # --- closing ------------------------------------------------------------------------------------------------------

    def close(self, reason: str, now: datetime) -> None:
        """End or interrupt the run; sets ``exit_code`` and ``report``. Doing it twice changes nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._writer is not None:
                self._writer.close()
            self._commit()
            state, code, why = self._verdict(reason)
            settle_shells(self.archive, self.run, self.profile)
            if state == "complete":
                with self.archive.transaction():
                    self.archive.settle_missing(self.run, now)
            self._refresh()
            problems = expectations(self.archive.conn, self.profile) if state == "complete" else []
            if problems:
                state, code = "below_expectation", 2
            self.report = run_report(
                self.archive.conn,
                self.profile,
                self.run.run_id,
                state=state,
                code=code,
                why=[*why, *problems],
                now=now,
                seconds=monotonic() - self.started,
                requests=self.requests,
                size=self.bytes,
            )
            with self.archive.transaction():
                self.archive.end_run(self.run.run_id, state, code, self.report.counts(), now)
            sweep(self.archive.conn, self.warc_folder, self.run.run_id)
            self.exit_code = code
        except (ArchiveError, sqlite3.Error, OSError) as error:
            self.error = self.error or error
        finally:
            self.archive.close()
            self._lock.close()

    def close_unfinished(self) -> None:
        """End the run after whatever kept it from ending by itself."""
        self.close("interrupted", self.now())

    def _verdict(self, reason: str) -> tuple[str, int, list[str]]:
        abandoned = {name: host.abandoned for name, host in self.clocks.known().items() if host.abandoned}
        left = self.ledger.pending()
        why = [f"{name} left alone: {cause}" for name, cause in abandoned.items()]
        shut_out = [name for name, host in self.clocks.known().items() if host.abandoned and host.refusals]
        if shut_out and len(shut_out) == len(self.clocks.known()):
            return "blocked", 5, why
        if left:
            why.append(f"stopped early ({reason}); {left} addresses wait: run the same command again to go on")
            return "stopped", 3, why
        return "complete", 0, why


def seed_urls(profile: SiteProfile) -> list[str]:
    """The addresses a crawl starts at; raises CrawlError when the profile names none."""
    if not profile.discover.seeds:
        raise CrawlError(f"profile {profile.name} has no seeds; add discover.seeds to its sheet or say --seed URL")
    return list(profile.discover.seeds)


def _begin(archive: Archive, options: CrawlOptions) -> tuple[RunContext, bool]:
    """The run to continue, or a new one with its frontier opened."""
    profile, now = options.profile, options.clock()
    ledger = Ledger(archive.conn)
    with archive.transaction():
        row = archive.open_run(profile.name, "crawl", "update")
        if row is not None and options.fresh:
            archive.end_run(int(row["id"]), "stopped", 3, {}, now)
            row = None
        resumed = row is not None
        if row is not None:
            run_id = int(row["id"])
            archive.resume_run(run_id)
            ledger.begin_process(run_id)
        else:
            run_id = archive.start_run(options.mode, profile.name, profile.name, profile.digest, EXTRACTOR_VERSION, now)
            ledger.begin_run(run_id, now=now, everything=options.mode == "crawl")
        if archive.profile_changed(run_id):
            ledger.forget_refusals()
    context = RunContext(
        run_id=run_id,
        portal=profile.name,
        profile=profile.name,
        extractor_version=EXTRACTOR_VERSION,
        gone_visits=profile.gone.visits,
        gone_days=profile.gone.days,
    )
    return context, resumed
