"""What a repair has done, as it stands in the table repairs."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.cdx import utc_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that was mended."""

    kind: str
    place: str
    wrong: str
    done: str


class Journal:
    """Notes every change beside the change itself, in the same transaction."""

    def __init__(self, conn: sqlite3.Connection, now: datetime) -> None:
        self._conn = conn
        self._now = utc_text(now)
        self.entries: list[Entry] = []

    def note(self, kind: str, place: str, wrong: str, done: str, before: dict[str, Any] | None = None) -> None:
        """Something was mended; ``before`` is the row as it was."""
        self.entries.append(Entry(kind=kind, place=place, wrong=wrong, done=done))
        told = json.dumps(before, ensure_ascii=False, default=_plain) if before is not None else None
        self._conn.execute(
            "insert into repairs (repaired_at, kind, place, wrong, done, before) values (?, ?, ?, ?, ?, ?)",
            (self._now, kind, place, wrong, done, told),
        )


def row_of(conn: sqlite3.Connection, table: str, rowid: int | None) -> dict[str, Any] | None:
    """A row as the table has it, by its rowid."""
    cursor = conn.execute(f'select * from "{table}" where _rowid_ = ?', (rowid,))
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row is not None else None


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
