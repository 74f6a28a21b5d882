"""How many hits of a query each section, year, author, status, type, source has, and how many have attachments."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields, replace
from pathlib import Path

from archive.asked import Asked
from archive.filters import DAY, NARROW, Filters
from archive.query import Query
from archive.search import opened, parsed_for

#: Values of one facet at most.
MOST = 50

_VALUES = {
    "section": "a.section",
    "year": f"cast(substr({DAY}, 1, 4) as integer)",
    "author": "a.author",
    "status": "a.status",
    "type": "(select d.type from documents d where d.article_id = a.id)",
    "source": "a.source",
    "has_attachment": "exists (select 1 from attachments t where t.article_id = a.id)",
}
NAMES = tuple(_VALUES)
_FILTERS = {field.name for field in fields(Filters)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """One value of a facet."""

    value: str | int
    """As the column has it; has_attachment is 0 or 1."""
    count: int
    estimated: bool = False


def counts(
    db_or_path: sqlite3.Connection | str | Path,
    query: str = "",
    filters: Filters | None = None,
    *,
    facets: tuple[str, ...] = NAMES,
) -> dict[str, tuple[Count, ...]]:
    """For every facet its values with their hits, the most frequent first, years the latest first.

    Each facet is counted as if its own filter were not set, so that another value can be chosen. Without words all
    articles are counted. Archives of over 50,000 articles are counted in part and scaled up; a long query, or one of
    which no article has all words, is counted over the hits that :func:`archive.search.search` lists. Raises QueryError
    as that does.
    """
    wanted = filters or Filters()
    with opened(db_or_path) as connection:
        parsed = parsed_for(connection, query) if query.strip() else Query(groups=())
        asked: dict[Filters, Asked] = {}
        found = {}
        for name in facets:
            others = replace(wanted, **{name: None}) if name in _FILTERS else wanted
            if others not in asked:
                asked[others] = Asked(connection, parsed, others)
            found[name] = _counted(connection, asked[others], name)
    return found


def _counted(connection: sqlite3.Connection, asked: Asked, name: str) -> tuple[Count, ...]:
    part, values, scale = asked.part()
    order = "value desc" if name == "year" else "count(*) desc, value"
    cursor = connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        f"select {_VALUES[name]} as value, count(*) from {NARROW} where a.id in ({part}) group by 1 "
        f"having value not null order by {order} limit {MOST}",
        values,
    )
    return tuple(Count(value=value, count=count * scale, estimated=scale > 1) for value, count in rows)
