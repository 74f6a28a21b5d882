"""Rows of ``runs``: what was started, how it ended, and whether it can be continued."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.cdx import utc_text
from archive.errors import DatabaseError

#: What is told of a run besides its judgement.
COLUMNS = (
    *("id", "kind", "portal", "profile", "profile_digest", "extractor_version", "started_at", "ended_at", "state"),
    *("exit_code", "resumed", "counts"),
)
UNFINISHED = ("running", "stopped")
STATES = (*UNFINISHED, "complete", "below_expectation", "blocked")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunContext:
    """What every save of a run has in common."""

    run_id: int
    portal: str
    profile: str
    extractor_version: str
    gone_visits: int
    """Runs that must find an article missing before it counts as gone."""
    gone_days: float
    """Days an article must have been missing before it counts as gone."""
    outage_share: float = 0.4
    """Share of a host's articles missed in one run from which on the run is held for an outage of the host."""
    outage_visits: int = 10
    """As ``gone_visits``, for what was missed in outages."""
    outage_days: float = 90.0
    """As ``gone_days``, for what was missed in outages."""
    rules_digest: str = ""
    """Digest of what the profile says of reading pages."""


def start_run(
    conn: sqlite3.Connection,
    kind: str,
    portal: str,
    profile: str,
    profile_digest: str,
    extractor_version: str,
    now: datetime,
) -> int:
    """A new run in state ``running``; returns its id."""
    cursor = conn.execute(
        "insert into runs (kind, portal, profile, profile_digest, extractor_version, started_at, state)"
        " values (?, ?, ?, ?, ?, ?, 'running')",
        (kind, portal, profile, profile_digest, extractor_version, utc_text(now)),
    )
    return int(cursor.lastrowid or 0)


def open_run(conn: sqlite3.Connection, portal: str, *kinds: str) -> sqlite3.Row | None:
    """The portal's latest run, of these kinds where any are named, when it was never finished; else None.

    Only the latest counts: a later run has taken over what an earlier one left.
    """
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    row: sqlite3.Row | None = cursor.execute(
        "select * from runs where portal = ?"
        + (f" and kind in ({', '.join('?' * len(kinds))})" if kinds else "")
        + " order by id desc limit 1",
        (portal, *kinds),
    ).fetchone()
    return row if row is not None and row["state"] in UNFINISHED else None


def load_run(conn: sqlite3.Connection, run_id: int) -> dict[str, Any]:
    """The run's row."""
    cursor = conn.execute("select * from runs where id = ?", (run_id,))
    row = cursor.fetchone()
    if row is None:
        raise DatabaseError(f"run {run_id} is not in the archive; list its runs with: portal-archive runs")
    return dict(zip((column[0] for column in cursor.description), row, strict=True))


def put_run(conn: sqlite3.Connection, row: Mapping[str, Any]) -> None:
    """The run stands as told, but for its judgement, which is still to be reached; one of that number is left as is."""
    names = [name for name in COLUMNS if name in row]
    conn.execute(
        f"insert or ignore into runs ({', '.join(names)}) values ({', '.join('?' * len(names))})",
        [row[name] for name in names],
    )


def resume_run(conn: sqlite3.Connection, run_id: int) -> None:
    """The run is running again and has been continued once more."""
    _touched(
        conn.execute(
            "update runs set state = 'running', ended_at = null, exit_code = null, resumed = resumed + 1 where id = ?",
            (run_id,),
        ),
        run_id,
    )


def end_run(
    conn: sqlite3.Connection, run_id: int, state: str, exit_code: int, counts: Mapping[str, Any], now: datetime
) -> None:
    """The run has ended in ``state``; ``counts`` is its report."""
    if state not in STATES:
        raise ValueError(f"no state of a run: {state}")
    _touched(
        conn.execute(
            "update runs set state = ?, exit_code = ?, counts = ?, ended_at = ? where id = ?",
            (state, exit_code, json.dumps(counts, ensure_ascii=False, sort_keys=True), utc_text(now), run_id),
        ),
        run_id,
    )


def running(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """Rows of the runs in state ``running``, the earliest first: what runs now, or what a kill left."""
    cursor = conn.execute("select * from runs where state = 'running' order by id")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def note_end(conn: sqlite3.Connection, run_id: int, filename: str, offset: int, length: int) -> None:
    """It is known where a WARC file tells how the run ended."""
    conn.execute("insert or ignore into run_ends values (?, ?, ?, ?)", (filename, offset, length, run_id))


def amend_run(conn: sqlite3.Connection, run_id: int, state: str, exit_code: int, counts: Mapping[str, Any]) -> None:
    """What followed the run's end changed how it is to be told; when it ended stays."""
    if state not in STATES:
        raise ValueError(f"no state of a run: {state}")
    told = json.dumps(counts, ensure_ascii=False, sort_keys=True)
    _touched(
        conn.execute(
            "update runs set state = ?, exit_code = ?, counts = ? where id = ?", (state, exit_code, told, run_id)
        ),
        run_id,
    )


def last_success(conn: sqlite3.Connection, portal: str) -> str | None:
    """When a run of the portal was last complete, ISO 8601 in UTC."""
    row = conn.execute(
        "select max(ended_at) from runs where portal = ? and state = 'complete' and kind in ('crawl', 'update')",
        (portal,),
    ).fetchone()
    return row[0] if row else None


def last_state(conn: sqlite3.Connection, portal: str) -> str | None:
    """How the portal's latest crawl or update stands; None before the first."""
    row = conn.execute(
        "select state from runs where portal = ? and kind in ('crawl', 'update') order by id desc limit 1", (portal,)
    ).fetchone()
    return row[0] if row else None


def profile_changed(conn: sqlite3.Connection, run_id: int) -> bool:
    """Were other rules in force in the portal's run before this one?"""
    row = conn.execute(
        "select this.profile_digest <> earlier.profile_digest from runs this join runs earlier"
        " on earlier.portal = this.portal and earlier.id < this.id where this.id = ? order by earlier.id desc limit 1",
        (run_id,),
    ).fetchone()
    return bool(row and row[0])


def _touched(cursor: sqlite3.Cursor, run_id: int) -> None:
    if cursor.rowcount != 1:
        raise DatabaseError(f"run {run_id} is not in the archive; list its runs with: portal-archive runs")
