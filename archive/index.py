"""The search index, kept in step with the articles.

Only this module writes ``articles_fts``. Its columns are fed with folded text, so the index must be told the very texts
it holds before it can forget them: the store notes them in ``search_queue`` when it changes an article, and
:func:`refresh` takes them out and puts the present ones in. A release that folds otherwise or indexes other columns
comes with a migration that empties the index (``delete-all``) and lets every article wait.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlite_utils import Database

from archive.errors import DatabaseError
from archive.vietnamese import alt_syllables, fold

#: Article columns that are searched, in the order of the index's columns; ``alt`` follows them there.
INDEXED = ("title", "lead", "body_text", "author", "source", "section")

_COLUMNS = ", ".join((*INDEXED, "alt"))
_MARKS = ", ".join("?" * (len(INDEXED) + 2))
_INSERT = f"insert into articles_fts(rowid, {_COLUMNS}) values ({_MARKS})"
_DELETE = f"insert into articles_fts(articles_fts, rowid, {_COLUMNS}) values ('delete', {_MARKS})"
_BATCH = 200


def indexed_texts(row: Mapping[str, Any] | sqlite3.Row) -> dict[str, str]:
    """The searched texts of an article row, NULL as empty.

    The store writes this value of the *old* row, as JSON, to ``search_queue.indexed`` before it changes an article
    that is in the index (and NULL for a new one); an article that already waits keeps its entry.
    """
    return {name: row[name] or "" for name in INDEXED}


def refresh(db: Database | sqlite3.Connection) -> int:
    """Every waiting article is in the index as it now stands, and none waits any more. Returns how many were.

    One transaction: it happens whole or not at all, and inside a transaction of the caller it is part of that one.
    """
    connection = _connection(db)
    names = ", ".join(f"a.{name}" for name in INDEXED)
    sql = (
        f"select q.article_id, q.indexed, a.id, {names} from search_queue q left join articles a on a.id = q.article_id"
    )
    done = 0
    with _transaction(connection):
        for batch in _batches(connection.execute(sql)):
            old = [(row[0], json.loads(row[1])) for row in batch if row[1] is not None]
            new = [(row[0], dict(zip(INDEXED, row[3:], strict=True))) for row in batch if row[2] is not None]
            connection.executemany(_DELETE, [(key, *_entry(texts)) for key, texts in old])
            connection.executemany(_INSERT, [(key, *_entry(texts)) for key, texts in new])
            done += len(batch)
        connection.execute("delete from search_queue")
    return done


def forget(connection: sqlite3.Connection, article_id: int, texts: Mapping[str, str | None]) -> None:
    """The article's entry, made of these texts, is in the index no more. Part of the caller's transaction."""
    connection.execute(_DELETE, (article_id, *_entry(texts)))


def withdraw(connection: sqlite3.Connection, article_id: int) -> None:
    """The article, which waits and is no more, is out of the index; inside the caller's transaction."""
    row = connection.execute("select indexed from search_queue where article_id = ?", (article_id,)).fetchone()
    if row is not None and row[0] is not None:
        connection.execute(_DELETE, (article_id, *_entry(json.loads(row[0]))))
    connection.execute("delete from search_queue where article_id = ?", (article_id,))


def rebuild(db: Database | sqlite3.Connection) -> int:
    """The index made anew from all articles, in one transaction; nothing waits any more. Returns how many there are."""
    connection = _connection(db)
    done = 0
    with _transaction(connection):
        connection.execute("insert into articles_fts(articles_fts) values ('delete-all')")
        for batch in _batches(connection.execute(f"select id, {', '.join(INDEXED)} from articles")):
            entries = [(row[0], *_entry(dict(zip(INDEXED, row[1:], strict=True)))) for row in batch]
            connection.executemany(_INSERT, entries)
            done += len(batch)
        connection.execute("delete from search_queue")
    return done


def check_index(db: Database | sqlite3.Connection) -> None:
    """Returns when the index is sound in itself and holds exactly the articles that do not wait.

    Raises DatabaseError with what to do otherwise. SQLite's own comparison with the content (``rank`` 1) is not asked:
    it would compare folded with unfolded text.
    """
    connection = _connection(db)
    remedy = "make the index anew with archive.search.rebuild"
    try:
        with _transaction(connection):
            connection.execute("insert into articles_fts(articles_fts) values ('integrity-check')")
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"the search index is damaged ({error}); {remedy}") from error
    inside = "select id from articles_fts_docsize"
    expected = (
        "select id from articles where id not in (select article_id from search_queue) "
        "union select article_id from search_queue where indexed is not null"
    )
    differing = connection.execute(
        f"select (select count(*) from ({inside} except select * from ({expected}))) + "
        f"(select count(*) from (select * from ({expected}) except {inside}))"
    ).fetchone()[0]
    if differing:
        raise DatabaseError(f"the search index and the articles differ in {differing} entries; {remedy}")


def _entry(texts: Mapping[str, str | None]) -> list[str]:
    """An article's texts as the index holds them: folded, and the ``alt`` column last."""
    values = [texts.get(name) or "" for name in INDEXED]
    return [*map(fold, values), alt_syllables("\n".join(values))]


def _connection(db: Database | sqlite3.Connection) -> sqlite3.Connection:
    connection = db.conn if isinstance(db, Database) else db
    if connection is None:
        raise DatabaseError("the database is closed; open it again")
    return connection


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[Any]]:
    # A batch holds a few hundred whole articles at most; reading goes on while the index is written.
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
