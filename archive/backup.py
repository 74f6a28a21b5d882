"""A copy of the database made before its rows or its shape are changed, and proved to be one."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from archive.errors import DatabaseError

#: Ends the name of a copy that is not complete yet.
PART = ".part"
SUFFIX = ".backup"


def back_up(path: Path, label: str, *, sound: bool = True) -> Path:
    """Copy the database at ``path`` beside it, as ``NAME.before-LABEL.backup``, and return where the copy stands.

    What is committed is copied, also what stands in the write-ahead log, while others read and write. The copy appears
    under its name only when it is complete, on the disk and readable; with ``sound`` also when SQLite finds it sound
    (a copy made before a repair need not be). An equal copy that is there already is kept, a different one is never
    overwritten. Raises DatabaseError when the copy is not sound, sqlite3.Error or OSError when it cannot be made.
    """
    part = path.with_name(f"{path.name}.before-{label}{SUFFIX}{PART}")
    part.unlink(missing_ok=True)
    try:
        copy_database(path, part)
        _prove(path, part, sound=sound)
        return _named(path, label, part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def copy_database(path: Path, target: Path) -> None:
    """Every committed page of the database, in one file without a log of its own, on the disk."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode = delete")
    sync(target)


def backups(path: Path) -> list[Path]:
    """Copies of the database that stand beside it."""
    return sorted(path.parent.glob(f"{path.name}.before-*{SUFFIX}"))


def sync(path: Path) -> None:
    """The file, and the folder's entry of it, are on the disk."""
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prove(path: Path, part: Path, *, sound: bool) -> None:
    with closing(sqlite3.connect(part)) as copy:
        said = copy.execute("pragma quick_check(1)").fetchone()[0] if sound else "ok"
        copy.execute("select count(*) from sqlite_master").fetchone()
    if said != "ok":
        raise DatabaseError(f"{path} is damaged ({said.splitlines()[-1]}); run: portal-archive verify --archive {path}")


def _named(path: Path, label: str, part: Path) -> Path:
    digest = _sha256(part)
    for target in _names(path, label):
        if not target.exists():
            part.rename(target)
            sync(target)
            return target
        if _sha256(target) == digest:
            part.unlink()
            return target
    raise AssertionError("unreachable: there is always another name")


def _names(path: Path, label: str) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.before-{label}{SUFFIX}")
    for number in count(2):
        yield path.with_name(f"{path.name}.before-{label}-{number}{SUFFIX}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
