"""Several archives as one: their captures united, and every article told anew from all of them.

What a merge holds depends on what the archives hold, never on their order, and merging one of them in again changes
nothing. Runs get new numbers, in the order in which they began.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import contents, timeline
from archive.database import open_readonly, pending_steps, warc_folder
from archive.errors import ArchiveError
from archive.search import refresh
from archive.store import Archive
from archive.warc.gather import Way, gather

PART = ".part"
#: Articles told anew in one transaction.
BATCH = 200
_RUN_KEY = ("started_at", "portal", "kind", "profile_digest", "extractor_version", "ended_at", "counts")
_SAME = ("original", "timestamp", "digest", "method", "length")
_READ = ("outcome", "reason", "layout", "fingerprint")
_CAPTURES = "select c.* from captures c order by c.id"
_READINGS = """
select r.*, s.extractor_version, s.profile, s.profile_digest from readings r join rules s on s.id = r.rules_id
"""
_ORDERED = """coalesce(c.filename, ''), coalesce(c."offset", 0), coalesce(c.id, 0)"""
_SOURCES = f"select s.*, {_ORDERED} from link_sources s left join captures c on c.id = s.capture_id"
_ITEMS = f"select i.*, {_ORDERED} from list_items i left join captures c on c.id = i.capture_id"


#: A host's rules that are those of the row before: only the first of equal ones is kept.
_ROBOTS_AGAIN = """
delete from robots where id in (
  select id from (select id, digest, statuscode, lag(digest) over w as before, row_number() over w as place from robots
                  window w as (partition by host order by seen_at, id))
  where place > 1 and digest is before)
"""


class MergeError(ArchiveError):
    """The archives cannot be merged; nothing was changed."""


@dataclass(kw_only=True)
class Merged:
    """What the merge holds."""

    captures: int = 0
    articles: int = 0
    runs: int = 0
    files: int = 0
    absent: list[str] = field(default_factory=list)
    """WARC files that captures name and no archive has."""
    buried: int = 0
    """Captures left out because an archive took their page down."""


def merge(
    sources: Sequence[Path],
    target: Path,
    *,
    way: Way = "link",
    told: Callable[[int, int], None] = lambda done, whole: None,
) -> Merged:
    """The archive at ``target`` holds everything of the sources. The caller holds its lock.

    It is made beside its place and renamed; an interrupted merge is begun again. Raises MergeError when the target
    exists or two archives file different records under one name, DatabaseError for a source that cannot be read.
    """
    if target.exists():
        raise MergeError(f"{target} exists; a merge makes a new archive, name one that does not exist yet")
    for source in sources:
        if steps := pending_steps(source):
            raise MergeError(f"{source} is of an older release ({steps[0]}); run first: portal-archive migrate")
    part = target.with_name(target.name + PART)
    for left in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
        left.unlink(missing_ok=True)
    merged = Merged()
    with Archive.open(part, create=True) as archive, ExitStack() as stack:
        read = [stack.enter_context(open_readonly(source)) for source in sources]
        names = _fill(archive, read, merged)
        folders = [warc_folder(source) for source in sources]
        merged.files, merged.absent = gather(names, folders, warc_folder(target), way)
        _tell(archive, read, told)
        refresh(archive.db)
        merged.articles = archive.conn.execute("select count(*) from articles").fetchone()[0]
        archive.conn.execute("pragma wal_checkpoint(truncate)")
    part.rename(target)
    return merged


def _fill(archive: Archive, read: list[sqlite3.Connection], merged: Merged) -> list[str]:
    """Everything but articles is there; the names of WARC files that captures are filed under."""
    conn = archive.conn
    with archive.transaction():
        conn.execute("pragma defer_foreign_keys = on")
        numbers = _runs(conn, read)
        merged.runs = len({n for mapped in numbers for n in mapped.values()})
        _union(conn, read, "tombstones", ("url",), lambda row: row["forgotten_at"], least=True)
        buried = {row[0] for row in conn.execute("select url from tombstones")}
        _union(conn, read, "rules", ("id",), lambda row: row["id"])
        merged.buried = _captures(conn, read, numbers, buried)
        merged.captures = conn.execute("select count(*) from captures").fetchone()[0]
        _links(conn, read, buried)
        _own(conn, read, numbers)
        conn.execute("delete from rules where id not in (select rules_id from readings)")
        query = "select distinct filename from captures where filename is not null order by 1"
        names = [row[0] for row in conn.execute(query)]
        known = set(names)
        for source, mapped in zip(read, numbers, strict=True):
            ends = ({**row, "run_id": mapped[row["run_id"]]} for row in _rows(source, "select * from run_ends"))
            # A file that tells of a run alone stays where it is: the merge has numbers of its own for runs.
            _insert(conn, "run_ends", (row for row in ends if row["filename"] in known))
        return names


def _rows(conn: sqlite3.Connection, sql: str) -> Iterator[dict[str, Any]]:
    cursor = conn.cursor()
    cursor.row_factory = None
    cursor.execute(sql)
    names = [column[0] for column in cursor.description]
    yield from (dict(zip(names, row, strict=True)) for row in cursor)


def _insert(conn: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        conn.execute(
            f"insert or replace into {table} ({names}) values ({', '.join('?' * len(row))})", tuple(row.values())
        )


def _runs(conn: sqlite3.Connection, read: list[sqlite3.Connection]) -> list[dict[int, int]]:
    """For every source: its run numbers -> the merge's."""
    known: dict[tuple[str, ...], dict[str, Any]] = {}
    keys: list[dict[int, tuple[str, ...]]] = []
    for source in read:
        own = {}
        for row in _rows(source, "select * from runs"):
            key = tuple(str(row[name]) for name in _RUN_KEY)
            known.setdefault(key, row)
            own[row["id"]] = key
        keys.append(own)
    number = {key: place for place, key in enumerate(sorted(known), 1)}
    _insert(conn, "runs", ({**row, "id": number[key]} for key, row in known.items()))
    return [{old: number[key] for old, key in own.items()} for own in keys]


def _captures(
    conn: sqlite3.Connection, read: list[sqlite3.Connection], numbers: list[dict[int, int]], buried: set[str]
) -> int:
    """Captures with what they say; one that several archives read otherwise as the later rules read it."""
    left_out: set[int] = set()
    chosen: dict[int, tuple[Any, ...]] = {}
    for source, mapped in zip(read, numbers, strict=True):
        says = {row["capture_id"]: row for row in _rows(source, _READINGS)}
        for row in _rows(source, _CAPTURES):
            reading = says.get(row["id"])
            if (reading["canonical_url"] if reading else row["original"]) in buried or row["outcome"] == "forgotten":
                left_out.add(row["id"])
                continue
            rank = _rank(row, reading)
            if row["id"] in chosen:
                _check(conn, row)
                if rank <= chosen[row["id"]]:
                    continue
            chosen[row["id"]] = rank
            _insert(conn, "captures", [{**row, "run_id": mapped.get(row["run_id"])}])
            conn.execute("delete from readings where capture_id = ?", (row["id"],))
            if reading is not None:
                names = [n for n in reading if n not in ("extractor_version", "profile", "profile_digest")]
                _insert(conn, "readings", [{name: reading[name] for name in names}])
        _contents(conn, source)
    return len(left_out)


def _rank(row: dict[str, Any], reading: dict[str, Any] | None) -> tuple[Any, ...]:
    """Which of two readings of one capture counts: a later extractor's, else any, but always the same."""
    version = str(reading["extractor_version"]) if reading else ""
    told = tuple(str(row[name]) for name in _READ)
    said = tuple(str(value) for value in reading.values()) if reading else ()
    return (int(version) if version.isdigit() else -1, version, told, said)


def _check(conn: sqlite3.Connection, row: dict[str, Any]) -> None:
    """One id is one record."""
    query = f"select {', '.join(_SAME)} from captures where id = ?"
    if conn.execute(query, (row["id"],)).fetchone() != tuple(row[name] for name in _SAME):
        raise MergeError(f"two archives file different records under {row['filename']} at {row['offset']}; rename one")


def _contents(conn: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """All that the source's readings show, also what its articles stand with."""
    _insert(conn, "contents", _rows(source, "select * from contents"))
    plain = source.cursor()
    plain.row_factory = None
    for (number,) in plain.execute("select id from articles"):
        contents.keep(conn, [contents.present_content(source, number)])


def _links(conn: sqlite3.Connection, read: list[sqlite3.Connection], buried: set[str]) -> None:
    """The links of every page as its latest capture tells them, and the entries of every list."""
    best: dict[str, tuple[tuple[Any, ...], int, dict[str, Any]]] = {}
    items: dict[tuple[str, str], tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for place, source in enumerate(read):
        for row in _rows(source, _SOURCES):
            *values, filename, offset, number = row.values()
            stamp = (row["own"], row["seen_at"], filename, offset, number)
            if row["source_url"] not in best or stamp > best[row["source_url"]][0]:
                best[row["source_url"]] = (stamp, place, dict(zip(row, values, strict=False)))
        for row in _rows(source, _ITEMS):
            *values, filename, offset, number = row.values()
            key = (row["list_url"], row["target_url"])
            rank = (row["seen_at"] or "", filename, offset, number, str(row["title"]))
            if key not in items or rank > items[key][0]:
                items[key] = (rank, dict(zip(row, values, strict=False)))
    _insert(conn, "link_sources", (row for url, (_, _, row) in best.items() if url not in buried))
    _insert(conn, "list_items", (row for (_, target), (_, row) in items.items() if target not in buried))
    for place, source in enumerate(read):
        for row in _rows(source, "select * from links"):
            if row["source_url"] in buried or best.get(row["source_url"], ((), place, {}))[1] != place:
                continue
            _insert(conn, "links", [{**row, "text": None if row["target_url"] in buried else row["text"]}])


def _own(conn: sqlite3.Connection, read: list[sqlite3.Connection], numbers: list[dict[int, int]]) -> None:
    """What the crawler keeps for itself: of every address the latest word."""
    _union(conn, read, "robots", ("id",), lambda row: row["seen_at"])
    conn.execute(_ROBOTS_AGAIN)
    for table, stamp in (("frontier", "last_visit_at"), ("failures", "last_failed_at")):
        best: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {}
        for source, mapped in zip(read, numbers, strict=True):
            for row in _rows(source, f"select * from {table}"):
                row = {**row, "run_id": mapped.get(row["run_id"])}
                rank = (str(row[stamp] or ""), *(str(row[name]) for name in sorted(row) if name != "id"))
                if row["key"] not in best or rank > best[row["key"]][0]:
                    best[row["key"]] = (rank, row)
        _insert(conn, table, ({k: v for k, v in best[key][1].items() if k != "id"} for key in sorted(best)))


def _union(
    conn: sqlite3.Connection,
    read: list[sqlite3.Connection],
    table: str,
    key: tuple[str, ...],
    stamp: Callable[[dict[str, Any]], Any],
    *,
    least: bool = False,
) -> None:
    """All rows of a table; of two with one key the later, or with ``least`` the earlier."""
    best: dict[tuple[Any, ...], tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for source in read:
        for row in _rows(source, f"select * from {table}"):
            own = tuple(row[name] for name in key)
            rank = (stamp(row), *map(str, row.values()))
            if own not in best or (rank < best[own][0] if least else rank > best[own][0]):
                best[own] = (rank, row)
    _insert(conn, table, (row for _, row in best.values()))


def _tell(archive: Archive, read: list[sqlite3.Connection], told: Callable[[int, int], None]) -> None:
    """Every article from its readings, then what rests on several of them."""
    conn = archive.conn
    urls = [r[0] for r in conn.execute("select distinct canonical_url from readings where kind = 'shown' order by 1")]
    for start in range(0, len(urls), BATCH):
        with archive.transaction():
            for url in urls[start : start + BATCH]:
                if conn.execute("select 1 from article_urls where canonical_url = ?", (url,)).fetchone() is None:
                    timeline.retell(conn, [url])
        told(min(start + BATCH, len(urls)), len(urls))
    blocked = (
        "select u.canonical_url from articles a join article_urls u on u.article_id = a.id where a.status = 'blocked'"
    )
    down = sorted({row[0] for source in read for row in source.execute(blocked)})
    portals = [row[0] for row in conn.execute("select distinct portal from runs order by 1")]
    with archive.transaction():
        for url in down:
            conn.execute(
                "update articles set status = 'blocked' where id = (select article_id from article_urls"
                " where canonical_url = ?)",
                (url,),
            )
        # What was judged before all articles were there is judged again.
        judged = "select distinct u.canonical_url from absences b join article_urls u on u.article_id = b.article_id"
        timeline.retell(conn, [*down, *(row[0] for row in conn.execute(judged).fetchall())])
        for portal in portals:
            timeline.recheck(conn, portal)
        shown = "select content_id from readings where content_id is not null"
        present = "select r.content_id from articles a join readings r on r.capture_id = a.capture_id"
        conn.execute(f"delete from contents where id not in ({shown}) or id in ({present})")
