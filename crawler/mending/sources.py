"""Where a repair takes the truth from: the WARC files, read by the sheets the archive was read with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.models import Capture, Outcome
from archive.retrieve import recall
from archive.runs import RunContext
from archive.scrub import scrubbed
from archive.takedown import admitted, tombstones
from archive.warc import BadRecord, read_captures
from archive.warc.record import OPEN
from crawler.context import run_context
from crawler.extract import extract
from crawler.profile import SiteProfile
from crawler.rereading import same_rules


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

    def context(self, run_id: int | None) -> RunContext:
        """The context of a run, as its sheet has it."""
        return run_context(run_id or 0, self.profile(run_id))

    def outcome(self, capture: Capture, run_id: int | None) -> Outcome:
        """What the capture shows, as far as it may be kept."""
        return scrubbed(admitted(capture, extract(capture, self.profile(run_id)), self._buried))

    def stored(self, capture_id: int) -> tuple[Capture, Outcome] | None:
        """A capture by its id, and what it shows.

        None when it cannot be read, or was read by other rules: what those made of it cannot be proved.
        """
        row = self._conn.execute("select run_id from captures where id = ?", (capture_id,)).fetchone()
        profile = same_rules(self._conn, capture_id, row[0], self._profiles) if row else None
        capture = recall(self._conn, self._archive, capture_id) if profile else None
        if capture is None or profile is None:
            return None
        capture = scrubbed(capture)
        return capture, scrubbed(admitted(capture, extract(capture, profile), self._buried))

    def captures(self, filename: str) -> Iterator[Capture]:
        """Every capture of a WARC file that can be read and proved."""
        path = self._archive.parent / "warc" / filename
        path = path if path.exists() else path.with_name(path.name + OPEN)
        if path.exists():
            for record in read_captures(path, name=filename, verify=True):
                if not isinstance(record, BadRecord):
                    yield record
