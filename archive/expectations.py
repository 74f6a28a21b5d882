"""Rows of ``expectations``: what each run was held to, what was measured, and whether it held.

Measurements of healthy runs are kept too: they are the history later runs are compared with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archive.cdx import utc_text

_INSERT = """
insert into expectations (run_id, name, subject, expected, measured, sample, held, message, examples, judged_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (run_id, name, subject) do update set
  expected = excluded.expected, measured = excluded.measured, sample = excluded.sample, held = excluded.held,
  message = excluded.message, examples = excluded.examples, judged_at = excluded.judged_at
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """One expectation and how a run stood to it."""

    name: str
    """What is expected: ``articles``, ``fill``, ``drift`` ...; docs/update.md lists them."""
    subject: str = ""
    """Of what: a field, a family and field, a string, an address. Empty for the whole archive."""
    expected: float | None = None
    """The bound, None for a measurement that nothing is expected of."""
    measured: float | None = None
    sample: int | None = None
    """Of how many it was measured."""
    held: bool = True
    message: str | None = None
    """One line for people, when it did not hold."""
    examples: tuple[str, ...] = ()
    """Addresses that show it."""


def save(conn: sqlite3.Connection, run_id: int, judgements: Iterable[Judgement], now: datetime) -> None:
    """The run's judgements stand in the archive; those of an earlier part of the same run are replaced."""
    conn.execute("delete from expectations where run_id = ?", (run_id,))
    add(conn, run_id, judgements, now)


def add(conn: sqlite3.Connection, run_id: int, judgements: Iterable[Judgement], now: datetime) -> None:
    """These judgements stand beside the run's others."""
    conn.executemany(
        _INSERT,
        [
            (
                *(run_id, j.name, j.subject, j.expected, j.measured, j.sample, int(j.held), j.message),
                *(json.dumps(j.examples, ensure_ascii=False) if j.examples else None, utc_text(now)),
            )
            for j in judgements
        ],
    )


def of_run(conn: sqlite3.Connection, run_id: int, *, broken: bool = False) -> list[Judgement]:
    """The judgements of a run in the order they were made, or only those that did not hold."""
    rows = conn.execute(
        "select name, subject, expected, measured, sample, held, message, examples from expectations"
        " where run_id = ? and (held = 0 or ?) order by rowid",
        (run_id, not broken),
    )
    return [
        Judgement(
            name=name,
            subject=subject,
            expected=expected,
            measured=measured,
            sample=sample,
            held=bool(held),
            message=message,
            examples=tuple(json.loads(examples)) if examples else (),
        )
        for name, subject, expected, measured, sample, held, message, examples in map(tuple, rows)
    ]


def shown_by_last(conn: sqlite3.Connection, portal: str, run_id: int) -> list[str]:
    """Addresses that showed what did not hold in the portal's crawl or update before this run."""
    rows = conn.execute(
        "select examples from expectations where held = 0 and examples is not null and run_id ="
        " (select max(id) from runs where portal = ? and id < ? and kind in ('crawl', 'update'))",
        (portal, run_id),
    )
    return sorted({url for row in rows for url in json.loads(row[0])})


def measured_before(conn: sqlite3.Connection, run_id: int, name: str, subject: str, *, limit: int = 10) -> list[float]:
    """What finished runs of the same portal measured before this one, latest first."""
    rows = conn.execute(
        "select e.measured from expectations e join runs r on r.id = e.run_id where e.name = ? and e.subject = ?"
        " and e.run_id < ? and e.measured is not null and r.state in ('complete', 'below_expectation')"
        " and r.portal = (select portal from runs where id = ?) order by e.run_id desc limit ?",
        (name, subject, run_id, run_id, limit),
    )
    return [float(row[0]) for row in rows]
