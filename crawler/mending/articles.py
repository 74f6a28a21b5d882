"""Articles told anew: what each of their captures says is read again, and the whole history follows from that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from archive import contents, timeline
from archive.identity import hash_id
from archive.proof.versions import changes_of
from archive.readings import add_reading, reading_of, rules
from crawler.mending.journal import Journal, row_of
from crawler.mending.sources import Sources
from crawler.rereading import differs

_ADDRESSES = """
select canonical_url from article_urls where article_id = ?1
union select canonical_url from articles where id = ?1
union select r.canonical_url from article_versions v join readings r on r.capture_id = v.capture_id
where v.article_id = ?1
"""
_OWN_ROWS = ("article_urls", "article_versions", "article_changes", "documents", "images", "attachments", "absences")
_CAPTURES = """
select c.id, c.run_id, c.reason, c.fingerprint from captures c join readings r on r.capture_id = c.id
where r.canonical_url = ? and r.kind <> 'file'
"""


class ArticleMender:
    """Mends one article after the other, inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection, sources: Sources, journal: Journal) -> None:
        self._conn = conn
        self._sources = sources
        self._journal = journal

    def mend(self, article_id: int, wrong: Iterable[str]) -> None:
        """The article's rows are those its readings and the portal's judgements make; or they are as they were.

        They stay as they were when a content that is needed can be had neither from a capture nor from the tables.
        """
        before = row_of(self._conn, "articles", article_id)
        addresses = [row[0] for row in self._conn.execute(_ADDRESSES, (article_id,))]
        self._conn.execute("savepoint article")
        try:
            for address in addresses:
                self.read_again(address)
            self._make_way(article_id, present=before is not None)
            timeline.retell(self._conn, addresses)
        except (KeyError, ValueError, sqlite3.IntegrityError):
            self._conn.execute("rollback to article")
            return
        finally:
            self._conn.execute("release article")
        told = "; ".join(sorted(set(wrong)))
        self._journal.note("article_edited", f"article {article_id}", told, "told anew from its captures", before)

    def read_again(self, address: str) -> None:
        """What the captures of the address say is as their pages say it, where these can be read by the same rules."""
        for capture_id, run_id, reason, mark in self._conn.execute(_CAPTURES, (address,)).fetchall():
            if reason == "soft_404" and mark is not None:
                continue  # what a run knew the page for is not in the page
            self.mend_reading(capture_id, run_id)

    def mend_reading(self, capture_id: int, run_id: int | None) -> None:
        """The capture's reading is there and as its page says; what it shows can be had."""
        found = self._sources.stored(capture_id)
        if found is None:
            return
        capture, outcome = found
        context = self._sources.context(run_id)
        number = rules(self._conn, context.extractor_version, context.profile, context.rules_digest)
        reading, content = reading_of(capture, capture_id, outcome, context, number)
        if content is not None:
            self._conn.execute("delete from contents where id = ?", (content.id,))
            contents.keep(self._conn, [content])
        row = row_of(self._conn, "readings", capture_id)
        if reading is None or (row is not None and not differs(reading, row)):
            return
        self._conn.execute("delete from readings where capture_id = ?", (capture_id,))
        add_reading(self._conn, reading)
        place = f"reading of capture {capture_id}"
        self._journal.note("reading_edited", place, "it was not as the page says", "read again", row)

    def _make_way(self, article_id: int, *, present: bool) -> None:
        """Rows that would stand in the way of the article as it is told."""
        if not present:
            for table in _OWN_ROWS:
                self._conn.execute(f"delete from {table} where article_id = ?", (article_id,))
        elif not any(change.new_value == "blocked" for change in changes_of(self._conn, article_id)):
            # What people took down stays down when it is told anew; nobody took this one down.
            live = "update articles set status = 'live' where id = ? and status = 'blocked'"
            self._conn.execute(live, (article_id,))
        latest = "select fields from article_versions where article_id = ? order by number desc limit 1"
        row = self._conn.execute(latest, (article_id,)).fetchone()
        if present and (row is None or not _is_object(row[0])):
            # The present content is taken from the latest version, which must be one that can be read.
            self._conn.execute("delete from article_versions where article_id = ?", (article_id,))
            values = (hash_id("version", article_id, 1), article_id, 1, "", "", 0, "", "{}")
            self._conn.execute(
                "insert into article_versions (id, article_id, number, content_digest, seen_at, capture_id,"
                " extractor_version, fields) values (?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
