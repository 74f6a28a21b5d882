"""Captures held against their WARC records: each row against its record, each record against its row.

A WARC file is read in pieces, so that several processes share even a single one; each piece begins at a capture's
record. What another archive wrote into the same folder is left alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archive.captures import observed
from archive.errors import WarcError
from archive.identity import candidate_ids
from archive.models import Capture
from archive.proof.finding import Finding
from archive.scrub import scrubbed
from archive.warc import BadRecord, read_captures
from archive.warc.record import MEMBER_HEAD, is_member_head, safe_uri

#: Bytes of a WARC file that are read in one piece.
PIECE = 32 * 1024 * 1024
_COLLISIONS = 4
_ROWS = """
select * from captures where filename = ? and "offset" >= ? and "offset" < ? order by "offset"
"""
#: Beyond every offset; those of records that share a gzip member are below zero.
END = 1 << 62

Reread = Callable[[sqlite3.Connection, Capture, sqlite3.Row], list[tuple[str, str, int | None]]]
"""Extracts a capture again; kinds of findings, what is wrong with the rows made of it, and the article they are of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of a WARC file to be proved."""

    database: Path
    path: Path
    """Where the file stands, under its working name while it is being written."""
    filename: str
    """The name its captures are filed under."""
    begin: int = -END
    end: int = END
    sample: tuple[int, ...] = ()
    """Where given, only the records at these offsets are read, each with the capture that follows it."""
    unsettled: bool = False
    """The file may hold answers that are not stored yet: it is being written, or its run was cut off."""

    @property
    def size(self) -> int:
        """Bytes to be read, about."""
        whole = self.path.stat().st_size
        return len(self.sample) * 20_000 if self.sample else min(whole, self.end) - max(0, self.begin)


@dataclass(kw_only=True, slots=True)
class Read:
    """What a piece held."""

    captures: int = 0
    waiting: int = 0
    """Answers that are recorded and not stored, in a file where that may be."""
    findings: list[Finding]


def prove_piece(piece: Piece, reread: Reread | None = None) -> Read:
    """Hold the piece's records and rows against each other. Runs in a process of its own; opens all it needs."""
    uri = f"file:{quote(str(piece.database.absolute()))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn:
        conn.row_factory = sqlite3.Row
        try:
            return _Prover(conn, piece, reread).prove()
        except sqlite3.DatabaseError as error:
            wrong = f"the runs cannot be read: {error}"
            return Read(findings=[Finding(kind="database_damaged", place=piece.filename, wrong=wrong)])


class _Prover:
    def __init__(self, conn: sqlite3.Connection, piece: Piece, reread: Reread | None) -> None:
        self._conn = conn
        self._piece = piece
        self._reread = reread
        self._read = Read(findings=[])
        self._known_bad = known_bad(conn)
        self._file = -1

    def prove(self) -> Read:
        piece = self._piece
        try:
            self._file = os.open(piece.path, os.O_RDONLY)
        except OSError as error:
            self._found("file_missing", None, f"it cannot be read: {error.strerror}")
            return self._read
        try:
            if piece.sample:
                self._sample()
            else:
                self._whole()
        except WarcError as error:
            self._found("record_damaged", None, str(error))
        except sqlite3.DatabaseError as error:
            self._found("database_damaged", None, f"the database's rows of this file cannot be read: {error}")
        finally:
            os.close(self._file)
        return self._read

    def _whole(self) -> None:
        piece = self._piece
        rows = {row["offset"]: row for row in self._conn.execute(_ROWS, (piece.filename, piece.begin, piece.end))}
        start = max(0, piece.begin)
        for record in read_captures(piece.path, start_offset=start, name=piece.filename, verify=True):
            if record.offset is not None and record.offset >= piece.end:
                break
            row = rows.pop(record.offset, None)
            self._take(record, row)
        for offset, row in rows.items():
            self._found("record_missing", offset, "no record stands there", row)

    def _sample(self) -> None:
        piece = self._piece
        query = 'select * from captures where filename = ? and "offset" = ?'
        for offset in piece.sample:
            row = self._conn.execute(query, (piece.filename, offset)).fetchone()
            records = read_captures(piece.path, start_offset=offset, name=piece.filename, verify=True)
            first = next(records, None)
            if first is None or first.offset != offset:
                self._found("record_missing", offset, "no record stands there", row)
                continue
            self._take(first, row)
            following = next(records, None)
            if isinstance(following, Capture):
                beside = self._conn.execute(query, (piece.filename, following.offset)).fetchone()
                if beside is None:
                    self._take(following, None)

    def _take(self, record: Capture | BadRecord, row: sqlite3.Row | None) -> None:
        if isinstance(record, BadRecord):
            if row is None and (str(record) in self._known_bad or self._piece.unsettled):
                return
            about = f" (its address is {record.url})" if record.url else ""
            self._found("record_damaged", record.offset, f"{record.reason}{about}", row)
        elif row is None:
            if self._piece.unsettled:
                self._read.waiting += 1
            else:
                self._found("record_unknown", record.offset, f"no row of captures knows it ({record.url})")
        else:
            self._read.captures += 1
            self._compare(record, row)
            if row["source"] == "live":
                self._members(record, row)

    def _members(self, capture: Capture, row: sqlite3.Row) -> None:
        """Bytes of a gzip header are in no checksum; those of the file, the answer and its request are as written."""
        for offset in (0, capture.offset or 0, (capture.offset or 0) + (capture.length or 0)):
            head = os.pread(self._file, len(MEMBER_HEAD), offset)
            if not is_member_head(head):
                self._found("record_damaged", offset, "the gzip header before it is not as it was written", row)

    def _compare(self, capture: Capture, row: sqlite3.Row) -> None:
        try:
            told = observed(capture)
            str(told).encode()
        except UnicodeEncodeError:
            capture = scrubbed(capture)
            told = observed(capture)
        # A live address is stored as it was asked for; in the record it is written as a header line can hold it.
        different = [
            name
            for name, value in told.items()
            if row[name] != value
            and not (name == "original" and safe_uri(row[name]) == safe_uri(str(value)))
            and not (name == "source" and (value == "text") == (row[name] == "text") and row[name] in _SOURCES)
        ]
        for name in different:
            self._found(
                "capture_edited", capture.offset, f"{name} is {row[name]!r}, its record says {told[name]!r}", row
            )
        if row["id"] not in capture_ids(row):
            self._found("capture_edited", capture.offset, "its id is not that of its file and offset", row)
        if self._reread is not None and not different:
            for kind, wrong, article_id in self._reread(self._conn, capture, row):
                self._found(kind, capture.offset, wrong, row, article_id)

    def _found(
        self,
        kind: str,
        offset: int | None,
        wrong: str,
        row: sqlite3.Row | None = None,
        article_id: int | None = None,
    ) -> None:
        place = self._piece.filename if offset is None else f"{self._piece.filename} at {offset}"
        self._read.findings.append(
            Finding(
                kind=kind,
                place=f"capture {row['id']} ({place})" if row is not None else place,
                wrong=wrong,
                article_id=article_id,
                capture_id=row["id"] if row is not None else None,
                filename=self._piece.filename,
                offset=offset,
            )
        )


_SOURCES = ("live", "warc", "wayback", "commoncrawl", "text")


def capture_ids(row: sqlite3.Row) -> Iterator[int]:
    """Ids a row of captures may have."""
    if row["filename"] is not None:
        ids = candidate_ids(row["filename"], row["offset"])
    else:
        ids = candidate_ids(*(row[name] for name in ("source", "method", "original", "timestamp", "digest")))
    return (next(ids) for _ in range(_COLLISIONS))


def known_bad(conn: sqlite3.Connection) -> set[str]:
    """Records that could not be read when their file was taken in, as its run reported them."""
    found: set[str] = set()
    for (counts,) in conn.execute("select counts from runs where counts is not null"):
        try:
            told: Any = json.loads(counts)
        except ValueError:
            continue
        bad = told.get("bad") if isinstance(told, dict) else None
        found.update(bad if isinstance(bad, list) else ())
    return found
