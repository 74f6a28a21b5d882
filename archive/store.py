"""The single writer: what an answer means becomes rows, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database

from archive import articles, captures, parts, readings, runs, shells, takedown, timeline
from archive.accession import Accession, accession_of
from archive.database import open_database, sqlite_errors, warc_folder
from archive.judging import Settlement
from archive.models import Capture, Outcome
from archive.runs import RunContext

__all__ = ["Archive", "Kind", "RunContext", "SaveResult", "Settlement"]


_CHANGED = """
select field from article_changes where article_id = ? and capture_id = ?
and not (field = 'status' and new_value in ('gone', 'moved'))
"""


class Kind(StrEnum):
    """What a capture did to an article."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NONE = "none"
    """The capture shows no article."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SaveResult:
    """What became of a capture."""

    kind: Kind
    capture_id: int
    article_id: int | None = None
    """The article it shows, or tells something of (304, not found)."""
    fields: tuple[str, ...] = ()
    """Versioned fields that changed, then ``url`` for an article that moved and ``status`` for one found again."""


class Archive:
    """An open archive; one process writes at a time. Close it, or use it as a context manager."""

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self.db = db
        self.conn = db.conn
        self._known_rules: dict[tuple[str, str, str], int] = {}
        self._late: set[str] = set()
        """Portals of which captures came in late since they were last settled."""

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False) -> Archive:
        """The archive at ``path``, its schema up to date; made when ``create`` says so. Raises DatabaseError."""
        return cls(Path(path), open_database(Path(path), create=create))

    @property
    def warc_folder(self) -> Path:
        """Where its WARC files stand."""
        return warc_folder(self.path)

    def close(self) -> None:
        """Let go of the file; a transaction that is still open is rolled back."""
        with sqlite_errors(self.path):
            self.conn.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written, or nothing is.

        Inside another transaction it is a part of that one, which alone commits; an error that leaves the part undoes
        the part. Raises DatabaseError when the disk is full or another program holds the file; nothing was written.
        """
        nested = self.conn.in_transaction
        with sqlite_errors(self.path):
            self.conn.execute("savepoint part" if nested else "begin immediate")
            try:
                yield
                self.conn.execute("release part" if nested else "commit")
            except BaseException:
                self._known_rules = {}
                if self.conn.in_transaction:  # a full disk ends the transaction by itself
                    self.conn.execute("rollback to part" if nested else "rollback")
                    if nested:
                        self.conn.execute("release part")
                raise

    def gather(self) -> None:
        """From now on transactions are parts of one, until ``commit``: many answers reach the disk together.

        What was not committed when the process dies is gone from the database; only what can be had again (from WARC,
        say) may be gathered. Inside a transaction it does nothing.
        """
        if not self.conn.in_transaction:
            with sqlite_errors(self.path):
                self.conn.execute("begin immediate")

    def commit(self) -> None:
        """What was gathered is written; without anything gathered it does nothing. Raises DatabaseError."""
        if self.conn.in_transaction:
            with sqlite_errors(self.path):
                self.conn.execute("commit")

    def record(self, capture: Capture, outcome: Outcome, run: RunContext) -> SaveResult:
        """Keep a capture and everything it tells. The same capture again changes nothing and gives the same result."""
        told = accession_of(capture, self.admitted(capture, outcome))
        with self.transaction():
            return self.add(told, run)

    def add(self, told: Accession, run: RunContext) -> SaveResult:
        """``record`` of a capture whose admitted outcome was worked out before.

        Part of a transaction of the caller's, who undoes the whole of it when this raises.
        """
        number, recorded = captures.find_capture(self.conn, told.capture)
        if recorded:
            return self._recorded(number, told.canonical_url)
        captures.add_capture(self.conn, number, run.run_id, told.row)
        return self._tell(told, number, run)

    def admitted(self, capture: Capture, outcome: Outcome) -> Outcome:
        """The outcome as far as it may be kept: nothing of what was taken down is."""
        return takedown.admitted(capture, outcome, self.buried)

    @cached_property
    def buried(self) -> frozenset[str]:
        """Canonical addresses that were taken down; read once, for whoever takes one down holds the archive's lock."""
        with sqlite_errors(self.path):
            return takedown.tombstones(self.conn)

    def has_capture(self, capture: Capture) -> bool:
        """Is this very record, or for one that stands in no file this very answer, recorded already?"""
        with sqlite_errors(self.path):
            return captures.find_capture(self.conn, capture)[1]

    def capture_id(self, capture: Capture) -> int | None:
        """The id of this very record, None when it is not recorded."""
        with sqlite_errors(self.path):
            number, recorded = captures.find_capture(self.conn, capture)
        return number if recorded else None

    def settle_missing(self, run: RunContext, now: datetime, *, whole: bool = True) -> Settlement:
        """At the end of a complete run: articles missing for long enough become ``gone`` or ``moved``.

        Only those of hosts it brought captures of, when it did not visit the ``whole`` portal.
        """
        with self.transaction():
            return timeline.settle(self.conn, run, now, whole=whole)

    def settle_late(self, portal: str) -> None:
        """After captures older than others came in: what they tell of outages, and what rests on that, is worked out.

        Cheap when none did.
        """
        if portal in self._late:
            with self.transaction():
                timeline.recheck(self.conn, portal)
            self._late.discard(portal)

    def note_late(self, portal: str) -> None:
        """Captures of the portal may have come in late in a process that was killed before it settled them."""
        self._late.add(portal)

    def settle_shells(self, run: RunContext, recall: shells.Recall) -> int:
        """At the end of a run: addresses that all show one shell are soft 404s; how many captures were judged anew."""
        with self.transaction():
            return shells.settle_shells(self.conn, run, recall)

    def start_run(
        self, kind: str, portal: str, profile: str, profile_digest: str, extractor_version: str, now: datetime
    ) -> int:
        """A new run in state ``running``; returns its id."""
        with self.transaction():
            return runs.start_run(self.conn, kind, portal, profile, profile_digest, extractor_version, now)

    def open_run(self, portal: str, *kinds: str) -> sqlite3.Row | None:
        """The portal's latest run (of these kinds) when it was never finished: its row, else None."""
        with sqlite_errors(self.path):
            return runs.open_run(self.conn, portal, *kinds)

    def resume_run(self, run_id: int) -> None:
        """The run is running again and has been continued once more."""
        with self.transaction():
            runs.resume_run(self.conn, run_id)

    def end_run(self, run_id: int, state: str, exit_code: int, counts: Mapping[str, Any], now: datetime) -> None:
        """The run has ended in ``state``; ``counts`` is its report, kept as JSON."""
        with self.transaction():
            runs.end_run(self.conn, run_id, state, exit_code, counts, now)

    def profile_changed(self, run_id: int) -> bool:
        """Were other rules in force in the portal's run before this one?"""
        with sqlite_errors(self.path):
            return runs.profile_changed(self.conn, run_id)

    def _tell(self, told: Accession, number: int, run: RunContext) -> SaveResult:
        """Everything the capture tells, told."""
        self._tell_others(told, number)
        if told.said is None:
            return SaveResult(kind=Kind.NONE, capture_id=number)
        reading = told.said.reading(number, run, self._rules(run))
        readings.add_reading(self.conn, reading)
        if reading.kind == "file":
            parts.save_file(self.conn, reading.canonical_url)
            return SaveResult(kind=Kind.NONE, capture_id=number)
        done = timeline.arrive(self.conn, reading, told.content)
        if done.late:
            self._late.add(run.portal)
        return self._result(number, reading.kind, done.article_id, new=done.new)

    def _tell_others(self, told: Accession, number: int) -> None:
        """What it tells of links, list entries and rules for robots."""
        if told.robots:
            parts.save_robots(self.conn, told.capture, number)
        if told.links is None:
            return
        source = parts.source_of(told.capture, number, told.canonical_url, own=told.own)
        if told.items is not None:
            parts.save_listing(self.conn, source, told.items, told.links)
        else:
            parts.save_links(self.conn, source, told.links)

    def _rules(self, run: RunContext) -> int:
        """The id of the rules of a run, looked up once."""
        key = (run.extractor_version, run.profile, run.rules_digest)
        if key not in self._known_rules:
            self._known_rules = {key: readings.rules(self.conn, *key)}
        return self._known_rules[key]

    def _recorded(self, number: int, canonical_url: str) -> SaveResult:
        """The result of a capture that was recorded before, read from the rows it left."""
        row = self.conn.execute("select kind from readings where capture_id = ?", (number,)).fetchone()
        standing = articles.find_article(self.conn, canonical_url)
        if row is None or row[0] == "file" or standing is None:
            return SaveResult(kind=Kind.NONE, capture_id=number)
        first = self.conn.execute(
            "select 1 from article_versions where capture_id = ? and number = 1", (number,)
        ).fetchone()
        return self._result(number, row[0], standing.id, new=first is not None)

    def _result(self, number: int, kind: str, article_id: int | None, *, new: bool) -> SaveResult:
        if article_id is None or kind not in ("shown", "not_modified"):
            return SaveResult(kind=Kind.NONE, capture_id=number, article_id=article_id)
        rows = self.conn.execute(_CHANGED, (article_id, number)).fetchall() if not new else []
        fields = articles.in_order({field for (field,) in rows})
        done = Kind.NEW if new else Kind.CHANGED if fields else Kind.UNCHANGED
        return SaveResult(kind=done, capture_id=number, article_id=article_id, fields=fields)
