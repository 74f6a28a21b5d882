"""What captures said of articles: each content a reading names can be had, each kept content is what it was."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator

from archive.articles import find_article
from archive.contents import present_content, unpack
from archive.proof.finding import Finding

_NAMED = """
select capture_id, canonical_url, content_id from readings
where content_id is not null and content_id not in (select id from contents) order by canonical_url
"""


def check_contents(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Kept contents that are damaged, and readings whose content is nowhere."""
    for content_id, data in conn.execute("select id, data from contents"):
        if not is_whole(content_id, data):
            query = "select capture_id, canonical_url from readings where content_id = ? limit 1"
            capture_id, url = conn.execute(query, (content_id,)).fetchone() or (None, "")
            yield _found(conn, f"content {content_id}", "it is not what its id was counted over", capture_id, url)
    present: tuple[str, int | None] = ("", None)
    for capture_id, url, content_id in conn.execute(_NAMED).fetchall():
        if present[0] != url:
            standing = find_article(conn, url)
            present = (url, _present(conn, standing.id) if standing else None)
        if content_id != present[1]:
            wrong = f"what it shows of {url} is kept nowhere"
            yield _found(conn, f"reading of capture {capture_id}", wrong, capture_id, url)


def is_whole(content_id: int, data: bytes) -> bool:
    """Is the kept content the one its id was counted over?"""
    try:
        return unpack(data).id == content_id
    except (zlib.error, ValueError):
        return False


def _present(conn: sqlite3.Connection, article_id: int) -> int | None:
    try:
        return present_content(conn, article_id).id
    except (ValueError, TypeError):
        return None


def _found(conn: sqlite3.Connection, place: str, wrong: str, capture_id: int | None, url: str) -> Finding:
    standing = find_article(conn, url)
    article_id = standing.id if standing else None
    return Finding(kind="content_lost", place=place, wrong=wrong, capture_id=capture_id, article_id=article_id)
