"""Where a repair takes the truth from: the WARC files, read by the sheets the archive was read with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.models import ArticleFound, Capture, Outcome
from archive.retrieve import recall
from archive.scrub import scrubbed
from archive.takedown import admitted, tombstones
from archive.warc import BadRecord, read_captures
from archive.warc.record import OPEN
from crawler.extract import EXTRACTOR_VERSION, extract
from crawler.profile import SiteProfile


class Sources:
    """Captures and what they show."""

    def __init__(self, conn: sqlite3.Connection, archive: Path, profiles: tuple[SiteProfile, ...]) -> None:
        self._conn = conn
        self._archive = archive
        self._profiles = profiles
        self._buried = tombstones(conn)

    def profile(self, run_id: int | None) -> SiteProfile:
        """The sheet of the run: the very one, else one of its name, else the first that was given."""
        row = self._conn.execute("select profile_digest, profile from runs where id = ?", (run_id,)).fetchone()
        for number, attribute in enumerate(("digest", "name")):
            for profile in self._profiles:
                if row is not None and getattr(profile, attribute) == row[number]:
                    return profile
        return self._profiles[0]

    def outcome(self, capture: Capture, run_id: int | None) -> Outcome:
        """What the capture shows, as far as it may be kept."""
        return scrubbed(admitted(capture, extract(capture, self.profile(run_id)), self._buried))

    def reading(self, capture_id: int) -> tuple[Capture, ArticleFound] | None:
        """A capture by its id, and the article it shows.

        None when it shows none, cannot be read, or was read by other rules: what those made of it cannot be proved.
        """
        row = self._conn.execute("select run_id from captures where id = ?", (capture_id,)).fetchone()
        capture = recall(self._conn, self._archive, capture_id) if row and self._same_rules(row[0]) else None
        if capture is None:
            return None
        outcome = self.outcome(capture, row[0])
        return (capture, outcome) if isinstance(outcome, ArticleFound) else None

    def _same_rules(self, run_id: int | None) -> bool:
        query = "select extractor_version, profile_digest from runs where id = ?"
        row = self._conn.execute(query, (run_id,)).fetchone()
        return row is not None and row[0] == EXTRACTOR_VERSION and row[1] in {p.digest for p in self._profiles}

    def captures(self, filename: str) -> Iterator[Capture]:
        """Every capture of a WARC file that can be read and proved."""
        path = self._archive.parent / "warc" / filename
        path = path if path.exists() else path.with_name(path.name + OPEN)
        if path.exists():
            for record in read_captures(path, name=filename, verify=True):
                if not isinstance(record, BadRecord):
                    yield record
