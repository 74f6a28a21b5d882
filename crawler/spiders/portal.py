"""The spider that visits a portal, fed by the ledger.

``scrapy crawl portal -a profile=bac-kan [-a archive=data/archive.db] [-a mode=update]`` does what
``portal-archive crawl`` does, with Scrapy's own log instead of the progress display.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import _schedule_coro
from twisted.python.failure import Failure

from archive.errors import ArchiveError
from archive.frontier import Visit
from crawler.answers import Recorded, capture_of, failure_reason
from crawler.crawl import Crawl, CrawlOptions
from crawler.profile import load
from crawler.reader import Reader

logger = logging.getLogger(__name__)

#: Kinds of addresses whose cookies are kept for the run.
LISTS = ("seed", "list", "pager", "data")

#: Bytes of one answer. A page over the first or a file over the second is refused as ``too_large``.
PAGE_LIMIT = 20 * 1024 * 1024
FILE_LIMIT = 100 * 1024 * 1024


class PortalSpider(Spider):
    """One run over one portal."""

    name = "portal"

    def __init__(self, crawl: Crawl | None, error: ArchiveError | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawl = crawl
        self.error = error
        self.reader: Reader | None = None
        self.speaks = False
        """Whether the run's end is told in the log; where somebody else started it, they tell it."""

    @classmethod
    def from_crawler(
        cls,
        crawler: Crawler,
        *args: Any,
        profile: str = "bac-kan",
        archive: str = "data/archive.db",
        mode: str = "crawl",
        crawl: Crawl | None = None,
        **kwargs: Any,
    ) -> PortalSpider:
        """Open the crawl, unless the caller hands an open one; what goes wrong is told in one line and ends the run."""
        error: ArchiveError | None = None
        alone = crawl is None
        if crawl is None:
            try:
                crawl = Crawl.open(CrawlOptions(profile=load(profile), archive=Path(archive), mode=mode))
            except ArchiveError as problem:
                error = problem
        spider = cls(crawl, error, **kwargs)
        spider.speaks = alone
        spider._set_crawler(crawler)
        crawler.signals.connect(spider.closed_with, signal=signals.spider_closed)
        if crawl is not None:
            crawler.settings.set("USER_AGENT", crawl.user_agent, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Nothing of its own: the scheduler draws from the ledger."""
        self.crawler.signals.connect(self.ended, signal=signals.engine_stopped)  # after every extension's
        if self.error is not None:
            logger.error("%(error)s", {"error": self.error})
            raise CloseSpider("cannot_start")
        assert self.crawl is not None
        self.reader = Reader(self.crawl.profile, self.crawl.known)
        self.crawl.later = self._later
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item

    def request(self, visit: Visit) -> Request:
        """The request of a visit; a known file is asked for only if it changed."""
        headers = dict(visit.headers)
        if visit.kind in ("file", "image"):
            if visit.etag:
                headers["If-None-Match"] = visit.etag
            elif visit.last_modified:
                headers["If-Modified-Since"] = visit.last_modified
        if visit.method == "POST":
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        assert self.crawl is not None
        return Request(
            visit.url,
            method=visit.method,
            headers=headers,
            body=visit.body or b"",
            callback=self.parse,
            errback=self.failed,
            dont_filter=True,
            meta={
                "visit": visit,
                "download_timeout": self.crawl.profile.polite.timeout,
                "download_maxsize": FILE_LIMIT if visit.kind in ("file", "image") else PAGE_LIMIT,
                "download_slot": visit.host,
                # A list's view state may hang on a session; pages and files are asked for as a stranger would.
                "dont_merge_cookies": visit.kind not in LISTS,
            },
        )

    async def parse(self, response: Response, **kwargs: Any) -> None:
        """An answer: read and settle it; its host may be asked again meanwhile."""
        assert self.crawl is not None
        assert self.reader is not None
        assert response.request is not None
        visit: Visit = response.request.meta["visit"]
        recorded: Recorded | None = response.request.meta.get("recorded")
        if recorded is None:
            return  # the recorder could not write and has ended the run
        try:
            capture = capture_of(response, recorded)
            if visit.kind != "robots":
                self.crawl.arrived(visit, capture, recorded.at)
            outcome = await self.reader.read(capture)
            settled = self.crawl.answered(visit, capture, outcome, recorded.at)
            if visit.kind == "robots":  # its rules count from the next request on
                self.crawl.arrived(visit, capture, recorded.at)
        except Exception as error:  # told once, by the one who started the run
            self.fail(error)
            return
        self.crawler.stats.inc_value(f"portal/outcome/{settled.outcome}")

    def failed(self, failure: Failure) -> None:
        """No answer: the visit is counted and waits for another try."""
        assert self.crawl is not None
        visit: Visit = failure.request.meta["visit"]  # type: ignore[attr-defined]
        inside = self.crawl.guard.inside.get(visit.host.partition(":")[0])
        reason, detail = failure_reason(failure, inside)
        try:
            self.crawl.unanswered(visit, reason, detail, self.crawl.now())
        except Exception as error:
            self.fail(error)
            return
        self.crawler.stats.inc_value(f"portal/outcome/{reason}")

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do it when the time has passed; an error ends the run."""

        def do() -> None:
            try:
                work()
            except Exception as error:
                self.fail(error)

        call_later(seconds, do)

    def fail(self, error: Exception) -> None:
        """End the run: what cannot be stored must not be fetched. Everything settled so far stays."""
        assert self.crawl is not None
        if self.crawl.error is None:
            self.crawl.error = error
            _schedule_coro(self.crawler.engine.close_spider_async(reason="failed"))

    async def closed_with(self, spider: Spider, reason: str) -> None:
        """The run ends: its row, search index and report are brought up to date."""
        if self.crawl is not None:
            if self.reader is not None:
                await self.reader.close()
            self.crawl.close(reason, self.crawl.now())
            if self.speaks:
                for line in self.crawl.report.why if self.crawl.report else ():
                    logger.warning("%(line)s", {"line": line})
                if self.crawl.error is not None:
                    logger.error("%(error)s", {"error": self.crawl.error})
            self._tell_stats()

    def _tell_stats(self) -> None:
        """The report's figures stand in Scrapy's stats, for whoever watches those."""
        report = self.crawl.report if self.crawl else None
        if report is None:
            return
        for name in ("exit_code", "articles", "new", "changed", "gone", "waiting", "requests"):
            self.crawler.stats.set_value(f"portal/{name}", getattr(report, name))
        self.crawler.stats.set_value("portal/why", "; ".join(report.why))
        for breach in report.breaches:
            self.crawler.stats.set_value(f"portal/breach/{breach['name']}/{breach['subject']}", breach["message"])

    def ended(self) -> None:
        """``scrapy crawl`` exits with 0 whatever happened, unless a crawl ends without a spider."""
        if self.crawl is None or self.crawl.exit_code or self.crawl.error:
            self.crawler.spider = None
