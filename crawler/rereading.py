"""Captures extracted again, and held against the rows that were made of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.articles import find_article
from archive.models import ArticleFound, Capture, Outcome, Rejected, outcome_name
from archive.proof.versions import versions_of
from archive.scrub import scrubbed
from archive.shells import fingerprint
from archive.shown import shown_columns
from archive.takedown import admitted, tombstones
from crawler.extract import EXTRACTOR_VERSION, extract
from crawler.profile import SiteProfile

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
        profile = self._profile(conn, row["run_id"])
        if profile is None:
            return []
        outcome = scrubbed(admitted(capture, extract(capture, profile), tombstones(conn)))
        return [*self._capture_wrong(capture, row, outcome), *self._article_wrong(conn, capture, row, outcome)]

    def left_out(self, conn: sqlite3.Connection) -> int:
        """Captures that were read by another extractor or by other rules than these."""
        digests = [profile.digest for profile in self.profiles]
        query = _OTHERS.format(", ".join("?" * len(digests)))
        return int(conn.execute(query, (EXTRACTOR_VERSION, *digests)).fetchone()[0])

    def _profile(self, conn: sqlite3.Connection, run_id: int | None) -> SiteProfile | None:
        run = conn.execute(_RUN, (run_id,)).fetchone()
        if run is None or run[0] != EXTRACTOR_VERSION:
            return None
        return next((profile for profile in self.profiles if profile.digest == run[1]), None)

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
