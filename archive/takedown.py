"""A page taken down: its texts and records are gone from the archive, and a tombstone says what, when and why.

The tombstone comes first, so that nothing of the page is stored from then on, whatever interrupts the rest; doing it
again finishes what was interrupted. Nothing else ever deletes from an archive.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import index
from archive.articles import find_article
from archive.cdx import surt, utc_text
from archive.errors import QueryError
from archive.models import Capture, Link, ListingFound, Outcome, Rejected
from archive.warc import Note, drop, dropped
from archive.warc.record import OPEN

#: Outcome of a capture that was recorded although its page was taken down before; its record is dropped later.
FORGOTTEN = "forgotten"

_RECORD = ("filename", "offset", "length", "timestamp", "digest", "run_id")
_PLACES = "select id, " + ", ".join(f'"{name}"' for name in _RECORD) + " from captures where "
#: Captures that another article was read from are its own, whatever their address.
_UNCLAIMED = """
and id not in (select capture_id from articles where id is not :article)
and id not in (select capture_id from article_versions where article_id is not :article)
"""
_OF_URL = f"{_PLACES} urlkey = :key {_UNCLAIMED}"
#: Views of the same page (for print, in a dialog): the address with a query, showing no other article.
_VIEWS = (
    f"{_PLACES} urlkey >= :key || '?' and urlkey < :key || '@' and outcome in ('article', 'forgotten') {_UNCLAIMED}"
)
_OWN = f"""
{_PLACES} id in (select capture_id from article_versions where article_id = :article
union select capture_id from articles where id = :article)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What a takedown is about."""

    urls: tuple[str, ...]
    """Canonical addresses."""
    article_id: int | None
    title: str | None
    digests: tuple[str, ...]
    """Content digests of its versions."""
    captures: dict[int, dict[str, Any]]
    """Capture id -> where its record stands."""


def find_page(conn: sqlite3.Connection, url: str) -> Page:
    """The article of that canonical address with all its addresses and captures, or a file or other page.

    Raises QueryError when the archive knows nothing of the address.
    """
    standing = find_article(conn, url)
    article_id = standing.id if standing else None
    query = "select canonical_url from article_urls where article_id = ? order by first_seen_at, canonical_url"
    urls = [row[0] for row in conn.execute(query, (article_id,))] or [url]
    captures = dict(_captures(conn, urls, article_id))
    known = conn.execute("select 1 from tombstones where url = ?", (url,)).fetchone()
    if not captures and article_id is None and known is None:
        raise QueryError(f"the archive knows nothing of {url}; give the address as `show` or `sql` tells it")
    title = conn.execute("select title from articles where id = ?", (article_id,)).fetchone()
    digests = conn.execute(
        "select distinct content_digest from article_versions where article_id = ? order by 1", (article_id,)
    )
    return Page(
        urls=tuple(urls),
        article_id=article_id,
        title=title[0] if title else None,
        digests=tuple(row[0] for row in digests.fetchall()),
        captures=captures,
    )


def forget(conn: sqlite3.Connection, folder: Path, page: Page, reason: str, now: datetime) -> int:
    """Take the page down; how many WARC records were dropped. The caller holds the archive's lock.

    Raises WarcError when a WARC file cannot be written; the tombstone stands then, and doing it again goes on.
    """
    conn.execute("pragma secure_delete = on")
    with _transaction(conn):
        for url in page.urls:
            _bury(conn, url, page, reason, utc_text(now))
        if page.article_id is not None:
            _unlink_article(conn, page.article_id)
        _delete_captures(conn, page.captures)
        conn.execute(_UNLINKED_TEXTS)
        for url in page.urls:
            _clear_mentions(conn, url)
        index.refresh(conn)
    index.optimize(conn)
    count = drop_records(conn, folder, page.urls)
    with suppress(sqlite3.OperationalError):  # a reader may hold the log; it is written back later
        conn.execute("pragma wal_checkpoint(truncate)")
    return count


def sweep(conn: sqlite3.Connection, folder: Path, run_id: int) -> int:
    """Records of pages taken down that a run has recorded anew are dropped; how many."""
    query = "select original from captures where run_id = ? and outcome = ?"
    keys = {surt(row[0]).partition("?")[0] for row in conn.execute(query, (run_id, FORGOTTEN))}
    if not keys:
        return 0
    urls = [url for url in tombstones(conn) if surt(url).partition("?")[0] in keys]
    count = 0
    for url in urls:
        (reason, at) = conn.execute("select reason, forgotten_at from tombstones where url = ?", (url,)).fetchone()
        page = find_page(conn, url)
        with _transaction(conn):
            _bury(conn, url, page, reason, at)
            _delete_captures(conn, page.captures)
        count += drop_records(conn, folder, (url,))
    return count


def drop_records(conn: sqlite3.Connection, folder: Path, urls: Iterable[str]) -> int:
    """The records their tombstones list are in no WARC file any more; how many were."""
    notes: dict[str, dict[int, Note]] = defaultdict(dict)
    for url in urls:
        query = "select reason, forgotten_at, records from tombstones where url = ?"
        reason, at, records = conn.execute(query, (url,)).fetchone()
        for record in json.loads(records):
            note = Note(url=url, reason=reason, at=at, digest=record["digest"])
            notes[record["filename"]][record["offset"]] = note
    count = 0
    for filename, places in sorted(notes.items()):
        path = folder / filename
        path = path if path.exists() else path.with_name(path.name + OPEN)
        if path.exists():
            count += drop(path, places)
    return count


def restore_tombstones(conn: sqlite3.Connection, files: Iterable[tuple[str, Path]]) -> int:
    """Tombstones that the notes in WARC files tell of are in the table again; how many. For a database made anew.

    ``files`` are names as captures have them and where they stand.
    """
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    told: dict[str, Note] = {}
    for filename, path in files:
        for offset, note in dropped(path):
            told.setdefault(note.url, note)
            record = {"filename": filename, "offset": offset, "digest": note.digest}
            found[note.url].append({**dict.fromkeys(_RECORD), **record})
    for url, note in told.items():
        conn.execute(
            "insert or ignore into tombstones (url, forgotten_at, reason, content_digests, records)"
            " values (?, ?, ?, '[]', ?)",
            (url, note.at, note.reason, json.dumps(found[url])),
        )
    return len(told)


def tombstones(conn: sqlite3.Connection) -> frozenset[str]:
    """Canonical addresses of which nothing is stored."""
    return frozenset(row[0] for row in conn.execute("select url from tombstones"))


def admitted(capture: Capture, outcome: Outcome, buried: frozenset[str]) -> Outcome:
    """The outcome without anything of what was taken down: another one, or what lists and links say of it left out."""
    if not buried:
        return outcome
    canonical = outcome.canonical_url or capture.url
    if capture.method == "GET" and (canonical in buried or capture.url in buried):
        return Rejected(reason="forgotten", canonical_url=canonical, detail="it was taken down from this archive")
    if any(link.url in buried for link in outcome.links):
        outcome = replace(outcome, links=tuple(_mute(link, buried) for link in outcome.links))
    if isinstance(outcome, ListingFound):
        outcome = replace(outcome, items=tuple(item for item in outcome.items if item.url not in buried))
    return outcome


def _mute(link: Link, buried: frozenset[str]) -> Link:
    return replace(link, text=None) if link.url in buried else link


def _captures(
    conn: sqlite3.Connection, urls: list[str], article_id: int | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    rows: list[tuple[Any, ...]] = conn.execute(_OWN, {"article": article_id}).fetchall()
    for url in urls:
        key = surt(url)
        known = {"key": key, "article": article_id}
        rows += conn.execute(_OF_URL, known).fetchall()
        if "?" not in key:
            rows += conn.execute(_VIEWS, known).fetchall()
    for number, *place in rows:
        yield number, dict(zip(_RECORD, place, strict=True))


def _bury(conn: sqlite3.Connection, url: str, page: Page, reason: str, at: str) -> None:
    """The tombstone stands; one that stood before keeps its day and reason and learns of further records."""
    before = conn.execute("select content_digests, records from tombstones where url = ?", (url,)).fetchone()
    digests, records = (json.loads(before[0]), json.loads(before[1])) if before else ([], [])
    known = {(record["filename"], record["offset"]) for record in records}
    if url == page.urls[0]:  # the records of a page with several addresses are listed once
        places = (place for place in page.captures.values() if place["filename"] is not None)
        records += [place for place in places if (place["filename"], place["offset"]) not in known]
    conn.execute(
        "insert into tombstones (url, forgotten_at, reason, article_id, content_digests, records)"
        " values (?, ?, ?, ?, ?, ?) on conflict (url) do update set content_digests = excluded.content_digests,"
        " records = excluded.records, article_id = coalesce(article_id, excluded.article_id)",
        (url, at, reason, page.article_id, json.dumps(sorted({*digests, *page.digests})), json.dumps(records)),
    )


# Triggers have the index forget them.
_UNLINKED_TEXTS = "delete from file_texts where digest not in (select digest from attachments where digest is not null)"


def _unlink_article(conn: sqlite3.Connection, article_id: int) -> None:
    row = conn.execute(f"select {', '.join(index.INDEXED)} from articles where id = ?", (article_id,)).fetchone()
    waiting = conn.execute("select indexed from search_queue where article_id = ?", (article_id,)).fetchone()
    texts = waiting[0] if waiting else json.dumps(dict(zip(index.INDEXED, (text or "" for text in row), strict=True)))
    conn.execute("delete from search_queue where article_id = ?", (article_id,))
    if texts is not None:
        index.forget(conn, article_id, json.loads(texts))
    tables = ("article_changes", "article_versions", "documents", "attachments", "images", "absences", "article_urls")
    for table in tables:
        conn.execute(f"delete from {table} where article_id = ?", (article_id,))
    conn.execute("delete from articles where id = ?", (article_id,))


def _delete_captures(conn: sqlite3.Connection, captures: Iterable[int]) -> None:
    for number in captures:
        conn.execute("update attachments set capture_id = null, digest = null where capture_id = ?", (number,))
        conn.execute("update article_changes set capture_id = null where capture_id = ?", (number,))
        shown = "select content_id from readings where capture_id = ? and content_id is not null"
        conn.execute(f"delete from contents where id in ({shown})", (number,))
        for table in ("readings", "link_sources", "list_items"):
            conn.execute(f"delete from {table} where capture_id = ?", (number,))
        conn.execute("delete from captures where id = ?", (number,))


def _clear_mentions(conn: sqlite3.Connection, url: str) -> None:
    """What other pages say of it: headlines in lists, words of links; and its row of the frontier."""
    conn.execute("delete from links where source_url = ?", (url,))
    conn.execute("update links set text = null where target_url = ?", (url,))
    conn.execute("delete from list_items where target_url = ?", (url,))
    conn.execute("delete from failures where key = 'GET ' || ?", (url,))
    conn.execute(
        "update frontier set state = 'refused', outcome = ?, body = null, etag = null, last_modified = null,"
        " digest = null, next_visit_at = null where key = 'GET ' || ? or url = ?",
        (FORGOTTEN, url, url),
    )


@contextmanager
def _transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; part of the caller's transaction when there is one."""
    if conn.in_transaction:
        yield
        return
    conn.execute("begin immediate")
    try:
        yield
        conn.execute("commit")
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback")
        raise
