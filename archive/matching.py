"""Which articles match an expression: some of them, how many there are, and the latest first.

Whatever is asked, only so many rows are looked at; of larger sets the size is estimated from a part: stretches of the
index, as far from each other everywhere, so that what was published or visited together weighs as it does in all.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archive.filters import BY_DAY, NARROW

#: Matches that are listed one by one, and as many more before the order of date goes through the articles instead.
LISTED = 2_000
LISTED_BY_DATE = 20_000
#: Archives of at most so many articles are always counted whole.
_COUNTED = 50_000
#: The part of a larger archive that is counted: one in so many.
_PART = 20
#: The stretches of that part, about.
_STRETCHES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How many articles match."""

    count: int
    estimated: bool = False


class Matches:
    """The articles that match an FTS5 expression (all, where there is none) and some conditions."""

    def __init__(self, connection: sqlite3.Connection, fts: str | None, where: str, values: dict[str, Any]) -> None:
        self.connection, self.fts, self.where = connection, fts, where
        self.values = {**values, "fts": fts}
        self.files = fts is not None and bool(connection.execute("select 1 from file_texts limit 1").fetchone())

    def first(self, most: int) -> list[int]:
        """Ids of at most so many, in the order of the index."""
        rows = self._all(f"select id from ({self._ids(union='union all')}) limit :most", most=most)
        return list(dict.fromkeys(row[0] for row in rows))

    def any(self) -> bool:
        """Is there one?"""
        return bool(self.first(1))

    def _ids(self, part: bool = False, union: str = "union") -> str:
        """SQL for the ids; of a ``part``, only of those in the stretches from ``:starts``, or up to ``:below``."""
        if self.fts is None:
            return f"select a.id from articles a where {'a.id <= :below' if part else '1'} {self.where}"
        source, inside = "articles_fts m", ""
        if part:
            source = "json_each(:starts) s cross join articles_fts m"
            inside = "and m.rowid >= s.value and m.rowid < s.value + :stretch"
        sql = f"select e.article_id as id from {source} cross join search_entries e on e.entry = m.rowid"
        sql += f" where articles_fts match :fts {inside}"
        if self.where:
            sql = f"select a.id from ({sql}) m cross join {NARROW} on a.id = m.id where 1 {self.where}"
        if self.files and "{" not in (self.fts or ""):
            inside = "and e.entry / :stretch % :apart = 0" if part else ""
            sql += (
                f" {union} select a.id from file_texts_fts m cross join file_texts f on f.id = m.rowid"
                " join attachments t on t.digest = f.digest join search_entries e on e.article_id = t.article_id"
                f" join {NARROW} on a.id = t.article_id where file_texts_fts match :fts {inside} {self.where}"
            )
        return sql

    def total(self, at_least: int = 0) -> Total:
        """How many there are."""
        ids, values, scale = self.part()
        counted = self._all(f"select count(*) from ({ids})", **values)[0][0]
        if scale == 1:
            return Total(count=counted)
        return Total(count=max(_rounded(counted * scale), at_least), estimated=True)

    def part(self) -> tuple[str, dict[str, Any], int]:
        """SELECT for the ids, or for a fair part of them; its values; and how many times that part makes all."""
        articles = self._all("select entries from search_totals")[0][0]
        if articles <= _COUNTED:
            return self._ids(), self.values, 1
        if self.fts is None:  # ids are hashes
            sql = f"select a.id from {NARROW} order by a.id limit 1 offset :n"
            return self._ids(part=True), {**self.values, "below": self._all(sql, n=articles // _PART)[0][0]}, _PART
        return self._ids(part=True), {**self.values, **self._stretches(_PART)}, _PART

    def fair(self, most: int, total: int) -> list[int]:
        """About so many of the ``total`` matches, from everywhere in the archive; all where they are no more."""
        if self.fts is None or total <= most:
            return self.first(most)
        return [row[0] for row in self._all(self._ids(part=True), **self._stretches(total // most))]

    def _stretches(self, apart: int) -> dict[str, Any]:
        """Values for one part in ``apart`` of the index."""
        last = self._all("select max(entry) from search_entries")[0][0]
        stretch = last // (apart * _STRETCHES) + 1
        return {"stretch": stretch, "apart": apart, "starts": json.dumps(list(range(0, last, apart * stretch)))}

    def among(self, ids: Sequence[int], fts: str | None) -> set[int]:
        """Those of the ids that match another expression."""
        if fts is None:
            return set(ids)
        inside = "select value from json_each(:ids)"
        sql = (
            "select j.value from json_each(:ids) j cross join search_entries e on e.article_id = j.value where exists"
            " (select 1 from articles_fts where articles_fts match :other and rowid = e.entry)"
        )
        found = {row[0] for row in self._all(sql, ids=json.dumps(list(ids)), other=fts)}
        if self.files and len(found) < len(ids) and "{" not in fts:
            sql = (
                "select t.article_id from attachments t join file_texts f on f.digest = t.digest where t.article_id in "
                f"({inside}) and exists (select 1 from file_texts_fts where file_texts_fts match :other and "
                "rowid = f.id)"
            )
            found |= {row[0] for row in self._all(sql, ids=json.dumps(list(ids)), other=fts)}
        return found

    def latest(self, limit: int, offset: int) -> list[int]:
        """Ids in order of date, the latest first and those without date last."""
        listed = self.first(LISTED_BY_DATE) if self.fts or self.where else None
        if listed is not None and len(listed) < LISTED_BY_DATE:
            rows = self._all(f"{BY_DAY}, a.id", ids=json.dumps(listed))
            return [row[0] for row in rows[offset : offset + limit]]
        return list(islice(self._by_date(), offset, offset + limit))

    def _by_date(self) -> Iterator[int]:
        """All of them, found by going through the articles by date."""
        dated = self._walk(
            "select a.id, coalesce(a.published_at, a.updated_at) as day from articles a where"
            " coalesce(a.published_at, a.updated_at) not null"
            f" {self.where} order by coalesce(a.published_at, a.updated_at) desc, a.id"
        )
        issued = self._walk(
            "select a.id, d.issued_on as day from documents d join articles a on a.id = d.article_id where"
            f" d.issued_on not null and a.published_at is null and a.updated_at is null {self.where}"
            " order by d.issued_on desc, a.id"
        )
        bare = self._walk(
            "select a.id, '' as day from articles a where a.published_at is null and a.updated_at is null"
            " and not exists (select 1 from documents d where d.article_id = a.id and d.issued_on not null)"
            f" {self.where} order by a.id"
        )
        for key, _ in heapq.merge(dated, issued, key=lambda row: (_backwards(row[1]), row[0])):
            yield key
        for key, _ in bare:
            yield key

    def _walk(self, sql: str) -> Iterator[tuple[int, str]]:
        cursor = self.connection.cursor()
        cursor.row_factory = None
        cursor.execute(sql, self.values)
        while batch := cursor.fetchmany(200):
            found = self.among([row[0] for row in batch], self.fts)
            yield from (row for row in batch if row[0] in found)

    def _all(self, sql: str, **more: Any) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.row_factory = None  # the caller's connection may make something else of rows
        return cursor.execute(sql, {**self.values, **more}).fetchall()


def _backwards(day: str) -> tuple[int, ...]:
    """A key that puts later days first."""
    return (*(-ord(letter) for letter in day), 1)


def _rounded(count: int) -> int:
    """Two figures are as much as a sample says."""
    digits = len(str(count))
    return round(count, 2 - digits) if digits > 2 else count
