"""Rows of ``hosts``: what is known of a host between two runs, above all that it asked to be left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.cdx import utc_text

_SAVE = """
insert into hosts (host, address, paused_until, paused_why, latency, last_answer_at, tls_unverified, run_id)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (host) do update set
  address = coalesce(excluded.address, address), paused_until = excluded.paused_until,
  paused_why = excluded.paused_why, latency = coalesce(excluded.latency, latency),
  last_answer_at = coalesce(excluded.last_answer_at, last_answer_at), tls_unverified = excluded.tls_unverified,
  run_id = excluded.run_id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostRow:
    """One host as a run leaves it."""

    host: str
    address: str | None = None
    """IP address its name leads to."""
    paused_until: datetime | None = None
    paused_why: str | None = None
    latency: float | None = None
    """Seconds."""
    last_answer_at: datetime | None = None
    tls_unverified: bool = False
    """Its certificate is exempt from verification."""


def save(conn: sqlite3.Connection, run_id: int, hosts: Iterable[HostRow]) -> None:
    """The hosts are as told; what a row leaves open stays as it was, a pause aside."""
    conn.executemany(
        _SAVE,
        [
            (
                *(h.host, h.address, utc_text(h.paused_until) if h.paused_until else None, h.paused_why),
                *(h.latency, utc_text(h.last_answer_at) if h.last_answer_at else None, int(h.tls_unverified), run_id),
            )
            for h in hosts
        ],
    )


def paused(conn: sqlite3.Connection, now: datetime) -> dict[str, datetime]:
    """Hosts that are not to be visited yet, and until when."""
    rows = conn.execute("select host, paused_until from hosts where paused_until > ?", (utc_text(now),))
    return {host: datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for host, moment in rows}
