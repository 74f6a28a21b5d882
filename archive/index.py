"""The search index, kept in step with the articles and the texts of their files.

Only this module and :mod:`archive.entries` write it. ``articles_fts`` and ``file_texts_fts`` are fed with folded text,
``search_terms`` with the terms of it, so the index must be told the very texts it holds before it can forget them: the
store notes them in ``search_queue`` when it changes an article, triggers note a file's in ``file_queue``, and
:func:`refresh` takes them out and puts the present ones in. A release that folds otherwise or indexes other columns
comes with a migration that empties the index and lets every article wait.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from archive import entries
from archive.entries import Entry, Numbered
from archive.errors import DatabaseError
from archive.indexed import SEARCHED, Known

#: Article columns that are searched.
INDEXED = SEARCHED

#: The same in the order of the index's columns; ``alt`` follows them there. A place in any but the first column takes
#: two bytes more, and most words stand in the text.
ORDERED = ("body_text", "title", "lead", "author", "source", "section")

#: The index's virtual tables; SQLite keeps each in tables of its own, whose names begin with these and an underscore.
TABLES = ("articles_fts", "file_texts_fts", "search_terms")

_COLUMNS = ", ".join((*ORDERED, "alt"))
_PLACES = [INDEXED.index(name) for name in ORDERED]
_MARKS = ", ".join("?" * (len(INDEXED) + 2))
_INSERT = f"insert into articles_fts(rowid, {_COLUMNS}) values ({_MARKS})"
_DELETE = f"insert into articles_fts(articles_fts, rowid, {_COLUMNS}) values ('delete', {_MARKS})"
_INSERT_FILE = "insert into file_texts_fts(rowid, text, alt) values (?, ?, ?)"
_DELETE_FILE = "insert into file_texts_fts(file_texts_fts, rowid, text, alt) values ('delete', ?, ?, ?)"
_BATCH = 200


def indexed_texts(row: Mapping[str, Any] | sqlite3.Row) -> dict[str, str]:
    """The searched texts of an article row, NULL as empty.

    The store writes this value of the *old* row, as JSON, to ``search_queue.indexed`` before it changes an article
    that is in the index (and NULL for a new one); an article that already waits keeps its entry.
    """
    return {name: row[name] or "" for name in INDEXED}


def refresh(db: Database | sqlite3.Connection, known: Known = MappingProxyType({})) -> int:
    """Everything that waits is in the index as it now stands, and nothing waits any more.

    ``known`` saves working out anew what the index holds of some articles. Returns how many articles and files' texts
    waited. One transaction: it happens whole or not at all, and inside a transaction of the caller it is part of that.
    """
    connection = _connection(db)
    with _transaction(connection):
        done = _refresh_articles(connection, known) + _refresh_files(connection)
        if done:
            entries.count_when_grown(connection)
    return done


def _refresh_articles(connection: sqlite3.Connection, known: Known) -> int:
    names = ", ".join(f"a.{name}" for name in INDEXED)
    waiting = "from search_queue q left join articles a on a.id = q.article_id"
    done = 0
    for batch in _batches(connection, f"select q.article_id, q.indexed, a.rowid, {names} {waiting}"):
        old = [entries.article_entry(row[0], json.loads(row[1])) for row in batch if row[1] is not None]
        _take_out_articles(connection, old)
        new = [(row[2], row[0], dict(zip(INDEXED, row[3:], strict=True))) for row in batch if row[2] is not None]
        _add_articles(connection, [(number, entries.article_entry(key, texts, known)) for number, key, texts in new])
        done += len(batch)
    connection.execute("delete from search_queue")
    return done


def _refresh_files(connection: sqlite3.Connection) -> int:
    waiting = "from file_queue q left join file_texts f on f.id = q.file_id"
    done = 0
    for batch in _batches(connection, f"select q.file_id, q.indexed, f.text {waiting}"):
        old = [entries.file_entry(row[0], row[1]) for row in batch if row[1] is not None]
        removed = entries.take_out(connection, old)
        connection.executemany(_DELETE_FILE, [_file_row(entry) for _, entry in removed])
        _add_files(connection, [(row[0], row[2]) for row in batch if row[2] is not None])
        done += len(batch)
    connection.execute("delete from file_queue")
    return done


def forget(connection: sqlite3.Connection, article_id: int, texts: Mapping[str, str | None]) -> None:
    """The article's entry, made of these texts, is in the index no more. Part of the caller's transaction."""
    _take_out_articles(connection, [entries.article_entry(article_id, texts)])


def withdraw(connection: sqlite3.Connection, article_id: int) -> None:
    """The article, which waits and is no more, is out of the index; inside the caller's transaction."""
    row = connection.execute("select indexed from search_queue where article_id = ?", (article_id,)).fetchone()
    if row is not None and row[0] is not None:
        forget(connection, article_id, json.loads(row[0]))
    connection.execute("delete from search_queue where article_id = ?", (article_id,))


def rebuild(db: Database | sqlite3.Connection) -> int:
    """The index made anew from all articles and files' texts, in one transaction; nothing waits any more.

    Returns how many articles there are.
    """
    connection = _connection(db)
    done = 0
    with _transaction(connection):
        for table in ("articles_fts", "file_texts_fts"):
            connection.execute(f"insert into {table}({table}) values ('delete-all')")
        entries.empty(connection)
        entries.number_all(connection)
        for batch in _batches(connection, f"select rowid, id, {', '.join(INDEXED)} from articles order by id"):
            rows = [(row[0], row[1], dict(zip(INDEXED, row[2:], strict=True))) for row in batch]
            _add_articles(connection, [(number, entries.article_entry(key, texts)) for number, key, texts in rows])
            done += len(batch)
        for batch in _batches(connection, "select id, text from file_texts order by id"):
            _add_files(connection, batch)
        for queue in ("search_queue", "file_queue"):
            connection.execute(f"delete from {queue}")
        optimize(connection)
        entries.count_when_grown(connection)
    return done


def optimize(connection: sqlite3.Connection) -> None:
    """The index is as small as it can be, and holds nothing of what was taken out of it."""
    for table in TABLES:
        connection.execute(f"insert into {table}({table}) values ('optimize')")


def _add_articles(connection: sqlite3.Connection, added: list[Numbered]) -> None:
    # FTS5 writes out what it has gathered whenever a number is no greater than the one before.
    added.sort(key=lambda one: one[0])
    add_words(connection, added)
    entries.put_in(connection, added)


def add_words(connection: sqlite3.Connection, added: list[Numbered]) -> None:
    """The words of these articles are in ``articles_fts``, and nothing else is told of them."""
    connection.executemany(_INSERT, [_article_row(*one) for one in added])


def _take_out_articles(connection: sqlite3.Connection, gone: list[Entry]) -> None:
    removed = entries.take_out(connection, gone)
    connection.executemany(_DELETE, [_article_row(*one) for one in removed])


def _add_files(connection: sqlite3.Connection, rows: list[Any]) -> None:
    added = [entries.file_entry(key, text) for key, text in rows]
    connection.executemany(_INSERT_FILE, map(_file_row, added))
    entries.put_in(connection, list(enumerate(added, entries.next_number(connection))))


def _article_row(number: int, entry: Entry) -> tuple[int | str, ...]:
    return (number, *(entry.indexed.folded[place] for place in _PLACES), entry.indexed.alt)


def _file_row(entry: Entry) -> tuple[int | str, ...]:
    return (entry.id, *entry.indexed.folded[1:], entry.indexed.alt)


def _connection(db: Database | sqlite3.Connection) -> sqlite3.Connection:
    connection = db.conn if isinstance(db, Database) else db
    if connection is None:
        raise DatabaseError("the database is closed; open it again")
    return connection


def _batches(connection: sqlite3.Connection, sql: str) -> Iterator[list[Any]]:
    # A batch holds a few hundred whole articles at most; reading goes on while the index is written.
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(sql)
    while batch := cursor.fetchmany(_BATCH):
        yield batch


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; nested in the caller's transaction when there is one."""
    nested = connection.in_transaction
    connection.execute("savepoint search_index" if nested else "begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback to search_index" if nested else "rollback")
        raise
    finally:
        if nested:
            connection.execute("release search_index")
    if not nested:
        connection.execute("commit")
