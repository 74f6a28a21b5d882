"""What was taken down stays down: no row and no record of it has come back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from archive.cdx import surt
from archive.proof.finding import Finding


def check_tombstones(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Articles, addresses and captures of what was taken down, and tombstones that cannot be read."""
    for url, digests, records in conn.execute("select url, content_digests, records from tombstones").fetchall():
        try:
            json.loads(digests), json.loads(records)
        except ValueError:
            yield Finding(kind="tombstone_broken", place=f"tombstone {url}", wrong="its digests cannot be read")
        for (article_id,) in conn.execute("select article_id from article_urls where canonical_url = ?", (url,)):
            wrong = "an article stands under this address, which was taken down"
            yield Finding(kind="tombstone_broken", place=f"tombstone {url}", wrong=wrong, article_id=article_id)
        query = "select id, filename, \"offset\" from captures where urlkey = ? and outcome = 'forgotten'"
        for capture_id, filename, offset in conn.execute(query, (surt(url),)):
            yield Finding(
                kind="record_forgotten",
                place=f"capture {capture_id} ({filename} at {offset})",
                wrong=f"it was recorded again after {url} was taken down",
                capture_id=capture_id,
                filename=filename,
                offset=offset,
            )
