"""Reading an archive without ever changing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from archive.errors import DatabaseError
from archive.migrations import APPLICATION_ID, migrations

_MADE_BY = "an archive is made by: portal-archive crawl"
_KNOWN = frozenset(step.name for step in migrations.pending(Database(memory=True)))


def open_readonly(path: str | Path) -> sqlite3.Connection:
    """A connection that can only read the archive at that path; another process may go on writing it.

    Raises DatabaseError when there is no such file, when it is no archive, or when it was made by another release.
    """
    path = Path(path)
    if not path.is_file():
        raise DatabaseError(f"{path} does not exist; {_MADE_BY}")
    try:
        connection = _connect(path)
        _check(connection, path)
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{path} cannot be read: {error}; {_MADE_BY}") from error
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=10)
    try:
        connection.execute("select 1 from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # A database in WAL mode on a read-only medium opens only as one that nobody writes.
        if path.with_name(path.name + "-wal").exists():
            raise
        connection = sqlite3.connect(f"{uri}&immutable=1", uri=True)
        connection.execute("select 1 from sqlite_master").fetchone()
    connection.execute("pragma query_only = on")
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        connection.close()
        raise DatabaseError(f"{path} is no portal archive; name another file, or leave it out for the usual one")
    database = Database(connection)
    newer = {step.name for step in migrations.applied(database)} - _KNOWN
    if newer or migrations.pending(database):
        connection.close()
        remedy = "install that release" if newer else "bring it up to date with: portal-archive update"
        raise DatabaseError(f"{path} was made by {'a newer' if newer else 'an older'} release; {remedy}")
