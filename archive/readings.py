"""What each capture says of an article: the rows everything else about articles is worked out from.

An article's versions, changes, absences and its present state are a fold over the readings of its addresses in the
order of capture times. Readings of one second are taken in the order of their WARC records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archive.cdx import surt, utc_text
from archive.contents import Content, content_of, drop
from archive.identity import hash_id
from archive.models import ArticleFound, Capture, FileFound, NotModified, Outcome, Redirected, Rejected, outcome_name
from archive.runs import RunContext

Kind = Literal["shown", "not_modified", "missing", "redirected", "file"]

#: Reasons that say: nothing stands at this address.
ABSENT = ("not_found", "soft_404")

_INSERT = """
insert into readings (capture_id, canonical_url, seen_at, kind, own, content_id, target, page_list_id, page_item_id,
                      rules_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_COLUMNS = """r.canonical_url, r.seen_at, r.kind, r.own, r.content_id, r.target, r.page_list_id, r.page_item_id,
  c.original, c.statuscode, c.outcome, c.digest, c.filename, c."offset", r.capture_id, r.rules_id, c.run_id, u.portal,
  s.profile, s.extractor_version"""
_FROM = """from readings r join captures c on c.id = r.capture_id join rules s on s.id = r.rules_id
left join runs u on u.id = c.run_id"""
_OF_PAGE = f"select {_COLUMNS} {_FROM} where r.canonical_url = ? and r.kind <> 'file'"
_SAME_ITEM = """
select distinct r.canonical_url from readings r join captures c on c.id = r.capture_id join runs u on u.id = c.run_id
where r.page_list_id = ? and r.page_item_id = ? and u.portal = ?
"""


@dataclass(frozen=True, kw_only=True)
class Saying:
    """One capture's word on the article at one address, as far as capture and outcome alone tell it."""

    canonical_url: str
    seen_at: str
    """ISO 8601 in UTC, whole seconds."""
    kind: Kind
    own: bool
    """The address asked for was the article's own, not a view of it (for print, in a dialog)."""
    content_id: int | None
    """Of what is shown."""
    target: str | None
    """Canonical address a redirect leads to."""
    page_list_id: str | None
    """Of an own page without a query string: the list item that makes two addresses one article."""
    page_item_id: int | None
    url: str
    status: int
    outcome: str
    """The capture's outcome, or the reason nothing was kept."""
    digest: str | None
    """Payload digest: what a not-found page looked like."""
    filename: str | None
    offset: int | None

    def reading(self, capture_id: int, run: RunContext, rules_id: int) -> Reading:
        """The same in a run, of a capture that is stored, as read by these rules."""
        return Reading(
            **vars(self),
            capture_id=capture_id,
            rules_id=rules_id,
            run_id=run.run_id,
            portal=run.portal,
            profile=run.profile,
            extractor_version=run.extractor_version,
        )


@dataclass(frozen=True, kw_only=True)
class Reading(Saying):
    """One capture's word on the article at one address."""

    capture_id: int
    rules_id: int
    run_id: int | None
    portal: str
    profile: str
    extractor_version: str

    @property
    def order(self) -> tuple[str, str, int, int]:
        """Sorts readings by the time of their captures."""
        return (self.seen_at, self.filename or "", self.offset or 0, self.capture_id)


def rules(conn: sqlite3.Connection, extractor_version: str, profile: str, profile_digest: str) -> int:
    """The id of the rules a capture is read by: extractor and sheet."""
    number = hash_id("rules", extractor_version, profile, profile_digest)
    conn.execute(
        "insert into rules (id, extractor_version, profile, profile_digest) values (?, ?, ?, ?)"
        " on conflict (id) do nothing",
        (number, extractor_version, profile, profile_digest),
    )
    return number


def reading_of(
    capture: Capture, capture_id: int, outcome: Outcome, run: RunContext, rules_id: int
) -> tuple[Reading | None, Content | None]:
    """What the capture says, and what it shows; None for one that says nothing of any article or file."""
    said, content = saying_of(capture, outcome)
    return (said.reading(capture_id, run, rules_id) if said is not None else None), content


def saying_of(capture: Capture, outcome: Outcome) -> tuple[Saying | None, Content | None]:
    """What capture and outcome alone tell of ``reading_of``."""
    kind = _kind(outcome)
    if kind is None or capture.method != "GET":
        return None, None
    canonical = outcome.canonical_url or capture.url
    own = is_own(capture, canonical)
    content = content_of(canonical, outcome) if isinstance(outcome, ArticleFound) else None
    item = content is not None and own and "?" not in canonical and outcome.page_list_id and outcome.page_item_id
    said = Saying(
        canonical_url=canonical,
        seen_at=utc_text(capture.fetched_at),
        kind=kind,
        own=own,
        content_id=content.id if content is not None else None,
        target=target_of(outcome),
        page_list_id=outcome.page_list_id if item else None,
        page_item_id=outcome.page_item_id if item else None,
        url=capture.url,
        status=capture.status,
        outcome=outcome_name(outcome),
        digest=capture.digest,
        filename=capture.filename,
        offset=capture.offset,
    )
    return said, content


def is_own(capture: Capture, canonical: str) -> bool:
    """Was the page's own address asked for, in whatever spelling?"""
    return capture.url == canonical or surt(capture.url) == surt(canonical)


def _kind(outcome: Outcome) -> Kind | None:
    match outcome:
        case ArticleFound():
            return "shown"
        case NotModified():
            return "not_modified"
        case Redirected():
            return "redirected"
        case FileFound():
            return "file"
        case Rejected(reason=reason) if reason in ABSENT:
            return "missing"
    return None


def target_of(outcome: Outcome) -> str | None:
    """The canonical address a redirect leads to; ``target`` itself is as the server wrote it."""
    if not isinstance(outcome, Redirected):
        return None
    return outcome.links[0].url if outcome.links else outcome.target


def add_reading(conn: sqlite3.Connection, r: Reading) -> None:
    """The reading is kept."""
    what = (r.capture_id, r.canonical_url, r.seen_at, r.kind, int(r.own), r.content_id)
    conn.execute(_INSERT, (*what, r.target, r.page_list_id, r.page_item_id, r.rules_id))


def take_back(conn: sqlite3.Connection, capture_id: int) -> None:
    """The capture, which was held for an article, says that nothing stands at its address."""
    row = conn.execute("select canonical_url, content_id from readings where capture_id = ?", (capture_id,)).fetchone()
    conn.execute(
        "update readings set kind = 'missing', content_id = null, page_list_id = null, page_item_id = null"
        " where capture_id = ? and kind = 'shown'",
        (capture_id,),
    )
    if row is not None and row[1] is not None:
        drop_unshown(conn, *row)


def drop_unshown(conn: sqlite3.Connection, canonical_url: str, content_id: int) -> None:
    """A content that no reading of its address shows any more is not kept."""
    query = "select 1 from readings where canonical_url = ? and content_id = ? limit 1"
    if conn.execute(query, (canonical_url, content_id)).fetchone() is None:
        drop(conn, [content_id])


def readings_of(conn: sqlite3.Connection, addresses: Iterable[str]) -> list[Reading]:
    """Every reading of these addresses, files aside, in the order of capture times."""
    found = [_reading(row) for address in addresses for row in conn.execute(_OF_PAGE, (address,))]
    return sorted(found, key=lambda reading: reading.order)


def same_item(conn: sqlite3.Connection, reading: Reading) -> set[str]:
    """Addresses of the portal that have shown the same list item."""
    if reading.page_item_id is None:
        return set()
    values = (reading.page_list_id, reading.page_item_id, reading.portal)
    return {row[0] for row in conn.execute(_SAME_ITEM, values)}


def pages(conn: sqlite3.Connection, addresses: Iterable[str]) -> Iterator[set[str]]:
    """The addresses and all that show the same list items, parted into sets: each is one article's."""
    left = set(addresses)
    while left:
        page: set[str] = set()
        waiting = {left.pop()}
        while waiting:
            address = waiting.pop()
            page.add(address)
            for reading in readings_of(conn, (address,)):
                waiting |= same_item(conn, reading) - page
        left -= page
        yield page


def _reading(row: tuple[object, ...]) -> Reading:
    names = Reading.__dataclass_fields__
    values = dict(zip(names, row, strict=True))
    values["own"] = bool(values["own"])
    values["portal"] = values["portal"] or values["profile"]
    return Reading(**values)  # type: ignore[arg-type]
