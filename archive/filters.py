"""What hits are narrowed to, besides words: section, author, dates and the like, as conditions of SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from archive.errors import QueryError
from archive.fields import Field, day_of
from archive.query import Term
from archive.vietnamese import document_key, fold

STATUSES = ("live", "gone", "moved", "blocked")

#: The day an article is held to be of; a document without dates of its page is of its day of issue.
DAY = "coalesce(a.published_at, a.updated_at, (select issued_on from documents where documents.article_id = a.id))"

#: Articles one by one, by their ids, when only what a list or filter needs of them is read: an article's columns stand
#: behind its text, those of this index do not.
NARROW = "articles a indexed by articles_narrow"

#: Some articles, the latest first.
BY_DAY = f"select a.id from {NARROW} where a.id in (select value from json_each(:ids)) order by {DAY} desc"


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """A condition on the table ``articles a`` in SQL, and the values it names."""

    sql: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Every one that is given must hold; names are compared without marks and capitals."""

    section: str | None = None
    """A section's path or some levels of it, in a row."""
    author: str | None = None
    """A part of the byline."""
    source: str | None = None
    """A part of what the page names as its source."""
    type: str | None = None
    """The type of a legal document, whole."""
    year: int | None = None
    status: str | None = None
    since: str | date | None = None
    """A day; a month or year stands for its first day. An article without any date is left out."""
    until: str | date | None = None
    """A day; a month or year stands for its last day."""
    number: str | None = None
    """A document's number in any spelling, or how it begins; documents of that number and texts that hold it."""
    has_attachment: bool | None = None
    narrowed: Narrowed | None = None
    """A condition of the caller's own."""

    def with_fields(self, fields: Iterable[Field]) -> Filters:
        """These, and over them the filters that were typed."""
        typed: dict[str, Any] = {}
        for field in fields:
            if field.name == "has":
                typed["has_attachment"] = True
            else:
                typed[field.name] = int(field.value) if field.name == "year" else field.value
        return replace(self, **typed)

    @property
    def given(self) -> bool:
        """Is there any?"""
        return self != Filters()


def check(filters: Filters) -> None:
    """Raises QueryError, in one line, for a status, date or number that is none."""
    if filters.status and filters.status not in STATUSES:
        raise QueryError(f"unknown status {filters.status!r}; it is one of {', '.join(STATUSES)}")
    for day in (filters.since, filters.until):
        if day:
            iso_day(day)
    if filters.number and not document_key(filters.number):
        raise QueryError(f"{filters.number!r} is no document's number; it holds no digit")


def conditions(connection: sqlite3.Connection, filters: Filters) -> tuple[str, dict[str, Any]]:
    """The filters as conditions on the table ``articles a`` that follow another, with their values."""
    check(filters)
    where: list[str] = []
    values: dict[str, Any] = {}
    for name in ("section", "author", "source"):
        wanted = getattr(filters, name)
        if wanted:
            test = _section_test(wanted) if name == "section" else _part_test(wanted)
            where.append(_listed(f"a.{name}", _values(connection, "articles", name, test), name, values))
    if filters.type:
        whole = " ".join(fold(filters.type).split())
        found = _values(connection, "documents", "type", lambda value: " ".join(fold(value).split()) == whole)
        of_type = _listed("d.type", found, "type", values)
        where.append(f"exists (select 1 from documents d where d.article_id = a.id and {of_type})")
    if filters.year is not None:
        where.append("a.year = :year")
        values["year"] = filters.year
    if filters.status:
        where.append("a.status = :status")
        values["status"] = filters.status
    if filters.has_attachment is not None:
        no = "" if filters.has_attachment else "not "
        where.append(f"{no}exists (select 1 from attachments t where t.article_id = a.id)")
    if filters.narrowed:
        where.append(f"({filters.narrowed.sql})")
        values |= dict(filters.narrowed.values)
    where += [*_dates(filters, values), *_number(filters, values)]
    return "".join(f" and {condition}" for condition in where), values


def _dates(filters: Filters, values: dict[str, Any]) -> list[str]:
    where = []
    if filters.since:
        where.append(f"{DAY} >= :since")
        values["since"] = iso_day(filters.since)
    if filters.until:
        where.append(f"substr({DAY}, 1, length(:until)) <= :until")
        values["until"] = iso_day(filters.until)
    return where


def _number(filters: Filters, values: dict[str, Any]) -> list[str]:
    if not filters.number:
        return []
    key = document_key(filters.number)
    text = Term(text=key, typed=tuple(key.split())).expression
    values |= {"number": key, "number_from": f"{key} ", "number_to": f"{key}!", "number_text": text}
    document = "number_key = :number or (number_key >= :number_from and number_key < :number_to)"
    held = (
        "select e.article_id from articles_fts f join search_entries e on e.entry = f.rowid"
        " where articles_fts match :number_text"
    )
    return [f"(a.id in (select article_id from documents where {document}) or a.id in ({held}))"]


def iso_day(day: str | date) -> str:
    """An ISO day, month or year. Raises QueryError for what is none."""
    if isinstance(day, date):
        return day.isoformat()[:10]
    found = day_of(day)
    if found is None:
        raise QueryError(f"{day!r} is no date; write 2022-01-14, 14/01/2022, 01/2022 or 2022")
    return found


def _section_test(wanted: str) -> Callable[[str], bool]:
    path = " / ".join(level.strip() for level in fold(wanted).split("/"))
    return lambda value: f" / {path} / " in f" / {fold(value)} / "


def _part_test(wanted: str) -> Callable[[str], bool]:
    part = " ".join(fold(wanted).split())
    return lambda value: part in fold(value)


def _values(connection: sqlite3.Connection, table: str, column: str, test: Callable[[str], bool]) -> list[str]:
    """The values of an indexed column that pass; each is looked at once, however many rows have it."""
    rows = connection.execute(
        f"with recursive v(x) as (select min({column}) from {table} union all "
        f"select (select min({column}) from {table} where {column} > x) from v where x is not null) "
        "select x from v where x is not null"
    )
    return [row[0] for row in rows if test(row[0])]


def _listed(column: str, found: list[str], name: str, values: dict[str, Any]) -> str:
    names = [f"{name}_{number}" for number in range(len(found))]
    values |= dict(zip(names, found, strict=True))
    return f"{column} in ({', '.join(f':{one}' for one in names)})"
