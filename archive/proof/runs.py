"""Runs and the frontier: states that contradict themselves, and counts that the rows do not bear out."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archive.frontier import PRIORITY
from archive.proof.finding import Finding
from archive.runs import STATES

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_RUN_OF_FILE = """
select filename, run_id, count(*) from captures where source = 'live' and filename is not null
group by filename, run_id order by filename, 3 desc
"""
_FRONTIER = "select id, key, kind, method, state, outcome, priority, attempts, body, last_visit_at, next_visit_at"


def check_runs(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Runs whose row contradicts itself, or whose report names other counts than the archive holds."""
    rows = conn.execute("select id, kind, state, started_at, ended_at, exit_code, counts from runs").fetchall()
    merged = any(row[1] == "merge" for row in rows)  # an answer that two archives hold belongs to one run afterwards
    held = dict(conn.execute("select run_id, count(*) from captures group by run_id").fetchall())
    dropped = _dropped(conn)
    for run_id, _, state, started, ended, code, counts in rows:
        for wrong in _run_wrong(state, started, ended, code, counts):
            yield Finding(kind="run_state", place=f"run {run_id}", wrong=wrong)
        told = captures_told(counts)
        have = held.get(run_id, 0) + dropped[run_id]
        if told is not None and told != have and not merged:
            wrong = f"its report counts {told} captures, {have} rows name it"
            yield Finding(kind="run_state", place=f"run {run_id}", wrong=wrong)


def check_files_of_runs(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Captures of another run than all others of the file that one run wrote."""
    first: dict[str, int] = {}
    for filename, run_id, _ in conn.execute(_RUN_OF_FILE).fetchall():
        if filename not in first:
            first[filename] = run_id
            continue
        query = "select id from captures where filename = ? and run_id is ? limit 20"
        for (capture_id,) in conn.execute(query, (filename, run_id)).fetchall():
            yield Finding(
                kind="capture_edited",
                place=f"capture {capture_id} ({filename})",
                wrong=f"run_id is {run_id}, its file was written by run {first[filename]}",
                capture_id=capture_id,
                filename=filename,
            )


def check_frontier(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Addresses whose row contradicts itself, so that they would never be visited, or always."""
    for row in conn.execute(f"{_FRONTIER} from frontier"):
        wrong = _frontier_wrong(*row[1:])
        if wrong:
            yield Finding(kind="frontier_state", place=f"frontier {row[0]}", wrong=f"{wrong} ({row[1]})")


def _frontier_wrong(
    key: str,
    kind: str,
    method: str,
    state: str,
    outcome: str | None,
    priority: int,
    attempts: int,
    body: bytes | None,
    last: str | None,
    following: str | None,
) -> str | None:
    if kind not in PRIORITY:
        return f"no kind of address: {kind}"
    if priority != PRIORITY[kind]:
        return f"its priority is {priority}, that of {kind} is {PRIORITY[kind]}"
    if not key.startswith(f"{method} "):
        return f"its method {method} is not that of its key"
    if attempts < 0:
        return f"{attempts} failed attempts"
    if state in ("done", "refused") and outcome is None:
        return f"it is {state} and has no outcome"
    if state == "done" and last is None:
        return "it is done and was never visited"
    if state == "pending" and method != "GET" and body is None:
        return "it waits to be sent and has no body"
    moments = [moment for moment in (last, following) if moment is not None]
    return next((f"no time: {moment}" for moment in moments if not _is_moment(moment)), None)


def _run_wrong(state: str, started: str, ended: str | None, code: int | None, counts: str | None) -> Iterator[str]:
    if state not in STATES:
        yield f"no state of a run: {state}"
    if (state == "running") != (ended is None):
        yield f"it is {state} and ended at {ended or 'no time'}"
    if state == "complete" and code != 0:
        yield f"it is complete with exit code {code}"
    if not _is_moment(started) or (ended is not None and not _is_moment(ended)):
        yield "its times cannot be read"
    if counts is not None and _plain(counts) is None:
        yield "its report cannot be read"


def captures_told(counts: str | None) -> int | None:
    """Captures of the whole run as its report counts them; None without a report that can be read."""
    told = (_plain(counts) or {}).get("captures") if counts is not None else None
    return sum(told.values()) if isinstance(told, dict) else None


def _dropped(conn: sqlite3.Connection) -> Counter[int | None]:
    """Run -> its records that were taken down."""
    dropped: Counter[int | None] = Counter()
    for (records,) in conn.execute("select records from tombstones"):
        dropped.update(record["run_id"] for record in json.loads(records))
    return dropped


def _plain(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_moment(text: str) -> bool:
    try:
        datetime.strptime(text, _MOMENT)
    except ValueError:
        return False
    return True
