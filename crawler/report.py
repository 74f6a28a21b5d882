"""How a run went, for people and for machines, and whether it reached what its profile expects."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from archive.expectations import Judgement
from crawler.expectations import told
from crawler.profile import SiteProfile


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """A run in figures. Everything is read from the archive, so a continued run counts as one."""

    run_id: int
    kind: str
    portal: str
    state: str
    exit_code: int
    started_at: str
    ended_at: str
    seconds: float
    """Of this process; a continued run's earlier parts are not in it."""
    requests: int
    """Of this process."""
    bytes: int
    """Body bytes of this process, decoded."""
    captures: dict[str, int]
    """Outcome -> captures of the whole run."""
    refused: dict[str, int]
    """Why -> addresses the archive knows and never visits."""
    articles: int
    """Live articles in the archive."""
    new: int
    changed: int
    gone: int
    restored: int
    moved: int
    unchanged: int
    open_failures: dict[str, int]
    """Reason -> addresses not yet read."""
    waiting: int
    """Addresses still to be visited."""
    why: tuple[str, ...]
    """What kept the run from being complete or as expected, one line each."""
    breaches: tuple[dict[str, Any], ...] = ()
    """Expectations that did not hold: name, subject, expected, measured, message and the addresses that show it."""
    robots_ignored: str = ""
    """The reason, when the profile ignores robots.txt."""
    tls_unverified: dict[str, str] = field(default_factory=dict)
    """Host whose certificate the profile exempts from verification -> why."""

    def counts(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self)


def run_report(
    conn: sqlite3.Connection,
    profile: SiteProfile,
    run_id: int,
    *,
    state: str,
    code: int,
    why: list[str],
    breaches: list[Judgement],
    now: datetime,
    seconds: float,
    requests: int,
    size: int,
) -> RunReport:
    """The report of a run as the archive knows it now."""
    kind, started = conn.execute("select kind, started_at from runs where id = ?", (run_id,)).fetchone()

    def number(sql: str, *parameters: object) -> int:
        return int(conn.execute(sql, parameters).fetchone()[0] or 0)

    def table(sql: str, *parameters: object) -> dict[str, int]:
        return {str(name): int(count) for name, count in conn.execute(sql, parameters)}

    captures = table(
        "select coalesce(reason, outcome), count(*) from captures where run_id = ? group by 1 order by 2 desc, 1",
        run_id,
    )
    first = number("select count(*) from article_versions where run_id = ? and number = 1", run_id)
    changed = number("select count(distinct article_id) from article_versions where run_id = ? and number > 1", run_id)
    status = "select count(*) from article_changes where run_id = ? and field = 'status' and new_value = ?"
    return RunReport(
        run_id=run_id,
        kind=kind,
        portal=profile.name,
        state=state,
        exit_code=code,
        started_at=started,
        ended_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(seconds, 2),
        requests=requests,
        bytes=size,
        captures=captures,
        refused=table("select outcome, count(*) from frontier where state = 'refused' group by 1 order by 2 desc, 1"),
        articles=number("select count(*) from articles where status = 'live'"),
        new=first,
        changed=changed,
        gone=number(status, run_id, "gone"),
        restored=number(status, run_id, "live"),
        moved=number("select count(*) from article_changes where run_id = ? and field = 'url'", run_id),
        unchanged=max(0, captures.get("article", 0) - first - changed),
        open_failures=table(
            "select reason, count(*) from failures where solved_at is null group by 1 order by 2 desc, 1"
        ),
        waiting=number("select count(*) from frontier where state = 'pending' and kind <> 'robots'"),
        why=(*why, *map(told, breaches)),
        breaches=tuple(asdict(judgement) for judgement in breaches),
        tls_unverified=dict(profile.network.unverified_tls),
        robots_ignored=profile.polite.robots_reason if profile.polite.robots == "ignore" else "",
    )
