"""What a capture showed of an article, whole, so that its history can be told anew without reading the capture again.

The content an article stands with is in the tables for readers. What is no longer shown there, because a later capture
showed something else or the page is another address of the article, is kept compressed in ``contents``.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archive.history import encode, fields_digest, versioned_fields
from archive.identity import hash_id
from archive.models import Article, ArticleFound, Document

#: Article fields that make no version.
QUIET = ("body_html", "author_raw", "source_raw", "published_raw", "updated_raw", "language")
#: The same of a document.
QUIET_OF_DOCUMENT = ("number_raw", "issued_raw", "effective_raw")
_APART = "\x1f"
_LEVEL = 1

_PRESENT = f"""
select a.canonical_url, {", ".join(f"a.{name}" for name in QUIET)}, a.layout, a.evidence, a.page_list_id,
  a.page_item_id, d.article_id, {", ".join(f"d.{name}" for name in QUIET_OF_DOCUMENT)},
  (select v.fields from article_versions v where v.article_id = a.id order by v.number desc limit 1)
from articles a left join documents d on d.article_id = a.id where a.id = ?
"""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What an article says at one address, ready to be compared and kept."""

    canonical_url: str
    encoded: str
    """The versioned fields as ``article_versions.fields`` holds them: equal fields give equal text."""
    rest: str
    """Everything else the page told of the article, as JSON in one spelling."""

    @cached_property
    def id(self) -> int:
        """The same for the same content at the same address."""
        return hash_id(self.canonical_url, self.encoded, self.rest)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The versioned fields."""
        told: dict[str, Any] = json.loads(self.encoded)
        return told

    @cached_property
    def quiet(self) -> dict[str, Any]:
        """The fields that make no version, with ``layout``, ``evidence``, ``page_list_id`` and ``page_item_id``."""
        told: dict[str, Any] = json.loads(self.rest)
        return told

    @cached_property
    def digest(self) -> str:
        """``articles.content_digest``."""
        return fields_digest(self.fields)

    @property
    def words(self) -> int:
        """Blank-separated words of the text."""
        return len(self.fields["body_text"].split())


def content_of(canonical_url: str, outcome: ArticleFound) -> Content:
    """The content of an article as it is shown now."""
    article, document = outcome.article, outcome.document
    fields = versioned_fields(article, document)
    quiet = _quiet(article, document, outcome)
    content = Content(canonical_url=canonical_url, encoded=encode(fields), rest=encode(quiet))
    content.__dict__.update(fields=fields, quiet=quiet)  # what the texts were just made of need not be parsed again
    return content


def _quiet(article: Article, document: Document | None, outcome: ArticleFound) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(article, name) for name in QUIET}
    told["document"] = {name: getattr(document, name) for name in QUIET_OF_DOCUMENT} if document is not None else None
    told["layout"] = outcome.layout
    told["evidence"] = {
        name: {"place": found.place, "rule": found.rule, "sure": found.sure}
        for name, found in sorted(outcome.evidence.items())
    } or None  # in the order in which the column for readers has it
    told["page_list_id"], told["page_item_id"] = outcome.page_list_id, outcome.page_item_id
    return told


def present_content(conn: sqlite3.Connection, article_id: int) -> Content:
    """What the article stands with, from the tables for readers."""
    row = conn.execute(_PRESENT, (article_id,)).fetchone()
    canonical, *quiet = row[: 1 + len(QUIET)]
    layout, evidence, page_list, page_item, has_document, *of_document = row[1 + len(QUIET) : -1]
    told: dict[str, Any] = dict(zip(QUIET, quiet, strict=True))
    told["document"] = dict(zip(QUIET_OF_DOCUMENT, of_document, strict=True)) if has_document is not None else None
    told["layout"] = layout
    told["evidence"] = json.loads(evidence) if evidence else None
    told["page_list_id"], told["page_item_id"] = page_list, page_item
    return Content(canonical_url=canonical, encoded=row[-1], rest=encode(told))


def keep(conn: sqlite3.Connection, contents: Iterable[Content]) -> None:
    """These contents can be loaded by their ids."""
    conn.executemany(
        "insert into contents (id, data) values (?, ?) on conflict (id) do nothing",
        [(c.id, pack(c)) for c in contents],
    )


def load(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Content]:
    """The kept contents among these, by id."""
    found = {}
    for content_id in ids:
        row = conn.execute("select data from contents where id = ?", (content_id,)).fetchone()
        if row is not None:
            found[content_id] = unpack(row[0])
    return found


def drop(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """These contents are kept no longer: they stand in the tables for readers, or nothing shows them any more."""
    conn.executemany("delete from contents where id = ?", [(content_id,) for content_id in ids])


def pack(content: Content) -> bytes:
    """The content as ``contents.data`` holds it."""
    text = _APART.join((content.canonical_url, content.encoded, content.rest))
    return zlib.compress(text.encode("utf-8"), _LEVEL)


def unpack(data: bytes) -> Content:
    """The content kept as ``data``."""
    canonical, encoded, rest = zlib.decompress(data).decode("utf-8").split(_APART)
    return Content(canonical_url=canonical, encoded=encoded, rest=rest)
