"""Captures extracted again, and held against the rows that were made of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from archive.articles import find_article
from archive.models import ArticleFound, Capture, Outcome, Rejected, outcome_name
from archive.proof.versions import versions_of
from archive.readings import Reading, reading_of
from archive.scrub import scrubbed
from archive.shells import fingerprint
from archive.shown import shown_columns
from archive.takedown import admitted, tombstones
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION, extract
from crawler.profile import SiteProfile

_RULES = """
select s.extractor_version, s.profile_digest from readings r join rules s on s.id = r.rules_id where r.capture_id = ?
"""
_RUN = "select extractor_version, profile_digest from runs where id = ?"
_OTHERS = """
select count(*) from captures c join runs r on r.id = c.run_id
where r.extractor_version <> ? or r.profile_digest not in ({})
"""
_RAW = ("number_raw", "issued_raw", "effective_raw")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rereading:
    """Reads captures of runs that had these very rules; others cannot be compared."""

    profiles: tuple[SiteProfile, ...]

    def __call__(
        self, conn: sqlite3.Connection, capture: Capture, row: sqlite3.Row
    ) -> list[tuple[str, str, int | None]]:
        """Kinds of findings, what is wrong with the capture's row and the article read from it, and that article."""
        profile = same_rules(conn, row["id"], row["run_id"], self.profiles)
        if profile is None:
            return []
        outcome = scrubbed(admitted(capture, extract(capture, profile), tombstones(conn)))
        return [
            *self._capture_wrong(capture, row, outcome),
            *self._reading_wrong(conn, capture, row, outcome, profile),
            *self._article_wrong(conn, capture, row, outcome),
        ]

    def left_out(self, conn: sqlite3.Connection) -> int:
        """Captures that were read by another extractor or by other rules than these."""
        digests = [profile.digest for profile in self.profiles]
        query = _OTHERS.format(", ".join("?" * len(digests)))
        return int(conn.execute(query, (EXTRACTOR_VERSION, *digests)).fetchone()[0])

    def _capture_wrong(
        self, capture: Capture, row: sqlite3.Row, outcome: Outcome
    ) -> Iterator[tuple[str, str, int | None]]:
        if _is_shell(row, outcome):
            return
        told = {
            "outcome": outcome_name(outcome),
            "reason": outcome.reason if isinstance(outcome, Rejected) else None,
            "layout": outcome.layout,
            "fingerprint": fingerprint(outcome, capture.url),
        }
        for name, value in told.items():
            if row[name] != value:
                yield "capture_edited", f"{name} is {row[name]!r}, the page reads {value!r}", None

    def _reading_wrong(
        self, conn: sqlite3.Connection, capture: Capture, row: sqlite3.Row, outcome: Outcome, profile: SiteProfile
    ) -> Iterator[tuple[str, str, int | None]]:
        if _is_shell(row, outcome):
            return
        context = run_context(row["run_id"] or 0, profile)
        reading, _ = reading_of(replace(capture, url=row["original"]), row["id"], outcome, context, 0)
        held = conn.execute("select * from readings where capture_id = ?", (row["id"],)).fetchone()
        if (reading is None) != (held is None):
            yield "reading_edited", "a reading is missing" if held is None else "a reading is too many", None
        elif reading is not None and (wrong := differs(reading, held)):
            standing = find_article(conn, reading.canonical_url)
            told = f"{', '.join(wrong)} of its reading is not as the page says"
            yield "reading_edited", told, standing.id if standing else None

    def _article_wrong(
        self, conn: sqlite3.Connection, capture: Capture, row: sqlite3.Row, outcome: Outcome
    ) -> Iterator[tuple[str, str, int | None]]:
        if not isinstance(outcome, ArticleFound):
            return
        canonical = outcome.canonical_url or capture.url
        standing = find_article(conn, canonical)
        if standing is None:
            if row["outcome"] == "article":
                yield "article_address", f"the page shows the article of {canonical}, which no article has", None
            return
        article = conn.execute("select * from articles where id = ?", (standing.id,)).fetchone()
        if article["capture_id"] == row["id"] and article["extractor_version"] == EXTRACTOR_VERSION:
            told = shown_columns(row["original"], canonical, outcome)
            different = [name for name, value in told.items() if article[name] != value]
            if different:
                yield (
                    "article_edited",
                    f"{', '.join(different)} is not as the page of {canonical} shows it",
                    standing.id,
                )
            if _links(conn, canonical) != _content_links(outcome, canonical):
                yield "article_parts", f"the links are not those of the page of {canonical}", standing.id
        if outcome.document is not None and _document_capture(conn, standing.id) == row["id"]:
            query = f"select {', '.join(_RAW)} from documents where article_id = ?"
            raw = conn.execute(query, (standing.id,)).fetchone()
            if raw is not None and tuple(raw) != tuple(getattr(outcome.document, name) for name in _RAW):
                yield "article_parts", f"the document is not as the page of {canonical} prints it", standing.id


def same_rules(
    conn: sqlite3.Connection, capture_id: int, run_id: int | None, profiles: tuple[SiteProfile, ...]
) -> SiteProfile | None:
    """The sheet among these that the capture was read by, when today's extractor read it; else None."""
    row = conn.execute(_RULES, (capture_id,)).fetchone()
    if row is not None:
        known = {profile.rules_digest: profile for profile in profiles}
    else:
        row, known = conn.execute(_RUN, (run_id,)).fetchone(), {profile.digest: profile for profile in profiles}
    return known.get(row[1]) if row is not None and row[0] == EXTRACTOR_VERSION else None


def differs(reading: Reading, row: sqlite3.Row | dict[str, object]) -> list[str]:
    """Columns of a row of readings that are not as the reading has them."""
    names = ("canonical_url", "seen_at", "kind", "own", "content_id", "target", "page_list_id", "page_item_id")
    return [name for name in names if row[name] != getattr(reading, name)]


def _is_shell(row: sqlite3.Row, outcome: Outcome) -> bool:
    """A page that alone reads like an article and was known by its run for what many addresses show."""
    return row["reason"] == "soft_404" and row["fingerprint"] is not None and isinstance(outcome, ArticleFound)


def _document_capture(conn: sqlite3.Connection, article_id: int) -> int | None:
    """The capture whose document the article's row shows: that of the first version since which it is the same."""
    found: tuple[Any, int] | None = None
    for version in reversed(versions_of(conn, article_id)):
        document = version.fields.get("document")
        if found is not None and document != found[0]:
            break
        found = (document, version.capture_id)
    return found[1] if found else None


def _links(conn: sqlite3.Connection, source: str) -> dict[str, tuple[str | None, str]]:
    rows = conn.execute("select target_url, text, kind from links where source_url = ?", (source,))
    return {target: (text, kind) for target, text, kind in rows}


def _content_links(outcome: ArticleFound, source: str) -> dict[str, tuple[str | None, str]]:
    wanted: dict[str, tuple[str | None, str]] = {}
    for link in outcome.links:
        if link.in_content and link.url != source:
            wanted.setdefault(link.url, (link.text, link.kind))
    return wanted
