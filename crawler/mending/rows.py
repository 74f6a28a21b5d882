"""Indexes, orphans, the frontier and runs set right."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from archive.cdx import utc_text
from archive.frontier import PRIORITY
from archive.proof.finding import Finding
from archive.proof.readings import is_whole
from archive.proof.tables import released_schema
from archive.runs import STATES
from crawler.mending.journal import Journal, row_of

_NUMBER = re.compile(r"(\w+) (\d+)$")


def mend_indexes(conn: sqlite3.Connection, journal: Journal, findings: Iterable[Finding]) -> None:
    """Every index of the schema is there and leads to all rows of its table."""
    wanted = released_schema()
    for finding in findings:
        kind, _, name = finding.place.partition(" ")
        if kind != "index" or finding.kind not in ("index_broken", "schema_differs"):
            continue
        if finding.kind == "index_broken":
            conn.execute(f'reindex "{name}"')
        elif name in wanted:
            conn.execute(f'drop index if exists "{name}"')
            conn.execute(wanted[name][1])
        else:
            continue
        journal.note(finding.kind, finding.place, finding.wrong, "made anew from its table")


def take_out_orphans(conn: sqlite3.Connection, journal: Journal) -> set[int]:
    """Rows that belong to nothing are gone; the articles they belonged to, if any, are returned."""
    articles: set[int] = set()
    for table, rowid, parent, _ in conn.execute("pragma foreign_key_check").fetchall():
        row = row_of(conn, table, rowid)
        if row is None or rowid is None:
            continue
        key = row.get("id") if table == "articles" else row.get("article_id")
        if key is not None and table != "articles" and parent == "articles":
            conn.execute(f'delete from "{table}" where _rowid_ = ?', (rowid,))
            journal.note("foreign_key", f"{table} {rowid}", f"it belonged to no row of {parent}", "taken out", row)
        elif table == "attachments":
            conn.execute("update attachments set capture_id = null, digest = null where _rowid_ = ?", (rowid,))
            journal.note(
                "foreign_key", f"{table} {rowid}", "its file's capture is not there", "the link to it is gone", row
            )
        if key is not None:
            articles.add(int(key))
    return articles


def take_out_content(conn: sqlite3.Connection, journal: Journal, content_id: int) -> None:
    """A kept content that is not what its id says, and that nothing needs any more, is gone."""
    row = row_of(conn, "contents", content_id)
    if row is not None and not is_whole(content_id, row["data"]):
        conn.execute("delete from contents where id = ?", (content_id,))
        journal.note("content_lost", f"content {content_id}", "it was not what its id says", "taken out", row)


def mend_frontier(conn: sqlite3.Connection, journal: Journal, findings: Iterable[Finding]) -> None:
    """Addresses that contradicted themselves wait to be visited again, as pages of their kind do."""
    for finding in findings:
        found = _NUMBER.match(finding.place)
        row = row_of(conn, "frontier", int(found[2])) if found and finding.kind == "frontier_state" else None
        if row is None or found is None:
            continue
        method = str(row["key"]).partition(" ")[0]
        kind = row["kind"] if row["kind"] in PRIORITY else "page"
        refused = row["state"] == "refused" and row["outcome"] is not None
        # A post's body is gone once it was answered; its list gives it a new one.
        state = "refused" if refused else "pending" if method == "GET" else "failed"
        values = {"kind": kind, "method": method, "priority": PRIORITY[kind], "attempts": 0, "next_visit_at": None}
        last = row["last_visit_at"] if _is_moment(row["last_visit_at"]) else None
        settings = ", ".join(f"{name} = ?" for name in (*values, "state", "last_visit_at"))
        conn.execute(f"update frontier set {settings} where id = ?", (*values.values(), state, last, row["id"]))
        journal.note(finding.kind, finding.place, finding.wrong, f"it is {state} now", row)


def mend_runs(conn: sqlite3.Connection, journal: Journal, findings: Iterable[Finding]) -> None:
    """Runs that contradicted themselves have ended as their reports say, else as far as their captures tell."""
    for number in sorted({int(f.place.split()[1]) for f in findings if f.kind == "run_state"}):
        row = row_of(conn, "runs", number)
        if row is None:
            continue
        told = _report(row["counts"])
        first, last = _span(conn, number)
        captures = dict(
            conn.execute(
                "select coalesce(reason, outcome), count(*) from captures where run_id = ? group by 1", (number,)
            ).fetchall()
        )
        if told is None and row["counts"] is not None:
            told = {"captures": captures}
        state = told.get("state") if told else None
        state = state if state in STATES else row["state"] if row["state"] in STATES else "stopped"
        values: dict[str, Any] = {
            "state": state,
            "exit_code": (told or {}).get("exit_code", 0 if state == "complete" else row["exit_code"]),
            "started_at": row["started_at"] if _is_moment(row["started_at"]) else (told or {}).get("started_at", first),
            "ended_at": None if state == "running" else _ended(row, told, last),
            "counts": json.dumps(told, ensure_ascii=False, sort_keys=True) if told is not None else None,
        }
        if any(row[name] != value for name, value in values.items()):
            settings = ", ".join(f"{name} = ?" for name in values)
            conn.execute(f"update runs set {settings} where id = ?", (*values.values(), number))
            journal.note("run_state", f"run {number}", "it contradicted itself", f"it is {state} now", row)


def _ended(row: dict[str, Any], told: dict[str, Any] | None, last: str) -> str:
    if _is_moment(row["ended_at"]):
        return str(row["ended_at"])
    return str((told or {}).get("ended_at", max(last, row["started_at"])))


def _span(conn: sqlite3.Connection, run_id: int) -> tuple[str, str]:
    """Times of the run's first and last capture; now for a run without any."""
    row = conn.execute("select min(timestamp), max(timestamp) from captures where run_id = ?", (run_id,)).fetchone()
    if row[0] is None:
        now = utc_text(datetime.now(UTC))
        return now, now
    first, last = (f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}:{t[12:14]}Z" for t in row)
    return first, last


def _report(counts: str | None) -> dict[str, Any] | None:
    try:
        told = json.loads(counts or "")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _is_moment(text: str | None) -> bool:
    try:
        datetime.strptime(text or "", "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return False
    return True
