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
from typing import Any

from sqlite_utils import Database

from archive import entries
from archive.errors import DatabaseError
from archive.vietnamese import alt_syllables, fold

#: Article columns that are searched, in the order of the index's columns; ``alt`` follows them there.
INDEXED = entries.SEARCHED

#: The index's virtual tables; SQLite keeps each in tables of its own, whose names begin with these and an underscore.
TABLES = ("articles_fts", "file_texts_fts", "search_terms")

_COLUMNS = ", ".join((*INDEXED, "alt"))
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


def refresh(db: Database | sqlite3.Connection) -> int:
    """Everything that waits is in the index as it now stands, and nothing waits any more.

    Returns how many articles and files' texts did. One transaction: it happens whole or not at all, and inside a
    transaction of the caller it is part of that one.
    """
    connection = _connection(db)
    with _transaction(connection):
        done = _refresh_articles(connection) + _refresh_files(connection)
        if done:
            entries.count_when_grown(connection)
    return done


def _refresh_articles(connection: sqlite3.Connection) -> int:
    names = ", ".join(f"a.{name}" for name in INDEXED)
    waiting = "from search_queue q left join articles a on a.id = q.article_id"
    done = 0
    for batch in _batches(connection, f"select q.article_id, q.indexed, a.id, {names} {waiting}"):
        old = [(row[0], json.loads(row[1])) for row in batch if row[1] is not None]
        new = [(row[0], dict(zip(INDEXED, row[3:], strict=True))) for row in batch if row[2] is not None]
        connection.executemany(_DELETE, [(key, *_entry(texts)) for key, texts in old])
        entries.take_out(connection, [entries.article_entry(key, texts) for key, texts in old])
        _add_articles(connection, new)
        done += len(batch)
    connection.execute("delete from search_queue")
    return done


def _refresh_files(connection: sqlite3.Connection) -> int:
    waiting = "from file_queue q left join file_texts f on f.id = q.file_id"
    done = 0
    for batch in _batches(connection, f"select q.file_id, q.indexed, f.text {waiting}"):
        old = [(row[0], row[1]) for row in batch if row[1] is not None]
        connection.executemany(_DELETE_FILE, [(key, *_file_entry(text)) for key, text in old])
        entries.take_out(connection, [entries.file_entry(key, text) for key, text in old])
        _add_files(connection, [(row[0], row[2]) for row in batch if row[2] is not None])
        done += len(batch)
    connection.execute("delete from file_queue")
    return done


def forget(connection: sqlite3.Connection, article_id: int, texts: Mapping[str, str | None]) -> None:
    """The article's entry, made of these texts, is in the index no more. Part of the caller's transaction."""
    connection.execute(_DELETE, (article_id, *_entry(texts)))
    entries.take_out(connection, [entries.article_entry(article_id, texts)])


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
        for batch in _batches(connection, f"select id, {', '.join(INDEXED)} from articles order by id"):
            _add_articles(connection, [(row[0], dict(zip(INDEXED, row[1:], strict=True))) for row in batch])
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


def _add_articles(connection: sqlite3.Connection, rows: list[tuple[int, dict[str, Any]]]) -> None:
    connection.executemany(_INSERT, [(key, *_entry(texts)) for key, texts in rows])
    entries.put_in(connection, [entries.article_entry(key, texts) for key, texts in rows])


def _add_files(connection: sqlite3.Connection, rows: list[Any]) -> None:
    connection.executemany(_INSERT_FILE, [(key, *_file_entry(text)) for key, text in rows])
    entries.put_in(connection, [entries.file_entry(key, text) for key, text in rows])


def _entry(texts: Mapping[str, str | None]) -> list[str]:
    """An article's texts as the index holds them: folded, and the ``alt`` column last."""
    values = [texts.get(name) or "" for name in INDEXED]
    return [*map(fold, values), alt_syllables("\n".join(values))]


def _file_entry(text: str) -> tuple[str, str]:
    return fold(text), alt_syllables(text)


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
