"""The tables around an article: sections, documents, images, attachments, links and list entries."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from urllib.parse import urlsplit

from archive.cdx import surt, timestamp, utc_text
from archive.identity import candidate_ids, hash_id
from archive.models import Article, Attachment, Capture, Document, FileFound, Link, ListingFound
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
insert into list_items (list_url, target_url, title, lead, date) values (?, ?, ?, ?, ?)
on conflict (list_url, target_url) do update set title = excluded.title, lead = excluded.lead, date = excluded.date
where title is not excluded.title or lead is not excluded.lead or date is not excluded.date
"""
_LATEST_FILE = """
select id, digest from captures where urlkey = ? and outcome = 'file' order by timestamp desc, id desc limit 1
"""
_FILE_SEEN = """
update attachments set capture_id = :id, digest = :digest where url in (:asked, :canonical)
and not exists (select 1 from captures c where c.id = attachments.capture_id and c.timestamp > :timestamp)
"""


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


def save_document(conn: sqlite3.Connection, article_id: int, document: Document | None) -> None:
    """The article's document row says what its page says now; there is none when the page states no document."""
    if document is None:
        conn.execute("delete from documents where article_id = ?", (article_id,))
        return
    d = document
    key = document_key(d.number or d.number_raw or "") or None
    conn.execute(
        _DOCUMENT,
        (
            *(article_id, d.number, d.number_raw, key, d.type, d.issuer, d.signer, d.issued_on, d.issued_raw),
            *(d.effective_on, d.effective_raw, d.abstract, d.status),
        ),
    )


def save_images(conn: sqlite3.Connection, article_id: int, article: Article) -> None:
    """The article's images are the ones of its page, in order."""
    conn.execute("delete from images where article_id = ?", (article_id,))
    conn.executemany(
        "insert into images (id, article_id, position, url, caption, alt) values (?, ?, ?, ?, ?, ?)",
        [
            (hash_id("image", article_id, place), article_id, place, image.url, image.caption, image.alt)
            for place, image in enumerate(article.images, 1)
        ],
    )


def save_attachments(conn: sqlite3.Connection, article_id: int, article: Article) -> None:
    """The article's attachments are the ones of its page, in order, each with the latest capture of its file."""
    conn.execute("delete from attachments where article_id = ?", (article_id,))
    conn.executemany(
        "insert into attachments (id, article_id, position, url, text, filename, filetype, capture_id, digest)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(hash_id("attachment", article_id, place), article_id, place, a.url, a.text, a.filename, a.filetype),
                *_latest_file(conn, a),
            )
            for place, a in enumerate(article.attachments, 1)
        ],
    )


def _latest_file(conn: sqlite3.Connection, attachment: Attachment) -> tuple[int | None, str | None]:
    row = conn.execute(_LATEST_FILE, (surt(attachment.url),)).fetchone()
    return (int(row[0]), row[1]) if row else (None, None)


def save_file(conn: sqlite3.Connection, capture: Capture, capture_id: int, outcome: FileFound) -> None:
    """Every attachment with the file's address points to its latest capture."""
    conn.execute(
        _FILE_SEEN,
        {
            "id": capture_id,
            "digest": capture.digest,
            "asked": capture.url,
            "canonical": outcome.canonical_url or capture.url,
            "timestamp": timestamp(capture.fetched_at),
        },
    )


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


def save_links(conn: sqlite3.Connection, source_url: str, links: Sequence[Link]) -> None:
    """The content links of the page are the ones found now; navigation is not kept."""
    wanted: dict[str, tuple[str | None, str]] = {}
    for link in links:
        if link.in_content and link.url != source_url:
            wanted.setdefault(link.url, (link.text, link.kind))
    rows = conn.execute("select target_url, text, kind from links where source_url = ?", (source_url,))
    if {target: (text, kind) for target, text, kind in rows} == wanted:
        return
    conn.execute("delete from links where source_url = ?", (source_url,))
    conn.executemany(
        "insert into links (source_url, target_url, text, kind, in_content) values (?, ?, ?, ?, 1)",
        [(source_url, target, text, kind) for target, (text, kind) in wanted.items()],
    )


def save_listing(conn: sqlite3.Connection, capture: Capture, outcome: ListingFound) -> None:
    """What the list says of its entries is kept, also of those that have left it since."""
    list_url = outcome.canonical_url or capture.url
    conn.executemany(_LIST_ITEM, [(list_url, item.url, item.title, item.lead, item.date) for item in outcome.items])
    save_links(conn, list_url, outcome.links)
