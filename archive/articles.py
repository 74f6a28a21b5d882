"""Rows of ``articles``: the latest good version of each, and every address it was found under."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from archive import history, parts
from archive.cdx import surt, utc_text
from archive.history import Content, Sighting
from archive.identity import candidate_ids
from archive.index import INDEXED
from archive.models import ArticleFound, Capture
from archive.runs import RunContext
from archive.shown import shown_columns

_STANDING = """a.id, a.url, a.canonical_url, a.status, a.missing_since, a.first_seen_at, a.last_seen_at
from articles a"""
_BY_URL = f"select {_STANDING} join article_urls u on u.article_id = a.id where u.canonical_url = ?"
_BY_ITEM = f"""
select {_STANDING} where a.page_list_id = ? and a.page_item_id = ? and a.portal = ? and instr(a.canonical_url, '?') = 0
order by a.last_seen_at desc, a.id limit 1
"""
_ROW = (
    *("url", "canonical_url", "portal", "section", "section_id", "title", "lead", "body_text", "body_html"),
    *("author", "author_raw", "source", "source_raw", "published_at", "published_raw", "updated_at", "updated_raw"),
    *("language", "word_count", "content_digest", "last_seen_at", "status", "extractor_version", "profile", "layout"),
    *("evidence", "page_list_id", "page_item_id", "capture_id"),
)
_INSERT = f"""
insert into articles (id, first_seen_at, {", ".join(_ROW)}) values ({", ".join("?" * (len(_ROW) + 2))})
"""
_UPDATE = f"""
update articles set missing_since = null, missing_visits = 0, removed_at = null, removal_evidence = null,
{", ".join(f"{name} = ?" for name in _ROW)} where id = ?
"""
_LATEST = """
select fields from article_versions where article_id = ? and seen_at <= ? order by seen_at desc, number desc limit 1
"""
_NEXT = "select fields from article_versions where article_id = ? and seen_at > ? order by seen_at, number limit 1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the archive knows of an article before it is seen again."""

    id: int
    url: str
    """Address of the capture it is read from."""
    canonical_url: str
    status: str
    missing_since: str | None
    first_seen_at: str
    last_seen_at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What a sighting made of an article."""

    article_id: int
    new: bool = False
    changed: tuple[str, ...] = ()


def find_article(conn: sqlite3.Connection, canonical_url: str) -> Standing | None:
    """The article that was found under this address, now or earlier."""
    row = conn.execute(_BY_URL, (canonical_url,)).fetchone()
    return _standing(row) if row else None


def save_article(
    conn: sqlite3.Connection, capture: Capture, capture_id: int, outcome: ArticleFound, run: RunContext
) -> Saved:
    """The article is in the archive as this capture shows it, unless a later capture was seen before."""
    content = history.content_of(outcome.article, outcome.document)
    canonical = outcome.canonical_url or capture.url
    seen = Sighting(
        seen_at=utc_text(capture.fetched_at),
        capture_id=capture_id,
        run_id=run.run_id,
        extractor_version=run.extractor_version,
    )
    standing = find_article(conn, canonical) or _same_item(conn, canonical, outcome, run)
    if standing is None:
        return _add(conn, capture, canonical, outcome, content, run, seen)
    if seen.seen_at < standing.last_seen_at:
        return _backfill(conn, standing, canonical, content, seen)
    known = conn.execute("select 1 from article_urls where canonical_url = ?", (canonical,)).fetchone() is not None
    aside = (known and canonical != standing.canonical_url) or _is_aside(capture, canonical, standing)
    if aside and standing.status == "live" and standing.missing_since is None:
        # Another address of an article whose own address still answers: two addresses must not take turns.
        conn.execute("update articles set last_seen_at = ? where id = ?", (seen.seen_at, standing.id))
        return Saved(article_id=standing.id)
    return _refresh(conn, standing, capture, canonical, outcome, content, run, seen)


def _is_aside(capture: Capture, canonical: str, standing: Standing) -> bool:
    """Is this a view of the article (for print, in a dialog) that names the article's own address, already read?"""
    return surt(capture.url) != surt(canonical) and surt(standing.url) == surt(standing.canonical_url)


def touch(conn: sqlite3.Connection, standing: Standing, seen: Sighting) -> tuple[str, ...]:
    """The article still stands as it was (304): it is live, seen again, and no longer missing."""
    if seen.seen_at < standing.last_seen_at:
        return ()
    conn.execute(
        "update articles set last_seen_at = ?, missing_since = null, missing_visits = 0, removed_at = null,"
        " removal_evidence = null, status = ? where id = ?",
        (seen.seen_at, _status_when_found(standing), standing.id),
    )
    return _restore(conn, standing, seen)


def show_again(
    conn: sqlite3.Connection,
    article_id: int,
    capture: Capture,
    canonical: str,
    outcome: ArticleFound,
    run: RunContext,
    seen: Sighting,
) -> None:
    """The article's row is as an earlier capture shows it; its versions and parts are the caller's."""
    (status,) = conn.execute("select status from articles where id = ?", (article_id,)).fetchone()
    row = _row(conn, capture, canonical, outcome, run, seen, status=status)
    conn.execute(_UPDATE, (*row.values(), article_id))


def in_order(changed: set[str]) -> tuple[str, ...]:
    """Changed fields as ``Saved.changed`` lists them."""
    return tuple(name for name in (*history.VERSIONED, "url", "status") if name in changed)


def _add(
    conn: sqlite3.Connection,
    capture: Capture,
    canonical: str,
    outcome: ArticleFound,
    content: Content,
    run: RunContext,
    seen: Sighting,
) -> Saved:
    for article_id in candidate_ids(run.portal, canonical):
        if conn.execute("select 1 from articles where id = ?", (article_id,)).fetchone() is None:
            break
    row = _row(conn, capture, canonical, outcome, run, seen, status="live")
    conn.execute(_INSERT, (article_id, seen.seen_at, *row.values()))
    _add_url(conn, article_id, canonical, seen)
    history.add_version(conn, article_id, 1, content, seen)
    if outcome.article.images:
        parts.save_images(conn, article_id, outcome.article)
    if outcome.article.attachments:
        parts.save_attachments(conn, article_id, outcome.article)
    if outcome.document is not None:
        parts.save_document(conn, article_id, outcome.document)
    parts.save_links(conn, canonical, outcome.links)
    await_index(conn, article_id, None)
    return Saved(article_id=article_id, new=True)


def _refresh(
    conn: sqlite3.Connection,
    standing: Standing,
    capture: Capture,
    canonical: str,
    outcome: ArticleFound,
    content: Content,
    run: RunContext,
    seen: Sighting,
) -> Saved:
    row = _row(conn, capture, canonical, outcome, run, seen, status=_status_when_found(standing))
    moved = _move(conn, standing, canonical, seen)
    conn.execute(_UPDATE, (*row.values(), standing.id))
    changed = _new_version(conn, standing.id, outcome, content, seen)
    restored = _restore(conn, standing, seen)
    parts.save_links(conn, canonical, outcome.links)
    return Saved(article_id=standing.id, changed=(*changed, *moved, *restored))


def _new_version(
    conn: sqlite3.Connection, article_id: int, outcome: ArticleFound, content: Content, seen: Sighting
) -> tuple[str, ...]:
    """A version when a versioned field differs from the latest one; returns the fields that do."""
    (latest,) = conn.execute(_LATEST, (article_id, seen.seen_at)).fetchone()
    if content.encoded == latest:
        return ()
    old = json.loads(latest)
    changed = history.changed_fields(old, content.fields)
    version_id = history.add_version(conn, article_id, _next_number(conn, article_id), content, seen)
    history.add_changes(conn, article_id, version_id, old, content.fields, changed, seen)
    if "images" in changed:
        parts.save_images(conn, article_id, outcome.article)
    if "attachments" in changed:
        parts.save_attachments(conn, article_id, outcome.article)
    if "document" in changed:
        parts.save_document(conn, article_id, outcome.document)
    if not set(changed).isdisjoint(INDEXED):
        await_index(conn, article_id, latest)
    return changed


def _backfill(conn: sqlite3.Connection, standing: Standing, canonical: str, content: Content, seen: Sighting) -> Saved:
    """An older capture that comes in later: it adds to the history and leaves the present alone.

    It is a version of its own when it differs from what was seen before it and from what was seen after it. When the
    article was seen with the earlier content again after it, that return is a version too.
    """
    if seen.seen_at < standing.first_seen_at:
        conn.execute("update articles set first_seen_at = ? where id = ?", (seen.seen_at, standing.id))
    _add_url(conn, standing.id, canonical, seen)
    before = conn.execute(_LATEST, (standing.id, seen.seen_at)).fetchone()
    after = conn.execute(_NEXT, (standing.id, seen.seen_at)).fetchone()
    if content.encoded in (before and before[0], after and after[0]):
        return Saved(article_id=standing.id)
    version_id = history.add_version(conn, standing.id, _next_number(conn, standing.id), content, seen)
    if before is None:
        return Saved(article_id=standing.id)
    old = json.loads(before[0])
    changed = history.changed_fields(old, content.fields)
    history.add_changes(conn, standing.id, version_id, old, content.fields, changed, seen)
    if after is None:
        _return_to_present(conn, standing, old, content, changed, seen)
    return Saved(article_id=standing.id, changed=changed)


def _return_to_present(
    conn: sqlite3.Connection,
    standing: Standing,
    present: dict[str, Any],
    older: Content,
    changed: tuple[str, ...],
    seen: Sighting,
) -> None:
    """The latest version again, for the article was last seen with it after the older content that has just come in."""
    capture_id, digest = conn.execute(
        "select capture_id, content_digest from articles where id = ?", (standing.id,)
    ).fetchone()
    again = Sighting(
        seen_at=standing.last_seen_at,
        capture_id=capture_id,
        run_id=seen.run_id,
        extractor_version=seen.extractor_version,
    )
    content = Content(fields=present, encoded=history.encode(present), digest=digest)
    version_id = history.add_version(conn, standing.id, _next_number(conn, standing.id), content, again)
    told = replace(again, capture_id=seen.capture_id)  # the older capture is what told of the return
    history.add_changes(conn, standing.id, version_id, older.fields, present, changed, told)


def _row(
    conn: sqlite3.Connection,
    capture: Capture,
    canonical: str,
    outcome: ArticleFound,
    run: RunContext,
    seen: Sighting,
    status: str,
) -> dict[str, Any]:
    values = {
        **shown_columns(capture.url, canonical, outcome),
        "portal": run.portal,
        "section_id": parts.section_id(conn, run.portal, outcome.article.section),
        "last_seen_at": seen.seen_at,
        "status": status,
        "extractor_version": run.extractor_version,
        "profile": run.profile,
        "capture_id": seen.capture_id,
    }
    return {name: values[name] for name in _ROW}


def _same_item(conn: sqlite3.Connection, canonical: str, outcome: ArticleFound, run: RunContext) -> Standing | None:
    """The article that is the same SharePoint list item under another address.

    With a query string the item is the page that shows the article, the same for all of them.
    """
    if outcome.page_list_id is None or outcome.page_item_id is None or "?" in canonical:
        return None
    row = conn.execute(_BY_ITEM, (outcome.page_list_id, outcome.page_item_id, run.portal)).fetchone()
    return _standing(row) if row else None


def _standing(row: tuple[Any, ...]) -> Standing:
    number, url, canonical_url, status, missing_since, first_seen_at, last_seen_at = row
    return Standing(
        id=number,
        url=url,
        canonical_url=canonical_url,
        status=status,
        missing_since=missing_since,
        first_seen_at=first_seen_at,
        last_seen_at=last_seen_at,
    )


def _move(conn: sqlite3.Connection, standing: Standing, canonical: str, seen: Sighting) -> tuple[str, ...]:
    if canonical == standing.canonical_url:
        return ()
    _add_url(conn, standing.id, canonical, seen)
    old, new = {"url": standing.canonical_url}, {"url": canonical}
    history.add_changes(conn, standing.id, None, old, new, ("url",), seen)
    return ("url",)


def _restore(conn: sqlite3.Connection, standing: Standing, seen: Sighting) -> tuple[str, ...]:
    status = _status_when_found(standing)
    if status == standing.status:
        return ()
    history.add_changes(conn, standing.id, None, {"status": standing.status}, {"status": status}, ("status",), seen)
    return ("status",)


def _status_when_found(standing: Standing) -> str:
    """Found again is live again; what people took down stays down."""
    return "blocked" if standing.status == "blocked" else "live"


def _add_url(conn: sqlite3.Connection, article_id: int, canonical: str, seen: Sighting) -> None:
    conn.execute(
        "insert into article_urls (canonical_url, article_id, first_seen_at) values (?, ?, ?)"
        " on conflict (canonical_url) do update set first_seen_at = min(first_seen_at, excluded.first_seen_at)",
        (canonical, article_id, seen.seen_at),
    )


def _next_number(conn: sqlite3.Connection, article_id: int) -> int:
    row = conn.execute("select max(number) from article_versions where article_id = ?", (article_id,)).fetchone()
    return int(row[0] or 0) + 1


def await_index(conn: sqlite3.Connection, article_id: int, indexed: str | None) -> None:
    """The search entry is out of date. An article that already waits keeps the texts that stand in the index."""
    conn.execute(
        "insert into search_queue (article_id, indexed) values (?, ?) on conflict (article_id) do nothing",
        (article_id, indexed),
    )
