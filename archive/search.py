"""Finding articles by words, with or without their marks.

:func:`search` asks the index that :mod:`archive.index` keeps; :func:`refresh`, :func:`rebuild` and
:func:`indexed_texts` are that module's, named here because a caller wants search from one place.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from archive import marks
from archive.database import open_readonly
from archive.errors import DatabaseError, QueryError
from archive.index import check_index, indexed_texts, rebuild, refresh
from archive.query import Query, fts_expression, parse
from archive.ranking import DEPTH, Candidate, rank
from archive.vietnamese import fold

__all__ = [
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
STATUSES = ("live", "gone", "moved", "blocked")

#: Matches times words up to which bm25 weighs them all; FTS5 needs 1 to 2 µs for each. Beyond it, articles that have
#: the words in a row come first, and only when they are too few the others are weighed.
_WEIGHED = 20_000
_SNIPPET_SYLLABLES = 32
_NUMBER_SCORE = 10.0  # above everything words can reach
_DATE = "coalesce(a.published_at, a.updated_at, (select issued_on from documents where documents.article_id = a.id))"
_JOIN = "from articles_fts cross join articles a on a.id = articles_fts.rowid where articles_fts match :fts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """An article that was found."""

    id: int
    title: str
    marked_title: str
    """The title with hits marked (see :mod:`archive.marks`)."""
    url: str
    canonical_url: str
    section: str | None
    author: str | None
    published_at: str | None
    updated_at: str | None
    status: str
    snippet: str
    """A piece of the original text around the hits, hits marked, on one line."""
    number: str | None
    """The document's number, where the article is a legal document."""
    score: float | None
    """Comparable within one result only, greater first; None in order of date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """One page of hits."""

    total: int
    """Articles that match, on all pages."""
    hits: tuple[Hit, ...]
    any_words: bool = False
    """No article has all the words; these have some of them."""


def search(
    db_or_path: sqlite3.Connection | str | Path,
    query: str,
    *,
    section: str | None = None,
    author: str | None = None,
    status: str | None = None,
    since: str | date | None = None,
    until: str | date | None = None,
    limit: int = 20,
    offset: int = 0,
    order: Order = "relevance",
) -> SearchResult:
    """Articles with all the words of the query, or, when there are none, with any of them.

    ``section`` is a section's path or some levels of it, ``author`` a part of the byline, both with or without marks.
    ``since`` and ``until`` are days (``2022-01-14``; a year or month stands for its first or last day), compared with
    the date of publishing, else of the update, else a document's day of issue; an article without any is then left
    out. A document whose number is typed, in any spelling, comes first.

    Raises QueryError for a query without words and for a filter that is none; DatabaseError as ``open_readonly``.
    """
    if order not in ("relevance", "date"):
        raise QueryError(f"unknown order {order!r}; it is relevance or date")
    if limit < 0 or offset < 0:
        raise QueryError("limit and offset are not negative")
    parsed = parse(query)
    where, values = _filters(section=section, author=author, status=status, since=since, until=until)
    try:
        with _opened(db_or_path) as connection:
            connection.create_function("vi_fold", 1, _fold_or_null, deterministic=True)
            asked = _Asked(connection, parsed, where, values)
            return asked.by_date(limit, offset) if order == "date" else asked.by_relevance(limit, offset)
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"the archive cannot be searched: {error}; check it, or try again later") from error


class _Asked:
    """One search under way: the query, its filters, and the expression that has matches."""

    def __init__(self, connection: sqlite3.Connection, query: Query, where: str, values: dict[str, Any]) -> None:
        self.connection, self.query, self.where, self.values = connection, query, where, values
        self.fts = query.all_words()
        self.numbers = self._by_number()
        self.matching = self._count()
        self.any_words = not self.matching and not self.numbers
        if self.any_words:
            self.fts = query.any_words()
            self.matching = self._count()
        self.extra = [key for key in self.numbers if not self._matches(key)]

    def by_relevance(self, limit: int, offset: int) -> SearchResult:
        ranked = [(key, _NUMBER_SCORE) for key in self.numbers] + self._ranked(max(DEPTH, offset + limit))
        return self._result(ranked[offset : offset + limit])

    def by_date(self, limit: int, offset: int) -> SearchResult:
        rows = self._all(
            "select a.id from articles a where (a.id in (select rowid from articles_fts where articles_fts match :fts) "
            f"or a.id in ({_listed(self.extra)})) {self.where} order by {_DATE} desc, a.id limit :limit offset :offset",
            limit=limit,
            offset=offset,
        )
        return self._result([(row[0], None) for row in rows])

    def _by_number(self) -> list[int]:
        """Documents whose number was typed, the latest first."""
        keys = sorted(self.query.document_keys)
        names = {f"key{n}": key for n, key in enumerate(keys)}
        rows = self._all(
            f"select a.id from documents d join articles a on a.id = d.article_id where d.number_key in "
            f"({', '.join(':' + name for name in names)}) {self.where} order by {_DATE} desc, a.id",
            **names,
        )
        return [row[0] for row in rows]

    def _count(self) -> int:
        if not self.where:
            sql = "select count(*) from articles_fts where articles_fts match :fts"
        else:
            sql = f"select count(*) {_JOIN} {self.where}"
        return int(self._all(sql)[0][0])

    def _matches(self, key: int) -> bool:
        sql = "select 1 from articles_fts where articles_fts match :fts and rowid = :key"
        return bool(self._all(sql, key=key))

    def _ranked(self, depth: int) -> list[tuple[int, float]]:
        """Matches besides those found by number, the first ones looked at closely."""
        rows = self._candidates(depth)
        first = [Candidate(id=key, bm25=bm25, marked=self._marked(key)) for key, bm25 in rows[:DEPTH]]
        ranked = rank(self.query, first)
        for key, bm25 in rows[DEPTH:]:
            ranked.append((key, min(ranked[-1][1], bm25 / (rows[0][1] or 1.0))))
        return ranked

    def _candidates(self, depth: int) -> list[tuple[int, float]]:
        """Ids and bm25, as many as asked for, the best first."""
        if self.any_words:
            return self._weighed(self.fts, depth)
        row = self.query.in_a_row()
        if self.matching * len(self.query.terms) <= _WEIGHED or row is None:
            return self._weighed(self.query.all_words_by_nearness(), depth)
        rows = self._weighed(row, depth)
        if len(rows) < depth:
            rows += self._weighed(f"({self.query.all_words()}) NOT ({row})", depth - len(rows))
        return rows

    def _weighed(self, fts: str, depth: int) -> list[tuple[int, float]]:
        sql = (
            f"select a.id, -articles_fts.rank {_JOIN} {self.where} and a.id not in ({_listed(self.numbers)}) "
            "order by articles_fts.rank limit :limit"
        )
        return self._all(sql, fts=fts, limit=depth)

    def _marked(self, key: int) -> str:
        columns = ", ".join(f"highlight(articles_fts, {n}, :start, :end)" for n in range(6))
        row = self._all(f"select {columns} from articles_fts where articles_fts match :fts and rowid = :key", key=key)
        return "\n".join(text for text in row[0] if text)

    def _result(self, ranked: Sequence[tuple[int, float | None]]) -> SearchResult:
        hits = tuple(self._hit(key, score) for key, score in ranked)
        return SearchResult(total=self.matching + len(self.extra), hits=hits, any_words=self.any_words)

    def _hit(self, key: int, score: float | None) -> Hit:
        row = self._all(
            "select a.title, a.url, a.canonical_url, a.section, a.author, a.published_at, a.updated_at, a.status, "
            "substr(a.body_text, 1, 200), d.number from articles a left join documents d on d.article_id = a.id "
            "where a.id = :key",
            key=key,
        )[0]
        marked = self._all(
            "select highlight(articles_fts, 0, :start, :end), snippet(articles_fts, 2, :start, :end, '…', :size) "
            "from articles_fts where articles_fts match :fts and rowid = :key",
            key=key,
            size=_SNIPPET_SYLLABLES,
        )
        title, snippet = marked[0] if marked else (row[0], "")
        names = ("title", "url", "canonical_url", "section", "author", "published_at", "updated_at", "status")
        return Hit(
            id=key,
            **dict(zip(names, row, strict=False)),
            marked_title=marks.joined(title),
            snippet=marks.joined(" ".join((snippet or row[8]).split())),
            number=row[9],
            score=score,
        )

    def _all(self, sql: str, **more: Any) -> list[Any]:
        values = {"fts": self.fts, "start": marks.START, "end": marks.END, **self.values, **more}
        cursor = self.connection.cursor()
        cursor.row_factory = None  # the caller's connection may make something else of rows
        return cursor.execute(sql, values).fetchall()


def _filters(
    *, section: str | None, author: str | None, status: str | None, since: str | date | None, until: str | date | None
) -> tuple[str, dict[str, Any]]:
    """The filters as conditions that follow another, with their values."""
    where, values = "", {}
    if section:
        where += " and instr(' / ' || vi_fold(a.section) || ' / ', ' / ' || :section || ' / ')"
        values["section"] = " / ".join(level.strip() for level in fold(section).split("/"))
    if author:
        where += " and instr(vi_fold(a.author), :author)"
        values["author"] = fold(author).strip()
    if status:
        if status not in STATUSES:
            raise QueryError(f"unknown status {status!r}; it is one of {', '.join(STATUSES)}")
        where += " and a.status = :status"
        values["status"] = status
    if since:
        where += f" and {_DATE} >= :since"
        values["since"] = _day(since)
    if until:
        where += f" and substr({_DATE}, 1, length(:until)) <= :until"
        values["until"] = _day(until)
    return where, values


def _day(day: str | date) -> str:
    """An ISO day, month or year."""
    if isinstance(day, date):
        return day.isoformat()[:10]
    text = day.strip()
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        try:
            date.fromisoformat((text + "-01-01")[:10])
        except ValueError:
            pass
        else:
            return text
    raise QueryError(f"{day!r} is no date; write 2022-01-14, 2022-01 or 2022")


def _listed(keys: Sequence[int]) -> str:
    return ", ".join(map(str, keys))


def _fold_or_null(text: object) -> str | None:
    return fold(text) if isinstance(text, str) else None


@contextmanager
def _opened(db_or_path: sqlite3.Connection | str | Path) -> Iterator[sqlite3.Connection]:
    if isinstance(db_or_path, sqlite3.Connection):
        yield db_or_path
        return
    with open_readonly(Path(db_or_path)) as connection:
        yield connection
