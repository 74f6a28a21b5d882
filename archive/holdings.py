"""What other archives hold of a portal: their index rows, and what became of each here.

The rows outlive a run: a later one goes on where it stopped, and the list of holes is told from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from archive.cdx import utc_text

State = Literal["waiting", "taken", "missing", "failed", "left"]

#: A failed row waits this long before it is asked for again, doubled each time, at most a month.
FIRST_RETRY, LAST_RETRY = timedelta(hours=6), timedelta(days=30)

_ADD = """
insert into holdings (source, collection, urlkey, timestamp, original, mimetype, statuscode, digest,
                      filename, "offset", length, state, reason, priority)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (source, collection, original, timestamp) do nothing
"""
_COLUMNS = (
    'id, source, collection, urlkey, timestamp, original, mimetype, statuscode, digest, filename, "offset", length'
)
_WAITS = "source = ? and (state = 'waiting' or (state = 'failed' and next_attempt_at <= ?))"
_WAITING = f"select {_COLUMNS}, attempts from holdings where {_WAITS} order by priority, id limit ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One row of another archive's index."""

    urlkey: str
    timestamp: str
    """Fourteen digits."""
    original: str
    mimetype: str
    statuscode: int | None
    """None for a row that names none, such as a revisit's."""
    digest: str
    collection: str = ""
    """The crawl it belongs to, where the archive has several."""
    filename: str | None = None
    """WARC file, offset and length, where the archive tells them."""
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """A row that is to be fetched."""

    id: int
    held: Held
    attempts: int


def add_held(conn: sqlite3.Connection, source: str, rows: Iterable[tuple[Held, str | None]]) -> int:
    """Remember rows; a reason beside one means it is left there. Known rows stay as they are. Returns the new ones."""
    before = conn.total_changes
    conn.executemany(
        _ADD,
        [
            (
                *(source, row.collection, row.urlkey, row.timestamp, row.original, row.mimetype, row.statuscode),
                *(row.digest, row.filename, row.offset, row.length, "left" if reason else "waiting", reason),
                _priority(row),
            )
            for row, reason in rows
        ],
    )
    return conn.total_changes - before


def _priority(row: Held) -> int:
    """Pages come first, then files: an interrupted recovery holds what readers ask for."""
    if row.statuscode in (200, None) and row.mimetype.lower().startswith(("text/html", "warc/revisit")):
        return 0
    return 1 if row.statuscode in (200, None) else 2


def waiting(conn: sqlite3.Connection, source: str, now: datetime, *, limit: int = 500) -> list[Lead]:
    """Rows of the source to fetch, pages first, in the order they were listed."""
    rows = conn.execute(_WAITING, (source, utc_text(now), limit)).fetchall()
    return [
        Lead(
            id=row[0],
            attempts=row[12],
            held=Held(
                collection=row[2],
                urlkey=row[3],
                timestamp=row[4],
                original=row[5],
                mimetype=row[6],
                statuscode=row[7],
                digest=row[8],
                filename=row[9],
                offset=row[10],
                length=row[11],
            ),
        )
        for row in rows
    ]


def count_waiting(conn: sqlite3.Connection, source: str, now: datetime) -> int:
    """How many rows of the source ``waiting`` gives."""
    row = conn.execute(f"select count(*) from holdings where {_WAITS}", (source, utc_text(now))).fetchone()
    return int(row[0])


def settle(
    conn: sqlite3.Connection,
    lead: Lead,
    state: State,
    now: datetime,
    *,
    reason: str | None = None,
    capture_id: int | None = None,
) -> None:
    """What became of a row. A failed one is asked for again by a later run."""
    retry = min(LAST_RETRY, FIRST_RETRY * 2 ** min(lead.attempts, 12)) if state == "failed" else None
    conn.execute(
        "update holdings set state = ?, reason = ?, capture_id = ?, attempts = attempts + 1, settled_at = ?,"
        " next_attempt_at = ? where id = ?",
        (state, reason, capture_id, utc_text(now), utc_text(now + retry) if retry else None, lead.id),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """A part of another archive's index that is listed by itself."""

    collection: str = ""
    query: str
    """Host, prefix or domain, as asked for."""
    since: str = ""
    """First digits of a timestamp, empty for the beginning."""
    until: str = ""
    resume: str | None = None
    """Where listing goes on; None at its start."""


def open_slices(conn: sqlite3.Connection, source: str, query: str) -> list[Slice]:
    """Slices of the query that were begun and not finished."""
    rows = conn.execute(
        'select collection, query, since, "until", resume from holding_lists'
        " where source = ? and query = ? and state = 'open' order by rowid",
        (source, query),
    )
    return [Slice(collection=row[0], query=row[1], since=row[2], until=row[3], resume=row[4]) for row in rows]


def listed(conn: sqlite3.Connection, source: str, query: str) -> set[tuple[str, str, str]]:
    """(collection, since, until) of every slice of the query that was listed to its end."""
    rows = conn.execute(
        "select collection, since, \"until\" from holding_lists where source = ? and query = ? and state = 'done'",
        (source, query),
    )
    return {(row[0], row[1], row[2]) for row in rows}


def note_slice(conn: sqlite3.Connection, source: str, part: Slice, now: datetime, *, done: bool, rows: int = 0) -> None:
    """Keep how far a slice is listed; ``rows`` were added since it was last noted."""
    conn.execute(
        'insert into holding_lists (source, collection, query, since, "until", resume, state, rows, listed_at)'
        ' values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, collection, query, since, "until") do update set'
        " resume = excluded.resume, state = excluded.state, rows = rows + excluded.rows,"
        " listed_at = excluded.listed_at",
        (
            *(source, part.collection, part.query, part.since, part.until, part.resume),
            *("done" if done else "open", rows, utc_text(now)),
        ),
    )


def drop_slice(conn: sqlite3.Connection, source: str, part: Slice) -> None:
    """A slice that was too large is listed in smaller ones instead."""
    conn.execute(
        'delete from holding_lists where source = ? and collection = ? and query = ? and since = ? and "until" = ?',
        (source, part.collection, part.query, part.since, part.until),
    )
