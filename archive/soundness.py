"""Is the search index sound, and does it hold what the articles and files' texts say?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database

from archive.entries import Entry, article_entry, file_entry
from archive.errors import DatabaseError
from archive.index import INDEXED
from archive.terms import terms_of

_REMEDY = "make the index anew with archive.search.rebuild"
_TABLES = ("articles_fts", "file_texts_fts", "search_terms")
_LIMIT = 2**61 - 1  # sums stay whole numbers

#: SQL for the number and id of every article that the index should hold, and of those it holds.
EXPECTED = """
select rowid, id from articles where id not in (select article_id from search_queue)
union select e.entry, q.article_id from search_queue q left join search_entries e on e.article_id = q.article_id
where q.indexed is not null
"""
HELD = "select d.id, e.article_id from articles_fts_docsize d left join search_entries e on e.entry = d.id"

_EXPECTED_FILES = """
select id from file_texts where id not in (select file_id from file_queue)
union select file_id from file_queue where indexed is not null
"""
_COMPARED = (
    (HELD, EXPECTED),
    ("select entry, article_id from search_entries where article_id not null", EXPECTED),
    ("select id from file_texts_fts_docsize", _EXPECTED_FILES),
    ("select file_id from search_entries where file_id not null", _EXPECTED_FILES),
)
_OWNERS = ("article_id", "file_id")


def check_index(db: Database | sqlite3.Connection) -> None:
    """Returns when the index is sound in itself and has exactly the entries that it should have.

    Raises DatabaseError with what to do otherwise. SQLite's own comparison with the content (``rank`` 1) is not asked:
    it would compare folded with unfolded text; :func:`check_terms` compares.
    """
    connection = db.conn if isinstance(db, Database) else db
    for table in _TABLES:
        try:
            connection.execute(f"insert into {table}({table}) values ('integrity-check')")
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"the search index is damaged ({error}); {_REMEDY}") from error
        finally:
            if connection.in_transaction and connection.isolation_level is not None:
                connection.commit()
    for inside, expected in _COMPARED:
        if differing := _differing(connection, inside, expected):
            raise DatabaseError(f"the search index and the articles differ in {differing} entries; {_REMEDY}")


def _differing(connection: sqlite3.Connection, inside: str, expected: str) -> int:
    row = connection.execute(
        f"select (select count(*) from ({inside} except select * from ({expected}))) + "
        f"(select count(*) from (select * from ({expected}) except {inside}))"
    ).fetchone()
    return int(row[0])


def check_terms(connection: sqlite3.Connection) -> None:
    """Returns when every term of the index is one of its text, and every term of a text is in the index.

    What waits is compared by the texts that were indexed. Reads the whole archive. Raises DatabaseError otherwise.
    """
    connection.execute(
        "create virtual table if not exists temp.search_instances using fts5vocab(main, search_terms, instance)"
    )
    numbers = {
        (owner, row[0]): row[1]
        for owner in _OWNERS
        for row in connection.execute(f"select {owner}, entry from search_entries where {owner} not null")
    }
    expected = [0, 0]
    for entry in _standing(connection):
        number = numbers.get((entry.owner, entry.id))
        for term in terms_of(entry.texts[0], entry.texts[1:])[0].split():
            expected[0] += 1
            expected[1] = (expected[1] + hash((term, number))) % _LIMIT
    there = [0, 0]
    for term, number in connection.execute("select term, doc from temp.search_instances"):
        there[0] += 1
        there[1] = (there[1] + hash((term, number))) % _LIMIT
    if expected != there:
        counts = f"it holds {there[0]:,} terms, the texts have {expected[0]:,}"
        raise DatabaseError(f"the term index is not that of the texts ({counts}); {_REMEDY}")


def _standing(connection: sqlite3.Connection) -> Iterator[Entry]:
    """The texts that should stand in the index."""
    waiting = ", ".join(f"indexed ->> '$.{name}'" for name in INDEXED)
    rows = connection.execute(
        f"select id, {', '.join(INDEXED)} from articles where id not in (select article_id from search_queue) "
        f"union all select article_id, {waiting} from search_queue where indexed not null"
    )
    for row in rows:
        yield article_entry(row[0], dict(zip(INDEXED, row[1:], strict=True)))
    rows = connection.execute(
        "select id, text from file_texts where id not in (select file_id from file_queue) "
        "union all select file_id, indexed from file_queue where indexed not null"
    )
    for row in rows:
        yield file_entry(row[0], row[1])
