"""How complete the archive is: what it holds, coverage by section and month, runs, and what could not be read."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response

from archive import overview
from archive.site.charts import level, months_between
from archive.site.room import Room

_RUNS = 12
_FAILURES = 30
#: Months side by side.
_WINDOW = 24
_SECTIONS = 25
_DAY = "coalesce(published_at, updated_at)"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Articles of a section in a month."""

    count: int
    level: int


@dataclass(frozen=True, kw_only=True)
class SectionRow:
    """One section's months."""

    name: str | None
    """None for articles whose page tells none."""
    cells: tuple[Cell, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Articles by section and month, in a window of months."""

    months: tuple[str, ...]
    rows: tuple[SectionRow, ...]
    left_out: int
    """Sections with fewer articles in these months, not shown."""
    earlier: str | None
    """Last month of the window before this one."""
    later: str | None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a run was held to."""

    run: int | None
    held: int
    """How many bounds it kept."""
    broken: list[Any]
    """Rows of ``expectations`` that did not hold."""


async def health(request: Any, datasette: Any) -> Response:
    """The page."""
    room = Room(datasette=datasette, request=request)
    until = request.args.get("until") or ""
    until = until if re.fullmatch(r"[12]\d{3}-(?:0[1-9]|1[0-2])", until) else ""
    figures = await room.ask_kept("health", _figures)
    counts = await room.ask_kept("coverage", _counts)
    return await room.show("health.html", coverage=coverage(counts, until), **figures)


def coverage(counts: Mapping[tuple[str, str | None], int], until: str = "") -> Coverage:
    """The window of months that ends with ``until``, by default the latest with an article."""
    there = sorted({month for month, _ in counts})
    if not there:
        return Coverage(months=(), rows=(), left_out=0, earlier=None, later=None)
    every = months_between(there[0], max(there[-1], until[:7]))
    end = every.index(until) + 1 if until in every else every.index(there[-1]) + 1
    months = every[max(0, end - _WINDOW) : end]
    sections = {section for month, section in counts if month in set(months)}
    most = max((counts.get((month, section), 0) for month in months for section in sections), default=0)
    rows = sorted((_row(counts, section, months, most) for section in sections), key=lambda row: -row.total)
    return Coverage(
        months=tuple(months),
        rows=tuple(rows[:_SECTIONS]),
        left_out=len(rows[_SECTIONS:]),
        earlier=every[end - _WINDOW - 1] if end > _WINDOW else None,
        later=every[min(end + _WINDOW, len(every)) - 1] if end < len(every) else None,
    )


def _row(counts: Mapping[tuple[str, str | None], int], section: str | None, months: list[str], most: int) -> SectionRow:
    numbers = [counts.get((month, section), 0) for month in months]
    cells = tuple(Cell(count=count, level=level(count, most)) for count in numbers)
    return SectionRow(name=section, cells=cells, total=sum(numbers))


def _counts(conn: sqlite3.Connection) -> dict[tuple[str, str | None], int]:
    rows = conn.execute(
        f"select substr({_DAY}, 1, 7) as month, section, count(*) from articles group by 1, 2 having month > ''"
    )
    return {(m, s): count for m, s, count in rows if re.fullmatch(r"[12]\d{3}-(?:0[1-9]|1[0-2])", m)}


def _figures(conn: sqlite3.Connection) -> dict[str, Any]:
    def counted(sql: str) -> list[Any]:
        return conn.execute(f"{sql} group by 1 order by 2 desc, 1").fetchall()

    def one(sql: str) -> int:
        return int(conn.execute(sql).fetchone()[0])

    statuses = {row[0]: row[1] for row in counted("select status, count(*) from articles")}
    tables = ("article_versions", "documents", "attachments", "captures")
    return {
        "statuses": statuses,
        "totals": {table: one(f"select count(*) from {table}") for table in tables},
        "undated": one(f"select count(*) from articles where {_DAY} is null"),
        "outcomes": counted("select coalesce(reason, outcome), count(*) from captures"),
        "runs": overview.runs(conn, limit=_RUNS),
        "expected": _expected(conn),
        "failed": counted("select reason, count(*) from failures where solved_at is null"),
        "failures": overview.failures(conn, limit=_FAILURES),
    }


def _expected(conn: sqlite3.Connection) -> Expected:
    """What the latest judged run was held to."""
    latest = conn.execute("select max(run_id) from expectations").fetchone()[0]
    rows = conn.execute(
        "select name, subject, expected, measured, held, message from expectations where run_id = ?"
        " order by held, name",
        (latest,),
    ).fetchall()
    bounds = [row for row in rows if row["expected"] is not None or not row["held"]]
    return Expected(run=latest, held=sum(row["held"] for row in bounds), broken=[r for r in bounds if not r["held"]])
