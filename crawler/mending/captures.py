"""Rows of captures, written anew as their WARC records show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from archive.captures import observed
from archive.cdx import surt, timestamp
from archive.identity import candidate_ids
from archive.models import Capture, Outcome, Rejected, Source, outcome_name
from archive.proof.finding import Finding
from archive.proof.runs import captures_told
from archive.scrub import scrubbed
from archive.shells import fingerprint
from archive.store import Archive, RunContext
from crawler.mending.journal import Journal, row_of
from crawler.mending.sources import Sources

KINDS = ("capture_edited", "record_missing", "record_unknown", "capture_loose")
_REFERRING = (
    ("articles", "capture_id"),
    ("article_versions", "capture_id"),
    ("article_changes", "capture_id"),
    ("attachments", "capture_id"),
    ("readings", "capture_id"),
    ("link_sources", "capture_id"),
    ("list_items", "capture_id"),
    ("robots", "capture_id"),
)


def mend_captures(
    archive: Archive, sources: Sources, journal: Journal, findings: Iterable[Finding], run: RunContext
) -> None:
    """Every record of the files that findings name has its row, and every row of them is as its record shows it.

    A row without a record is left as it is: the record may come back with a restored file.
    """
    wanted = {finding.filename for finding in findings if finding.kind in KINDS and finding.filename}
    for filename in sorted(wanted):
        _File(archive, sources, journal, filename, run).mend()


class _File:
    def __init__(self, archive: Archive, sources: Sources, journal: Journal, filename: str, run: RunContext) -> None:
        self._archive = archive
        self._conn = archive.conn
        self._sources = sources
        self._journal = journal
        self._filename = filename
        self._new_run = run
        query = "select run_id, source from captures where filename = ?"
        rows = self._conn.execute(query, (filename,)).fetchall()
        known = Counter(row[0] for row in rows if self._is_run(row[0]))
        self._captures = list(sources.captures(filename))
        self._run_id = known.most_common(1)[0][0] if known else self._lacking() or run.run_id
        usual: Source = "warc" if filename.startswith("imported/") else "live"
        self._source: Source = Counter(row[1] for row in rows).most_common(1)[0][0] if rows else usual

    def mend(self) -> None:
        self._conn.execute("pragma defer_foreign_keys = on")
        standing = {capture.offset for capture in self._captures}
        for capture in self._captures:
            if capture.source != "text":
                capture = replace(capture, source=self._source)
            self._mend(capture, standing)

    def _mend(self, capture: Capture, standing: set[int | None]) -> None:
        place = f"{self._filename} at {capture.offset}"
        row = self._row(capture, standing)
        if row is None:
            self._take(capture, place)
            return
        outcome = self._sources.outcome(capture, row["run_id"])
        wanted = self._wanted(capture, outcome, row)
        different = [name for name, value in wanted.items() if row[name] != value]
        if different:
            self._write(row["id"], wanted)
            wrong = f"{', '.join(different)} was not as its record shows it"
            self._journal.note("capture_edited", f"capture {wanted['id']} ({place})", wrong, "written anew", row)

    def _row(self, capture: Capture, standing: set[int | None]) -> dict[str, Any] | None:
        """The row of the record: at its place, else one that lost its place and tells of the same answer."""
        found = self._conn.execute(
            'select rowid from captures where filename = ? and "offset" = ?', (self._filename, capture.offset)
        ).fetchone()
        if found is None:
            query = (
                'select rowid, "offset" from captures where urlkey = ? and timestamp = ? and digest is ?'
                " and (filename = ? or filename is null)"
            )
            key = (surt(capture.url), timestamp(capture.fetched_at), capture.digest, self._filename)
            lost = [row for row in self._conn.execute(query, key) if row[1] not in standing]
            found = lost[0] if lost else None
        return row_of(self._conn, "captures", found[0]) if found else None

    def _wanted(self, capture: Capture, outcome: Outcome, row: dict[str, Any]) -> dict[str, Any]:
        told = observed(scrubbed(capture))
        same_address = surt(row["original"]) == surt(str(told["original"]))
        judged = row["reason"] == "soft_404" and row["fingerprint"] is not None
        wanted = {
            "id": next(candidate_ids(capture.filename, capture.offset)),
            **told,
            # As it was asked for, where a header line cannot hold that.
            "original": row["original"] if same_address else told["original"],
            "run_id": self._run_id if self._source == "live" or not self._is_run(row["run_id"]) else row["run_id"],
        }
        if not judged:  # what a run knew a page for is not in the page
            wanted |= {
                "outcome": outcome_name(outcome),
                "reason": outcome.reason if isinstance(outcome, Rejected) else None,
                "layout": outcome.layout,
                "fingerprint": fingerprint(outcome, capture.url),
            }
        return wanted

    def _write(self, old_id: int, wanted: dict[str, Any]) -> None:
        settings = ", ".join(f'"{name}" = ?' for name in wanted)
        self._conn.execute(f"update captures set {settings} where id = ?", (*wanted.values(), old_id))
        if wanted["id"] != old_id:
            for table, column in _REFERRING:
                self._conn.execute(f"update {table} set {column} = ? where {column} = ?", (wanted["id"], old_id))

    def _take(self, capture: Capture, place: str) -> None:
        """A record that no row knows: its row alone where rows tell of it already, else everything it shows."""
        number = next(candidate_ids(capture.filename, capture.offset))
        outcome = self._sources.outcome(capture, self._run_id)
        run = replace(self._new_run, run_id=self._run_id)
        if self._is_told(number):
            values = {
                "id": number,
                **observed(scrubbed(capture)),
                "outcome": outcome_name(outcome),
                "reason": outcome.reason if isinstance(outcome, Rejected) else None,
                "layout": outcome.layout,
                "run_id": self._run_id,
                "fingerprint": fingerprint(outcome, capture.url),
            }
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join("?" * len(values))
            self._conn.execute(f"insert into captures ({names}) values ({marks})", tuple(values.values()))
        else:
            self._archive.record(capture, outcome, run)
        self._journal.note("record_unknown", place, f"no row of captures knew {capture.url}", "stored")

    def _is_told(self, number: int) -> bool:
        queries = [f"select 1 from {table} where {column} = :id" for table, column in _REFERRING]
        return any(self._conn.execute(query, {"id": number}).fetchone() for query in queries)

    def _lacking(self) -> int | None:
        """The run whose report counts as many captures as this file holds beyond those that name it."""
        held = dict(self._conn.execute("select run_id, count(*) from captures group by run_id").fetchall())
        lacking = {
            number: told - held.get(number, 0)
            for number, counts in self._conn.execute("select id, counts from runs order by id desc")
            if (told := captures_told(counts)) is not None
        }
        wanted = len(self._captures)
        return min(
            (number for number, gap in lacking.items() if gap >= wanted),
            key=lambda number: lacking[number],
            default=None,
        )

    def _is_run(self, run_id: int | None) -> bool:
        return self._conn.execute("select 1 from runs where id = ?", (run_id,)).fetchone() is not None
