"""Article rows and the rows around them, held against their versions, their captures and their addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from archive.history import VERSIONED, fields_digest
from archive.identity import candidate_ids, hash_id
from archive.proof.finding import Finding
from archive.proof.versions import Change, Version, changes_of, check_history, versions_of
from archive.vietnamese import document_key

#: Versioned fields that are columns of ``articles``; the others are tables of their own.
COLUMNS = tuple(name for name in VERSIONED if name not in ("images", "attachments", "document"))
#: Tables whose rows are a list in a version -> their columns there.
ITEMS = {"images": ("url", "caption", "alt"), "attachments": ("url", "text", "filename", "filetype")}
DOCUMENT = ("number", "type", "issuer", "signer", "issued_on", "effective_on", "abstract", "status")

_ARTICLES = """
select a.*, c.original as captured_url, c.outcome as captured_outcome,
  s.name as section_named, s.portal as section_portal
from articles a left join captures c on c.id = a.capture_id left join sections s on s.id = a.section_id
"""
_SEEN = "select 1 from captures where timestamp = ? and outcome in ('article', 'not_modified') limit 1"
#: Ids tried for a row whose first choice was taken; more collisions of 53 bits never meet.
_COLLISIONS = 4


def check_articles(
    conn: sqlite3.Connection, *, every: int = 1, turn: int = 0, told: Callable[[int], None] = lambda done: None
) -> Iterator[Finding]:
    """What is wrong with articles; of ``every`` many those whose turn it is. ``told`` hears how many are done."""
    reader = conn.cursor()
    reader.row_factory = sqlite3.Row
    for done, row in enumerate(reader.execute(f"{_ARTICLES} where a.id % ? = ?", (every, turn)), 1):
        yield from check_article(conn, row)
        if done % 100 == 0:
            told(done)


def check_article(conn: sqlite3.Connection, row: Mapping[str, Any] | sqlite3.Row) -> Iterator[Finding]:
    """What is wrong with one article, its versions, changes, addresses, pictures, files and document."""
    article_id = row["id"]
    versions, changes = versions_of(conn, article_id), changes_of(conn, article_id)
    kinds = [("article_edited", wrong) for wrong in _row_wrong(conn, row, changes)]
    if versions:
        kinds += [("article_edited", wrong) for wrong in _against_version(row, versions[-1])]
        kinds += [("article_parts", wrong) for wrong in _parts_wrong(conn, article_id, versions[-1].fields)]
    kinds += [("article_address", wrong) for wrong in _addresses_wrong(conn, row)]
    kinds += [("version_chain", wrong) for wrong in _untold(row, changes)]
    told = _status_told(changes)
    if row["status"] not in told:
        kinds.append(
            ("status_untold", f"its status is {row['status']}, its history tells {' or '.join(sorted(map(str, told)))}")
        )
    for kind, wrong in kinds:
        yield Finding(kind=kind, place=f"article {article_id}", wrong=wrong, article_id=article_id)
    yield from check_history(article_id, versions, changes)


def _row_wrong(conn: sqlite3.Connection, row: Any, changes: list[Change]) -> Iterator[str]:
    if fields_digest({name: row[name] for name in COLUMNS}) != row["content_digest"]:
        yield "content_digest was counted over other text than stands there"
    if row["word_count"] != len(row["body_text"].split()):
        yield "word_count is not that of body_text"
    if row["captured_url"] is not None and row["url"] != row["captured_url"]:
        yield "url is not that of its capture"
    if row["captured_outcome"] not in ("article", None):
        yield f"its capture shows no article ({row['captured_outcome']})"
    if (row["section"], row["portal"] if row["section"] else None) != (row["section_named"], row["section_portal"]):
        yield "section and section_id name different sections"
    digits = "".join(letter for letter in row["last_seen_at"] if letter.isdigit())
    if row["last_seen_at"] < row["first_seen_at"] or conn.execute(_SEEN, (digits,)).fetchone() is None:
        yield "last_seen_at is no time of a capture that shows an article"
    if (row["missing_since"] is None) != (row["missing_visits"] == 0):
        yield "missing_since and missing_visits contradict each other"
    if (row["removed_at"] is None) != (row["status"] in ("live", "blocked")):
        yield f"its status is {row['status']} and removed_at is {row['removed_at'] or 'empty'}"


def _against_version(row: Any, latest: Version) -> Iterator[str]:
    different = [name for name in COLUMNS if row[name] != latest.fields.get(name)]
    if different:
        yield f"{', '.join(different)} is not as version {latest.number}, the latest, has it"
    if latest.seen_at > row["last_seen_at"]:
        yield "last_seen_at is before the latest version was seen"


def _parts_wrong(conn: sqlite3.Connection, article_id: int, fields: Mapping[str, Any]) -> Iterator[str]:
    for table, columns in ITEMS.items():
        query = f"select id, position, {', '.join(columns)} from {table} where article_id = ? order by position"
        rows = [tuple(row) for row in conn.execute(query, (article_id,))]
        kind = table.removesuffix("s")
        wanted = [
            (hash_id(kind, article_id, place), place, *(item.get(name) for name in columns))
            for place, item in enumerate(fields.get(table) or (), 1)
        ]
        if rows != wanted:
            yield f"{table} are not as its latest version has them"
    for url, digest, own in conn.execute(_FILES, (article_id,)):
        if digest != own:
            yield f"the digest of its attachment {url} is not that of the file's capture"
    yield from _document_wrong(conn, article_id, fields.get("document"))


_FILES = """
select t.url, t.digest, c.digest from attachments t left join captures c on c.id = t.capture_id where t.article_id = ?
"""


def _document_wrong(conn: sqlite3.Connection, article_id: int, told: Mapping[str, Any] | None) -> Iterator[str]:
    query = f"select {', '.join(DOCUMENT)}, number_key, number_raw from documents where article_id = ?"
    row = conn.execute(query, (article_id,)).fetchone()
    if (row is None) != (told is None):
        yield "its latest version has a document and it has none" if row is None else "its document is in no version"
    elif row is not None and told is not None:
        different = [name for name, value in zip(DOCUMENT, row, strict=False) if value != told.get(name)]
        if different:
            yield f"{', '.join(different)} of its document is not as its latest version has it"
        if row[-2] != (document_key(told.get("number") or row[-1] or "") or None):
            yield "number_key of its document is not that of its number"


def _addresses_wrong(conn: sqlite3.Connection, row: Any) -> Iterator[str]:
    query = "select canonical_url, first_seen_at from article_urls where article_id = ?"
    urls = dict(conn.execute(query, (row["id"],)).fetchall())
    if row["canonical_url"] not in urls:
        yield f"{row['canonical_url']} does not stand among its addresses"
    elif min(urls.values()) != row["first_seen_at"]:
        yield "first_seen_at is not that of its first address"
    if not any(row["id"] in islice(candidate_ids(row["portal"], url), _COLLISIONS) for url in urls):
        yield "its id is that of none of its addresses"


def _untold(row: Any, changes: list[Change]) -> Iterator[str]:
    """A move or a change of status that no row tells of, seen from those that are told."""
    moved = row["id"] not in islice(candidate_ids(row["portal"], row["canonical_url"]), _COLLISIONS)
    if moved and not any(c.field == "url" and c.new_value == row["canonical_url"] for c in changes):
        yield "no change row tells how it came to its present address"
    told = [change for change in changes if change.field == "status"]
    for change in told:
        before = {one.new_value for one in told if one.changed_at <= change.changed_at and one is not change}
        if change.old_value not in {*before, "live"} or (not before and change.old_value != "live"):
            yield f"no change row tells how its status came to be {change.old_value}"


def _status_told(changes: list[Change]) -> set[str | None]:
    """The status its history ends with; several when two changes fell into one second."""
    told = [change for change in changes if change.field == "status"]
    if not told:
        return {"live"}
    return {change.new_value for change in told if change.changed_at == told[-1].changed_at}
