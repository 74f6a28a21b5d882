"""What changed: between two versions of one article, and over the whole archive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from archive.difference import FieldDifference, around, differences, to_html
from archive.show import ArticleRecord, Version
from archive.site.room import Room
from archive.site.views.article import record_of
from archive.site.views.results import MOST_PAGES, page_number

PAGE = 20
KINDS = ("edited", "removed", "returned", "reread")
#: Characters of a field up to which it is compared while a visitor waits.
_COMPARED = 200_000
_AROUND = 90
_BRIEF = 400


@dataclass(frozen=True, kw_only=True)
class Change:
    """One article at one moment at which something of it changed."""

    id: int
    title: str
    at: str
    status: str
    version: int | None
    """The version made then."""
    fields: tuple[str, ...]
    parts: tuple[tuple[str, Markup], ...]
    """Field and difference, long unchanged stretches left out."""
    old: str | None
    """Of a change of status or address: the value before and after."""
    new: str | None


async def compare(request: Any, datasette: Any) -> Response:
    """Two versions of an article side by side, word by word; the latest two unless others are asked for."""
    room = Room(datasette=datasette, request=request)
    record = await room.ask(lambda conn: record_of(conn, int(request.url_vars["id"])))
    old, new = _asked_for(record, request.args)
    parts = [(part.field, shown(part)) for part in await room.ask(lambda _: compared(old.fields, new.fields))]
    events = [e for e in record.timeline if e.kind == "change" and e.what in ("status", "url")]
    words = request.args.get("q") or ""
    context: dict[str, Any] = {"record": record, "article": record.article, "old": old, "new": new, "events": events}
    return await room.show("compare.html", parts=parts, words=words, **context)


async def changes(request: Any, datasette: Any) -> Response:
    """The latest changes of all articles: edits, removals, returns; apart from them what was only read anew."""
    room = Room(datasette=datasette, request=request)
    kind = request.args.get("kind") or ""
    kind = kind if kind in KINDS else ""
    page = page_number(request.args)
    found = await room.ask(lambda conn: latest(conn, kind, limit=PAGE + 1, offset=(page - 1) * PAGE))
    more = len(found) > PAGE and page < MOST_PAGES
    return await room.show("changes.html", changes=found[:PAGE], kind=kind, kinds=KINDS, page=page, more=more)


def latest(conn: sqlite3.Connection, kind: str, *, limit: int, offset: int = 0) -> tuple[Change, ...]:
    """Changes of one kind, or of all, the latest first."""
    rows = conn.execute(
        f"select changed_at, article_id from article_changes c where {_WHERE[kind]} "
        "group by changed_at, article_id order by changed_at desc, article_id limit ? offset ?",
        (limit, offset),
    ).fetchall()
    return tuple(_change(conn, row["article_id"], row["changed_at"]) for row in rows)


# What only our own rules made different is no change of the portal's.
_BY = "(select cause from article_versions v where v.id = c.version_id)"
_WHERE = {
    "": f"(c.version_id is null or {_BY} = 'portal')",
    "edited": f"{_BY} = 'portal'",
    "reread": f"{_BY} <> 'portal'",
    "removed": "c.field = 'status' and c.new_value <> 'live'",
    "returned": "c.field = 'status' and c.new_value = 'live'",
}


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldDifference, ...]:
    """Every field that differs; one too long to be compared here is left out on both sides."""
    long = {n for side in (old, new) for n, v in side.items() if isinstance(v, str) and len(v) > _COMPARED}
    return differences(
        {name: value for name, value in old.items() if name not in long},
        {name: value for name, value in new.items() if name not in long},
    )


def shown(part: FieldDifference, *, brief: bool = False) -> Markup:
    """A difference as HTML; in brief, long stretches are cut."""
    if not brief:
        return Markup(to_html(part.segments))
    return Markup(to_html([replace(s, old=_cut(s.old), new=_cut(s.new)) for s in around(part.segments, _AROUND)]))


def _cut(text: str) -> str:
    return text if len(text) <= _BRIEF else text[:_BRIEF].rsplit(" ", 1)[0] + " … "


def _asked_for(record: ArticleRecord, args: Any) -> tuple[Version, Version]:
    """The versions to compare, the older first. Raises NotFound when there are no two, or none of that number."""
    by_number = {version.number: version for version in record.versions}
    if len(by_number) < 2:
        raise NotFound("one version only")
    in_time = sorted(record.versions, key=lambda version: (version.seen_at, version.number))
    numbers = [args.get(name) or "" for name in ("from", "to")]
    default = [str(version.number) for version in in_time[-2:]]
    wanted = [
        int(n) if n.isdecimal() and n.isascii() else 0 for n in (g or d for g, d in zip(numbers, default, strict=True))
    ]
    if not all(number in by_number for number in wanted):
        raise NotFound("no such version")
    return by_number[wanted[0]], by_number[wanted[1]]


def _change(conn: sqlite3.Connection, key: int, at: str) -> Change:
    article = conn.execute("select title, status from articles where id = ?", (key,)).fetchone()
    rows = conn.execute(
        "select field, version_id, old_value, new_value from article_changes where article_id = ? and changed_at = ?",
        (key, at),
    ).fetchall()
    version_id = next((row["version_id"] for row in rows if row["version_id"] is not None), None)
    number, parts = _edit(conn, key, version_id) if version_id is not None else (None, ())
    aside = next((row for row in rows if row["version_id"] is None), None)
    return Change(
        id=key,
        title=article["title"],
        at=at,
        status=article["status"],
        version=number,
        fields=tuple(dict.fromkeys(row["field"] for row in rows)),
        parts=parts,
        old=aside["old_value"] if aside else None,
        new=aside["new_value"] if aside else None,
    )


def _edit(conn: sqlite3.Connection, key: int, version_id: int) -> tuple[int | None, tuple[tuple[str, Markup], ...]]:
    """Number of a version, and how it differs from the one seen before it."""
    new = conn.execute("select number, seen_at, fields from article_versions where id = ?", (version_id,)).fetchone()
    if new is None:
        return None, ()
    old = conn.execute(
        "select fields from article_versions where article_id = ? and (seen_at, number) < (?, ?) "
        "order by seen_at desc, number desc limit 1",
        (key, new["seen_at"], new["number"]),
    ).fetchone()
    if old is None:
        return new["number"], ()
    parts = compared(json.loads(old["fields"]), json.loads(new["fields"]))
    return new["number"], tuple((part.field, shown(part, brief=True)) for part in parts)
