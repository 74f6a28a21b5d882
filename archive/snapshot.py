"""A copy for readers: what was found and nothing of the finding, compact, never seen half-made.

A snapshot is made from one moment of the archive while a crawl goes on writing it, and appears by a rename. It has the
archive's schema, so that every reader of an archive reads it: search, show, sql, serve, Datasette.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from archive.backup import sync
from archive.cdx import timestamp, utc_text
from archive.database import OLDER, open_readonly, sqlite_errors, steps_of
from archive.errors import DatabaseError
from archive.index import TABLES, optimize, refresh
from archive.migrations import APPLICATION_ID

#: Tables that stay empty in a snapshot: the crawler's own, and what tells of the machine.
LEFT_OUT = ("frontier", "failures", "search_queue", "file_queue", "repairs", "hosts")
_QUEUES = ("search_queue", "file_queue")
#: Snapshots that stay in a folder.
KEEP = 3
#: Ends the name of the link to the latest one.
LATEST = "-latest"
_PART = ".part"
_SHADOWS = (*(f"{table}_" for table in TABLES), "sqlite_")
_WORK = ".work"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A snapshot's manifest."""

    file: str
    """Name of the database, in the manifest's folder."""
    sha256: str
    bytes: int
    made_at: str
    """ISO 8601 in UTC."""
    newest_capture: str | None
    """Timestamp of the latest answer it knows of."""
    counts: dict[str, int]
    """Table -> rows."""


Told = Callable[[str, int, int], None]


def publish(
    path: Path,
    target: Path,
    now: datetime,
    *,
    keep: int = KEEP,
    told: Told = lambda step, done, whole: None,
) -> Snapshot:
    """Publish a snapshot of the archive at ``path``; a crawl may go on.

    A ``target`` that ends in ``.db`` is replaced. Otherwise it is a folder: the snapshot is named by its moment, the
    link ``NAME-latest.db`` leads to it, and the ``keep`` latest ones stay. The manifest stands beside it, ``.json``
    instead of ``.db``. Raises DatabaseError or OSError, and then nothing that readers see has changed.
    """
    in_folder = target.suffix != ".db"
    folder = target if in_folder else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{path.stem}-{timestamp(now)}.db" if in_folder else target.name
    with _alone(folder, path.stem):
        work, part = folder / f".{name}{_WORK}", folder / f".{name}{_PART}"
        try:
            with sqlite_errors(work):
                counts, newest = _copy(path, work, told)
                _pack(work, part, counts, told)
            part.chmod(0o444)
            sync(part)
            made = Snapshot(
                file=name,
                sha256=_sha256(part),
                bytes=part.stat().st_size,
                made_at=utc_text(now),
                newest_capture=newest,
                counts=counts,
            )
            _appear(folder, part, made, latest=f"{path.stem}{LATEST}.db" if in_folder else None)
        finally:
            for left in (work, part, work.with_name(work.name + "-journal")):
                left.unlink(missing_ok=True)
        if in_folder:
            _thin(folder, path.stem, keep)
    return made


def read_manifest(snapshot: Path) -> Snapshot:
    """The manifest beside a snapshot. Raises DatabaseError when there is none or it cannot be read."""
    place = snapshot.resolve().with_suffix(".json")
    try:
        return Snapshot(**json.loads(place.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DatabaseError(f"{place} is no manifest of a snapshot; publish it again") from error


def is_snapshot(path: Path) -> bool:
    """Is the file one that nobody writes: a snapshot, or a copy made as one? A live archive has a write-ahead log."""
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x01\x01" and not path.with_name(path.name + "-wal").exists()


def _copy(path: Path, work: Path, told: Told) -> tuple[dict[str, int], str | None]:
    with open_readonly(path) as source:
        if steps_of(source):
            raise DatabaseError(f"{path} {OLDER}")
    work.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{quote(str(work.absolute()))}", uri=True, isolation_level=None)) as conn:
        conn.execute("pragma journal_mode = off")
        conn.execute("pragma synchronous = off")
        conn.execute(f"pragma application_id = {APPLICATION_ID}")
        conn.execute("attach database ? as live", (f"file:{quote(str(path.absolute()))}?mode=ro",))
        conn.execute("begin")  # one moment of the archive, however long the copying takes
        schema = _schema(conn)
        counts: dict[str, int] = {}
        for number, (name, kind, sql) in enumerate(schema):
            told("snapshot", number, len(schema) + 3)
            if kind == "table":
                conn.execute(sql)
                counts[name] = _fill(conn, name, sql)
        for _, kind, sql in schema:
            if kind != "table":
                conn.execute(sql)
        (newest,) = conn.execute("select max(timestamp) from captures").fetchone()
        conn.execute("commit")
    return counts, newest


def _schema(conn: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = conn.execute("select name, type, sql from live.sqlite_master where sql is not null order by rowid")
    return [row for row in rows.fetchall() if not row[0].startswith(_SHADOWS)]


def _fill(conn: sqlite3.Connection, name: str, sql: str) -> int:
    """Copy a table's rows; how many. The index is copied as it stands, and so is the queue of what it lacks."""
    if "using fts5" in sql:
        shadows = "select name from live.sqlite_master where type = 'table' and name glob ?"
        for (shadow,) in conn.execute(shadows, (f"{name}_*",)).fetchall():
            conn.execute(f'delete from main."{shadow}"')
            conn.execute(f'insert into main."{shadow}" select * from live."{shadow}"')
        return 0  # counted when what waits is in it
    if name in LEFT_OUT and name not in _QUEUES:
        return 0
    columns = ", ".join(f'"{row[1]}"' for row in conn.execute(f'pragma live.table_xinfo("{name}")') if row[6] == 0)
    keyed = "without rowid" in sql.lower()
    order = "" if keyed else " order by _rowid_"
    return int(
        conn.execute(f'insert into main."{name}" ({columns}) select {columns} from live."{name}"{order}').rowcount
    )


def _count(conn: sqlite3.Connection, name: str) -> int:
    """Rows of a table; of an index, its entries."""
    table = f"{name}_docsize" if name in TABLES else name
    return int(conn.execute(f'select count(*) from "{table}"').fetchone()[0])


def _pack(work: Path, part: Path, counts: dict[str, int], told: Told) -> None:
    """What waits is indexed; then everything is written anew without a gap, and read once more."""
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(work, isolation_level=None)) as conn:
        told("snapshot: search index", 1, 3)
        refresh(conn)
        for name in [name for name in counts if name in TABLES or name in _QUEUES or name.startswith("search_")]:
            counts[name] = _count(conn, name)
        optimize(conn)
        conn.execute("analyze")
        told("snapshot: packing", 2, 3)
        conn.execute("vacuum into ?", (str(part),))
    with closing(sqlite3.connect(part, isolation_level=None)) as conn:
        conn.execute("pragma journal_mode = delete")
        said = conn.execute("pragma quick_check(1)").fetchone()[0]
        held = {name: _count(conn, name) for name in counts}
    if said != "ok" or held != counts:
        raise DatabaseError(f"{part} is not a whole copy ({said}); prove the archive with: portal-archive verify")


def _appear(folder: Path, part: Path, made: Snapshot, *, latest: str | None) -> None:
    manifest = folder / f".{made.file}.json{_PART}"
    manifest.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1) + "\n", "utf-8")
    place = folder / made.file
    if latest is None:
        part.rename(place)
        manifest.rename(place.with_suffix(".json"))
    else:
        manifest.rename(place.with_suffix(".json"))
        part.rename(place)
        link = folder / f".{latest}{_PART}"
        link.unlink(missing_ok=True)
        link.symlink_to(made.file)
        link.rename(folder / latest)
    sync(place)


def _thin(folder: Path, stem: str, keep: int) -> None:
    """Older snapshots go; whoever reads one has it open and reads on."""
    named = sorted(folder.glob(f"{stem}-{'[0-9]' * 14}.db"))
    for old in named[: max(0, len(named) - keep)]:
        old.unlink()
        old.with_suffix(".json").unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path, stem: str) -> Iterator[None]:
    """One snapshot at a time; what a killed one left is taken away."""
    with (folder / f".{stem}.snapshot.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseError(f"another snapshot is being published in {folder}; wait for it") from error
        for left in folder.glob(".*"):
            if left.name.endswith((_PART, _WORK, f"{_WORK}-journal")):
                left.unlink()
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
