"""Captures that come by another door than a crawl, taken into an archive in one run of kind ``ingest``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from archive.accession import Accession, accession_of
from archive.captures import known_offsets
from archive.indexed import Words
from archive.models import Capture, Outcome
from archive.search import refresh
from archive.store import Archive, Kind, RunContext, SaveResult
from archive.takedown import sweep
from archive.warc import BadRecord, read_captures, salvage
from crawler import farm
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION, extract
from crawler.leftover import end_ingest, resumable, stop_left, taken
from crawler.lock import take_lock
from crawler.profile import SiteProfile
from crawler.shells import settle_shells

#: Captures stored in one transaction.
BATCH = 100
#: Articles that may wait for the index before they are put into it.
REFRESH_EVERY = 2_000

_STORED = "select coalesce(reason, outcome), count(*) from captures where run_id = ? group by 1"
#: What became of articles by each capture, as far as versions and changes tell.
_SHOWN = """
select case when v.number = 1 then 'new' when v.number is not null or c.id in (
  select capture_id from article_changes
  where run_id = :run and not (field = 'status' and new_value in ('gone', 'moved'))
) then 'changed' else 'unchanged' end, count(*)
from captures c left join article_versions v on v.capture_id = c.id
where c.run_id = :run and c.outcome = 'article' group by 1
"""


@dataclass(kw_only=True)
class Tally:
    """What an intake brought."""

    captures: int = 0
    """Captures that were not in the archive before."""
    known: int = 0
    """Captures that were, and were left as they are."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcome -> new captures."""
    articles: Counter[str] = field(default_factory=Counter)
    """``new``, ``changed`` or ``unchanged`` -> new captures that show an article."""
    bad: list[str] = field(default_factory=list)
    """Records that could not be read, one line each."""

    @property
    def nothing(self) -> bool:
        """Not one capture could be read."""
        return not (self.captures or self.known)

    def add(self, other: Tally) -> None:
        """What another tally counted is counted here, too."""
        self.captures += other.captures
        self.known += other.known
        self.outcomes.update(other.outcomes)
        self.articles.update(other.articles)
        self.bad += other.bad

    def counts(self) -> dict[str, Any]:
        """As plain data, with the names of a crawl's report where they mean the same."""
        return {
            "captures": dict(self.outcomes.most_common()),
            "known": self.known,
            "bad": self.bad,
            **{kind: self.articles[kind] for kind in (Kind.NEW.value, Kind.CHANGED.value, Kind.UNCHANGED.value)},
        }


class Intake:
    """An open archive and the run that takes captures in. Made by ``opened``."""

    def __init__(self, archive: Archive, profile: SiteProfile, run: RunContext) -> None:
        self.archive = archive
        self.profile = profile
        self.run = run
        self.tally = Tally()
        self.files: set[str] = set()
        """WARC files of which captures were stored."""
        self.latest: datetime | None = None
        """Time of the latest capture that was stored."""

    def go_on(self) -> None:
        """The run was killed: what it had stored by then counts as if it had been stored now."""
        conn, run_id = self.archive.conn, self.run.run_id
        self.files = taken(self.archive, run_id)
        latest = conn.execute("select max(timestamp) from captures where run_id = ?", (run_id,)).fetchone()[0]
        self.latest = datetime.strptime(latest, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if latest else None
        self.tally.outcomes.update(dict(conn.execute(_STORED, (run_id,)).fetchall()))
        self.tally.captures = self.tally.outcomes.total()
        self.tally.articles.update(dict(conn.execute(_SHOWN, {"run": run_id}).fetchall()))
        self.archive.note_late(self.run.portal)

    def take_left_over(self, stem: str) -> None:
        """Store what a killed run wrote into files of its own, whose names begin with ``stem``, and did not store."""
        folder = self.archive.warc_folder
        salvage(folder)
        for path in sorted(folder.glob(f"{stem}-*.warc.gz")):
            query = 'select "offset", "offset" + length from captures where filename = ? order by 1 desc limit 1'
            start, end = self.archive.conn.execute(query, (path.name,)).fetchone() or (0, 0)
            if end != path.stat().st_size:
                self.take(read_captures(path, start_offset=start, source="warc"))

    def take(self, captures: Iterable[Capture | BadRecord], seen: Callable[[Capture], None] | None = None) -> None:
        """Store every capture that is not known yet, some at a time; an interruption keeps what was stored.

        ``seen`` is told of each capture once it has been dealt with.
        """
        for batch in _batches(captures):
            with self._counted(), self.archive.transaction():
                for record in batch:
                    if isinstance(record, BadRecord):
                        self.tally.bad.append(str(record))
                    elif self.archive.has_capture(record):
                        self.tally.known += 1
                    else:
                        self.store(record)
            if seen is not None and isinstance(batch[-1], Capture):
                seen(batch[-1])

    def take_files(
        self, files: Sequence[tuple[Path, str]], workers: int, told: Callable[[int], None] = lambda size: None
    ) -> None:
        """Store every capture of these WARC files that is not known yet, read by several processes at once.

        Each file comes with the name its captures are filed under. ``told`` hears of every stretch of a file that is
        dealt with, in bytes.
        """
        known = partial(known_offsets, self.archive.conn)
        parts = [part for path, name in files for part in farm.cut(path, name, "warc", partial(known, name))]
        words: Words = {}
        taken = farm.accessions(self.profile, parts, workers, self.archive.buried, words)
        for batch in farm.batches(taken):
            with self._counted(), self.archive.transaction():
                for part, records in batch:
                    self.tally.known += len(part.known)
                    for record in records:
                        if isinstance(record, BadRecord):
                            self.tally.bad.append(str(record))
                        else:
                            self._keep(record)
            if len(words) >= REFRESH_EVERY:
                self._index(words)
            told(sum(part.size for part, _ in batch))
        self._index(words)

    def _index(self, words: Words) -> None:
        refresh(self.archive.db, words)
        words.clear()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """What is counted inside counts when the block ends well: a batch that is not stored brought nothing."""
        before, self.tally = self.tally, Tally()
        try:
            yield
            before.add(self.tally)
        finally:
            self.tally = before

    def store(self, capture: Capture) -> tuple[Outcome, SaveResult]:
        """Store one capture; what it is, and what it changed."""
        outcome = self.archive.admitted(capture, extract(capture, self.profile))
        with self.archive.transaction():
            return outcome, self._keep(accession_of(capture, outcome))

    def again(self, capture: Capture) -> tuple[Outcome, SaveResult]:
        """What a capture that was stored before is; it changes nothing."""
        outcome = self.archive.admitted(capture, extract(capture, self.profile))
        result = self.archive.record(capture, outcome, self.run)
        self.tally.known += 1
        return outcome, replace(result, kind=Kind.NONE if result.kind is Kind.NONE else Kind.UNCHANGED, fields=())

    def _keep(self, told: Accession) -> SaveResult:
        result = self.archive.add(told, self.run)
        capture = told.capture
        if capture.filename is not None:
            self.files.add(capture.filename)
        self.latest = max(self.latest or capture.fetched_at, capture.fetched_at)
        self.tally.captures += 1
        self.tally.outcomes[told.outcome] += 1
        if result.kind is not Kind.NONE:
            self.tally.articles[result.kind.value] += 1
        return result


@contextmanager
def opened(path: Path, profile: SiteProfile, *, may_be_idle: bool = False) -> Iterator[Intake]:
    """An intake into the archive at ``path``, which is made when missing; afterwards its run has ended.

    One that was killed is gone on with; what it had stored counts as this run's.

    A run that could read nothing is below expectation, unless it ``may_be_idle``. The search index is up to date then,
    whether the intake came to its end or was interrupted. Raises AlreadyRunning while another
    process writes the archive, and DatabaseError when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with take_lock(path), Archive.open(path, create=True) as archive:
        now = datetime.now(UTC)
        left = resumable(archive, profile)
        stop_left(archive, profile, now, but=left)
        if left is not None:
            archive.resume_run(left)
        run_id = left or archive.start_run("ingest", profile.name, profile.name, profile.digest, EXTRACTOR_VERSION, now)
        intake = Intake(archive, profile, run_context(run_id, profile))
        if left is not None:
            intake.go_on()
        finished = False
        try:
            yield intake
            finished = True
        finally:
            _close(intake, complete=finished and (may_be_idle or not intake.tally.nothing))


def _close(intake: Intake, *, complete: bool) -> None:
    """What the captures tell together is worked out, the index is up to date, and the run has ended.

    Missing articles of the hosts that captures came in of are judged as of the latest of these.
    """
    archive, run = intake.archive, intake.run
    settle_shells(archive, run, intake.profile)
    archive.settle_late(run.portal)
    if complete and intake.latest is not None:
        archive.settle_missing(run, intake.latest, whole=False)
    refresh(archive.db)
    state, code = ("complete", 0) if complete else ("below_expectation", 2)
    end_ingest(archive, run.run_id, state, code, intake.tally.counts(), intake.files, datetime.now(UTC))
    sweep(archive.conn, archive.warc_folder, run.run_id)


def _batches(captures: Iterable[Capture | BadRecord]) -> Iterator[list[Capture | BadRecord]]:
    rest = iter(captures)
    while batch := list(islice(rest, BATCH)):
        yield batch
