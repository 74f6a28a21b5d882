"""A proof of an archive from end to end: the database in itself, the index against the articles, every row against its
WARC record and every record against its row."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from archive.database import OLDER, open_readonly, steps_of, warc_folder
from archive.errors import DatabaseError
from archive.proof.articles import check_articles
from archive.proof.files import Files, sampled_files, whole_files
from archive.proof.finding import Finding, Proof
from archive.proof.index import check_index, check_queue
from archive.proof.readings import check_contents
from archive.proof.records import Piece, Read, Reread, prove_piece
from archive.proof.runs import check_files_of_runs, check_frontier, check_runs
from archive.proof.tables import foreign_keys, integrity, schema
from archive.proof.tombstones import check_tombstones
from archive.snapshot import is_snapshot
from archive.workers import end_with_parent

Mode = Literal["quick", "normal", "full"]

#: Days in which quick proofs, one a day, have looked at everything.
CYCLE = 30

#: Bytes of WARC that are read in this process, for others take longer to start.
_SMALL = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What a proof looks at."""

    mode: Mode = "normal"
    """``quick``: pages and keys, and of articles and captures those whose day it is. ``normal``: everything.
    ``full``: everything, and every capture is extracted again."""
    day: date
    """Decides whose turn it is in a quick proof."""
    cycle: int = CYCLE
    """Quick proofs on as many days in a row have looked at everything."""
    workers: int = 2

    @property
    def turn(self) -> int:
        """Number of the share whose day it is."""
        return self.day.toordinal() % self.cycle


Told = Callable[[str, int, int], None]
"""Hears the name of a step, how much of it is done, and how much there is."""


def verify(
    path: Path, scope: Scope, *, reread: Reread | None = None, told: Told = lambda step, done, whole: None
) -> Proof:
    """Everything that is wrong with the archive at ``path``. Nothing is written; a crawl may go on meanwhile.

    ``reread`` extracts a capture again, for mode ``full``. Raises DatabaseError when the file is no archive of this
    release.
    """
    proof = Proof(mode=scope.mode)
    with open_readonly(path) as conn:
        if steps_of(conn):
            raise DatabaseError(f"{path} {OLDER}")
        if not _add(proof, "database", _guarded(partial(integrity, conn, quick=scope.mode == "quick"))):
            # Nothing can be said of rows in a file whose pages are broken, but as much as can be read is looked at.
            proof.notes.append("the database's pages are damaged: what follows may come from that")
        told("tables", 0, 3)
        files = _files(conn, path, scope, proof)
    with _pool(scope, files.pieces) as submit:
        futures = submit(files.pieces, reread)
        with open_readonly(path) as conn:
            _tables(conn, path, scope, proof, told)
        _collect(proof, files.pieces, futures, told)
    proof.checked["WARC files"] += files.files
    return proof


def _files(conn: sqlite3.Connection, path: Path, scope: Scope, proof: Proof) -> Files:
    folder = warc_folder(path)
    if is_snapshot(path) and not folder.is_dir():
        proof.notes.append("this is a snapshot: captures are proved where the WARC files stand")
        return Files()
    try:
        if scope.mode == "quick":
            files = sampled_files(conn, path, folder, every=scope.cycle, turn=scope.turn)
        else:
            files = whole_files(conn, path, folder)
    except sqlite3.DatabaseError as error:
        _add(proof, "database", [Finding(kind="database_damaged", place="captures", wrong=str(error))])
        return Files()
    proof.findings += files.findings
    proof.notes += files.notes
    return files


def _tables(conn: sqlite3.Connection, path: Path, scope: Scope, proof: Proof, told: Told) -> None:
    quick = scope.mode == "quick"
    every, turn = (scope.cycle, scope.turn) if quick else (1, 0)
    articles = _count(conn, every, turn)
    steps = (schema, foreign_keys, check_runs, check_files_of_runs, check_frontier, check_queue, check_tombstones)
    for step in (*steps, *(() if quick else (check_contents,))):
        _add(proof, "tables", _guarded(partial(step, conn)))
    _add(
        proof,
        "articles",
        _guarded(partial(check_articles, conn, every=every, turn=turn, told=lambda n: told("articles", n, articles))),
        count=articles,
    )
    if not quick and not any(f.kind == "search_index" for f in proof.findings):
        told("search index", 0, 1)
        _add(proof, "search index", _guarded(partial(check_index, path)))


def _count(conn: sqlite3.Connection, every: int, turn: int) -> int:
    try:
        return int(conn.execute("select count(*) from articles where id % ? = ?", (every, turn)).fetchone()[0])
    except sqlite3.DatabaseError:
        return 0  # the pages' own check has named the damage


def _guarded(check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The check's findings; one that cannot be made because the file is damaged is a finding itself."""
    try:
        yield from check()
    except (sqlite3.DatabaseError, TypeError, ValueError, KeyError, AttributeError) as error:
        yield Finding(kind="database_damaged", place="database", wrong=f"a check could not be made: {error}")


def _add(proof: Proof, what: str, findings: Iterable[Finding], *, count: int = 1) -> bool:
    found = list(findings)
    proof.findings += found
    proof.checked[what] += count
    return not found


# --- reading WARC files in several processes --------------------------------------------------------------------------

Submit = Callable[[list[Piece], Reread | None], list["Future[Read]"]]


@contextmanager
def _pool(scope: Scope, pieces: list[Piece]) -> Iterator[Submit]:
    """A way to have pieces read: by other processes, or by this one where there is little to read."""
    if scope.workers < 2 or (scope.mode != "full" and sum(piece.size for piece in pieces) < _SMALL):
        yield _here
        return
    # Forked before anything is opened here: a child must never hold this process's connections.
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(scope.workers, mp_context=context, initializer=_begin)
    try:
        yield lambda some, reread: [pool.submit(prove_piece, piece, reread) for piece in some]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _here(pieces: list[Piece], reread: Reread | None) -> list[Future[Read]]:
    futures = []
    for piece in pieces:
        future: Future[Read] = Future()
        future.set_result(prove_piece(piece, reread))
        futures.append(future)
    return futures


def _begin() -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends the pool


def _collect(proof: Proof, pieces: list[Piece], futures: list[Future[Read]], told: Told) -> None:
    sizes = {future: piece.size for future, piece in zip(futures, pieces, strict=True)}
    whole, done, waiting = sum(sizes.values()), 0, 0
    left = set(futures)
    while left:
        finished, left = wait(left, return_when=FIRST_COMPLETED)
        for future in finished:
            done += sizes[future]
        told("WARC files", done, whole)
    for future in futures:  # in the order of the files, whichever process was first
        read = future.result()
        proof.findings += read.findings
        proof.checked["captures"] += read.captures
        waiting += read.waiting
    if waiting:
        proof.notes.append(f"{waiting} answers are recorded and not yet stored; the next start of the run stores them")
