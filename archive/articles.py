"""Rows of ``articles``: the latest good version of each, and every address it was found under.

Everything here takes readings in the order of their capture times; ``archive.timeline`` sees to that.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from archive import contents, history, parts
from archive.cdx import surt
from archive.contents import Content
from archive.entries import NUMBER
from archive.history import Sighting
from archive.identity import candidate_ids
from archive.index import INDEXED
from archive.readings import Reading, same_item

_STANDING = """
select a.id, a.url, a.canonical_url, a.portal, a.status, a.missing_since, a.first_seen_at, a.last_seen_at, a.capture_id,
  p.content_id, p.rules_id, p.page_list_id, p.page_item_id
from articles a left join readings p on p.capture_id = a.capture_id
"""
_BY_URL = f"{_STANDING} join article_urls u on u.article_id = a.id where u.canonical_url = ?"
_BY_ID = f"{_STANDING} where a.id = ?"
_VERSIONED_COLUMNS = ("section", "title", "lead", "body_text", "author", "source", "published_at", "updated_at")
_ROW = (
    *("url", "canonical_url", "portal", *_VERSIONED_COLUMNS, *contents.QUIET, "section_id", "word_count"),
    *("content_digest", "last_seen_at", "status", "extractor_version", "profile", "layout", "evidence"),
    *("page_list_id", "page_item_id", "capture_id"),
)
_FOUND = "missing_since = null, missing_visits = 0, removed_at = null, removal_evidence = null"
_INSERT = f"""
insert into articles (id, rowid, first_seen_at, {", ".join(_ROW)})
values (?1, {NUMBER.format(id="?1")}, {", ".join(f"?{n}" for n in range(2, len(_ROW) + 3))})
"""
_UPDATE = f"update articles set {_FOUND}, {', '.join(f'{name} = ?' for name in _ROW)} where id = ?"
_SEEN_AGAIN = f"""
update articles set {_FOUND}, url = ?, portal = ?, last_seen_at = ?, status = ?, extractor_version = ?, profile = ?,
capture_id = ? where id = ?
"""
_TOUCH = f"update articles set {_FOUND}, last_seen_at = ?, status = ? where id = ?"
_LATEST = "select fields from article_versions where article_id = ? order by number desc limit 1"
_ADD_URL = """
insert into article_urls (canonical_url, article_id, first_seen_at) values (?, ?, ?)
on conflict (canonical_url) do nothing
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the archive knows of an article before it is seen again."""

    id: int
    url: str
    """Address of the capture it is read from."""
    canonical_url: str
    portal: str
    status: str
    missing_since: str | None
    first_seen_at: str
    last_seen_at: str
    capture_id: int
    content_id: int | None
    """Of the capture it is read from."""
    rules_id: int | None
    page_list_id: str | None
    page_item_id: int | None

    @property
    def plainly_live(self) -> bool:
        """Live, and not missed since it was last seen."""
        return self.status == "live" and self.missing_since is None


def find_article(conn: sqlite3.Connection, canonical_url: str) -> Standing | None:
    """The article that was found under this address, now or earlier."""
    row = conn.execute(_BY_URL, (canonical_url,)).fetchone()
    return _standing(row) if row else None


def load_standing(conn: sqlite3.Connection, article_id: int) -> Standing:
    """The article of that id, which exists."""
    return _standing(conn.execute(_BY_ID, (article_id,)).fetchone())


def others_of_item(conn: sqlite3.Connection, reading: Reading, standing: Standing | None) -> set[int]:
    """Articles besides this one that are the same SharePoint list item under another address."""
    item = (reading.page_list_id, reading.page_item_id)
    if item[1] is None or (standing is not None and item == (standing.page_list_id, standing.page_item_id)):
        return set()
    found = {other.id for url in same_item(conn, reading) if (other := find_article(conn, url)) is not None}
    return found - {standing.id if standing is not None else None}


def add_article(conn: sqlite3.Connection, reading: Reading, content: Content) -> int:
    """The article is in the archive as this reading, its first, shows it. Returns its id."""
    for article_id in candidate_ids(reading.portal, reading.canonical_url):
        if conn.execute("select 1 from articles where id = ?", (article_id,)).fetchone() is None:
            break
    row = _row(conn, reading, content, status="live")
    conn.execute(_INSERT, (article_id, reading.seen_at, *row))
    conn.execute(_ADD_URL, (reading.canonical_url, article_id, reading.seen_at))
    history.add_version(conn, article_id, 1, content.encoded, content.digest, "portal", _sighting(reading))
    fields = content.fields
    if fields["images"]:
        parts.save_images(conn, article_id, fields["images"])
    if fields["attachments"]:
        parts.save_attachments(conn, article_id, fields["attachments"])
    if fields["document"] is not None:
        parts.save_document(conn, article_id, fields["document"], content.quiet["document"])
    queue(conn, article_id, None)
    return article_id


def show_article(conn: sqlite3.Connection, standing: Standing, reading: Reading, content: Content) -> None:
    """The article stands as this reading, later than all others, shows it.

    Another address of an article whose own address still answers adds nothing: two addresses must not take turns.
    """
    canonical = reading.canonical_url
    known = canonical == standing.canonical_url or _known(conn, canonical, standing.id)
    aside = (known and canonical != standing.canonical_url) or _is_aside(reading, standing)
    if aside and standing.plainly_live:
        conn.execute("update articles set last_seen_at = ? where id = ?", (reading.seen_at, standing.id))
        if content.id != standing.content_id:
            contents.keep(conn, [content])
        return
    status = _status_when_found(standing)
    if content.id == standing.content_id:
        again = (reading.portal, reading.seen_at, status, reading.extractor_version, reading.profile)
        conn.execute(_SEEN_AGAIN, (reading.url, *again, reading.capture_id, standing.id))
    else:
        _replace(conn, standing, reading, content, status, known=known)
    _restore(conn, standing, _sighting(reading))


def touch(conn: sqlite3.Connection, standing: Standing, reading: Reading) -> None:
    """The article still stands as it was (304): it is live, seen again, and no longer missing."""
    conn.execute(_TOUCH, (reading.seen_at, _status_when_found(standing), standing.id))
    _restore(conn, standing, _sighting(reading))


def in_order(changed: set[str]) -> tuple[str, ...]:
    """Changed fields as ``Saved.changed`` lists them."""
    return tuple(name for name in (*history.VERSIONED, "url", "status") if name in changed)


def queue(conn: sqlite3.Connection, article_id: int, indexed: str | None) -> None:
    """The search entry is out of date. An article that already waits keeps the texts that stand in the index."""
    conn.execute(
        "insert into search_queue (article_id, indexed) values (?, ?) on conflict (article_id) do nothing",
        (article_id, indexed),
    )


def _replace(
    conn: sqlite3.Connection, standing: Standing, reading: Reading, content: Content, status: str, *, known: bool
) -> None:
    """Other content than the article stands with, or the same at another address."""
    contents.keep(conn, [contents.present_content(conn, standing.id)])
    contents.drop(conn, [content.id])
    row = _row(conn, reading, content, status=status)
    seen = _sighting(reading)
    if not known:
        conn.execute(_ADD_URL, (reading.canonical_url, standing.id, reading.seen_at))
    if reading.canonical_url != standing.canonical_url:
        old, new = {"url": standing.canonical_url}, {"url": reading.canonical_url}
        history.add_changes(conn, standing.id, None, old, new, ("url",), seen)
    conn.execute(_UPDATE, (*row, standing.id))
    _new_version(conn, standing, reading, content, seen)


def _new_version(
    conn: sqlite3.Connection, standing: Standing, reading: Reading, content: Content, seen: Sighting
) -> None:
    """A version when a versioned field differs from the latest one."""
    (latest,) = conn.execute(_LATEST, (standing.id,)).fetchone()
    fields, quiet = content.fields, content.quiet
    if fields["document"] is not None:
        parts.save_document(conn, standing.id, fields["document"], quiet["document"])
    if content.encoded == latest:
        return
    old = json.loads(latest)
    changed = history.changed_fields(old, fields)
    number = _next_number(conn, standing.id)
    cause = "portal" if reading.rules_id == standing.rules_id else "extractor"
    version_id = history.add_version(conn, standing.id, number, content.encoded, content.digest, cause, seen)
    history.add_changes(conn, standing.id, version_id, old, fields, changed, seen)
    if "images" in changed:
        parts.save_images(conn, standing.id, fields["images"])
    if "attachments" in changed:
        parts.save_attachments(conn, standing.id, fields["attachments"])
    if "document" in changed and fields["document"] is None:
        parts.save_document(conn, standing.id, None, None)
    if not set(changed).isdisjoint(INDEXED):
        queue(conn, standing.id, latest)


def _row(conn: sqlite3.Connection, reading: Reading, content: Content, status: str) -> tuple[Any, ...]:
    fields, quiet = content.fields, content.quiet
    evidence = json.dumps(quiet["evidence"], ensure_ascii=False, sort_keys=True) if quiet["evidence"] else None
    return (
        *(reading.url, reading.canonical_url, reading.portal),
        *(fields[name] for name in _VERSIONED_COLUMNS),
        *(quiet[name] for name in contents.QUIET),
        *(parts.section_id(conn, reading.portal, fields["section"]), content.words),
        *(content.digest, reading.seen_at, status, reading.extractor_version, reading.profile, quiet["layout"]),
        *(evidence, quiet["page_list_id"], quiet["page_item_id"], reading.capture_id),
    )


def _standing(row: tuple[Any, ...]) -> Standing:
    return Standing(**dict(zip(Standing.__dataclass_fields__, row, strict=True)))


def _known(conn: sqlite3.Connection, canonical: str, article_id: int) -> bool:
    row = conn.execute("select article_id from article_urls where canonical_url = ?", (canonical,)).fetchone()
    return row is not None and row[0] == article_id


def _is_aside(reading: Reading, standing: Standing) -> bool:
    """Is this a view of the article (for print, in a dialog) that names the article's own address, already read?"""
    return not reading.own and surt(standing.url) == surt(standing.canonical_url)


def _sighting(reading: Reading) -> Sighting:
    return Sighting(
        seen_at=reading.seen_at,
        capture_id=reading.capture_id,
        run_id=reading.run_id,
        extractor_version=reading.extractor_version,
    )


def _restore(conn: sqlite3.Connection, standing: Standing, seen: Sighting) -> None:
    """An absence ends when the article is found; one that was judged leaves a change of status."""
    if standing.missing_since is not None:
        ends = "update absences set found_at = ? where article_id = ? and found_at is null"
        conn.execute(ends, (seen.seen_at, standing.id))
    status = _status_when_found(standing)
    if status != standing.status:
        history.add_changes(conn, standing.id, None, {"status": standing.status}, {"status": status}, ("status",), seen)


def _status_when_found(standing: Standing) -> str:
    """Found again is live again; what people took down stays down."""
    return "blocked" if standing.status == "blocked" else "live"


def _next_number(conn: sqlite3.Connection, article_id: int) -> int:
    row = conn.execute("select max(number) from article_versions where article_id = ?", (article_id,)).fetchone()
    return int(row[0] or 0) + 1
