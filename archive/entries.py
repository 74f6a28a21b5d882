"""Entries of the term index, of titles and of places: written together, taken out together.

Only :mod:`archive.index` calls this. What stands there for a text follows from the text alone, so the text that was
indexed is all that is needed to take it out again.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from archive.indexed import SEARCHED, Indexed, Known, indexed
from archive.places import place_keys

Owner = Literal["article_id", "file_id"]

#: Terms of as many entries are counted once and kept; the entries of rarer terms are counted by reading them.
COMMON = 1_000

#: SQL for the number of the article of id ``{id}``: the one its entry has, else the next that neither has had.
NUMBER = (
    "coalesce((select entry from search_entries where article_id = {id}), 1 + max(coalesce((select max(entry) from"
    " search_entries), 0), coalesce((select max(rowid) from articles), 0)))"
)

# Counting reads the whole index, so it waits until the index has grown by half.
_GROWTH = 1.5

_ADD = "insert into search_terms(rowid, terms) values (?, ?)"
_TAKE = "insert into search_terms(search_terms, rowid, terms) values ('delete', ?, ?)"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A text to be found, and whose it is."""

    owner: Owner
    id: int
    texts: tuple[str, ...]
    """The title first; a file has none."""
    known: Indexed | None = None
    """What the index holds of the texts, when that was worked out before."""

    @cached_property
    def indexed(self) -> Indexed:
        """What the index holds of the texts."""
        return self.known or indexed(self.texts)


Numbered = tuple[int, Entry]
"""An entry under its number."""


def article_entry(article_id: int, texts: Mapping[str, str | None], known: Known = MappingProxyType({})) -> Entry:
    """The entry of an article with these searched texts."""
    written = tuple(texts.get(name) or "" for name in SEARCHED)
    return Entry(owner="article_id", id=article_id, texts=written, known=known.get(written))


def file_entry(file_id: int, text: str) -> Entry:
    """The entry of a file's text."""
    return Entry(owner="file_id", id=file_id, texts=("", text))


def next_number(connection: sqlite3.Connection) -> int:
    """A number that no article and no entry has; those after it are free too."""
    return int(connection.execute(f"select {NUMBER.format(id='null')}").fetchone()[0])


def number_all(connection: sqlite3.Connection) -> None:
    """Every article has a number, also one that lost its own."""
    for (article_id,) in connection.execute("select id from articles where rowid is null").fetchall():
        connection.execute("update articles set rowid = ? where id = ?", (next_number(connection), article_id))


def take_out(connection: sqlite3.Connection, entries: Sequence[Entry]) -> list[Numbered]:
    """These stand in the index no longer; returns those that did, in order of their numbers."""
    removed: list[Numbered] = []
    for entry in entries:
        row = connection.execute(f"select entry from search_entries where {entry.owner} = ?", (entry.id,)).fetchone()
        if row is not None:
            removed.append((row[0], entry))
    removed.sort(key=lambda one: one[0])
    connection.executemany(_TAKE, [(number, entry.indexed.terms) for number, entry in removed])
    connection.executemany("delete from search_entries where entry = ?", [(number,) for number, _ in removed])
    connection.execute(
        "update search_totals set entries = entries - ?, syllables = syllables - ?",
        (len(removed), sum(entry.indexed.syllables for _, entry in removed)),
    )
    articles = [entry for entry in entries if entry.owner == "article_id"]
    connection.executemany(
        "delete from search_titles where key = ? and article_id = ?", [(e.indexed.title_key, e.id) for e in articles]
    )
    _count_places(connection, articles, -1)
    return removed


def put_in(connection: sqlite3.Connection, entries: Sequence[Numbered]) -> None:
    """These stand in the index under these numbers; none of them did before."""
    rows, terms, length = [], [], 0
    for number, entry in entries:
        terms.append((number, entry.indexed.terms))
        article, file = (entry.id, None) if entry.owner == "article_id" else (None, entry.id)
        rows.append((number, article, file, entry.indexed.syllables))
        length += entry.indexed.syllables
    connection.executemany("insert into search_entries values (?, ?, ?, ?)", rows)
    connection.executemany(_ADD, terms)
    connection.execute("update search_totals set entries = entries + ?, syllables = syllables + ?", (len(rows), length))
    articles = [entry for _, entry in entries if entry.owner == "article_id"]
    connection.executemany("insert into search_titles values (?, ?)", [(e.indexed.title_key, e.id) for e in articles])
    _count_places(connection, articles, 1)


def _count_places(connection: sqlite3.Connection, entries: Sequence[Entry], step: int) -> None:
    named: Counter[str] = Counter()
    for entry in entries:
        named.update(entry.indexed.places)
    rows = [(key, name, step * named[name]) for name in sorted(named) for key in dict.fromkeys(place_keys(name))]
    connection.executemany(
        "insert into search_places values (?, ?, ?)"
        " on conflict (key, name) do update set articles = articles + excluded.articles",
        rows,
    )
    if step < 0:
        connection.executemany(
            "delete from search_places where key = ? and name = ? and articles <= 0", [row[:2] for row in rows]
        )


def empty(connection: sqlite3.Connection) -> None:
    """Nothing stands in the index."""
    connection.execute("insert into search_terms(search_terms) values ('delete-all')")
    for table in ("search_entries", "search_counts", "search_titles", "search_places"):
        connection.execute(f"delete from {table}")
    connection.execute("update search_totals set entries = 0, syllables = 0, counted = 0")


def count_when_grown(connection: sqlite3.Connection) -> None:
    """Common terms are counted, when the index has grown by half since they last were."""
    entries, counted = connection.execute("select entries, counted from search_totals").fetchone()
    if entries >= COMMON and entries > _GROWTH * counted:
        count_terms(connection)


def count_terms(connection: sqlite3.Connection) -> None:
    """``search_counts`` holds every term of ``COMMON`` entries or more."""
    connection.execute(
        "create virtual table if not exists temp.search_vocabulary using fts5vocab(main, search_terms, row)"
    )
    connection.execute("delete from search_counts")
    connection.execute(
        "insert into search_counts select term, doc from temp.search_vocabulary where doc >= ?", (COMMON,)
    )
    connection.execute("update search_totals set counted = entries")
