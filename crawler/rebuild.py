"""A database made anew from WARC files: the same content tables as the runs that wrote them left.

It is built in ``NEW.db.part``, which takes its place by a rename once it is whole; a start after a kill goes on there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from archive import runs, timeline
from archive.captures import known_offsets
from archive.database import warc_folder
from archive.errors import ArchiveError
from archive.indexed import Words
from archive.models import Source
from archive.runs import RunContext
from archive.search import refresh
from archive.store import Archive
from archive.takedown import restore_tombstones
from archive.warc import BadRecord, WrittenBy, salvage, written_by
from archive.warc.adopt import IMPORTED
from archive.warc.drop import may_hold_notes
from archive.warc.gather import Way, bring
from crawler import farm
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION
from crawler.lock import take_lock
from crawler.profile import SiteProfile
from crawler.shells import settle_shells

#: Articles between two refreshes of the search index.
REFRESH_EVERY = 2_000
PART = ".part"
_CRAWLS = ("crawl", "update")


class RebuildError(ArchiveError):
    """The database cannot be made anew; nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WarcFile:
    """A file and the run its captures belong to."""

    path: Path
    name: str
    """What its captures are filed under: relative to the archive's warc folder."""
    run_id: int
    source: Source
    begun: datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be read, in which order, and the runs it belongs to."""

    files: list[WarcFile]
    runs: dict[int, dict[str, Any]]
    """Run -> its row, with its judgement where it reached one."""
    ends: list[tuple[int, str, int, int]] = field(default_factory=list)
    """Run, file, offset and length of every record that tells of a run's end."""
    skipped: list[str] = field(default_factory=list)
    """Files of other portals."""


@dataclass(kw_only=True)
class Built:
    """What was built."""

    captures: int = 0
    known: int = 0
    """Captures that an earlier start had stored."""
    articles: int = 0
    runs: int = 0
    bad: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def plan(folder: Path, profile: SiteProfile) -> Plan:
    """Every WARC file below the folder that holds captures of the profile's portal, in the order of time.

    Raises RebuildError when there is none, WarcError for a file that cannot be read.
    """
    names = sorted(path for path in folder.rglob("*") if path.name.endswith((".warc.gz", ".warc", ".arc.gz", ".arc")))
    told = {path.relative_to(folder).as_posix(): written_by(path) for path in names}
    rows: dict[int, dict[str, Any]] = {}
    owner: dict[str, int] = {}
    ends: list[tuple[int, str, int, int]] = []
    skipped = [n for n, by in told.items() if by.info.get("portal", profile.name) != profile.name]
    for name, by in told.items():
        if name in skipped or "run" not in by.info or name.startswith(f"{IMPORTED}/"):
            continue  # what a file that was taken in says of runs is another archive's
        run_id, begun = int(by.info["run"]), _begun(by)
        if rows.setdefault(run_id, begun)["started_at"] != begun["started_at"]:
            raise RebuildError(
                f"{folder} holds files of two archives ({name} is one's); put each in a folder of its own"
            )
        owner[name] = run_id
        for end in by.ended:
            row = end.row
            rows[int(row["id"])] = row
            ends.append((int(row["id"]), name, end.offset, end.length))
            owner |= dict.fromkeys(row["files"], int(row["id"]))
    skipped = [name for name in skipped if name not in owner]
    _stop_superseded(rows)
    stranger = max(rows, default=0) + 1
    files = [
        _file(folder, name, by, owner.get(name, stranger), rows) for name, by in told.items() if name not in skipped
    ]
    if not files:
        raise RebuildError(f"{folder} holds no WARC file of portal {profile.name}; name its warc folder with --from")
    if any(file.run_id == stranger for file in files):
        rows[stranger] = _strangers(stranger, profile)
    files.sort(key=lambda file: (file.begun, file.name))
    return Plan(files=files, runs=rows, ends=ends, skipped=skipped)


def _begun(by: WrittenBy) -> dict[str, Any]:
    """The row of a run whose end no file tells."""
    info = by.info
    started = info.get("run-started") or f"{by.begun or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "id": int(info["run"]),
        "kind": info.get("run-kind", "crawl"),
        "portal": info.get("portal", ""),
        "profile": info.get("profile-name", info.get("portal", "")),
        "profile_digest": info.get("profile", ""),
        "extractor_version": info.get("extractor", ""),
        "started_at": started,
        "state": "running",
        "resumed": 0,
    }


def _stop_superseded(rows: dict[int, dict[str, Any]]) -> None:
    """A crawl that was never finished was given up when the next one began."""
    crawls = [number for number in sorted(rows) if rows[number]["kind"] in _CRAWLS]
    for number, following in pairwise(crawls):
        if rows[number]["state"] == "running":
            at = rows[following]["started_at"]
            rows[number] |= {"state": "stopped", "exit_code": 3, "ended_at": at, "counts": "{}"}


def _strangers(number: int, profile: SiteProfile) -> dict[str, Any]:
    """A run for files that no run tells of."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    what = {"kind": "ingest", "portal": profile.name, "profile": profile.name, "profile_digest": profile.digest}
    return {
        **what,
        "id": number,
        "extractor_version": EXTRACTOR_VERSION,
        "started_at": now,
        "ended_at": now,
        "state": "complete",
        "exit_code": 0,
        "resumed": 0,
    }


def _file(folder: Path, name: str, by: WrittenBy, run_id: int, rows: dict[int, dict[str, Any]]) -> WarcFile:
    own = "run" in by.info and rows.get(run_id, {}).get("kind") in _CRAWLS
    begun = by.begun or datetime.min.replace(tzinfo=UTC)
    return WarcFile(path=folder / name, name=name, run_id=run_id, source="live" if own else "warc", begun=begun)


def _brought(files: Iterable[WarcFile], target: Path, way: Way) -> list[WarcFile]:
    """The files in the new archive's own folder, under the names they have."""
    there = []
    for file in files:
        bring(file.path, target / file.name, way)
        there.append(replace(file, path=target / file.name))
    return there


def rebuild(
    folder: Path,
    target: Path,
    profile: SiteProfile,
    *,
    way: Way = "link",
    workers: int = 2,
    told: Callable[[int, int, int], None] = lambda done, whole, captures: None,
) -> Built:
    """The archive at ``target``, made from the WARC files below ``folder``.

    ``told`` hears how many bytes of how many are read, and how many captures are stored. Raises RebuildError when there
    is an archive already, AlreadyRunning while another process builds it, and WarcError or DatabaseError.
    """
    if target.exists():
        raise RebuildError(f"{target} exists; a rebuild makes a new archive, name one that does not exist yet")
    target.parent.mkdir(parents=True, exist_ok=True)
    with take_lock(target):
        salvage(folder)
        planned = plan(folder, profile)
        files = planned.files
        if folder.resolve() != warc_folder(target).resolve():
            files = _brought(files, warc_folder(target), way)
        part = target.with_name(target.name + PART)
        with Archive.open(part, create=True) as archive:
            built = _Builder(archive, profile, replace(planned, files=files), part).build(workers, told)
            archive.conn.execute("pragma wal_checkpoint(truncate)")
        part.rename(target)
    return built


class _Builder:
    """Fills an archive file by file, run by run."""

    def __init__(self, archive: Archive, profile: SiteProfile, planned: Plan, part: Path) -> None:
        self.archive = archive
        self.profile = profile
        self.plan = planned
        self.built = Built(runs=len(planned.runs), skipped=planned.skipped)
        self._unindexed = 0
        self._words: Words = {}
        """What the index will hold of articles that wait for it."""
        self._left: defaultdict[int, int] = defaultdict(int)
        """Run -> stretches of its files that are still to be read."""
        self._check(part)

    def _check(self, part: Path) -> None:
        """Go on only with what was begun by the same rules."""
        rules = self.archive.conn.execute("select extractor_version, profile, profile_digest from rules").fetchall()
        if any(row != (EXTRACTOR_VERSION, self.profile.name, self.profile.rules_digest) for row in rules):
            raise RebuildError(f"{part} was begun with other rules; remove it and start again")

    def build(self, workers: int, told: Callable[[int, int, int], None]) -> Built:
        """Store everything; returns what was stored."""
        archive = self.archive
        with archive.transaction():
            for row in self.plan.runs.values():
                runs.put_run(archive.conn, row)
            for end in self.plan.ends:
                runs.note_end(archive.conn, *end)
            noted = ((file.name, file.path) for file in self.plan.files if may_hold_notes(file.path))
            restore_tombstones(archive.conn, noted)
        parts = [(file, part) for file in self.plan.files for part in self._cut(file)]
        for file, _ in parts:
            self._left[file.run_id] += 1
        files = {file.name: file for file in self.plan.files}
        whole, done = sum(file.path.stat().st_size for file in self.plan.files), 0
        taken = farm.accessions(self.profile, (p for _, p in parts), workers, archive.buried, self._words)
        for batch in farm.batches(taken):
            with archive.transaction():
                for part, records in batch:
                    self._store(files[part.name], records)
                    self._end_runs(files[part.name].run_id)
            done += sum(part.size for part, _ in batch)
            told(done, whole, self.built.captures)
            if self._unindexed >= REFRESH_EVERY:
                self._index()
        archive.settle_late(self.profile.name)
        self._index()
        self.built.articles = archive.conn.execute("select count(*) from articles").fetchone()[0]
        return self.built

    def _cut(self, file: WarcFile) -> list[farm.Stretch]:
        return farm.cut(file.path, file.name, file.source, partial(known_offsets, self.archive.conn, file.name))

    def _store(self, file: WarcFile, records: list[farm.Told]) -> None:
        context = self._context(file.run_id)
        for record in records:
            if isinstance(record, BadRecord):
                self.built.bad.append(str(record))
                continue
            result = self.archive.add(record, context)
            self.built.captures += 1
            self._unindexed += result.article_id is not None

    def _index(self) -> None:
        refresh(self.archive.db, self._words)
        self._words.clear()
        self._unindexed = 0

    def _context(self, run_id: int) -> RunContext:
        return replace(run_context(run_id, self.profile), portal=self.plan.runs[run_id]["portal"])

    def _end_runs(self, run_id: int) -> None:
        """When the last of a run's records is stored: what its end decided is decided."""
        self._left[run_id] -= 1
        if self._left[run_id] == 0:
            row = self.plan.runs[run_id]
            settle_shells(self.archive, self._context(run_id), self.profile)
            if row.get("judged_at"):
                timeline.judge_run(self.archive.conn, run_id, row["judged_at"], row["judgement"])
