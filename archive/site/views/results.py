"""Articles that were asked for: hits with their marks, filters with counts, pages."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from archive.errors import QueryError
from archive.search import search
from archive.selection import DAY, Selection, selection
from archive.site.room import Room

PAGE = 20
#: Pages one can turn; beyond, a filter helps more than turning.
MOST_PAGES = 50
_VALUES = 12
_SNIPPET = 220

_FACETS = {
    "section": "a.section",
    "year": f"substr({DAY}, 1, 4)",
    "author": "a.author",
    "status": "a.status",
    "type": "(select d.type from documents d where d.article_id = a.id)",
    "files": "(select '1' from attachments f where f.article_id = a.id)",
    "source": "(select c.source from captures c where c.id = a.capture_id)",
}


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An article as a list shows it."""

    id: int
    marked_title: str
    snippet: str
    day: str | None
    section: str | None
    author: str | None
    status: str
    number: str | None


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of a facet."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A filter with the values that the selection holds, the most frequent first (years: the latest)."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One page of a selection."""

    total: int
    hits: tuple[Hit, ...]
    any_words: bool = False
    """No article has all the words; these have some of them."""


async def results(request: Any, datasette: Any) -> Response:
    """The page of results."""
    room = Room(datasette=datasette, request=request)
    asked = selection(request.args)
    page = page_number(request.args)
    try:
        found = await room.ask(lambda conn: find(conn, asked, limit=PAGE, offset=(page - 1) * PAGE))
    except QueryError:
        return await room.show("results.html", status=400, asked=asked, found=None, facets=(), page=1, pages=1)
    facets = await room.ask(lambda conn: facets_of(conn, asked))
    pages = min(MOST_PAGES, -(-found.total // PAGE))
    return await room.show("results.html", asked=asked, found=found, facets=facets, page=page, pages=pages)


def page_number(args: Any) -> int:
    """The page asked for, from 1."""
    text = args.get("page") or ""
    return max(1, min(MOST_PAGES, int(text))) if text.isdecimal() and text.isascii() and len(text) < 6 else 1


def find(conn: sqlite3.Connection, asked: Selection, *, limit: int, offset: int = 0) -> Found:
    """One page of the selection. Raises QueryError for words that hold none."""
    where, values = asked.where()
    if asked.q and asked.order == "relevance" and not asked.filters:
        result = search(conn, asked.q, limit=limit, offset=offset)
        return Found(
            total=result.total,
            any_words=result.any_words,
            hits=tuple(
                Hit(
                    id=hit.id,
                    marked_title=hit.marked_title,
                    snippet=hit.snippet,
                    day=hit.published_at or hit.updated_at,
                    section=hit.section,
                    author=hit.author,
                    status=hit.status,
                    number=hit.number,
                )
                for hit in result.hits
            ),
        )
    total = conn.execute(f"select count(*) from articles a where {where}", values).fetchone()[0]
    rows = conn.execute(f"{asked.sql()} limit :limit offset :offset", {**values, "limit": limit, "offset": offset})
    return Found(total=total, hits=tuple(_hit(conn, row["id"]) for row in rows))


def _hit(conn: sqlite3.Connection, key: int) -> Hit:
    row = conn.execute(
        f"select a.title, coalesce(a.lead, substr(a.body_text, 1, :length)) as snippet, {DAY} as day, a.section,"
        " a.author, a.status, (select number from documents d where d.article_id = a.id) as number"
        " from articles a where a.id = :key",
        {"key": key, "length": _SNIPPET + 1},
    ).fetchone()
    snippet = " ".join(row["snippet"].split())
    if len(snippet) > _SNIPPET:
        snippet = snippet[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    return Hit(
        id=key,
        marked_title=row["title"],
        snippet=snippet,
        **{name: row[name] for name in ("day", "section", "author", "status", "number")},
    )


def facets_of(conn: sqlite3.Connection, asked: Selection) -> tuple[Facet, ...]:
    """Every filter with its values, each counted as if it were not set itself."""
    found = []
    for name, expression in _FACETS.items():
        where, values = asked.without(name).without("month" if name == "year" else name).where()
        order = "value desc" if name == "year" else "count desc, value"
        rows = conn.execute(
            f"select {expression} as value, count(*) as count from articles a where {where} group by 1"
            f" having value <> '' order by {order} limit {_VALUES}",
            values,
        )
        chosen = asked.params.get(name)
        told = tuple(Value(value=str(r["value"]), count=r["count"], chosen=str(r["value"]) == chosen) for r in rows)
        if len(told) > 1 or any(value.chosen for value in told) or (told and name in ("files", "type")):
            found.append(Facet(name=name, values=told))
    return tuple(found)
