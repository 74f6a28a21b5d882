"""One article with everything the archive knows of it: its texts, files, earlier versions, and what happened when."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.cdx import surt
from archive.database import open_readonly
from archive.errors import QueryError
from archive.vietnamese import document_key

Row = Mapping[str, Any]

_NAMED = 5  # articles named when a reference fits several


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What an article said at one time."""

    number: int
    """1 for the first."""
    seen_at: str
    content_digest: str
    capture_id: int
    cause: str
    """``portal``, or ``extractor`` when other rules than before read the page."""
    door: str | None
    """How its capture came in."""
    fields: Row
    """Every versioned field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to an article."""

    at: str
    """ISO 8601, UTC."""
    kind: str
    """``visit``, ``version`` or ``change``."""
    what: str
    """A visit's outcome, ``version 2``, or the field that changed."""
    old: str | None = None
    """Of a change: the value before, where it is short enough to be kept beside."""
    new: str | None = None
    capture_id: int | None = None
    place: str | None = None
    """WARC file and offset of a visit's record, joined with ``:``."""
    door: str | None = None
    """How the visit's capture came in: ``live``, ``warc``, ``wayback``, ``commoncrawl``, ``text``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleRecord:
    """An article as a person wants to see it. Rows are as the tables hold them, column by column."""

    article: Row
    document: Row | None
    images: tuple[Row, ...]
    attachments: tuple[Row, ...]
    urls: tuple[str, ...]
    """Every canonical address it was found under, the oldest first."""
    versions: tuple[Version, ...]
    """The oldest first."""
    absences: tuple[Row, ...]
    """Times it was not found, the oldest first."""
    timeline: tuple[Event, ...]
    """Visits, versions and changes, the oldest first."""
    moved_to: Row | None
    """Id, canonical_url and title of the article that holds what this one, judged ``moved``, said."""
    moved_from: tuple[Row, ...]
    """The same of articles that were judged to have moved to this one."""


def load_article(db_or_path: sqlite3.Connection | str | Path, reference: str | int) -> ArticleRecord:
    """The article a reference means: its id, an address (whole, or a piece of one), or its document's number.

    Raises QueryError when it means none or several, naming some of the several; DatabaseError as ``open_readonly``.
    """
    if not isinstance(db_or_path, sqlite3.Connection):
        with open_readonly(Path(db_or_path)) as connection:
            return load_article(connection, reference)
    reader = _Reader(db_or_path)
    key = reader.identify(str(reference).strip())
    found = reader.rows("select * from articles where id = ?", key)[0]
    return ArticleRecord(
        article={name: value for name, value in found.items() if name not in ("alt", "year")},
        document=next(iter(reader.rows("select * from documents where article_id = ?", key)), None),
        images=reader.rows("select * from images where article_id = ? order by position", key),
        attachments=reader.rows("select * from attachments where article_id = ? order by position", key),
        urls=tuple(
            row["canonical_url"]
            for row in reader.rows(
                "select canonical_url from article_urls where article_id = ? order by first_seen_at, canonical_url", key
            )
        ),
        versions=reader.versions(key),
        absences=reader.rows(
            "select missing_since, found_at, visits, status, judged_at, target, evidence from absences"
            " where article_id = ? order by missing_since",
            key,
        ),
        timeline=reader.timeline(key),
        moved_to=next(iter(reader.rows(_MOVED_TO, key)), None),
        moved_from=reader.rows(_MOVED_FROM, key),
    )


class _Reader:
    """Rows as dictionaries, whatever the connection makes of rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursor = connection.cursor()
        self._cursor.row_factory = None

    def rows(self, sql: str, *values: Any) -> tuple[dict[str, Any], ...]:
        self._cursor.execute(sql, values)
        names = [column[0] for column in self._cursor.description]
        return tuple(dict(zip(names, row, strict=True)) for row in self._cursor)

    def identify(self, reference: str) -> int:
        """The id of the one article meant; the exact meanings are tried before the loose ones."""
        for sql, value in _meanings(reference):
            found = self.rows(sql, value)
            if len(found) == 1:
                return int(found[0]["id"])
            if found:
                named = ", ".join(row["canonical_url"] for row in found[:_NAMED])
                more = ", …" if len(found) > _NAMED else ""
                raise QueryError(f"{reference!r} fits several articles: {named}{more}; give one of these addresses")
        raise QueryError(f"no article {reference!r} is in the archive; look for it with: portal-archive search")

    def versions(self, key: int) -> tuple[Version, ...]:
        rows = self.rows(
            "select v.number, v.seen_at, v.content_digest, v.capture_id, v.cause, c.source as door, v.fields "
            "from article_versions v left join captures c on c.id = v.capture_id where v.article_id = ? "
            "order by v.number",
            key,
        )
        return tuple(Version(**{**row, "fields": json.loads(row["fields"])}) for row in rows)

    def timeline(self, key: int) -> tuple[Event, ...]:
        return tuple(Event(**row) for row in self.rows(_TIMELINE, key))


# What a damaged row holds as evidence leads nowhere, but breaks nothing; the index ``articles_moved`` is of just this.
_TARGET = "iif(json_valid({0}.removal_evidence), json_extract({0}.removal_evidence, '$.moved_to.article_id'), null)"
_MOVED_TO = f"""
select b.id, b.canonical_url, b.title from articles a join articles b on b.id = {_TARGET.format("a")}
where a.id = ? and a.status = 'moved'
"""
_MOVED_FROM = f"""
select a.id, a.canonical_url, a.title from articles a indexed by articles_moved
where a.status = 'moved' and {_TARGET.format("a")} = ?
order by a.first_seen_at, a.id
"""

# Visits are found by the urlkeys of the captures an article was read from.
_TIMELINE = """
with keys as (
  select c.urlkey from article_versions v join captures c on c.id = v.capture_id where v.article_id = ?1
  union select c.urlkey from articles a join captures c on c.id = a.capture_id where a.id = ?1
  union select c.urlkey from article_urls u join readings r on r.canonical_url = u.canonical_url
  join captures c on c.id = r.capture_id where u.article_id = ?1
)
select substr(timestamp, 1, 4) || '-' || substr(timestamp, 5, 2) || '-' || substr(timestamp, 7, 2) || 'T' ||
       substr(timestamp, 9, 2) || ':' || substr(timestamp, 11, 2) || ':' || substr(timestamp, 13, 2) || 'Z' as at,
       'visit' as kind, coalesce(reason, outcome) as what, null as old, null as new, id as capture_id,
       filename || ':' || "offset" as place, source as door
from captures where urlkey in (select urlkey from keys)
union all
select seen_at, 'version', 'version ' || number || iif(cause = 'extractor', ' (read by other rules)', ''), null, null,
       capture_id, null, null
from article_versions where article_id = ?1
union all
select changed_at, 'change', field, old_value, new_value, capture_id, null, null
from article_changes where article_id = ?1
order by at, kind desc, what
"""


def _meanings(reference: str) -> list[tuple[str, str]]:
    """Queries for what a reference may mean, each with its value."""
    some = f"limit {_NAMED + 1}"
    meanings = []
    if reference.isdecimal() and reference.isascii():
        meanings.append(("select id, canonical_url from articles where id = cast(? as integer)", reference))
    if not reference:
        return meanings
    address = reference.partition("#")[0]
    at = (
        "select distinct a.id, a.canonical_url from articles a join article_urls u on u.article_id = a.id "
        f"where u.canonical_url = ?1 union select id, canonical_url from articles where canonical_url = ?1 {some}"
    )
    meanings += [(at, address), (at, address.lower())]
    meanings.append((f"select id, canonical_url from articles where url = ? {some}", address))
    if key := document_key(reference):
        by_number = "select a.id, a.canonical_url from documents d join articles a on a.id = d.article_id"
        meanings.append((f"{by_number} where d.number_key = ? {some}", key))
    if "://" in address:
        seen = "select distinct a.id, a.canonical_url from captures c join articles a on a.capture_id = c.id"
        meanings.append((f"{seen} where c.urlkey = ? {some}", surt(address)))
    piece = "%" + re.sub(r"([%_\\])", r"\\\1", address) + "%"
    meanings.append((rf"select id, canonical_url from articles where canonical_url like ? escape '\' {some}", piece))
    return meanings
