"""What no page and no query of the site can read: the crawler's frontier, what went wrong inside, what was taken down.

SQLite asks before it reads a column; of these it gets NULL instead. On the machine itself ``portal-archive sql`` and
``portal-archive failures`` tell everything.
"""

from __future__ import annotations

import sqlite3

#: Table -> columns that are veiled; None for all of them.
VEILED: dict[str, frozenset[str] | None] = {
    "frontier": None,
    "search_queue": None,
    "file_queue": None,
    "hosts": None,
    "failures": frozenset({"detail"}),
    "repairs": None,
    "run_ends": None,
    "tombstones": None,
}

_MAX_VALUE = 16 * 1024 * 1024  # bytes of one value; hex(zeroblob(1e9)) must not fill the memory


def veil(conn: sqlite3.Connection) -> None:
    """The connection reads no veiled column, no value above 16 MiB, and writes nothing."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
    conn.set_authorizer(_veiled)


def _veiled(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_READ and first in VEILED:
        columns = VEILED[first]
        if columns is None or second in columns:
            return sqlite3.SQLITE_IGNORE
    return sqlite3.SQLITE_OK
