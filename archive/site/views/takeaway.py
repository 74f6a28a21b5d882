"""Results to take away: exactly the articles a page shows, as JSON, JSON lines, CSV or Parquet, and as SQL."""

from __future__ import annotations

import asyncio
import json
import shlex
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from datasette.utils.asgi import AsgiStream, NotFound, Response

from archive.export import BATCH, FLAT, Record, batch_of, flat, json_line, records, write_parquet
from archive.selection import selection
from archive.site import NAME
from archive.site.room import Room
from archive.site.views.article import record_of
from archive.site.views.differences import KINDS, latest
from archive.site.views.documents import register
from archive.spreadsheet import csv_lines

#: Articles in one download; whoever wants more takes them on the command line, or year by year.
MOST_ROWS = 50_000
#: Changes in one download.
_CHANGES = 500
#: Downloads under way at once; more would leave no room for readers.
_AT_ONCE = 2
_LIMIT_MS = 60_000
_TYPES = {
    "json": "application/json; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_under_way = 0


async def articles(request: Any, datasette: Any) -> Any:
    """The articles of a selection, in the order of their numbers."""
    room = Room(datasette=datasette, request=request)
    asked = selection(request.args)
    ids = await room.ask(lambda conn: asked.ids(conn, MOST_ROWS + 1))
    return await _download(room, request.url_vars["form"], "articles", ids)


async def documents(request: Any, datasette: Any) -> Any:
    """The articles of the register's documents."""
    room = Room(datasette=datasette, request=request)
    where, values = register(request.args).where()
    sql = f"select d.article_id from documents d where {where} order by d.article_id limit {MOST_ROWS + 1}"
    ids = await room.ask(lambda conn: [row[0] for row in conn.execute(sql, values)])
    return await _download(room, request.url_vars["form"], "documents", ids)


async def article(request: Any, datasette: Any) -> Response:
    """Everything the archive holds of one article."""
    room = Room(datasette=datasette, request=request)
    key = int(request.url_vars["id"])
    told = await room.ask(lambda conn: _article(conn, key))
    body = json.dumps(told, ensure_ascii=False, indent=2)
    return Response(body=body, content_type=_TYPES["json"])


async def changes(request: Any, datasette: Any) -> Response:
    """The latest changes, one field a row."""
    room = Room(datasette=datasette, request=request)
    kind = request.args.get("kind") or ""
    found = await room.ask(lambda conn: latest(conn, kind if kind in KINDS else "", limit=_CHANGES))
    names = ("article", "title", "changed_at", "fields", "version", "old", "new", "url")
    rows = [
        (c.id, c.title, c.at, ", ".join(c.fields), c.version, c.old, c.new, room.absolute(room.url(f"article/{c.id}")))
        for c in found
    ]
    if request.url_vars["form"] == "csv":
        return _whole(csv_lines([names, *rows]), "csv", "changes")
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return _whole(json.dumps(told, ensure_ascii=False, indent=1), "json", None)


async def as_sql(request: Any, datasette: Any) -> Response:
    """The SQL that asks for these articles."""
    room = Room(datasette=datasette, request=request)
    asked = selection(request.args)
    sql, values = await room.ask(asked.sql)
    words = ["portal-archive", "sql", sql]
    for name, value in values.items():
        words += ["-p", name, value]
    run = room.url(NAME, sql=sql, **values)
    return await room.show("as_sql.html", asked=asked, sql=sql, values=values, command=shlex.join(words), run=run)


async def export(request: Any, datasette: Any) -> Response:
    """Where the whole archive can be had."""
    room = Room(datasette=datasette, request=request)
    total = await room.ask_kept("count", lambda conn: conn.execute("select count(*) from articles").fetchone()[0])
    return await room.show("export.html", total=total, most=MOST_ROWS)


async def _download(room: Room, form: str, name: str, ids: list[int]) -> Any:
    if form == "parquet" and not room.parquet:
        raise NotFound("Parquet is not installed here")
    if _under_way >= _AT_ONCE:
        told = room.language.text("export.busy")
        return Response(body=told, status=503, headers={"retry-after": "30"}, content_type="text/plain; charset=utf-8")
    truncated, ids = len(ids) > MOST_ROWS, ids[:MOST_ROWS]
    headers = {"x-spreadsheet": "harmless", "x-truncated": "yes" if truncated else "no"}
    if form != "json":
        headers["content-disposition"] = f'attachment; filename="{name}.{form}"'
    if form == "parquet":
        return Response(body=await _parquet(room, ids), headers=headers, content_type=_TYPES[form])

    async def stream(out: Any) -> None:
        async with _one_more():
            async for piece in _PIECES[form](room, ids, truncated):
                await out.write(piece)

    return AsgiStream(stream, headers=headers, content_type=_TYPES[form])


@asynccontextmanager
async def _one_more() -> AsyncIterator[None]:
    global _under_way
    _under_way += 1
    try:
        yield
    finally:
        _under_way -= 1


async def _batches(room: Room, ids: Sequence[int]) -> AsyncIterator[list[Record]]:
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        found = await room.ask(lambda conn, some=some: batch_of(conn, some))  # type: ignore[misc]
        yield [found[key] for key in some if key in found]
        await asyncio.sleep(0)  # readers come first


async def _json_lines(room: Room, ids: Sequence[int], _: bool) -> AsyncIterator[str]:
    async for batch in _batches(room, ids):
        yield "".join(map(json_line, batch))


async def _csv(room: Room, ids: Sequence[int], _: bool) -> AsyncIterator[str]:
    yield "\ufeff" + csv_lines([FLAT])  # spreadsheets take UTF-8 for what it is only with this mark
    async for batch in _batches(room, ids):
        yield csv_lines(map(flat, batch))


async def _json(room: Room, ids: Sequence[int], truncated: bool) -> AsyncIterator[str]:
    yield f'{{"count": {len(ids)}, "truncated": {json.dumps(truncated)}, "articles": [\n'
    first = True
    async for batch in _batches(room, ids):
        yield ("" if first else ",\n") + ",\n".join(json_line(record).rstrip("\n") for record in batch)
        first = False
    yield "\n]}\n"


_PIECES = {"json": _json, "jsonl": _json_lines, "csv": _csv}


async def _parquet(room: Room, ids: Iterable[int]) -> bytes:
    def written(conn: sqlite3.Connection) -> bytes:
        with tempfile.TemporaryFile() as file:
            write_parquet(records(conn, ids), file)
            file.seek(0)
            return file.read()

    async with _one_more():
        return await room.ask(written, limit_ms=_LIMIT_MS)


def _article(conn: sqlite3.Connection, key: int) -> Record:
    record = record_of(conn, key)
    versions = [
        {"number": v.number, "seen_at": v.seen_at, "content_digest": v.content_digest, "fields": dict(v.fields)}
        for v in record.versions
    ]
    return {**batch_of(conn, [key])[key], "addresses": list(record.urls), "versions": versions}


def _whole(body: str, form: str, name: str | None) -> Response:
    headers = {"x-spreadsheet": "harmless"}
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}.{form}"'
    return Response(body=body, headers=headers, content_type=_TYPES[form])
