"""Rows of ``captures``: one for every answer, under the CDX names."""

from __future__ import annotations

import sqlite3

from archive.cdx import surt, timestamp
from archive.identity import candidate_ids
from archive.models import Capture, Outcome, Rejected, outcome_name

_INSERT = """
insert into captures (id, run_id, urlkey, timestamp, original, mimetype, statuscode, digest, filename, "offset", length,
                      source, method, revisit, truncated, outcome, reason, layout, fingerprint, detail)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_AT = 'select filename, "offset", original, timestamp, digest, source, method from captures where id = ?'


def find_capture(conn: sqlite3.Connection, capture: Capture) -> tuple[int, bool]:
    """The capture's id, and whether it is already recorded.

    A capture is the record it stands in: file and offset. One that stands in no WARC file is its source, address, time
    and payload.
    """
    stamp = timestamp(capture.fetched_at)
    if capture.filename is not None:
        key: tuple[object, ...] = (capture.filename, capture.offset)
    else:
        key = (capture.source, capture.method, capture.url, stamp, capture.digest)
    for number in candidate_ids(*key):
        row = conn.execute(_AT, (number,)).fetchone()
        if row is None:
            return number, False
        filename, offset, original, time, digest, source, method = row
        stored = (filename, offset) if capture.filename is not None else (source, method, original, time, digest)
        if stored == key and (filename is None) == (capture.filename is None):
            return number, True
    raise AssertionError("unreachable: there is always another candidate")


def observed(capture: Capture) -> dict[str, object]:
    """The columns of a capture's row that its record alone tells."""
    return {
        "urlkey": surt(capture.url),
        "timestamp": timestamp(capture.fetched_at),
        "original": capture.url,
        "mimetype": capture.mimetype,
        "statuscode": capture.status,
        "digest": capture.digest,
        "filename": capture.filename,
        "offset": capture.offset,
        "length": capture.length,
        "source": capture.source,
        "method": capture.method,
        "revisit": int(capture.revisit),
        "truncated": capture.truncated,
    }


def told_of(capture: Capture, outcome: Outcome, mark: str | None) -> tuple[object, ...]:
    """A capture's row but its id and its run; ``mark`` is the fingerprint of what it shows."""
    rejected = outcome if isinstance(outcome, Rejected) else None
    return (
        *observed(capture).values(),
        outcome_name(outcome),
        rejected.reason if rejected is not None else None,
        outcome.layout,
        mark,
        rejected.detail if rejected is not None else None,
    )


def add_capture(conn: sqlite3.Connection, number: int, run_id: int | None, told: tuple[object, ...]) -> None:
    """Insert the row of a capture that is not there yet, of which ``told_of`` gives the rest."""
    conn.execute(_INSERT, (number, run_id, *told))


def known_offsets(conn: sqlite3.Connection, filename: str, start: int, end: int | None) -> frozenset[int]:
    """Offsets of the captures of a file that begin from ``start`` on and before ``end``.

    A record that begins no gzip member has a negative one: it belongs to the stretch at the file's start.
    """
    bounds = (start if start else -(1 << 62), end if end is not None else 1 << 62)
    query = 'select "offset" from captures where filename = ? and "offset" >= ? and "offset" < ?'
    return frozenset(row[0] for row in conn.execute(query, (filename, *bounds)))
