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

from archive import articles, captures, missing, parts, runs, shells, takedown
from archive.cdx import utc_text
from archive.database import open_database, sqlite_errors, warc_folder
from archive.history import Sighting
from archive.missing import Settlement
from archive.models import (
    ArticleFound,
    Capture,
    FileFound,
    ListingFound,
    NotModified,
    Outcome,
    Redirected,
    Rejected,
    RobotsFound,
)
from archive.runs import RunContext
from archive.scrub import scrubbed

__all__ = ["Archive", "Kind", "RunContext", "SaveResult", "Settlement"]


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
        outcome = self.admitted(capture, outcome)
        try:
            return self._record(capture, outcome, run)
        except UnicodeEncodeError:
            return self._record(scrubbed(capture), scrubbed(outcome), run)

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

    def settle_missing(self, run: RunContext, now: datetime) -> Settlement:
        """At the end of a complete run: articles missing for long enough become ``gone`` or ``moved``."""
        with self.transaction():
            return missing.settle_missing(self.conn, run, now)

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

    def _record(self, capture: Capture, outcome: Outcome, run: RunContext) -> SaveResult:
        with self.transaction():
            number, recorded = captures.find_capture(self.conn, capture)
            if recorded:
                return self._recorded(number, outcome, capture)
            mark = shells.fingerprint(outcome, capture.url)
            captures.add_capture(self.conn, number, capture, outcome, run.run_id, mark)
            return self._tell(capture, number, outcome, run)

    def _tell(self, capture: Capture, number: int, outcome: Outcome, run: RunContext) -> SaveResult:
        match outcome:
            case ArticleFound():
                saved = articles.save_article(self.conn, capture, number, outcome, run)
                kind = Kind.NEW if saved.new else Kind.CHANGED if saved.changed else Kind.UNCHANGED
                return SaveResult(kind=kind, capture_id=number, article_id=saved.article_id, fields=saved.changed)
            case ListingFound():
                parts.save_listing(self.conn, capture, outcome)
            case FileFound():
                parts.save_file(self.conn, capture, number, outcome)
            case RobotsFound():
                parts.save_robots(self.conn, capture, number)
            case NotModified() | Rejected() | Redirected():
                return self._sighted(capture, number, outcome, run)
        return SaveResult(kind=Kind.NONE, capture_id=number)

    def _sighted(self, capture: Capture, number: int, outcome: Outcome, run: RunContext) -> SaveResult:
        """An answer without content: what it says of the article whose address it is."""
        canonical = outcome.canonical_url or capture.url
        standing = articles.find_article(self.conn, canonical) if capture.method == "GET" else None
        if standing is None:
            return SaveResult(kind=Kind.NONE, capture_id=number)
        if isinstance(outcome, NotModified):
            seen = Sighting(
                seen_at=utc_text(capture.fetched_at),
                capture_id=number,
                run_id=run.run_id,
                extractor_version=run.extractor_version,
            )
            changed = articles.touch(self.conn, standing, seen)
            kind = Kind.CHANGED if changed else Kind.UNCHANGED
            return SaveResult(kind=kind, capture_id=number, article_id=standing.id, fields=changed)
        if missing.is_missing(outcome, standing, canonical, self.conn):
            missing.note_missing(self.conn, standing, capture, number, outcome, run)
        return SaveResult(kind=Kind.NONE, capture_id=number, article_id=standing.id)

    def _recorded(self, number: int, outcome: Outcome, capture: Capture) -> SaveResult:
        """The result the capture had when it was recorded, read from the rows it left."""
        rows = self.conn.execute(
            "select article_id, field from article_changes c where capture_id = ?"
            " and not (field = 'status' and new_value in ('gone', 'moved')) order by c.rowid",
            (number,),
        ).fetchall()
        first = self.conn.execute(
            "select article_id from article_versions where capture_id = ? and number = 1", (number,)
        ).fetchone()
        standing = articles.find_article(self.conn, outcome.canonical_url or capture.url)
        article_id = (rows or [first])[0][0] if rows or first else standing.id if standing else None
        shows = isinstance(outcome, ArticleFound | NotModified) and article_id is not None
        kind = Kind.NEW if first else Kind.CHANGED if rows else Kind.UNCHANGED if shows else Kind.NONE
        fields = {field for _, field in rows}
        return SaveResult(kind=kind, capture_id=number, article_id=article_id, fields=articles.in_order(fields))
