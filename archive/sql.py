"""One question in SQL, answered without any way to change the archive.

The database is opened for reading alone; besides, SQLite asks before every action of a statement, and only reading is
granted: no other file can be attached, no setting changed, nothing written.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from archive import marks
from archive.abbreviations import Abbreviations
from archive.cdx import surt
from archive.database import open_readonly
from archive.errors import QueryError
from archive.filters import Filters
from archive.query import fts_expression, parse
from archive.search import answer, known_in
from archive.suggest import suggest
from archive.vietnamese import document_key, fold

Value = str | int | float | bytes | None

_GRANTED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
# The index looks at the first; the others tell the schema, as pragma_table_info('articles') and its like.
_GRANTED_PRAGMAS = {"data_version", "table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list"}
_REFUSED_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$)|;", re.DOTALL)
_STEPS = 10_000  # virtual machine steps between two looks at the clock: about a millisecond
_MOST_HITS = 1000
_HIT = ("⟦", "⟧")  # around a hit in what search_hits gives
_MAX_VALUE = 64 * 1024 * 1024  # bytes of one value; hex(zeroblob(1e9)) must not fill the memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a SELECT gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    """There are more rows than were asked for."""


def run_select(
    path: str | Path,
    sql: str,
    params: Sequence[Value] | Mapping[str, Value] = (),
    *,
    limit: int = 1000,
    seconds: float = 10.0,
) -> Answer:
    """The rows of one SELECT (or WITH … SELECT), at most ``limit`` of them.

    Besides SQLite's own functions there are those of :func:`add_functions`. Raises QueryError, in one line, for
    anything else than one SELECT, for an error in it, a missing parameter, and an answer that takes longer than
    ``seconds``; DatabaseError as ``open_readonly``.
    """
    _refuse_all_but_select(sql)
    with open_readonly(Path(path)) as connection:
        connection.row_factory = None
        add_functions(connection)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
        connection.set_authorizer(_grant)
        end = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            cursor = connection.execute(sql.rstrip("; \t\r\n"), params)
            rows = cursor.fetchmany(limit + 1)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeEncodeError) as error:
            raise QueryError(_told(error, seconds)) from error
        columns = tuple(column[0] for column in cursor.description)
    return Answer(columns=columns, rows=tuple(rows[:limit]), truncated=len(rows) > limit)


def add_functions(connection: sqlite3.Connection) -> None:
    """The project's own SQL functions on a connection.

    ``vi_fold(text)`` takes the marks off, as search does; ``search_query(words)`` makes of a person's words what
    ``articles_fts match`` understands, never a syntax error; ``document_key(number)`` is what
    ``documents.number_key`` holds; ``urlkey(url)`` what ``captures.urlkey`` does. All give NULL for NULL, but
    search_query then matches nothing.

    ``search_hits(words, k)`` gives the first k (20 where k is left out, 1,000 at most) hits as search ranks them, as
    JSON for the view: ``select * from search_results where hits = search_hits('words', 20)``. ``search_suggestions
    (prefix, k)`` gives what begins so, as JSON. Both give an empty list for whatever cannot be asked.
    """
    connection.create_function("vi_fold", 1, lambda text: _text(text, fold), deterministic=True)
    connection.create_function("document_key", 1, lambda text: _text(text, document_key), deterministic=True)
    connection.create_function("urlkey", 1, lambda text: _text(text, surt), deterministic=True)
    connection.create_function("search_query", 1, _search_query, deterministic=True)
    known = known_in(connection)
    connection.create_function("search_hits", -1, lambda *asked: _search_hits(connection, known, *asked))
    connection.create_function("search_suggestions", -1, lambda *asked: _suggestions(connection, *asked))


def _text(value: object, function: Callable[[str], str]) -> str | None:
    return None if value is None else function(str(value))


def _search_query(value: object) -> str:
    return fts_expression(None if value is None else str(value))


def _search_hits(connection: sqlite3.Connection, known: Abbreviations, words: object = None, k: object = 20) -> str:
    try:
        query = parse(str(words or ""), known)
        result = answer(connection, query, _some(k), 0, "relevance", Filters())
    except QueryError:
        return "[]"
    hits = [
        {
            "id": hit.id,
            "score": hit.score,
            "title": marks.rendered(hit.marked_title, *_HIT),
            "snippet": marks.rendered(hit.snippet, *_HIT),
        }
        for hit in result.hits
    ]
    return json.dumps(hits, ensure_ascii=False)


def _suggestions(connection: sqlite3.Connection, prefix: object = None, k: object = 8) -> str:
    return json.dumps([asdict(one) for one in suggest(connection, str(prefix or ""), _some(k))], ensure_ascii=False)


def _some(k: object) -> int:
    return max(0, min(_MOST_HITS, k)) if isinstance(k, int) else 20


def _refuse_all_but_select(sql: str) -> None:
    position = 0
    while skipped := _COMMENT.match(sql, position):
        position = skipped.end()
    word = re.match(r"\w*", sql[position:])
    if word is None or word[0].lower() not in ("select", "with"):
        raise QueryError("only one SELECT (or WITH … SELECT) is answered; the archive is read-only here")


def _grant(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _GRANTED_PRAGMAS else sqlite3.SQLITE_DENY
    # Opening a virtual table asks for this to declare its columns; no statement can write there.
    declaring = action == sqlite3.SQLITE_UPDATE and first == "sqlite_master"
    return sqlite3.SQLITE_OK if declaring or action in _GRANTED else sqlite3.SQLITE_DENY


def _told(error: Exception, seconds: float) -> str:
    said = " ".join(str(error).split())
    if said == "interrupted":
        return f"the query took longer than {seconds:g} seconds and was stopped; narrow it"
    if "not authorized" in said or "prohibited" in said:
        return f"only reading is allowed here: {said}"
    return f"SQL: {said}"
