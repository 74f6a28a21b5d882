"""Scrapy's scheduler on top of the ledger: it hands out an address when its host's turn has come.

Nothing is kept in memory but the hosts' clocks, so a killed crawl has nothing to lose. One request a host is out at a
time whatever Scrapy's own settings say, and a host is only asked for pages once its robots.txt is known.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import CallLaterResult, call_later

from archive.frontier import Visit
from crawler.guard import AddressRefused
from crawler.places import Places
from crawler.spiders.portal import PortalSpider

logger = logging.getLogger(__name__)

#: Seconds after which waiting hosts are looked at again when nothing tells an earlier moment.
_LONGEST_NAP = 5.0


class LedgerScheduler:
    """Gives the engine the next visit; see ``scrapy.core.scheduler.BaseScheduler`` for the interface."""

    def __init__(self, wake: Callable[[float], None]) -> None:
        self._wake = wake
        self._spider: PortalSpider
        self._places: Places

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LedgerScheduler:
        """Built for a crawler; naps end by a timer on its reactor."""
        return cls(_waker(crawler))

    def open(self, spider: Spider) -> None:
        """The spider brings ledger, clocks and profile."""
        assert isinstance(spider, PortalSpider), "this scheduler serves the portal spider only"
        self._spider = spider
        if spider.crawl is not None:
            spider.crawl.wake = self._wake
            self._places = Places(spider.crawl.clocks, self._wake)

    def close(self, reason: str) -> None:
        """Nothing to put away: the ledger is always up to date."""

    def has_pending_requests(self) -> bool:
        """Whether the crawl goes on: an address waits at a host the run still visits."""
        crawl = self._spider.crawl
        return crawl is not None and crawl.unfinished()

    def enqueue_request(self, request: Request) -> bool:
        """Requests come from the ledger only."""
        return False

    def next_request(self) -> Request | None:
        """A request whose host is free, or None until one is."""
        crawl = self._spider.crawl
        if crawl is None or crawl.exhausted():
            return None
        now, nap = time.monotonic(), _LONGEST_NAP
        hosts = crawl.turns.hosts()
        for host in hosts:
            if not self._places.known(host):
                continue
            if not crawl.clocks.free(host, now):
                record = crawl.clocks.host(host)
                if not record.busy and record.abandoned is None:
                    nap = min(nap, crawl.clocks.ready_at(host) - now)
                continue
            visit = crawl.turns.claim(host, crawl.now(), crawl.refuse)
            if visit is not None:
                request = self._request(visit)
                if request is not None:
                    return request
                nap = 0.0
            else:
                nap = min(nap, crawl.turns.wait(host, crawl.now()))
        if hosts:
            self._wake(max(0.001, nap))
        return None

    def _request(self, visit: Visit) -> Request | None:
        crawl = self._spider.crawl
        assert crawl is not None
        try:
            crawl.guard.check_url(visit.url)
        except AddressRefused as error:
            logger.warning("refused %(url)s: %(why)s", {"url": visit.url, "why": error.args[0]})
            crawl.refuse(visit, "out_of_scope")
            if visit.kind == "robots":  # there are no rules to wait for; the host's pages are refused one by one
                crawl.clocks.allow_all(visit.host)
            return None
        crawl.clocks.take(visit.host)
        return self._spider.request(visit)


def _waker(crawler: Crawler) -> Callable[[float], None]:
    """A function that makes the engine ask again after some seconds; only the earliest of several calls counts."""
    pending: list[tuple[float, CallLaterResult]] = []

    def ring() -> None:
        pending.clear()
        slot = getattr(crawler.engine, "_slot", None)  # Scrapy offers no public way to end its five-second nap
        if slot is not None:
            slot.nextcall.schedule()

    def wake(seconds: float) -> None:
        due = time.monotonic() + seconds
        if pending:
            if pending[0][0] <= due:
                return
            pending.pop()[1].cancel()
        pending.append((due, call_later(seconds, ring)))

    return wake
