"""Articles that were asked for: hits with their marks, filters with counts, pages."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from archive.asked import POOL, Asked
from archive.errors import QueryError
from archive.filters import NARROW
from archive.matching import LISTED
from archive.search import Hit as SearchHit
from archive.search import page_of
from archive.selection import DAY, Selection, selection
from archive.site.room import Room

PAGE = 20
#: Pages one can turn; beyond, a filter helps more than turning.
MOST_PAGES = 50
_VALUES = 12

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
    filename: str | None
    """The attached file in whose text the words were found."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of a facet."""

    value: str
    count: int
    chosen: bool
    estimated: bool
    """Counted in a part of the hits and scaled up."""


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
    estimated: bool = False
    any_words: bool = False
    """No article has all the words; these have some of them."""
    did_you_mean: str | None = None


async def results(request: Any, datasette: Any) -> Response:
    """The page of results."""
    room = Room(datasette=datasette, request=request)
    asked = selection(request.args)
    page = page_number(request.args)
    try:
        found, facets = await room.ask(lambda conn: _page(conn, asked, page))
    except QueryError:
        return await room.show("results.html", status=400, asked=asked, found=None, facets=(), page=1, pages=1)
    pages = min(MOST_PAGES, -(-found.total // PAGE))
    return await room.show("results.html", asked=asked, found=found, facets=facets, page=page, pages=pages)


def page_number(args: Any) -> int:
    """The page asked for, from 1."""
    text = args.get("page") or ""
    return max(1, min(MOST_PAGES, int(text))) if text.isdecimal() and text.isascii() and len(text) < 6 else 1


def find(conn: sqlite3.Connection, asked: Selection, *, limit: int, offset: int = 0) -> Found:
    """One page of the selection. Raises QueryError for words that hold none."""
    return _found(asked.asked(conn), asked, limit, offset)


def _page(conn: sqlite3.Connection, asked: Selection, page: int) -> tuple[Found, tuple[Facet, ...]]:
    search = asked.asked(conn)
    found = _found(search, asked, PAGE, (page - 1) * PAGE)
    return found, facets_of(search, found, asked)


def _found(search: Asked, asked: Selection, limit: int, offset: int) -> Found:
    result = page_of(search, limit, offset, "relevance" if asked.order == "relevance" else "date")
    return Found(
        total=result.total,
        estimated=result.estimated,
        any_words=result.any_words,
        did_you_mean=result.did_you_mean,
        hits=tuple(map(_hit, result.hits)),
    )


def _hit(hit: SearchHit) -> Hit:
    names = ("id", "marked_title", "snippet", "section", "author", "status", "number", "filename")
    return Hit(day=hit.published_at or hit.updated_at, **{name: getattr(hit, name) for name in names})


def facets_of(search: Asked, found: Found, asked: Selection) -> tuple[Facet, ...]:
    """Every filter with its values, each counted as if it were not set itself."""
    set_ones = [name for name in _FACETS if name in asked.filters or (name == "year" and asked.month)]
    free = [name for name in _FACETS if name not in set_ones]
    counted = _counted(search, found.total, free, asked)
    for name in set_ones:
        others = asked.without(name).without("month" if name == "year" else name)
        wider = others.asked(search.connection)
        counted |= _counted(wider, wider.matches.total().count, [name], asked)
    return tuple(Facet(name=name, values=counted[name]) for name in _FACETS if _worth_showing(name, counted[name]))


def _worth_showing(name: str, values: tuple[Value, ...]) -> bool:
    return len(values) > 1 or any(value.chosen for value in values) or (name in ("files", "type") and bool(values))


def _counted(search: Asked, total: int, names: list[str], asked: Selection) -> dict[str, tuple[Value, ...]]:
    """All these facets from one look at the articles, or at a fair part of many."""
    many = len(search.listed) >= LISTED
    if search.nothing:  # some of the words, then
        ids = [key for key, _, _ in search.by_relevance(POOL, 0).hits]
    else:
        listed = search.matches.fair(LISTED, total) if many else search.listed
        ids = list(dict.fromkeys((*search.numbers, *listed)))
    scale = total / len(ids) if many and ids else 1.0
    columns = ", ".join(_FACETS[name] for name in names)
    sql = f"select {columns} from {NARROW} where a.id in (select value from json_each(?))"
    rows = search.connection.execute(sql, (json.dumps(ids),)).fetchall() if names else []
    return {name: _values(name, Counter(row[n] for row in rows), scale, asked) for n, name in enumerate(names)}


def _values(name: str, counts: Counter[Any], scale: float, asked: Selection) -> tuple[Value, ...]:
    chosen = asked.params.get(name)
    known = [(str(value), count) for value, count in counts.items() if value not in (None, "")]
    known.sort(key=lambda one: (one[0],) if name == "year" else (one[1], one[0]), reverse=True)
    return tuple(
        Value(value=value, count=_rounded(count, scale), chosen=value == chosen, estimated=scale > 1)
        for value, count in known[:_VALUES]
    )


def _rounded(count: int, scale: float) -> int:
    """Two figures are as much as a sample says."""
    scaled = count * scale
    return count if scale == 1 else int(round(scaled, 2 - len(str(int(scaled)))))
