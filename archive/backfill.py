"""The schema's step to readings, and the readings of captures that an older release recorded without any.

The release kept versions, not what each capture showed; so a capture is taken to have shown the version of its time,
and what made no version is known for the present one alone. Reading the captures again (``reextract``) tells the rest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archive.cdx import surt
from archive.contents import QUIET, Content, keep, present_content
from archive.history import encode
from archive.identity import hash_id
from archive.readings import Kind, Reading, add_reading, rules

HISTORY = """
create table rules (                   -- what captures were read by
  id integer primary key,             -- from the other columns: the same in every rebuild
  extractor_version text not null,
  profile text not null,
  profile_digest text not null        -- of the sheet's keys that bear on reading
) strict;

create table readings (                -- what a capture says of the article or file at an address
  capture_id integer primary key references captures(id),
  canonical_url text not null,
  seen_at text not null,
  kind text not null,                 -- shown, not_modified, missing, redirected, file
  own integer not null,               -- the address asked for was the article's own, not a view of it
  content_id integer,                 -- of what is shown
  target text,                        -- canonical address a redirect leads to
  page_list_id text,
  page_item_id integer,
  rules_id integer not null references rules(id)
) strict;
create index readings_page on readings(canonical_url, seen_at);
create index readings_item on readings(page_list_id, page_item_id) where page_item_id is not null;

create table contents (                -- what was shown and does not stand in articles now
  id integer primary key,             -- from address and content
  data blob not null
) strict;

create table absences (                -- times in which an article was not found at its address
  id integer primary key,
  article_id integer not null references articles(id),
  missing_since text not null,
  found_at text,                      -- when it answered again; null while it is missing
  visits integer not null,            -- runs that missed it
  status text not null,               -- live while nothing was decided, then gone or moved
  judged_at text,
  content_digest text not null,
  target text,                        -- where the address led when it was last asked
  evidence text not null              -- JSON: the attempts, first and latest
) strict;
create index absences_article on absences(article_id, missing_since);
create index absences_content on absences(content_digest) where status <> 'live';
create index absences_target on absences(target) where target is not null;

create table outages (                 -- runs in which so much of a host was missing that it is held for an outage
  run_id integer not null references runs(id),
  host text not null,
  missing integer not null,           -- articles that were missed, of those expected
  shown integer not null,
  primary key (run_id, host)
) strict, without rowid;

create table link_sources (            -- the capture that tells a page's content links
  source_url text primary key,
  own integer not null,
  seen_at text not null,
  capture_id integer not null references captures(id)
) strict, without rowid;

alter table list_items add column seen_at text;
alter table list_items add column capture_id integer references captures(id);
alter table article_versions add column cause text not null default 'portal';
create index article_versions_content on article_versions(content_digest);
create index runs_portal on runs(portal, started_at);
alter table runs add column judged_at text;
alter table runs add column judgement text;
"""

_KINDS: dict[str, Kind] = {
    "article": "shown",
    "not_modified": "not_modified",
    "not_found": "missing",
    "soft_404": "missing",
    "redirect": "redirected",
}
_CAPTURES = """
select c.id, c.original, c.timestamp, c.outcome, c.statuscode, c.digest, c.filename, c."offset", c.run_id, c.urlkey,
  u.portal, u.profile, u.profile_digest, u.extractor_version
from captures c left join runs u on u.id = c.run_id where c.method = 'GET'
"""
_OF_VERSION = " and c.id in (select capture_id from article_versions where article_id = ?)"
_ABSENT = """
select id, missing_since, missing_visits, status, removed_at, content_digest, removal_evidence from articles
where missing_since is not null
"""


def backfill(conn: sqlite3.Connection) -> None:
    """Every article's captures have readings, and every present absence its row."""
    for article_id, canonical, capture_id, portal in conn.execute(
        "select id, canonical_url, capture_id, portal from articles order by id"
    ).fetchall():
        _backfill_article(conn, article_id, canonical, capture_id, portal)
    _backfill_files(conn)
    for row in conn.execute(_ABSENT).fetchall():
        article_id, since, visits, status, removed, digest, evidence = row
        known = status if status in ("gone", "moved") else "live"
        values = (hash_id("absence", article_id, since), article_id, since, visits, known, removed, digest, evidence)
        conn.execute(
            "insert into absences (id, article_id, missing_since, visits, status, judged_at, content_digest, evidence)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )


def _backfill_article(conn: sqlite3.Connection, article_id: int, canonical: str, present: int, portal: str) -> None:
    addresses = [
        r[0] for r in conn.execute("select canonical_url from article_urls where article_id = ?", (article_id,))
    ]
    of_key = {surt(url): url for url in [*addresses, canonical]}
    now = present_content(conn, article_id)
    versions = conn.execute(
        "select seen_at, fields from article_versions where article_id = ? order by seen_at, number", (article_id,)
    ).fetchall()
    for row in _captures(conn, article_id, present, of_key):
        reading = _reading(conn, row, of_key.get(row["urlkey"], canonical), portal)
        if reading.kind == "shown":
            encoded = next((v for at, v in reversed(versions) if at <= reading.seen_at), versions[0][1])
            content = Content(canonical_url=reading.canonical_url, encoded=encoded, rest=_nothing(encoded))
            if reading.capture_id == present or (encoded == now.encoded and reading.canonical_url == canonical):
                content = now
            else:
                keep(conn, [content])
            item = content.quiet if reading.own and "?" not in reading.canonical_url else {}
            reading = replace(
                reading,
                content_id=content.id,
                page_list_id=item.get("page_list_id") if item.get("page_item_id") else None,
                page_item_id=item.get("page_item_id") if item.get("page_list_id") else None,
            )
        add_reading(conn, reading)


def _captures(
    conn: sqlite3.Connection, article_id: int, present: int, of_key: dict[str, str]
) -> Iterator[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    marks = ", ".join("?" * len(of_key))
    for where, values in (
        (f" and c.urlkey in ({marks})", tuple(of_key)),
        (_OF_VERSION, (article_id,)),
        (" and c.id = ?", (present,)),
    ):
        cursor = conn.execute(_CAPTURES + where, values)
        names = [column[0] for column in cursor.description]
        found |= {row[0]: dict(zip(names, row, strict=True)) for row in cursor if row[3] in _KINDS}
    for row in found.values():
        if conn.execute("select 1 from readings where capture_id = ?", (row["id"],)).fetchone() is None:
            yield row


def _reading(conn: sqlite3.Connection, row: dict[str, Any], canonical: str, portal: str) -> Reading:
    profile, version = row["profile"] or portal, row["extractor_version"] or ""
    t = row["timestamp"]
    return Reading(
        capture_id=row["id"],
        canonical_url=canonical,
        seen_at=f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}:{t[12:14]}Z",
        kind=_KINDS[row["outcome"]],
        own=surt(row["original"]) == surt(canonical),
        content_id=None,
        target=None,
        page_list_id=None,
        page_item_id=None,
        rules_id=rules(conn, version, profile, row["profile_digest"] or ""),
        url=row["original"],
        status=row["statuscode"],
        outcome=row["outcome"],
        digest=row["digest"],
        filename=row["filename"],
        offset=row["offset"],
        run_id=row["run_id"],
        portal=row["portal"] or portal,
        profile=profile,
        extractor_version=version,
    )


def _nothing(encoded: str) -> str:
    """What made no version, where it is not known any more."""
    told: dict[str, Any] = dict.fromkeys(QUIET)
    told["body_html"] = ""
    has_document = Content(canonical_url="", encoded=encoded, rest="").fields.get("document") is not None
    told["document"] = {"number_raw": None, "issued_raw": None, "effective_raw": None} if has_document else None
    return encode({**told, "layout": None, "evidence": None, "page_list_id": None, "page_item_id": None})


def _backfill_files(conn: sqlite3.Connection) -> None:
    """Files are known by the attachments that point to their captures."""
    rows = conn.execute(
        "select distinct c.id, a.url, c.timestamp, u.extractor_version, u.profile, u.profile_digest"
        " from attachments a join captures c on c.id = a.capture_id left join runs u on u.id = c.run_id"
    ).fetchall()
    for number, url, t, version, profile, digest in rows:
        at = f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}:{t[12:14]}Z"
        conn.execute(
            "insert into readings (capture_id, canonical_url, seen_at, kind, own, rules_id)"
            " values (?, ?, ?, 'file', 1, ?)"
            " on conflict (capture_id) do nothing",
            (number, url, at, rules(conn, version or "", profile or "", digest or "")),
        )
