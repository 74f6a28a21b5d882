"""The WARC files of an archive: which there should be, which there are, and how reading them is shared out."""

from __future__ import annotations

import os
import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from archive.errors import WarcError
from archive.migrations import APPLICATION_ID
from archive.proof.finding import Finding
from archive.proof.records import END, PIECE, Piece
from archive.warc import BadRecord, read_run
from archive.warc.record import OPEN

_IS_WARC = re.compile(r"\.(?:warc|arc|wet|wat)(?:\.|$)")
_FILES = """
select filename, sum(captures), min(least), max(most) from (
  select filename, count(*) as captures, min("offset") as least, max("offset" + length) as most
    from captures where filename is not null group by filename
  union all
  select filename, 0, min("offset"), max("offset" + length) from run_ends group by filename
) group by filename order by filename
"""
_RUN_ENDS = """
select e.filename, e."offset", e.length, e.run_id, r.portal, r.kind, r.started_at from run_ends e
join runs r on r.id = e.run_id where e.run_id % ? = ? order by 1, 2
"""
_UNFINISHED = "select distinct filename from captures where run_id in (select id from runs where state = 'running')"


@dataclass(kw_only=True, slots=True)
class Files:
    """What there is to be read, and what is wrong before anything is read."""

    pieces: list[Piece] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0


def whole_files(conn: sqlite3.Connection, database: Path, folder: Path) -> Files:
    """Every WARC file of the archive from its first byte to its last."""
    return _Plan(conn, database, folder).whole()


def sampled_files(conn: sqlite3.Connection, database: Path, folder: Path, *, every: int, turn: int) -> Files:
    """Of ``every`` many captures those whose turn it is, from whatever file; all files by their size.

    A file whose records share gzip members can only be read from its start; it has a turn as a whole.
    """
    return _Plan(conn, database, folder).sampled(every, turn)


class _Plan:
    def __init__(self, conn: sqlite3.Connection, database: Path, folder: Path) -> None:
        self._conn = conn
        self._database = database
        self._folder = folder
        self._files = Files()
        self._unfinished = {name for (name,) in conn.execute(_UNFINISHED)}
        self._running = conn.execute("select 1 from runs where state = 'running'").fetchone() is not None

    def whole(self) -> Files:
        known = set()
        for name, path, least in self._standing():
            known.add(name)
            unsettled = name in self._unfinished or path.name.endswith(OPEN)
            splits = [] if least < 0 or name.startswith("imported/") else list(self._splits(name))
            for begin, end in zip([-END, *splits], [*splits, END], strict=True):
                self._add(path, name, begin=begin, end=end, unsettled=unsettled)
        for name, path in self._strangers(known):
            self._add(path, name, unsettled=self._running)
        self._run_ends(1, 0)
        return self._files

    def sampled(self, every: int, turn: int) -> Files:
        offsets: dict[str, list[int]] = defaultdict(list)
        query = 'select filename, "offset" from captures where id % ? = ? and filename is not null order by 1, 2'
        for name, offset in self._conn.execute(query, (every, turn)):
            offsets[name].append(offset)
        for name, path, least in self._standing():
            unsettled = name in self._unfinished or path.name.endswith(OPEN)
            if least < 0:
                if zlib.crc32(name.encode()) % every == turn:
                    self._add(path, name, unsettled=unsettled)
            elif offsets[name]:
                self._add(path, name, sample=tuple(offsets[name]), unsettled=unsettled)
        self._run_ends(every, turn)
        return self._files

    def _standing(self) -> Iterator[tuple[str, Path, int]]:
        """Files that captures name and that are there, with their least offset; the others are findings."""
        for name, captures, least, most in self._conn.execute(_FILES).fetchall():
            self._files.files += 1
            path = self._path(name)
            if path is None:
                held = f"{captures} captures stand" if captures else "how a run ended stands"
                wrong = f"it is not in {self._folder}, and {held} in it"
                self._files.findings.append(Finding(kind="file_missing", place=name, wrong=wrong, filename=name))
                continue
            size = path.stat().st_size
            if name.endswith(".gz") and least >= 0 and most is not None and size < most:
                wrong = f"it ends at byte {size}, its captures reach to {most}"
                self._files.findings.append(Finding(kind="file_differs", place=name, wrong=wrong, filename=name))
            yield name, path, least

    def _run_ends(self, every: int, turn: int) -> None:
        """Every record that tells of a run's end stands where it was written, and tells of that run."""
        for name, offset, length, run_id, *told in self._conn.execute(_RUN_ENDS, (every, turn)).fetchall():
            path = self._path(name)
            kind, wrong = wrong_end(path, name, offset, length, tuple(told)) if path is not None else ("", "")
            if wrong:
                place = f"run {run_id} ({name} at {offset})"
                self._files.findings.append(Finding(kind=kind, place=place, wrong=wrong, filename=name, offset=offset))

    def _path(self, name: str) -> Path | None:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            return None
        path = self._folder / name
        found = [place for place in (path, path.with_name(path.name + OPEN)) if place.is_file()]
        return found[0] if found else None

    def _splits(self, name: str) -> Iterator[int]:
        last = 0
        for (offset,) in self._conn.execute(
            'select "offset" from captures where filename = ? order by "offset"', (name,)
        ):
            if offset - last >= PIECE:
                yield offset
                last = offset

    def _strangers(self, known: set[str]) -> Iterator[tuple[str, Path]]:
        """WARC files that no capture names; those another archive of the folder may have written are noted alone."""
        if not self._folder.is_dir():
            return
        others = _other_archives(self._database)
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix().removesuffix(OPEN)
            if name in known or not path.is_file() or not _IS_WARC.search(path.name):
                continue
            if path.name.endswith(".open-copy"):
                self._files.notes.append(f"{path}: a copy that was cut off; it can be deleted")
            elif others and not name.startswith(f"{self._database.stem}-"):
                continue
            else:
                yield name, path

    def _add(
        self,
        path: Path,
        name: str,
        *,
        begin: int = -END,
        end: int = END,
        sample: tuple[int, ...] = (),
        unsettled: bool = False,
    ) -> None:
        self._files.pieces.append(
            Piece(
                database=self._database,
                path=path,
                filename=name,
                begin=begin,
                end=end,
                sample=sample,
                unsettled=unsettled,
            )
        )


def wrong_end(path: Path, name: str, offset: int, length: int, run: tuple[str, str, str]) -> tuple[str, str]:
    """Kind and words of what is wrong with the record that tells how a run ended; empty when nothing is.

    ``run`` is its portal, kind and start; its number may be another one after a merge.
    """
    try:
        end = read_run(path, name, offset)
    except (WarcError, OSError, ValueError) as error:
        return "record_damaged", str(error)
    if end is None:
        return "record_missing", "no record of the run's end stands there"
    if isinstance(end, BadRecord):
        return "record_damaged", end.reason
    if end.length != length:
        return "record_damaged", f"it is {end.length} bytes long, {length} were written"
    told = tuple(end.row.get(name) for name in ("portal", "kind", "started_at"))
    return ("run_state", f"it is of {run}, its record says {told}") if told != run else ("", "")


def _other_archives(database: Path) -> bool:
    """Does another archive stand in the folder, so that WARC files may be its own?"""
    mark = APPLICATION_ID.to_bytes(4, "big")
    for path in database.parent.glob("*"):
        if path.is_file() and path.name != database.name and path.suffix in (".db", ".sqlite", ".sqlite3"):
            with path.open("rb") as file:
                if os.pread(file.fileno(), 4, 68) == mark:
                    return True
    return False
