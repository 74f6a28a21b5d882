"""The crawl frontier: which addresses are known, which wait, which are settled, and with what outcome.

It lives in the archive's own database and shares its transactions, so that an answer and what it means for the crawl
are stored together or not at all. One row is one request; its ``key`` is what makes two requests the same. A row is

- ``pending``: to be visited in this run, not before ``next_visit_at``;
- ``done``: answered; ``outcome`` says how;
- ``failed``: given up for this run, to be tried again in a later one;
- ``refused``: never to be visited; ``outcome`` says why.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.cdx import utc_text
from archive.frontier import PRIORITY, STANDING, Entry, Visit

#: Later than every visit.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_COLUMNS = "id, key, url, host, kind, method, body, headers, depth, via, attempts, etag, last_modified, outcome"


class Ledger:
    """The frontier of one archive. Every method that writes expects the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        rows = conn.execute("select distinct host from frontier where state = 'pending' and kind <> 'robots'")
        self.known_hosts: set[str] = {row[0] for row in rows}
        """Hosts that have had an address to visit."""
        self._asleep: dict[str, datetime] = {}
        """Host -> moment before which none of its addresses is due; spares the engine's questions the database."""
        self.under_way: set[str] = set()
        """Keys of rows handed out and not yet settled. They are not handed out again, and a post among them keeps the
        body it was sent with, by which its answer is known again after a crash."""

    def begin_run(self, run_id: int, *, now: datetime, everything: bool) -> None:
        """Make pending what this run visits: everything known, or the standing lists and what is due.

        Posts wait until the list they belong to is read again, for their state is older than the list's page.
        """
        due = (
            "1"
            if everything
            else "(kind in ({}) or next_visit_at is null or next_visit_at <= :now)".format(
                ", ".join(f"'{kind}'" for kind in STANDING)
            )
        )
        self._conn.execute(
            f"update frontier set state = 'pending', attempts = 0, next_visit_at = null"
            f" where state in ('done', 'failed') and kind <> 'robots' and method = 'GET' and {due}",
            {"now": utc_text(now)},
        )
        self._conn.execute(
            "update frontier set state = 'pending', attempts = 0 where state = 'refused' and outcome = 'robots'"
        )
        self._asleep.clear()
        self.begin_process(run_id)

    def begin_process(self, run_id: int) -> None:
        """Robots rules are read anew by every process: they live in memory and are never older than a day."""
        self._conn.execute(
            "update frontier set state = 'pending', attempts = 0, next_visit_at = null where kind = 'robots'"
        )

    def forget_refusals(self) -> None:
        """Drop what another set of rules refused; it is found and judged again."""
        self._conn.execute("delete from frontier where state = 'refused' and outcome <> 'robots'")

    def add(self, entries: Iterable[Entry], run_id: int) -> int:
        """Remember addresses; how many were new. A known one keeps its state, with two exceptions:

        a post of this run's list gets the fresh state, and an address found too deep before is judged again.
        """
        rows = [
            (
                e.key,
                e.url,
                e.host,
                e.kind,
                e.method,
                e.body,
                json.dumps(e.headers) if e.headers else None,
                e.depth,
                PRIORITY[e.kind],
                e.via,
                "refused" if e.refused else "pending",
                e.refused,
                run_id,
            )
            for e in entries
        ]
        if not rows:
            return 0
        for row in rows:
            if row[10] == "pending":
                self.known_hosts.add(row[2])
                self._asleep.pop(row[2], None)
        before = self._conn.total_changes
        self._conn.executemany(
            "insert into frontier (key, url, host, kind, method, body, headers, depth, priority, via, state, outcome)"
            " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) on conflict (key) do nothing",
            [row[:12] for row in rows],
        )
        new = self._conn.total_changes - before
        self._refresh(rows)
        return new

    def _refresh(self, rows: list[tuple[Any, ...]]) -> None:
        posts = [
            (row[5], row[6], row[12], row[0])
            for row in rows
            if row[4] != "GET" and row[10] == "pending" and row[0] not in self.under_way
        ]
        if posts:
            self._conn.executemany(
                "update frontier set body = ?1, headers = ?2, attempts = 0, state = 'pending', next_visit_at = null"
                " where key = ?4 and (state = 'pending' or run_id is not ?3)",
                posts,
            )
        nearer = [(row[7], row[0]) for row in rows if row[10] == "pending"]
        if self._has_deep:
            self._conn.executemany(
                "update frontier set state = 'pending', outcome = null, depth = ?1"
                " where key = ?2 and state = 'refused' and outcome = 'too_deep'",
                nearer,
            )

    @property
    def _has_deep(self) -> bool:
        found = self._conn.execute(
            "select 1 from frontier indexed by frontier_state where state = 'refused' and outcome = 'too_deep' limit 1"
        )
        return found.fetchone() is not None

    def next(self, host: str, now: datetime) -> Visit | None:
        """The host's next pending address whose time has come, or None; robots.txt and rows under way aside."""
        if now < self._asleep.get(host, now):
            return None
        rows = self._conn.execute(
            f"select {_COLUMNS} from frontier where host = ? and state = 'pending' and kind <> 'robots'"
            " and (next_visit_at is null or next_visit_at <= ?) order by priority, id limit ?",
            (host, utc_text(now), len(self.under_way) + 1),
        ).fetchall()
        if not rows:
            self._asleep[host] = self._next_due(host)
        return next((_visit(row) for row in rows if row[1] not in self.under_way), None)

    def next_robots(self, host: str, now: datetime) -> Visit | None:
        """The host's robots.txt when its time has come, or None."""
        row = self._conn.execute(
            f"select {_COLUMNS} from frontier where host = ? and state = 'pending' and kind = 'robots'"
            " and (next_visit_at is null or next_visit_at <= ?) limit 1",
            (host, utc_text(now)),
        ).fetchone()
        return _visit(row) if row and row[1] not in self.under_way else None

    def waiting(self, host: str) -> str | None:
        """An address of the host that waits to be visited, now or later in this run; None when none does."""
        if self._asleep.get(host) == NEVER:
            return None
        row = self._conn.execute(
            "select url from frontier where host = ? and state = 'pending' and kind <> 'robots' limit 1", (host,)
        ).fetchone()
        return row[0] if row else None

    def due(self, host: str) -> datetime:
        """When the host's earliest waiting address may be visited; ``NEVER`` when none waits."""
        if host not in self._asleep:
            self._asleep[host] = self._next_due(host)
        return self._asleep[host]

    def _next_due(self, host: str) -> datetime:
        row = self._conn.execute(
            "select min(coalesce(next_visit_at, '')) from frontier"
            " where host = ? and state = 'pending' and kind <> 'robots'",
            (host,),
        ).fetchone()
        if row[0] is None:
            return NEVER
        return datetime.fromisoformat(row[0]) if row[0] else datetime.min.replace(tzinfo=UTC)

    def find(self, key: str) -> Visit | None:
        """The row of that key, whatever its state."""
        row = self._conn.execute(f"select {_COLUMNS} from frontier where key = ?", (key,)).fetchone()
        return _visit(row) if row else None

    def settle(
        self,
        visit: Visit,
        *,
        run_id: int,
        outcome: str,
        now: datetime,
        next_visit_at: datetime | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        digest: str | None = None,
        refused: bool = False,
    ) -> None:
        """The address is answered, or refused for good."""
        self._conn.execute(
            "update frontier set state = ?, outcome = ?, attempts = 0, run_id = ?, last_visit_at = ?,"
            " next_visit_at = ?, body = null, etag = coalesce(?, etag), last_modified = coalesce(?, last_modified),"
            " digest = coalesce(?, digest) where id = ?",
            (
                "refused" if refused else "done",
                outcome,
                run_id,
                utc_text(now),
                _not_before(next_visit_at),
                etag,
                last_modified,
                digest,
                visit.id,
            ),
        )
        if not refused:
            self._conn.execute(
                "update failures set solved_at = ?, next_attempt_at = null where key = ? and solved_at is null",
                (utc_text(now), visit.key),
            )

    def fail(
        self,
        visit: Visit,
        *,
        run_id: int,
        reason: str,
        detail: str | None,
        statuscode: int | None,
        now: datetime,
        retry_at: datetime | None,
        give_up: bool,
    ) -> None:
        """The address could not be fetched or read: it waits until ``retry_at``, in this run or a later one."""
        self._asleep.pop(visit.host, None)
        state = "failed" if give_up else "pending"
        self._conn.execute(
            "update frontier set state = ?, outcome = ?, attempts = attempts + 1, run_id = ?, last_visit_at = ?,"
            " next_visit_at = ? where id = ?",
            (state, reason, run_id, utc_text(now), _not_before(retry_at), visit.id),
        )
        self._conn.execute(
            "insert into failures (key, url, reason, detail, statuscode, attempts, first_failed_at, last_failed_at,"
            " next_attempt_at, run_id) values (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6, ?7, ?8)"
            " on conflict (key) do update set reason = ?3, detail = ?4, statuscode = ?5, last_failed_at = ?6,"
            " next_attempt_at = ?7, run_id = ?8, solved_at = null,"
            " attempts = case when solved_at is null then attempts + 1 else 1 end,"
            " first_failed_at = case when solved_at is null then first_failed_at else ?6 end",
            (
                visit.key,
                visit.url,
                reason,
                detail,
                statuscode,
                utc_text(now),
                _not_before(retry_at),
                run_id,
            ),
        )

    def wake(self, keys: Iterable[str]) -> None:
        """These addresses are visited in this run whenever they were visited before."""
        self._conn.executemany(
            "update frontier set state = 'pending', attempts = 0, next_visit_at = null"
            " where key = ? and state in ('done', 'failed')",
            [(key,) for key in keys],
        )
        self._asleep.clear()

    def restart_list(self, visit: Visit) -> None:
        """A list's post was refused: read the list from its start, so that every later page gets a fresh state."""
        self._asleep.pop(visit.host, None)
        self._conn.execute(
            "update frontier set run_id = null, state = 'failed', body = null where method <> 'GET' and url = ?",
            (visit.url,),
        )
        self._conn.execute(
            "update frontier set state = 'pending', next_visit_at = null, kind = 'list', priority = ?"
            " where url = ? and method = 'GET'",
            (PRIORITY["list"], visit.via or visit.url),
        )

    def readdress(self, visit: Visit, url: str) -> None:
        """The page answers under another spelling of its address: ask there next."""
        self._asleep.pop(visit.host, None)
        self._conn.execute(
            "update frontier set url = ?, via = ?, state = 'pending' where id = ?", (url, visit.url, visit.id)
        )

    def find_waiting(self, key: str) -> Visit | None:
        """The row of that key when it is to be visited in this run."""
        row = self._conn.execute(
            f"select {_COLUMNS} from frontier where key = ? and state = 'pending'", (key,)
        ).fetchone()
        return _visit(row) if row else None

    def find_posted(self, body: bytes) -> Visit | None:
        """The row of a post that waits to be sent with that body."""
        row = self._conn.execute(
            f"select {_COLUMNS} from frontier where state = 'pending' and method <> 'GET' and body = ?", (body,)
        ).fetchone()
        return _visit(row) if row else None

    def send_plain(self, visit: Visit, body: bytes) -> None:
        """The post is sent next without what made it asynchronous."""
        self._conn.execute("update frontier set body = ?, headers = null where id = ?", (body, visit.id))

    def failed_before(self, key: str) -> int:
        """Attempts of the address that failed since it last answered, over all runs."""
        row = self._conn.execute("select attempts from failures where key = ? and solved_at is null", (key,)).fetchone()
        return int(row[0]) if row else 0

    def counts(self) -> dict[tuple[str, str | None], int]:
        """(state, outcome) -> addresses."""
        rows = self._conn.execute("select state, outcome, count(*) from frontier group by state, outcome")
        return {(state, outcome): number for state, outcome, number in rows}

    def pending(self) -> int:
        """Addresses still to be visited, robots.txt files aside."""
        row = self._conn.execute(
            "select count(*) from frontier where state = 'pending' and kind <> 'robots'"
        ).fetchone()
        return int(row[0])

    def variants(self) -> Iterator[str]:
        """Every known address with a query string, refused ones aside."""
        for row in self._conn.execute("select url from frontier where state <> 'refused' and instr(url, '?') > 0"):
            yield row[0]


def _not_before(moment: datetime | None) -> str | None:
    """The moment in whole seconds, never earlier than asked for."""
    return utc_text(moment + timedelta(microseconds=999_999)) if moment else None


def retry_after(attempts: int, *, base: timedelta, cap: timedelta) -> timedelta:
    """The pause after that many failed attempts: the base, doubled each time, never over the cap."""
    factor: int = 1 << min(attempts, 20)
    return min(cap, base * factor)


def _visit(row: tuple[Any, ...]) -> Visit:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    headers = values["headers"]
    values["headers"] = tuple((name, value) for name, value in json.loads(headers)) if headers else ()
    return Visit(**values)
