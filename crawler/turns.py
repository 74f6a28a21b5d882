"""Whose turn it is: the next address of each host, once its robots.txt has been read by RFC 9309."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from archive.frontier import Visit
from archive.ledger import Ledger
from archive.models import Capture
from archive.parts import ROBOTS_BYTES
from archive.store import Archive
from crawler.politeness import ROBOTS_HOPS, HostClocks
from crawler.profile import SiteProfile
from crawler.sharepoint import refusal
from crawler.visits import robots_entry

#: Token under which robots.txt files address us.
ROBOTS_AGENT = "portal-archive"

#: Seconds after which a host is looked at again at the latest.
LONGEST_WAIT = 60.0


class Turns:
    """Hands out addresses host by host."""

    def __init__(self, archive: Archive, ledger: Ledger, clocks: HostClocks, profile: SiteProfile, run_id: int) -> None:
        self._archive = archive
        self._ledger = ledger
        self._clocks = clocks
        self._profile = profile
        self._run_id = run_id
        self._served: dict[str, int] = {}
        self.current = ""
        """The address handed out last."""

    def hosts(self) -> list[str]:
        """Hosts the run still visits, the one served longest ago first."""
        open_hosts = [host for host in self._ledger.known_hosts if self._clocks.host(host).abandoned is None]
        return sorted(open_hosts, key=lambda host: self._served.get(host, 0))

    def settled(self, visit: Visit) -> None:
        """The address is no longer under way."""
        self._ledger.under_way.discard(visit.key)

    def under_way(self) -> bool:
        """Is an address being fetched or read?"""
        return bool(self._ledger.under_way)

    def waiting(self) -> bool:
        """Does an address wait at a host the run still visits?"""
        return any(self._ledger.waiting(host) for host in self.hosts())

    def claim(self, host: str, now: datetime, refuse: Callable[[Visit, str], None]) -> Visit | None:
        """The host's next address, robots.txt first; addresses it forbids are refused on the way."""
        known = self._clocks.host(host).robots == "known"
        visit = self._ledger.next(host, now) if known else self._robots(host, now)
        while visit is not None and known and not self._clocks.may_fetch(host, visit.url, ROBOTS_AGENT):
            refuse(visit, "robots")
            visit = self._ledger.next(host, now)
        if visit is not None:
            self._ledger.under_way.add(visit.key)
            self._served[host] = max(self._served.values(), default=0) + 1
            self.current = visit.url
        return visit

    def wait(self, host: str, now: datetime) -> float:
        """Seconds until the host's next address is due."""
        return min(LONGEST_WAIT, max(0.05, (self._ledger.due(host) - now).total_seconds()))

    def read_robots(self, visit: Visit, capture: Capture) -> None:
        """Take a robots.txt's answer: 2xx rules, 4xx none, 5xx wait, redirects followed five times (RFC 9309, 2.3.1).

        A host that still answers 5xx after the last try is left alone: what it forbids is not known.
        """
        if 300 <= capture.status < 400 and capture.status != 304:
            self._follow(visit, urljoin(visit.url, capture.header("Location") or ""))
        elif capture.status < 300:
            text = capture.body[:ROBOTS_BYTES].decode("utf-8", "replace")
            self._clocks.set_rules(visit.host, text, ROBOTS_AGENT)
        elif capture.status < 500 and capture.status != 429:
            self._clocks.allow_all(visit.host)
        else:
            self.miss_robots(visit, f"it answers {capture.status}")

    def miss_robots(self, visit: Visit, why: str) -> None:
        """A robots.txt could not be had; after the last try the run leaves the host alone."""
        if visit.attempts + 1 >= self._profile.polite.max_attempts:
            self._clocks.host(visit.host).abandoned = f"robots.txt cannot be read: {why}"

    def _follow(self, visit: Visit, target: str) -> None:
        host = self._clocks.host(visit.host)
        host.hops += 1
        away = urlsplit(target).netloc != visit.host or refusal(target, self._profile, 0) is not None
        if host.hops > ROBOTS_HOPS or away or target == visit.url:
            self._clocks.allow_all(visit.host)
            return
        with self._archive.transaction():
            self._ledger.readdress(visit, target)

    def _robots(self, host: str, now: datetime) -> Visit | None:
        address = self._ledger.waiting(host)
        if address is None:
            return None
        entry = robots_entry(urlsplit(address).scheme, host, self._profile)
        if self._ledger.find(entry.key) is None:
            with self._archive.transaction():
                self._ledger.add([entry], self._run_id)
        return self._ledger.next_robots(host, now)
