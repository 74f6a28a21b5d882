"""Opening the archive's SQLite file: made, recognised, brought up to date, or refused with one clear line.

A file is ours when ``pragma application_id`` says so. Anything else is left untouched.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from archive.backup import back_up
from archive.errors import DatabaseError
from archive.migrations import APPLICATION_ID, migrations

log = logging.getLogger(__name__)

OLDER = "was made by an older release; bring it up to date with: portal-archive migrate"

_MAGIC = b"SQLite format 3\x00"
#: Milliseconds a statement waits for another process's transaction.
BUSY_TIMEOUT = 10_000

#: Page cache of the writer. Ids are hashes, so inserts fall anywhere in a table: its upper pages should stay at hand.
CACHE_KIB = 32 * 1024

#: Pages the write-ahead log gathers before they are put in their places, a page changed many times only once.
CHECKPOINT_PAGES = 8_000


def open_database(path: Path, *, create: bool = False, busy_timeout: int = BUSY_TIMEOUT) -> Database:
    """The archive at ``path``, ready to be written: schema up to date, WAL, foreign keys on.

    With ``create`` a missing or empty file becomes an archive. An archive of an older release is copied beside itself
    before its schema changes. Raises DatabaseError, and then nothing was changed, when the file is missing, foreign, no
    database, newer than this program, locked, or cannot be written.
    """
    path = Path(path)
    _check_file(path, create=create, write=True)
    with sqlite_errors(path):
        conn = sqlite3.connect(path, isolation_level=None, timeout=busy_timeout / 1000)
        try:
            db = Database(conn)
            fresh = _recognise(path, conn, create=create)
            _refuse_newer(path, db)
            conn.execute("pragma journal_mode = wal")
            _migrate(path, db, fresh=fresh)
            conn.execute("pragma synchronous = normal")
            conn.execute("pragma foreign_keys = on")
            conn.execute("pragma temp_store = memory")  # what a part of a transaction may have to undo
            conn.execute(f"pragma cache_size = -{CACHE_KIB:d}")
            conn.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES:d}")
            conn.execute(f"pragma busy_timeout = {busy_timeout:d}")
        except BaseException:
            conn.close()
            raise
    return db


@contextmanager
def open_readonly(path: Path, *, busy_timeout: int = BUSY_TIMEOUT) -> Iterator[sqlite3.Connection]:
    """A connection that can only read; rows answer to names and numbers. Works beside a running crawl.

    An archive in a folder that cannot be written (a mounted copy) is read as it stands. Raises DatabaseError as
    ``open_database`` does; what SQLite says of the file inside the block becomes DatabaseError as well.
    """
    with closing(_connect_readonly(path, busy_timeout=busy_timeout)) as conn, sqlite_errors(Path(path)):
        try:
            yield conn
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such") and steps_of(conn):
                raise DatabaseError(f"{path} {OLDER}") from error
            raise


def pending_steps(path: Path) -> list[str]:
    """Names of the schema's steps that the archive has not taken yet; empty for one of this release."""
    with closing(_connect_readonly(path, busy_timeout=BUSY_TIMEOUT)) as conn, sqlite_errors(path):
        return steps_of(conn)


def steps_of(conn: sqlite3.Connection) -> list[str]:
    """``pending_steps`` of an open archive."""
    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    return [step.name for step in migrations.pending(db)]


def warc_folder(path: Path) -> Path:
    """Where the WARC files of the archive at ``path`` stand: ``warc`` beside it."""
    return path.parent / "warc"


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite says of the file into a DatabaseError of one line; programming errors pass as they are."""
    try:
        yield
    except sqlite3.Error as error:
        told = _told(path, error)
        if told is None:
            raise
        raise DatabaseError(told) from error


def _told(path: Path, error: sqlite3.Error) -> str | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, text in _TOLD.items():
        if name.startswith(prefix):
            return text.format(path=path)
    return None


_TOLD = {
    "SQLITE_BUSY": "{path} is being written by another program; wait until it is done, or stop it",
    "SQLITE_LOCKED": "{path} is being written by another program; wait until it is done, or stop it",
    "SQLITE_FULL": "the disk is full: {path} cannot grow; free some space and run the same command again",
    "SQLITE_IOERR": "{path}: the disk failed or is full; check it, then run the same command again",
    "SQLITE_READONLY": "{path} cannot be written; make the file and its folder writable, or copy it elsewhere",
    "SQLITE_CANTOPEN": "{path} cannot be opened; check that its folder exists and may be written to",
    "SQLITE_PERM": "{path} cannot be opened; check its permissions",
    "SQLITE_NOTADB": "{path} is no database; name an archive, or a file that does not exist yet",
    "SQLITE_CORRUPT": "{path} is damaged; restore a copy, or rebuild it from its WARC files",
}


def _check_file(path: Path, *, create: bool, write: bool) -> None:
    """What can be told without SQLite, which would make a file or name the trouble badly."""
    try:
        if path.is_dir():
            raise DatabaseError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise DatabaseError(f"{path}: the folder {path.parent} does not exist; make it first")
        if not path.exists():
            if not create:
                raise DatabaseError(f"{path} does not exist; run a crawl first, or name another archive")
            if not os.access(path.parent, os.W_OK | os.X_OK):
                raise DatabaseError(f"{path.parent} cannot be written; make it writable or choose another folder")
            return
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise DatabaseError(f"cannot read {path}: {error.strerror}; check its permissions") from error
    if start != _MAGIC and (start or not create):
        raise DatabaseError(f"{path} is no database; name an archive, or a file that does not exist yet")
    if write and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise DatabaseError(_TOLD["SQLITE_READONLY"].format(path=path))


def _connect_readonly(path: Path, *, busy_timeout: int) -> sqlite3.Connection:
    path = Path(path)
    _check_file(path, create=False, write=False)
    with sqlite_errors(path):
        conn = sqlite3.connect(_readonly_uri(path), uri=True, isolation_level=None, timeout=busy_timeout / 1000)
        try:
            conn.row_factory = sqlite3.Row
            _recognise(path, conn, create=False)
            _refuse_newer(path, Database(conn, recursive_triggers=False, execute_plugins=False))
            conn.execute("pragma query_only = on")
        except BaseException:
            conn.close()
            raise
    return conn


def _recognise(path: Path, conn: sqlite3.Connection, *, create: bool) -> bool:
    """Is it an empty file that may become an archive? Raises DatabaseError for a foreign database."""
    ours = conn.execute("pragma application_id").fetchone()[0] == APPLICATION_ID
    if ours:
        return False
    empty = conn.execute("select count(*) from sqlite_master").fetchone()[0] == 0
    if empty and create:
        return True
    raise DatabaseError(f"{path} is a database of another program; name an archive, or a file that does not exist yet")


def _migrate(path: Path, db: Database, *, fresh: bool) -> None:
    """Apply what is missing, all of it or nothing."""
    conn = db.conn
    if not fresh and not migrations.pending(db):
        return
    conn.execute("begin immediate")
    try:
        fresh = _recognise(path, conn, create=fresh)  # another process may have come first
        steps = [step.name for step in migrations.pending(db)]
        if steps and not fresh:  # nobody else writes now, and what is committed is what will be changed
            log.warning("%s: bringing the schema up to date; as it was it stands in %s", path, back_up(path, steps[0]))
        conn.execute(f"pragma application_id = {APPLICATION_ID}")
        migrations.apply(db)
        conn.execute("commit")
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback")
        raise


def _refuse_newer(path: Path, db: Database) -> None:
    known = {migration.name for migration in migrations._migrations}
    unknown = [migration.name for migration in migrations.applied(db) if migration.name not in known]
    if unknown:
        raise DatabaseError(f"{path} was made by a newer version (it has {unknown[-1]}); upgrade portal-archive")


def _readonly_uri(path: Path) -> str:
    """A database in WAL mode needs its folder to be writable, unless it is promised that nobody writes to it."""
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    return f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if alone else ''}"
