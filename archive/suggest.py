"""What a person may be about to type: titles, places and document numbers that begin so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.search import opened
from archive.terms import keys_of
from archive.vietnamese import document_key, nfc

#: Rows that are looked at for one kind; a single letter begins thousands of titles.
_LOOKED_AT = 2_000
_END = "\U0010ffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Something that begins as typed."""

    text: str
    kind: Literal["title", "place", "number"]
    article_id: int | None = None
    """The article, of a title or number that only one has."""
    articles: int = 1
    """How many articles name the place."""


def suggest(db_or_path: sqlite3.Connection | str | Path, prefix: str, k: int = 8) -> tuple[Suggestion, ...]:
    """At most ``k`` suggestions, with or without marks typed; none for what holds no letter or digit.

    Numbers come first, when digits were typed, then the most named places, then titles, the latest first.
    """
    typed = nfc(prefix)
    key = " ".join(keys_of(typed))
    if not key or k < 1:
        return ()
    if typed[-1].isspace():
        key += " "
    with opened(db_or_path) as connection:
        numbers = list(_numbers(connection, typed, k))
        places = list(_places(connection, key, k))
        titles = list(_titles(connection, key, k))
    # Half the room is for places; what the others do not need, titles take.
    found = [*numbers[:k], *places[: max(1, k // 2)], *titles, *places[max(1, k // 2) :]]
    return tuple(found[:k])


def _numbers(connection: sqlite3.Connection, typed: str, k: int) -> Iterator[Suggestion]:
    key = document_key(typed)
    if not key:
        return
    rows = connection.execute(
        "select d.number, min(d.article_id), count(*), max(d.issued_on) from (select * from documents where"
        " number_key >= ? and number_key < ? limit ?) d where d.number not null group by d.number_key"
        " order by max(d.issued_on) desc, d.number limit ?",
        (key, key + _END, _LOOKED_AT, k),
    )
    for number, article, count, _ in rows:
        yield Suggestion(text=number, kind="number", article_id=article if count == 1 else None, articles=count)


def _places(connection: sqlite3.Connection, key: str, k: int) -> Iterator[Suggestion]:
    rows = connection.execute(
        "select name, articles from search_places where key >= ? and key < ? order by articles desc, name limit ?",
        (key, key + _END, k * 2),
    )
    seen = set()
    for name, articles in rows:
        if name not in seen:
            seen.add(name)
            yield Suggestion(text=name, kind="place", articles=articles)


def _titles(connection: sqlite3.Connection, key: str, k: int) -> Iterator[Suggestion]:
    rows = connection.execute(
        "select a.title, min(a.id), count(*) from (select article_id from search_titles where key >= ? and key < ?"
        " limit ?) t join articles a on a.id = t.article_id where a.status = 'live' group by a.title"
        " order by max(coalesce(a.published_at, a.updated_at)) desc, a.title limit ?",
        (key, key + _END, _LOOKED_AT // 4, k),
    )
    for title, article, count in rows:
        yield Suggestion(text=title, kind="title", article_id=article if count == 1 else None, articles=count)
