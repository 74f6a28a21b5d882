"""The way down to the data: canned queries with their forms, the schema explained, what this archive is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from archive.site import NAME
from archive.site.room import Room
from archive.site.veil import VEILED


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column and what it says."""

    name: str
    type: str
    told: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table, what a row of it is, and its columns."""

    name: str
    told: str
    columns: tuple[Column, ...]
    open: bool
    """Its rows can be seen here."""


async def sql(request: Any, datasette: Any) -> Response:
    """Canned queries, and a box for SQL where visitors may write their own."""
    room = Room(datasette=datasette, request=request)
    told = datasette.metadata(database=NAME) or {}
    return await room.show("sql.html", queries=told.get("queries", {}), sql=request.args.get("sql") or "")


async def schema(request: Any, datasette: Any) -> Response:
    """Every table and column described."""
    room = Room(datasette=datasette, request=request)
    told = (datasette.metadata(database=NAME) or {}).get("tables", {})
    return await room.show("schema.html", tables=await room.ask_kept("schema", lambda conn: tables(conn, told)))


async def about(request: Any, datasette: Any) -> Response:
    """What this archive is, and how to use and to cite it."""
    room = Room(datasette=datasette, request=request)
    return await room.show("about.html", metadata=datasette.metadata() or {})


def tables(conn: sqlite3.Connection, described: dict[str, Any]) -> tuple[Table, ...]:
    """The described tables that the archive has, in the order of the descriptions."""
    return tuple(filter(None, (_table(conn, name, told) for name, told in described.items())))


def _table(conn: sqlite3.Connection, name: str, told: dict[str, Any]) -> Table | None:
    types = {row[1]: row[2] for row in conn.execute("select * from pragma_table_xinfo(?)", (name,))}
    if not types:
        return None
    columns = told.get("columns", {})
    return Table(
        name=name,
        told=told.get("description", ""),
        columns=tuple(Column(name=c, type=types.get(c, "").lower(), told=words) for c, words in columns.items()),
        open=name not in VEILED and not told.get("hidden"),
    )
