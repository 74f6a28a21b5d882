"""A stored answer found again: the latest capture of an address, read from its WARC file."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from archive.cdx import surt
from archive.database import open_readonly, warc_folder
from archive.errors import QueryError, WarcError
from archive.models import Capture, Source
from archive.warc import read_capture
from archive.warc.record import OPEN

# A revisit has no payload of its own: the earlier capture that has it says what the page held.
_LATEST = """
select original, filename, "offset", length, source from captures
where urlkey = ? and timestamp < ? and filename is not null and not revisit and statuscode <> 304
order by outcome in ('article', 'listing') desc, timestamp desc, id desc limit 1
"""
_BY_ID = 'select original, filename, "offset", length, source from captures where id = ?'
_ANY = "select count(*), min(timestamp) from captures where urlkey = ?"


def retrieve(archive: Path, url: str, at: date | None = None) -> Capture:
    """The capture of an address that shows what it held last, or on the day ``at`` and before.

    An answer that was read counts before a later one that held nothing. Raises QueryError when there is none,
    WarcError when its file is missing or damaged.
    """
    before = (at + timedelta(days=1)).strftime("%Y%m%d") if at else "9"
    with open_readonly(archive) as conn:
        row = conn.execute(_LATEST, (surt(url), before)).fetchone()
        count, first = conn.execute(_ANY, (surt(url),)).fetchone()
    if row is None:
        if count and at:
            raise QueryError(
                f"no capture of {url} is as old as {at}; the first is of {first[:4]}-{first[4:6]}-{first[6:8]}"
            )
        known = "none of its captures has a page of its own" if count else "no capture of it is in the archive"
        raise QueryError(f"{url}: {known}; look for it with: portal-archive search")
    return _read(archive, row)


def recall(conn: sqlite3.Connection, archive: Path, capture_id: int) -> Capture | None:
    """A capture by its id; None when its record is gone or cannot be read."""
    row = conn.execute(_BY_ID, (capture_id,)).fetchone()
    try:
        return _read(archive, row) if row is not None and row[1] is not None else None
    except WarcError:
        return None


def _read(archive: Path, row: tuple[Any, ...] | sqlite3.Row) -> Capture:
    _, filename, offset, length, source = row
    return read_capture(standing_path(archive, filename), offset, length, source=source_of(source), name=filename)


def standing_path(archive: Path, filename: str) -> Path:
    """Where the file that captures are filed under stands now."""
    path = warc_folder(archive) / filename
    return path if path.exists() else path.with_name(path.name + OPEN)  # a crawl is writing it


def source_of(text: str) -> Source:
    """``captures.source`` as a capture has it."""
    known: dict[str, Source] = {"live": "live", "wayback": "wayback", "commoncrawl": "commoncrawl", "text": "text"}
    return known.get(text, "warc")
