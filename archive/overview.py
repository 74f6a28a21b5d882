"""What the archive says of itself: its size, its runs, what could not be read. Read-only."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LAST_SUCCESS = """
select portal, max(ended_at) from runs where state = 'complete' and kind in ('crawl', 'update') group by portal
"""
_BREACHES = """
select message from expectations where held = 0 and run_id in (
  select max(id) from runs where kind in ('crawl', 'update') group by portal
) order by run_id, rowid
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run as its row tells it."""

    id: int
    kind: str
    portal: str
    profile: str
    started_at: str
    ended_at: str | None
    state: str
    exit_code: int | None
    resumed: int
    """Times it was continued after a stop."""
    report: dict[str, Any]
    """The run report; empty while the run goes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureRow:
    """An address that could not be read."""

    url: str
    reason: str
    detail: str | None
    statuscode: int | None
    attempts: int
    first_failed_at: str
    last_failed_at: str
    next_attempt_at: str | None
    solved_at: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The archive in figures."""

    articles: dict[str, int]
    """Status -> articles."""
    portals: dict[str, int]
    """Portal -> articles of any status."""
    versions: int
    documents: int
    attachments: int
    captures: dict[str, int]
    """Outcome -> captures."""
    addresses: dict[str, int]
    """Frontier state -> addresses."""
    refused: dict[str, int]
    """Why -> addresses that are never visited."""
    open_failures: dict[str, int]
    """Reason -> addresses not yet read."""
    first_published: str | None
    last_published: str | None
    unindexed: int
    """Articles whose search entry is out of date."""
    last_run: RunRow | None
    open_runs: tuple[RunRow, ...]
    """Runs in state ``running``: they run now, or a kill left them and no start has gone on with them yet."""
    last_success: dict[str, str]
    """Portal -> when a crawl or update of it was last complete."""
    breaches: list[str]
    """What each portal's latest run was expected to reach and did not, one line each."""
    paused: dict[str, str]
    """Host -> until when it asked to be left alone."""
    database_bytes: int
    warc_bytes: int
    warc_files: int


def runs(conn: sqlite3.Connection, *, limit: int = 20, state: str | None = None) -> list[RunRow]:
    """The latest runs, newest first, all or those in one state."""
    rows = conn.execute(
        "select id, kind, portal, profile, started_at, ended_at, state, exit_code, resumed, counts "
        "from runs where ?1 is null or state = ?1 order by id desc limit ?2",
        (state, limit),
    )
    return [
        RunRow(
            id=row[0],
            kind=row[1],
            portal=row[2],
            profile=row[3],
            started_at=row[4],
            ended_at=row[5],
            state=row[6],
            exit_code=row[7],
            resumed=row[8],
            report=json.loads(row[9]) if row[9] else {},
        )
        for row in rows
    ]


def failures(
    conn: sqlite3.Connection, *, reason: str | None = None, solved: bool = False, limit: int = 50
) -> list[FailureRow]:
    """Addresses that could not be read, the latest first; with ``solved`` those that later could be as well."""
    rows = conn.execute(
        "select url, reason, detail, statuscode, attempts, first_failed_at, last_failed_at, next_attempt_at, solved_at "
        "from failures where (? or solved_at is null) and (? is null or reason = ?) "
        "order by last_failed_at desc, url limit ?",
        (solved, reason, reason, limit),
    )
    names = FailureRow.__dataclass_fields__
    return [FailureRow(**dict(zip(names, row, strict=True))) for row in rows]


def status(conn: sqlite3.Connection, database: Path, warc_folder: Path) -> Status:
    """The archive in figures; sizes of the database with its write-ahead log, and of the WARC folder."""

    def counts(sql: str) -> dict[str, int]:
        return {str(name): int(count) for name, count in conn.execute(f"{sql} group by 1 order by 2 desc, 1")}

    def one(sql: str) -> Any:
        return conn.execute(sql).fetchone()[0]

    day = "substr(coalesce(published_at, updated_at), 1, 10)"
    warcs = [path for path in warc_folder.glob("*.warc.gz*") if path.is_file()]
    wal = database.with_name(database.name + "-wal")
    return Status(
        articles=counts("select status, count(*) from articles"),
        portals=counts("select portal, count(*) from articles"),
        versions=one("select count(*) from article_versions"),
        documents=one("select count(*) from documents"),
        attachments=one("select count(*) from attachments"),
        captures=counts("select coalesce(reason, outcome), count(*) from captures"),
        addresses=counts("select state, count(*) from frontier"),
        refused=counts("select outcome, count(*) from frontier where state = 'refused'"),
        open_failures=counts("select reason, count(*) from failures where solved_at is null"),
        first_published=one(f"select min({day}) from articles"),
        last_published=one(f"select max({day}) from articles"),
        unindexed=one("select count(*) from search_queue"),
        last_run=next(iter(runs(conn, limit=1)), None),
        open_runs=tuple(runs(conn, state="running")),
        last_success=dict(map(tuple, conn.execute(_LAST_SUCCESS))),
        breaches=[row[0] for row in conn.execute(_BREACHES)],
        paused=dict(map(tuple, conn.execute("select host, paused_until from hosts where paused_until is not null"))),
        database_bytes=database.stat().st_size + (wal.stat().st_size if wal.exists() else 0),
        warc_bytes=sum(path.stat().st_size for path in warcs),
        warc_files=len(warcs),
    )
