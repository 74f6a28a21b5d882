"""The first page: search, articles over time, sections, what is new, changed and gone, and the last run."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from datasette.utils.asgi import Response

from archive import overview
from archive.overview import RunRow
from archive.site.charts import TimeChart, time_chart
from archive.site.room import Room

_NEWEST = 8
_FEW = 6
_SECTIONS = 14
#: By runs, for which captures have an index: portals have none, and one without articles would be looked for in all.
_ARTICLES = """
select c.original from runs r join captures c on c.run_id = r.id and c.outcome = 'article' where r.portal = ? limit 50
"""
_DAY = "coalesce(published_at, updated_at)"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much there is."""

    articles: int
    documents: int
    portals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """The latest run in a line."""

    kind: str
    state: str
    started_at: str
    new: int | None
    changed: int | None
    gone: int | None


async def home(request: Any, datasette: Any) -> Response:
    """The page."""
    room = Room(datasette=datasette, request=request)
    return await room.show("home.html", **await room.ask_kept("home", _everything))


def _everything(conn: sqlite3.Connection) -> dict[str, Any]:
    sections = _sections(conn)
    return {
        "totals": _totals(conn),
        "chart": by_month(conn),
        "newest": newest(conn, _NEWEST),
        "sections": sections[:_SECTIONS],
        "more_sections": len(sections[_SECTIONS:]),
        "changed": _changed(conn),
        "removed": _removed(conn),
        "run": _last_run(conn),
    }


def _totals(conn: sqlite3.Connection) -> Totals:
    articles, documents = (conn.execute(f"select count(*) from {t}").fetchone()[0] for t in ("articles", "documents"))
    portals = conn.execute("select distinct portal from sections union select portal from runs order by 1").fetchall()
    return Totals(articles=articles, documents=documents, portals=tuple(_host(conn, row[0]) for row in portals))


def _host(conn: sqlite3.Connection, portal: str) -> str:
    """The host most of a portal's articles stand at, by some of them; its short name while there is none."""
    rows = conn.execute(_ARTICLES, (portal,))
    common = Counter(urlsplit(row[0]).netloc for row in rows).most_common(1)
    return common[0][0] if common else portal


def by_month(conn: sqlite3.Connection) -> TimeChart:
    """Articles by the month of publishing, else of the update; those without a date are in no bar."""
    rows = conn.execute(f"select substr({_DAY}, 1, 7) as month, count(*) from articles group by 1 having month > ''")
    return time_chart({month: count for month, count in rows if re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", month)})


def newest(conn: sqlite3.Connection, limit: int) -> list[Any]:
    """The articles with the latest dates."""
    sql = f"select id, title, section, {_DAY} as day from articles where {_DAY} > '' order by {_DAY} desc limit ?"
    return conn.execute(sql, (limit,)).fetchall()


def _sections(conn: sqlite3.Connection) -> list[Any]:
    sql = "select section as name, count(*) as count from articles where section is not null group by 1 order by 2 desc"
    return conn.execute(sql).fetchall()


def _changed(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """The latest changed articles, each with the fields that changed at its latest change."""
    rows = conn.execute(
        "select c.article_id as id, a.title, c.changed_at as at, c.field from article_changes c join articles a"
        " on a.id = c.article_id where c.field <> 'status' order by c.changed_at desc limit 200"
    ).fetchall()
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["id"], {"id": row["id"], "title": row["title"], "at": row["at"], "fields": []})
        if row["at"] == entry["at"] and row["field"] not in entry["fields"]:
            entry["fields"].append(row["field"])
    return list(found.values())[:_FEW]


def _removed(conn: sqlite3.Connection) -> list[Any]:
    sql = (
        "select id, title, status, removed_at as at from articles where status <> 'live' "
        "order by removed_at desc limit ?"
    )
    return conn.execute(sql, (_FEW,)).fetchall()


def _last_run(conn: sqlite3.Connection) -> LastRun | None:
    latest: RunRow | None = next(iter(overview.runs(conn, limit=1)), None)
    if latest is None:
        return None
    brought = {name: latest.report.get(name) for name in ("new", "changed", "gone")}
    told = {name: value if isinstance(value, int) else None for name, value in brought.items()}
    return LastRun(kind=latest.kind, state=latest.state, started_at=latest.started_at, **told)
