"""Articles to take away: as JSON lines with everything that belongs to them, as CSV, as Parquet.

A record tells what the archive tells, under the names of its columns.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from archive.errors import ArchiveError
from archive.spreadsheet import csv_lines

Record = dict[str, Any]

#: Articles read at a time.
BATCH = 200
#: Rows of a Parquet row group.
_GROUP = 5_000

_COLUMNS = (
    *("id", "canonical_url", "portal", "section", "title", "lead", "body_text", "author", "source", "published_at"),
    *("published_raw", "updated_at", "updated_raw", "language", "word_count", "content_digest", "first_seen_at"),
    *("last_seen_at", "status", "removed_at", "extractor_version"),
)
_DOCUMENT = ("number", "type", "issuer", "signer", "issued_on", "effective_on", "abstract", "status")
_PARTS = {
    "attachments": ("attachments", ("url", "text", "filename", "filetype", "digest")),
    "images": ("images", ("url", "caption", "alt")),
}

#: Columns of a table of articles, where everything of one stands in one row.
FLAT = (*_COLUMNS, *(f"document_{name}" for name in _DOCUMENT), *_PARTS)
_NUMBERS = frozenset({"id", "word_count"})


class ExportError(ArchiveError):
    """The export cannot be written as asked; the message says what to do."""


def records(conn: sqlite3.Connection, ids: Iterable[int]) -> Iterator[Record]:
    """The articles of these ids, in this order; one that is no longer there is passed over."""
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        found = batch_of(conn, batch)
        yield from (found[key] for key in batch if key in found)


def batch_of(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Record]:
    """A few articles with their documents, files and pictures, by id."""
    marks = ", ".join("?" * len(ids))
    found = {
        row["id"]: row for row in _rows(conn, f"select {_names(_COLUMNS)} from articles where id in ({marks})", ids)
    }
    for row in found.values():
        row |= {"document": None, **{name: [] for name in _PARTS}}
    sql = f"select article_id, {_names(_DOCUMENT)} from documents where article_id in ({marks})"
    for row in _rows(conn, sql, ids):
        found[row.pop("article_id")]["document"] = row
    for name, (table, columns) in _PARTS.items():
        sql = f"select article_id, {_names(columns)} from {table} where article_id in ({marks}) order by position"
        for row in _rows(conn, sql, ids):
            found[row.pop("article_id")][name].append(row)
    return found


def flat(record: Record) -> list[Any]:
    """A record as one row of ``FLAT``; addresses of files and pictures on a line each."""
    document = record["document"] or {}
    parts = ["\n".join(str(part["url"]) for part in record[name]) or None for name in _PARTS]
    return [*(record[name] for name in _COLUMNS), *(document.get(name) for name in _DOCUMENT), *parts]


def json_line(record: Record) -> str:
    """A record as one line of JSON, ended."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_jsonl(found: Iterable[Record], out: IO[str]) -> int:
    """Writes a line for every record; returns how many."""
    return sum(bool(out.write(json_line(record))) for record in found)


def write_csv(found: Iterable[Record], out: IO[str]) -> int:
    """Writes a table with a line of column names, harmless for spreadsheets; returns how many records."""
    out.write(csv_lines([FLAT]))
    return sum(bool(out.write(csv_lines([flat(record)]))) for record in found)


def write_parquet(found: Iterable[Record], path: Path | IO[bytes]) -> int:
    """Writes a Parquet file (zstd), whole or not at all; returns how many records.

    Raises ExportError when the optional extra is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow; install it with: pip install 'portal-archive[parquet]'") from error
    kinds = {name: pyarrow.int64() if name in _NUMBERS else pyarrow.string() for name in FLAT}
    schema = pyarrow.schema(kinds.items())
    rows = iter(found)
    count = 0
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := [flat(record) for record in islice(rows, _GROUP)]:
            columns = [
                pyarrow.array(values, kinds[name]) for name, values in zip(FLAT, zip(*group, strict=True), strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
            count += len(group)
    return count


def write_whole(path: Path, write: Callable[[Path], int]) -> int:
    """What ``write`` writes to a new file stands at ``path`` when all of it is there; else nothing changed there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        made = write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return made


def _names(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _rows(conn: sqlite3.Connection, sql: str, values: Sequence[int]) -> Iterator[Record]:
    cursor = conn.cursor()
    cursor.row_factory = None  # the caller's connection may make something else of rows
    cursor.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
