"""The database as SQLite sees it: pages, indexes, constraints, foreign keys, and the schema its release has."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sqlite_utils import Database

from archive.index import TABLES
from archive.migrations import migrations
from archive.proof.finding import Finding

#: Lines of SQLite's own report that are looked at; a badly damaged file has one for every page.
MOST = 200

_OF_INDEX = re.compile(r"(?:missing from|entries in|non-unique entry in) index (\S+)")
#: SQLite's own tables hold no content of the archive.
_OURS = " and ".join(
    ("name not like 'sqlite_%'", "name <> '_sqlite_migrations'", *(f"name not glob '{table}_*'" for table in TABLES))
)


def integrity(conn: sqlite3.Connection, *, quick: bool) -> Iterator[Finding]:
    """What SQLite finds in pages, b-trees and constraints; ``quick`` leaves indexes out."""
    try:
        rows = conn.execute(f"pragma {'quick' if quick else 'integrity'}_check({MOST})").fetchall()
    except sqlite3.DatabaseError as error:
        yield Finding(kind="database_damaged", place="database", wrong=str(error))
        return
    broken: set[str] = set()
    for (text,) in rows:
        for line in str(text).splitlines():
            found = _OF_INDEX.search(line)
            if found is None and line not in ("ok", "*** in database main ***"):
                yield Finding(kind="database_damaged", place="database", wrong=line)
            elif found is not None and found[1] not in broken:
                broken.add(found[1])
                yield Finding(kind="index_broken", place=f"index {found[1]}", wrong=line)


def foreign_keys(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Rows that point to rows that are not there."""
    parents: dict[str, dict[int, tuple[str, str]]] = {}
    for table, rowid, parent, number in conn.execute("pragma foreign_key_check").fetchall():
        if table not in parents:
            listed = conn.execute(f"pragma foreign_key_list({table})").fetchall()
            parents[table] = {row[0]: (row[3], row[2]) for row in listed}
        column = parents[table][number][0]
        key = _article_key(conn, table, rowid)
        yield Finding(
            kind="foreign_key",
            place=f"{table} {rowid}",
            wrong=f"its {column} names a row that is not in {parent}",
            article_id=key,
        )


def _article_key(conn: sqlite3.Connection, table: str, rowid: int | None) -> int | None:
    columns = {row[1] for row in conn.execute(f"pragma table_info({table})")}
    name = "id" if table == "articles" else "article_id"
    if rowid is None or name not in columns:
        return None
    row = conn.execute(f"select {name} from {table} where _rowid_ = ?", (rowid,)).fetchone()
    return row[0] if row else None


def schema(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Tables and indexes that differ from those of a new archive, or are missing."""
    wanted, found = released_schema(), _schema(conn)
    for name, (kind, sql) in wanted.items():
        if name not in found:
            yield Finding(kind="schema_differs", place=f"{kind} {name}", wrong="it is missing")
        elif found[name][1] != sql:
            yield Finding(kind="schema_differs", place=f"{kind} {name}", wrong="it is not as this release makes it")
    for name in found.keys() - wanted.keys():
        if found[name][0] == "trigger":
            yield Finding(kind="schema_differs", place=f"trigger {name}", wrong="no release makes one")


def released_schema() -> dict[str, tuple[str, str]]:
    """Name -> kind and statement of everything a new archive's schema holds."""
    with closing(sqlite3.connect(":memory:")) as conn:
        migrations.apply(Database(conn))
        return _schema(conn)


def _schema(conn: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    rows = conn.execute(f"select name, type, sql from sqlite_master where sql is not null and {_OURS}")
    # A column that was added stands in the statement of its table as it was typed; blanks are no difference.
    return {name: (kind, re.sub(r"\s+", " ", sql)) for name, kind, sql in rows}
