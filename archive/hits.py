"""Articles that were found, as they are shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archive.snippets import marked_line, snippet
from archive.wanted import Wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """An article that was found."""

    id: int
    title: str
    marked_title: str
    """The title with hits marked (see :mod:`archive.marks`)."""
    url: str
    canonical_url: str
    section: str | None
    author: str | None
    published_at: str | None
    updated_at: str | None
    status: str
    snippet: str
    """A piece of the original text around the hits, hits marked, on one line."""
    number: str | None
    """The document's number, where the article is a legal document."""
    score: float | None
    """Comparable within one result only, greater first; None where it was not weighed."""
    filename: str | None = None
    """The attached file whose text was found and the snippet comes from; None for the article's own text."""


_ARTICLE = """
select a.title, a.url, a.canonical_url, a.section, a.author, a.published_at, a.updated_at, a.status, a.lead,
  a.body_text, d.number
from articles a left join documents d on d.article_id = a.id where a.id = ?
"""
_FILE = """
select f.text, t.filename from file_texts f join attachments t on t.digest = f.digest
where f.id = ? and t.article_id = ? order by t.position
"""
_NAMES = ("title", "url", "canonical_url", "section", "author", "published_at", "updated_at", "status")


def hits_of(
    connection: sqlite3.Connection,
    wanted: Wanted,
    worth: Mapping[str, float],
    found: Iterable[tuple[int, float | None, int | None]],
) -> tuple[Hit, ...]:
    """The hits, each with its piece of text."""
    return tuple(_hit(connection, wanted, worth, *one) for one in found)


def _hit(
    connection: sqlite3.Connection,
    wanted: Wanted,
    worth: Mapping[str, float],
    article: int,
    score: float | None,
    file: int | None,
) -> Hit:
    cursor = connection.cursor()
    cursor.row_factory = None
    *values, lead, body, number = cursor.execute(_ARTICLE, (article,)).fetchone()
    named = dict(zip(_NAMES, values, strict=True))
    text, filename = (cursor.execute(_FILE, (file, article)).fetchone() if file is not None else None) or (None, None)
    return Hit(
        id=article,
        **named,
        marked_title=marked_line(wanted, named["title"]),
        snippet=snippet(wanted, text if text is not None else "\n".join(filter(None, (lead, body))), worth),
        number=number,
        score=round(score, 4) if score is not None else None,
        filename=filename,
    )
