"""The tables around an article: sections, documents, images, attachments, links and list entries."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.cdx import utc_text
from archive.identity import candidate_ids, hash_id
from archive.models import Capture, Link, ListItem
from archive.vietnamese import document_key

#: Bytes of a robots.txt that count (RFC 9309, 2.5).
ROBOTS_BYTES = 512 * 1024

_DOCUMENT = """
insert into documents (article_id, number, number_raw, number_key, type, issuer, signer, issued_on, issued_raw,
                       effective_on, effective_raw, abstract, status)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (article_id) do update set
  number = excluded.number, number_raw = excluded.number_raw, number_key = excluded.number_key, type = excluded.type,
  issuer = excluded.issuer, signer = excluded.signer, issued_on = excluded.issued_on, issued_raw = excluded.issued_raw,
  effective_on = excluded.effective_on, effective_raw = excluded.effective_raw, abstract = excluded.abstract,
  status = excluded.status
"""
_LIST_ITEM = """
insert into list_items (list_url, target_url, title, lead, date, seen_at, capture_id) values (?, ?, ?, ?, ?, ?, ?)
on conflict (list_url, target_url) do update set
  title = excluded.title, lead = excluded.lead, date = excluded.date, seen_at = excluded.seen_at,
  capture_id = excluded.capture_id
"""
_LIST_ITEMS_AT = """
select i.target_url, coalesce(i.seen_at, ''), coalesce(c.filename, ''), coalesce(c."offset", 0),
  coalesce(i.capture_id, 0)
from list_items i left join captures c on c.id = i.capture_id where i.list_url = ?
and i.target_url in (select value from json_each(?))
"""
_LATEST_FILE = """
select c.id, c.digest from readings r join captures c on c.id = r.capture_id
where r.canonical_url = ? and r.kind = 'file'
order by r.seen_at desc, c.filename desc, c."offset" desc, c.id desc limit 1
"""
_FILE_SEEN = "update attachments set capture_id = ?, digest = ? where url = ?"
_LINK_SOURCE = """
select s.own, s.seen_at, coalesce(c.filename, ''), coalesce(c."offset", 0), c.id
from link_sources s join captures c on c.id = s.capture_id where s.source_url = ?
"""
_SET_LINK_SOURCE = """
insert into link_sources (source_url, own, seen_at, capture_id) values (?, ?, ?, ?)
on conflict (source_url) do update set own = excluded.own, seen_at = excluded.seen_at, capture_id = excluded.capture_id
"""


ContentLinks = tuple[tuple[str, str | None, str], ...]
"""Address, text and kind of each link in a page's content."""

Entry = tuple[str, str | None, str | None, str | None]
"""Address, title, lead and date of an entry of a list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkSource:
    """A page in one capture, as the source of links and list entries."""

    url: str
    """Canonical address."""
    own: bool
    """The address asked for was the page's own."""
    order: tuple[str, str, int, int]
    """``Reading.order`` of the capture."""


def source_of(capture: Capture, capture_id: int, url: str, *, own: bool) -> LinkSource:
    """The page of that canonical address in a capture, as a source of links."""
    order = (utc_text(capture.fetched_at), capture.filename or "", capture.offset or 0, capture_id)
    return LinkSource(url=url, own=own, order=order)


def entries_of(items: Iterable[ListItem]) -> tuple[Entry, ...]:
    """The entries of a list."""
    return tuple((item.url, item.title, item.lead, item.date) for item in items)


def section_id(conn: sqlite3.Connection, portal: str, name: str | None) -> int | None:
    """The id of a portal's section, made when it is new; None for an article in no section."""
    if name is None:
        return None
    row = conn.execute("select id from sections where portal = ? and name = ?", (portal, name)).fetchone()
    if row:
        return int(row[0])
    for number in candidate_ids("section", portal, name):
        if conn.execute("select 1 from sections where id = ?", (number,)).fetchone() is None:
            conn.execute("insert into sections (id, portal, name) values (?, ?, ?)", (number, portal, name))
            return number
    raise AssertionError("unreachable: there is always another candidate")


def save_document(
    conn: sqlite3.Connection, article_id: int, document: Mapping[str, Any] | None, printed: Mapping[str, Any] | None
) -> None:
    """The article's document row says what its page says now; there is none when the page states no document.

    ``printed`` holds the raw fields.
    """
    if document is None or printed is None:
        conn.execute("delete from documents where article_id = ?", (article_id,))
        return
    d, raw = document, printed
    key = document_key(d["number"] or raw["number_raw"] or "") or None
    conn.execute(
        _DOCUMENT,
        (
            *(article_id, d["number"], raw["number_raw"], key, d["type"], d["issuer"], d["signer"], d["issued_on"]),
            *(raw["issued_raw"], d["effective_on"], raw["effective_raw"], d["abstract"], d["status"]),
        ),
    )


def save_images(conn: sqlite3.Connection, article_id: int, images: Sequence[Mapping[str, Any]]) -> None:
    """The article's images are the ones of its page, in order."""
    conn.execute("delete from images where article_id = ?", (article_id,))
    conn.executemany(
        "insert into images (id, article_id, position, url, caption, alt) values (?, ?, ?, ?, ?, ?)",
        [
            (hash_id("image", article_id, place), article_id, place, image["url"], image["caption"], image["alt"])
            for place, image in enumerate(images, 1)
        ],
    )


def save_attachments(conn: sqlite3.Connection, article_id: int, attachments: Sequence[Mapping[str, Any]]) -> None:
    """The article's attachments are the ones of its page, in order, each with the latest capture of its file."""
    conn.execute("delete from attachments where article_id = ?", (article_id,))
    conn.executemany(
        "insert into attachments (id, article_id, position, url, text, filename, filetype, capture_id, digest)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(hash_id("attachment", article_id, place), article_id, place),
                *(a["url"], a["text"], a["filename"], a["filetype"], *_latest_file(conn, a["url"])),
            )
            for place, a in enumerate(attachments, 1)
        ],
    )


def _latest_file(conn: sqlite3.Connection, url: str) -> tuple[int | None, str | None]:
    row = conn.execute(_LATEST_FILE, (url,)).fetchone()
    return (int(row[0]), row[1]) if row else (None, None)


def save_file(conn: sqlite3.Connection, url: str) -> None:
    """Every attachment with the file's canonical address points to its latest capture."""
    conn.execute(_FILE_SEEN, (*_latest_file(conn, url), url))


def save_robots(conn: sqlite3.Connection, capture: Capture, capture_id: int) -> None:
    """A robots.txt is kept when it differs from the host's one before: its text, or that there is none to obey.

    Server errors and redirects say nothing of the rules and leave no row.
    """
    if capture.status >= 500 or capture.status == 429 or 300 <= capture.status < 400:
        return
    host, seen_at = urlsplit(capture.url).netloc.lower(), utc_text(capture.fetched_at)
    text = capture.body[:ROBOTS_BYTES].decode("utf-8", "replace") if capture.status < 300 else None
    digest = hashlib.sha256(text.encode()).hexdigest() if text is not None else None
    row = conn.execute(
        "select digest from robots where host = ? and seen_at <= ? order by seen_at desc, id desc limit 1",
        (host, seen_at),
    ).fetchone()
    if row is None or row[0] != digest:
        conn.execute(
            "insert into robots (id, host, seen_at, statuscode, digest, text, capture_id) values (?, ?, ?, ?, ?, ?, ?)",
            (hash_id("robots", capture_id), host, seen_at, capture.status, digest, text, capture_id),
        )


def content_links(source_url: str, links: Sequence[Link]) -> ContentLinks:
    """The links in a page's content, to others than itself, each address once; navigation is not kept."""
    wanted: dict[str, tuple[str, str | None, str]] = {}
    for link in links:
        if link.in_content and link.url != source_url:
            wanted.setdefault(link.url, (link.url, link.text, link.kind))
    return tuple(wanted.values())


def save_links(conn: sqlite3.Connection, source: LinkSource, links: ContentLinks) -> None:
    """The content links of a page are those of its latest capture.

    A view of a page tells them only while the page itself was never read.
    """
    latest = conn.execute(_LINK_SOURCE, (source.url,)).fetchone()
    if latest is not None and (int(source.own), source.order) < (latest[0], latest[1:]):
        return
    conn.execute(_SET_LINK_SOURCE, (source.url, int(source.own), source.order[0], source.order[-1]))
    if latest is not None:
        rows = conn.execute("select target_url, text, kind from links where source_url = ?", (source.url,))
        if set(rows) == set(links):
            return
        conn.execute("delete from links where source_url = ?", (source.url,))
    conn.executemany(
        "insert into links (source_url, target_url, text, kind, in_content) values (?, ?, ?, ?, 1)",
        [(source.url, *link) for link in links],
    )


def forget_source(conn: sqlite3.Connection, capture_id: int, source_url: str) -> None:
    """What this capture told of the page's links and entries is gone; older captures may tell them again."""
    if conn.execute(
        "delete from link_sources where source_url = ? and capture_id = ?", (source_url, capture_id)
    ).rowcount:
        conn.execute("delete from links where source_url = ?", (source_url,))
    conn.execute("delete from list_items where list_url = ? and capture_id = ?", (source_url, capture_id))


def forget_capture(conn: sqlite3.Connection, capture_id: int) -> None:
    """Nothing is left of what this capture told of links and list entries."""
    for (source_url,) in conn.execute(
        "select source_url from link_sources where capture_id = ?", (capture_id,)
    ).fetchall():
        forget_source(conn, capture_id, source_url)
    conn.execute("delete from list_items where capture_id = ?", (capture_id,))


def save_listing(conn: sqlite3.Connection, source: LinkSource, items: Sequence[Entry], links: ContentLinks) -> None:
    """What the latest list says of its entries is kept, also of those that have left it since."""
    stamp = (source.order[0], source.order[-1])
    listed = json.dumps([item[0] for item in items])
    known = {target: tuple(order) for target, *order in conn.execute(_LIST_ITEMS_AT, (source.url, listed))}
    rows = [(source.url, *item, *stamp) for item in items if known.get(item[0], source.order) <= source.order]
    conn.executemany(_LIST_ITEM, rows)
    save_links(conn, source, links)
