"""What an article said and when: versions, and which fields changed from one to the next."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.identity import hash_id
from archive.models import Article, Document

#: Fields whose change makes a version. Markup, raw strings and the page around the article do not.
VERSIONED = (
    "title",
    "lead",
    "body_text",
    "author",
    "source",
    "section",
    "published_at",
    "updated_at",
    "images",
    "attachments",
    "document",
)

#: Characters of a value that is shown in article_changes itself; longer ones stand in the versions.
SHORT = 500

_spelled = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

_ADD_VERSION = """
insert into article_versions (id, article_id, number, content_digest, seen_at, capture_id, run_id, extractor_version,
                              fields, cause)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_CHANGE = """
insert into article_changes (id, article_id, version_id, field, old_digest, new_digest, old_value, new_value,
                             changed_at, capture_id, run_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """When and by which capture something was seen, judged or settled."""

    seen_at: str
    """ISO 8601 in UTC."""
    capture_id: int | None
    run_id: int | None
    extractor_version: str


def versioned_fields(article: Article, document: Document | None) -> dict[str, Any]:
    """The versioned fields as JSON can hold them, always in the same order."""
    return {
        "title": article.title,
        "lead": article.lead,
        "body_text": article.body_text,
        "author": article.author,
        "source": article.source,
        "section": article.section,
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "images": [{"url": i.url, "caption": i.caption, "alt": i.alt} for i in article.images],
        "attachments": [
            {"url": a.url, "text": a.text, "filename": a.filename, "filetype": a.filetype} for a in article.attachments
        ],
        "document": _document_fields(document) if document is not None else None,
    }


def encode(fields: Any) -> str:
    """A value as JSON, in one spelling."""
    return _spelled(fields)


def text_digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def content_digest(article: Article) -> str:
    """SHA-256 over what makes two articles the same wherever they stand."""
    return fields_digest(
        {
            "title": article.title,
            "lead": article.lead,
            "body_text": article.body_text,
            "author": article.author,
            "published_at": article.published_at,
        }
    )


def fields_digest(fields: Mapping[str, Any]) -> str:
    """``content_digest`` of versioned fields, or of an article row."""
    parts = (fields[name] for name in ("title", "lead", "body_text", "author", "published_at"))
    return hashlib.sha256("\x1f".join(part or "" for part in parts).encode("utf-8")).hexdigest()


def changed_fields(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Names of the versioned fields that differ, in their order."""
    return tuple(name for name in VERSIONED if old.get(name) != new.get(name))


def add_version(
    conn: sqlite3.Connection, article_id: int, number: int, encoded: str, digest: str, cause: str, seen: Sighting
) -> int:
    """Insert a version and return its id. ``cause`` is ``portal``, or ``extractor`` when other rules read the page."""
    version_id = hash_id("version", article_id, number)
    what = (version_id, article_id, number, digest)
    where = (seen.seen_at, seen.capture_id, seen.run_id, seen.extractor_version)
    conn.execute(_ADD_VERSION, (*what, *where, encoded, cause))
    return version_id


def add_changes(
    conn: sqlite3.Connection,
    article_id: int,
    version_id: int | None,
    old: dict[str, Any],
    new: dict[str, Any],
    names: tuple[str, ...],
    seen: Sighting,
) -> None:
    """Insert a row for every field named, with digests of both values and the values where they are short."""
    rows = []
    for name in names:
        before, after = value_text(old.get(name)), value_text(new.get(name))
        short = max(len(before or ""), len(after or "")) <= SHORT
        rows.append(
            (
                hash_id("change", article_id, name, version_id, seen.seen_at, seen.capture_id, before, after),
                article_id,
                version_id,
                name,
                value_digest(before),
                value_digest(after),
                before if short else None,
                after if short else None,
                seen.seen_at,
                seen.capture_id,
                seen.run_id,
            )
        )
    conn.executemany(_ADD_CHANGE, rows)


def _document_fields(document: Document) -> dict[str, Any]:
    return {
        "number": document.number,
        "type": document.type,
        "issuer": document.issuer,
        "signer": document.signer,
        "issued_on": document.issued_on,
        "effective_on": document.effective_on,
        "abstract": document.abstract,
        "status": document.status,
    }


def value_text(value: Any) -> str | None:
    """A field's value as a change shows it."""
    return value if value is None or isinstance(value, str) else encode(value)


def value_digest(text: str | None) -> str | None:
    """SHA-256 of a value's text, None for no value."""
    return None if text is None else hashlib.sha256(text.encode("utf-8")).hexdigest()
