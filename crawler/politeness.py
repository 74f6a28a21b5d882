"""When a host may be asked again, and what its robots.txt lets us ask.

One request at a time a host, a delay with jitter between them, longer pauses when the server asks for them
(``Retry-After``), when robots.txt does (``Crawl-delay``), or when SharePoint reports that it is loaded
(``X-SharePointHealthScore``, 0 idle to 10 throttling; MS-WSSHP). Pure: clock and chance come in from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal

from protego import Protego

from crawler.profile import Politeness

#: From this health score on the server is asked less often.
LOADED = 5

#: Seconds a delay counts as when pauses grow from it, for profiles that set none.
LEAST_DELAY = 0.02

#: Seconds a host may ask to be left alone for; more is nonsense or a trap.
LONGEST_ABSENCE = 86_400.0

#: Redirects of a robots.txt that are followed (RFC 9309, 2.3.1.2).
ROBOTS_HOPS = 5

RobotsState = Literal["unknown", "known"]


@dataclass(slots=True)
class Host:
    """What is known of one host during a run."""

    busy: bool = False
    ready_at: float = 0.0
    """Seconds on the caller's clock; not to be asked before."""
    failures: int = 0
    """Failures in a row."""
    abandoned: str | None = None
    """Why the run no longer visits it."""
    robots: RobotsState = "unknown"
    rules: Protego | None = None
    """None with known robots: everything may be asked."""
    crawl_delay: float = 0.0
    hops: int = 0
    requests: int = 0
    refusals: int = field(default=0)
    """Answers in a row that shut us out: 401, 403, interstitials, throttling given up."""
    address: str | None = None
    """IP address its name leads to; None before it is looked up, empty when it has none."""
    latency: float = 0.0
    """Seconds its latest answers took, smoothed."""
    paused_until: datetime | None = None
    """It asked to be left alone until then, longer than a run waits."""


@dataclass(slots=True)
class Pace:
    """What hosts on one IP address share."""

    busy: int = 0
    ready_at: float = 0.0


class HostClocks:
    """Every host's turn. ``now`` values are seconds on one monotonic clock."""

    def __init__(self, polite: Politeness, chance: Callable[[], float]) -> None:
        self._polite = polite
        self._chance = chance
        self._hosts: dict[str, Host] = {}
        self._paces: dict[str, Pace] = {}

    def host(self, name: str) -> Host:
        """The host's record, made on first mention."""
        return self._hosts.setdefault(name, Host())

    def known(self) -> dict[str, Host]:
        """Every host met so far."""
        return self._hosts

    def free(self, name: str, now: float) -> bool:
        """May the host be asked now?"""
        host = self.host(name)
        return not host.busy and host.abandoned is None and self.ready_at(name) <= now and not self._pace(host).busy

    def ready_at(self, name: str) -> float:
        """When the host may be asked again, requests under way aside."""
        host = self.host(name)
        return max(host.ready_at, self._pace(host).ready_at)

    def take(self, name: str) -> None:
        """A request to the host is under way."""
        host = self.host(name)
        host.busy = True
        host.requests += 1
        self._pace(host).busy += 1

    def know(self, name: str, address: str) -> None:
        """The host's name leads to this IP address; empty when it leads nowhere."""
        self.host(name).address = address

    def placed(self, name: str) -> bool:
        """Is it known with which hosts this one shares an address, or does that not matter?"""
        return not self._polite.share_address or self.host(name).address is not None

    def _pace(self, host: Host) -> Pace:
        if not self._polite.share_address or not host.address:
            return Pace()
        return self._paces.setdefault(host.address, Pace())

    def release(self, name: str, now: float, *, pause: float = 0.0) -> None:
        """The request has ended; the next one waits the delay, or the longer pause (seconds)."""
        host, pace = self.host(name), self._pace(self.host(name))
        host.busy = False
        pace.busy = max(0, pace.busy - 1)
        delay = max(self._polite.delay, host.crawl_delay)
        if delay:  # a slow server is a busy one
            delay = max(delay, min(host.latency * self._polite.latency_factor, self._polite.max_pause))
        delay += delay * self._polite.jitter * self._chance()
        pace.ready_at = max(pace.ready_at, now + delay)
        host.ready_at = max(host.ready_at, now + max(delay, min(pause, self._polite.max_pause)))

    def note_latency(self, name: str, seconds: float) -> None:
        """An answer of the host took that long; older answers count less and less."""
        host = self.host(name)
        host.latency = seconds if not host.latency else 0.7 * host.latency + 0.3 * seconds

    def pause(self, name: str, seconds: float, now: datetime) -> None:
        """The host asked to be left alone for longer than ``max_pause``: this run does, and later ones until then."""
        seconds = min(seconds, LONGEST_ABSENCE)
        if seconds > self._polite.max_pause:
            self.resume_at(name, now + timedelta(seconds=seconds))

    def resume_at(self, name: str, moment: datetime) -> None:
        """The host is not visited before that moment."""
        host = self.host(name)
        host.paused_until = moment
        host.abandoned = host.abandoned or f"it asks to be left alone until {moment:%Y-%m-%d %H:%M:%S} UTC"

    def health_pause(self, score: int) -> float:
        """Seconds to pause for a health score; doubles with every point from ``LOADED`` on."""
        if score < LOADED:
            return 0.0
        base: float = max(self._polite.delay, LEAST_DELAY)
        return min(self._polite.max_pause, base * float(2 ** (min(score, 10) - LOADED + 1)))

    def note_failure(self, name: str) -> None:
        """Another address of the host failed; after ``give_up_after`` in a row the run leaves the host alone.

        Further tries of one address are not told here: a few dead addresses tried again and again are no dead host.
        """
        host = self.host(name)
        host.failures += 1
        if host.failures >= self._polite.give_up_after:
            host.abandoned = host.abandoned or f"{host.failures} failures in a row"

    def note_answer(self, name: str, *, refused: bool = False) -> None:
        """The host answered as it should; ``refused`` when the answer shut us out."""
        host = self.host(name)
        host.failures = 0
        host.refusals = host.refusals + 1 if refused else 0
        if host.refusals >= self._polite.give_up_after:
            host.abandoned = host.abandoned or f"shut out {host.refusals} times in a row"

    def allow_all(self, name: str) -> None:
        """The host has no robots.txt to obey (RFC 9309, 2.3.1.3)."""
        host = self.host(name)
        host.robots, host.rules = "known", None

    def set_rules(self, name: str, text: str, agent: str) -> None:
        """The host's robots.txt is known.

        Its rules are read without regard to case: IIS serves ``/Pages/`` and ``/pages/`` alike, so a rule for one
        spelling means both.
        """
        host = self.host(name)
        host.robots = "known"
        host.rules = None if self._polite.robots == "ignore" else Protego.parse(text.lower())
        if host.rules is not None:
            asked = host.rules.crawl_delay(agent)
            host.crawl_delay = min(float(asked), self._polite.max_pause / 5) if asked else 0.0

    def may_fetch(self, name: str, url: str, agent: str) -> bool:
        """Does the host's robots.txt allow the address? True while there are no rules."""
        rules = self.host(name).rules
        return rules is None or bool(rules.can_fetch(url.lower(), agent))


def retry_after_seconds(value: str | None, now: datetime, date: str | None = None) -> float | None:
    """Seconds a ``Retry-After`` header asks for, as a number or as a date; None when it says nothing readable.

    A date is by the server's clock, which the ``Date`` header of its answer shows: ours may go otherwise.
    """
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _moment(text, now)
    if until is None:
        return None
    return max(0.0, (until - (_moment(date or "", now) or now)).total_seconds())


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)


def health_score(value: str | None) -> int:
    """The score of an ``X-SharePointHealthScore`` header, 0 when there is none or it is nonsense."""
    text = (value or "").strip()
    return min(10, int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def within_hours(hours: Collection[str], now: datetime, offset: str) -> bool:
    """May a portal with these hours (``22:00-06:00``, over midnight too) be visited now?

    ``offset`` is that of its own time, ``+07:00``.
    """
    if not hours:
        return True
    spans = [tuple(time.fromisoformat(end) for end in span.split("-")) for span in hours]
    sign = -1 if offset.startswith("-") else 1
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    local = now.astimezone(timezone(sign * ahead)).time()
    return any((begin <= local < end) if begin < end else (local >= begin or local < end) for begin, end in spans)
