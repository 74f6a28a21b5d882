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

from archive.migrations import APPLICATION_ID
from archive.proof.finding import Finding
from archive.proof.records import END, PIECE, Piece
from archive.warc.record import OPEN

_IS_WARC = re.compile(r"\.(?:warc|arc|wet|wat)(?:\.|$)")
_FILES = """
select filename, count(*), min("offset"), max("offset" + length) from captures where filename is not null
group by filename order by filename
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
        return self._files

    def _standing(self) -> Iterator[tuple[str, Path, int]]:
        """Files that captures name and that are there, with their least offset; the others are findings."""
        for name, captures, least, most in self._conn.execute(_FILES).fetchall():
            self._files.files += 1
            path = self._path(name)
            if path is None:
                wrong = f"it is not in {self._folder}, and {captures} captures stand in it"
                self._files.findings.append(Finding(kind="file_missing", place=name, wrong=wrong, filename=name))
                continue
            size = path.stat().st_size
            if name.endswith(".gz") and least >= 0 and most is not None and size < most:
                wrong = f"it ends at byte {size}, its captures reach to {most}"
                self._files.findings.append(Finding(kind="file_differs", place=name, wrong=wrong, filename=name))
            yield name, path, least

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


def _other_archives(database: Path) -> bool:
    """Does another archive stand in the folder, so that WARC files may be its own?"""
    mark = APPLICATION_ID.to_bytes(4, "big")
    for path in database.parent.glob("*"):
        if path.is_file() and path.name != database.name and path.suffix in (".db", ".sqlite", ".sqlite3"):
            with path.open("rb") as file:
                if os.pread(file.fileno(), 4, 68) == mark:
                    return True
    return False
