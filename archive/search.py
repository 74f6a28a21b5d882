"""Finding articles by words, with or without their marks.

For Python::

    result = search("archive.db", "nông thôn mới", 10, filters=Filters(year=2019), order="date")
    result.total, result.estimated     # how many articles, and whether that is an estimate (archives of over 50,000)
    for hit in result.hits: ...        # Hit: id, title, marked_title, snippet, number, score, ...
    result.did_you_mean                # other words, where these found nothing

    counts(conn, "nông thôn mới", filters)    # archive.facets: how many hits each section, year, author, ... has
    suggest(conn, "nong th")                  # archive.suggest: titles, places, document numbers as one types

The first argument is a path or an open connection. Marks in ``marked_title`` and ``snippet`` are those of
:mod:`archive.marks`. What may be typed is told in :mod:`archive.query` and :mod:`archive.fields`; whatever is typed,
the only error is QueryError, in one line.

:func:`refresh`, :func:`rebuild` and :func:`indexed_texts` are those of :mod:`archive.index`, named here because a
caller wants search from one place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.abbreviations import Abbreviations, abbreviations
from archive.asked import Asked
from archive.database import open_readonly
from archive.errors import DatabaseError, QueryError
from archive.filters import STATUSES, Filters, check
from archive.hits import Hit, hits_of
from archive.index import indexed_texts, rebuild, refresh
from archive.query import Query, fts_expression, parse
from archive.soundness import check_index
from archive.suspected import did_you_mean, may_be_mistyped

__all__ = [
    "STATUSES",
    "Filters",
    "Hit",
    "SearchResult",
    "check_index",
    "fts_expression",
    "indexed_texts",
    "rebuild",
    "refresh",
    "search",
]

Order = Literal["relevance", "date"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """One page of hits."""

    total: int
    """Articles that match, on all pages."""
    hits: tuple[Hit, ...]
    estimated: bool = False
    """``total`` was estimated from a part of the archive."""
    any_words: bool = False
    """The hits have some of the words, not all: no article has all, or the query is a long one."""
    did_you_mean: str | None = None
    """Other words that find something, where no article has all of these."""


def search(
    db_or_path: sqlite3.Connection | str | Path,
    query: str,
    limit: int = 20,
    *,
    offset: int = 0,
    order: Order = "relevance",
    filters: Filters | None = None,
) -> SearchResult:
    """Articles with all the words of the query; of a long query, or when no article has all, with the most telling.

    A document whose number is typed, in any spelling, comes first. In order of relevance equal hits are in order of
    date; a query of filters alone is answered in order of date.

    Raises QueryError for a query without words and for a filter that is none; DatabaseError as ``open_readonly``.
    """
    if order not in ("relevance", "date"):
        raise QueryError(f"unknown order {order!r}; it is relevance or date")
    if limit < 0 or offset < 0:
        raise QueryError("limit and offset are not negative")
    check(filters or Filters())
    try:
        with opened(db_or_path) as connection:
            return answer(connection, parsed_for(connection, query), limit, offset, order, filters or Filters())
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"the archive cannot be searched: {error}; check it, or try again later") from error


def answer(
    connection: sqlite3.Connection, query: Query, limit: int, offset: int, order: Order, filters: Filters
) -> SearchResult:
    """What :func:`search` gives, of a query that was parsed already. Raises whatever SQLite does."""
    return page_of(Asked(connection, query, filters), limit, offset, order)


def page_of(asked: Asked, limit: int, offset: int, order: Order) -> SearchResult:
    """One page of a search under way, of which more is asked besides. Raises whatever SQLite does."""
    ranked = asked.by_date(limit, offset) if order == "date" else asked.by_relevance(limit, offset)
    return SearchResult(
        total=ranked.total,
        estimated=ranked.estimated,
        any_words=ranked.any_words,
        hits=hits_of(asked.connection, asked.wanted, asked.worth(), ranked.hits),
        did_you_mean=other_words(asked),
    )


def other_words(asked: Asked) -> str | None:
    """What may have been meant, where no article has all the words."""
    if may_be_mistyped(asked.query) and asked.nothing:
        return did_you_mean(asked.connection, asked.query)
    return None


def parsed_for(connection: sqlite3.Connection, query: str) -> Query:
    """The query, with the abbreviations of the archive's folder."""
    return parse(query, known_in(connection))


def known_in(connection: sqlite3.Connection) -> Abbreviations:
    """The reviewed list of abbreviations, and that of the archive's folder."""
    file = next((row[2] for row in connection.execute("pragma database_list") if row[1] == "main"), "")
    return abbreviations(Path(file).parent if file else None)


@contextmanager
def opened(db_or_path: sqlite3.Connection | str | Path) -> Iterator[sqlite3.Connection]:
    """A connection as it is, or one to the archive at a path, closed afterwards."""
    if isinstance(db_or_path, sqlite3.Connection):
        yield db_or_path
        return
    with open_readonly(Path(db_or_path)) as connection:
        yield connection
