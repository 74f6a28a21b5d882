"""A portal recovered from other archives: what they hold is listed, then fetched, recorded and read, and goes on where
it stopped.

Rows of their indexes are kept in ``holdings``; each ends as taken, missing, failed (asked for again by a later run) or
left there, with a reason. An answer is written to a WARC file of ours before anything is made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from archive import __version__, holdings
from archive.cdx import surt, timestamp
from archive.holdings import Held, Lead, Slice
from archive.runs import load_run
from archive.warc import (
    Exchange,
    Origin,
    WarcWriter,
    info_of,
    read_capture,
    safe_stem,
    safe_uri,
)
from crawler.intake import Intake
from crawler.profile import SiteProfile
from crawler.sharepoint import address_kind, canonical_url, refusal
from crawler.sources import commoncrawl, wayback
from crawler.sources.listing import Page
from crawler.sources.service import Service, Unanswered

DoorName = Literal["wayback", "commoncrawl"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is to be recovered."""

    query: str
    """A host, a domain, or an address prefix, without scheme."""
    scope: Literal["host", "domain", "prefix"] = "host"
    since: str = ""
    """First digits of a timestamp; empty for the beginning."""
    until: str = ""
    most: int | None = None
    """Captures to fetch in this run at the most."""


class Door(Protocol):
    """Another archive, ready to be asked."""

    @property
    def name(self) -> DoorName:
        """Its name, as ``captures.source`` has it."""

    def parts(self, wish: Wish) -> list[Slice]:
        """What its index is to be asked for, as it stands before anything was asked."""

    def page(self, part: Slice, scope: str) -> Page:
        """The next rows of a part; raises Unanswered."""

    def smaller(self, part: Slice) -> list[Slice]:
        """Parts that cover a part the index could not answer; none where it cannot be cut."""

    def fetch(self, held: Held) -> tuple[Exchange, str] | str:
        """The answer and where it was taken from, or why it is missing; raises Unanswered."""


@dataclass(frozen=True, kw_only=True)
class Wayback:
    """A Wayback machine."""

    service: Service
    machine: wayback.Machine
    name: DoorName = "wayback"

    def parts(self, wish: Wish) -> list[Slice]:
        return [Slice(query=wish.query, since=wish.since, until=wish.until)]

    def page(self, part: Slice, scope: str) -> Page:
        return wayback.list_page(self.service, self.machine, part, scope)

    def smaller(self, part: Slice) -> list[Slice]:
        return list(wayback.smaller(part, datetime.now(UTC)))

    def fetch(self, held: Held) -> tuple[Exchange, str] | str:
        found = wayback.fetch(self.service, self.machine, held)
        return found.reason if isinstance(found, wayback.Missing) else found


@dataclass(frozen=True, kw_only=True)
class CommonCrawl:
    """Common Crawl."""

    service: Service
    library: commoncrawl.Library
    chosen: tuple[str, ...] = ()
    """Names of the crawls to ask; none for all."""
    name: DoorName = "commoncrawl"
    _known: dict[str, commoncrawl.CrawlIndex] = field(default_factory=dict)

    def parts(self, wish: Wish) -> list[Slice]:
        found = commoncrawl.crawls(self.service, self.library)
        self._known.update({crawl.name: crawl for crawl in found})
        wanted = [crawl.name for crawl in found if not self.chosen or crawl.name in self.chosen]
        return [Slice(collection=name, query=wish.query) for name in wanted]

    def page(self, part: Slice, scope: str) -> Page:
        return commoncrawl.list_page(self.service, self._known[part.collection], part, scope)

    def smaller(self, part: Slice) -> list[Slice]:
        return []

    def fetch(self, held: Held) -> tuple[Exchange, str] | str:
        return commoncrawl.fetch(self.service, self.library, held)


@dataclass(kw_only=True)
class Gains:
    """What a recovery did, beside what its intake counts."""

    listed: int = 0
    """Rows of the index that were not known before."""
    unread_rows: int = 0
    unlisted: list[str] = field(default_factory=list)
    """Parts of the index that could not be read, one line each; a later run asks again."""
    rows: Counter[str] = field(default_factory=Counter)
    """What became of each row: taken, known, missing, failed."""
    failures: list[str] = field(default_factory=list)
    """Captures that could not be fetched now, one line each."""
    waiting: int = 0
    """Rows still to be fetched."""


class Recovery:
    """One recovery into an open intake. ``listen`` is told after every row how many are settled and how many wait."""

    def __init__(
        self, intake: Intake, door: Door, wish: Wish, listen: Callable[[str, int, int], None] = lambda *_: None
    ) -> None:
        self.gains = Gains()
        self._intake = intake
        self._conn = intake.archive.conn
        self._door = door
        self._wish = wish
        self._listen = listen
        self._profile: SiteProfile = intake.profile
        self._prefix = safe_stem(f"{intake.archive.path.stem}-{self._profile.name}-{door.name}")

    def run(self) -> Gains:
        """List what is new, fetch what waits. Raises Blocked; everything settled before stays settled."""
        self._intake.take_left_over(self._prefix)
        try:
            self._list()
            self._fetch()
        finally:
            self.gains.waiting = holdings.count_waiting(self._conn, self._door.name, datetime.now(UTC))
        return self.gains

    # --- listing ------------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        query, source = self._wish.query, self._door.name
        begun = holdings.open_slices(self._conn, source, query)
        known = holdings.listed(self._conn, source, query) | {(s.collection, s.since, s.until) for s in begun}
        fresh = [s for s in self._door.parts(self._wish) if source == "wayback" or _key(s) not in known]
        if source == "wayback" and begun:  # a part that was cut or is under way goes on before the whole is asked again
            fresh = []
        waiting = [*begun, *fresh]
        while waiting:
            part = waiting.pop(0)
            try:
                self._list_part(part)
            except Unanswered as error:
                cut = self._door.smaller(part)
                self._cut(part, cut)
                waiting = [*cut, *waiting]
                if not cut:
                    self.gains.unlisted.append(str(error))

    def _list_part(self, part: Slice) -> None:
        while True:
            page = self._door.page(part, self._wish.scope)
            self.gains.unread_rows += page.bad
            part = Slice(
                collection=part.collection, query=part.query, since=part.since, until=part.until, resume=page.resume
            )
            with self._intake.archive.transaction():
                new = holdings.add_held(self._conn, self._door.name, self._judged(page.rows))
                done = page.resume is None
                holdings.note_slice(self._conn, self._door.name, part, datetime.now(UTC), done=done, rows=new)
            self.gains.listed += new
            self._listen("listing", self.gains.listed, 0)
            if done:
                return

    def _cut(self, part: Slice, into: Iterable[Slice]) -> None:
        with self._intake.archive.transaction():
            now = datetime.now(UTC)
            for one in into:
                holdings.note_slice(self._conn, self._door.name, one, now, done=False)
            if into:
                holdings.drop_slice(self._conn, self._door.name, part)
            else:
                holdings.note_slice(self._conn, self._door.name, part, now, done=False)

    def _judged(self, rows: Iterable[Held]) -> list[tuple[Held, str | None]]:
        return [(row, self._left(row)) for row in rows if self._in_time(row)]

    def _in_time(self, row: Held) -> bool:
        since, until = self._wish.since, self._wish.until
        return row.timestamp >= since and (not until or row.timestamp[: len(until)] <= until)

    def _left(self, row: Held) -> str | None:
        """Why a row is not fetched: what a crawl would refuse is refused here too."""
        url = canonical_url(row.original, self._profile)
        if address_kind(url) is None:
            return "unsupported"
        return refusal(url, self._profile, 0)

    # --- fetching -----------------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        started = datetime.now(UTC)
        total = holdings.count_waiting(self._conn, self._door.name, started)
        left = self._wish.most if self._wish.most is not None else total
        done = 0
        with WarcWriter(
            self._intake.archive.warc_folder,
            self._prefix,
            software=f"portal-archive/{__version__}",
            info=info_of(load_run(self._conn, self._intake.run.run_id)),
            now=started,
        ) as writer:
            while left > 0:
                leads = holdings.waiting(self._conn, self._door.name, started, limit=min(left, 200))
                if not leads:
                    return
                for lead in leads:
                    self._take(lead, writer)
                    done += 1
                    left -= 1
                    self._listen("fetching", done, min(total, done + left))

    def _take(self, lead: Lead, writer: WarcWriter) -> None:
        held, now = lead.held, datetime.now(UTC)
        known = self._known(held.original, held.timestamp)
        if known is not None:
            self._settle(lead, "taken", "known", capture_id=known)
            return
        try:
            found = self._door.fetch(held)
        except Unanswered as error:
            self.gains.failures.append(str(error))
            self._settle(lead, "failed", "failed", reason=str(error)[:500])
            return
        if isinstance(found, str):
            self._settle(lead, "missing", "missing", reason=found[:500])
            return
        exchange, address = found
        known = self._known(exchange.url, timestamp(exchange.fetched_at))
        if known is not None:  # the nearest capture was served, and it is here
            self._settle(lead, "taken", "known", reason="the nearest capture was served", capture_id=known)
            return
        place = writer.write_exchange(
            url=exchange.url,
            status=exchange.status,
            response_headers=exchange.headers,
            body=exchange.body,
            fetched_at=exchange.fetched_at,
            truncated=exchange.truncated,
            origin=Origin(uri=address, taken_at=now),
        )
        capture = read_capture(writer.standing(place.filename), place.offset, place.length, name=place.filename)
        with self._intake.archive.transaction():
            _, saved = self._intake.store(capture)
            self._settle(lead, "taken", "taken", capture_id=saved.capture_id)

    def _settle(
        self,
        lead: Lead,
        state: holdings.State,
        counted: str,
        *,
        reason: str | None = None,
        capture_id: int | None = None,
    ) -> None:
        self.gains.rows[counted] += 1
        with self._intake.archive.transaction():
            holdings.settle(self._conn, lead, state, datetime.now(UTC), reason=reason, capture_id=capture_id)

    def _known(self, original: str, stamp: str) -> int | None:
        """The capture of that address and time this door brought before."""
        row = self._conn.execute(
            "select id from captures where urlkey = ? and timestamp = ? and original = ? and source = ?",
            (surt(original), stamp, safe_uri(original), self._door.name),
        ).fetchone()
        return int(row[0]) if row else None


def _key(part: Slice) -> tuple[str, str, str]:
    return part.collection, part.since, part.until
