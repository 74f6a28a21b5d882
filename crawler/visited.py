"""What a run saw of pages that were known before it: what each said then, and what it says now.

Read from the archive's own rows, so that it is the same for a run that was killed and continued.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.cdx import surt
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

#: Visits of a run that are looked at. Ids of captures are hashes, so the first ones by id are a random sample.
SAMPLE = 3_000

#: What an article can have or lack.
FIELDS = (
    *("title", "lead", "body_text", "author", "source", "section", "published_at", "updated_at"),
    *("images", "attachments"),
)

#: Outcomes that say nothing of a page: another try may cure them.
SILENT = ("throttled", "server_error", "truncated", "unreachable", "not_modified", "robots", "file")

_EMPTY = {None, *(hashlib.sha256(text).hexdigest() for text in (b"", b"[]"))}

_VISITS = """
select original, urlkey, outcome, layout, timestamp, id from captures
where run_id = ? and method = 'GET' and outcome not in ({silent}) order by id limit ?
""".format(silent=", ".join(f"'{name}'" for name in SILENT))
_BEFORE = """
select outcome, layout from captures where urlkey = ? and method = 'GET' and run_id is not ?
and timestamp <= ? and outcome not in ({silent}) order by timestamp desc limit 1
""".format(silent=", ".join(f"'{name}'" for name in SILENT if name != "not_modified"))
_NOW = """
select a.title <> '', a.lead is not null, a.body_text <> '', a.author is not null, a.source is not null,
  a.section is not null, a.published_at is not null, a.updated_at is not null,
  exists (select 1 from images i where i.article_id = a.id),
  exists (select 1 from attachments t where t.article_id = a.id), a.missing_since
from article_urls u join articles a on a.id = u.article_id where u.canonical_url = ?
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visited:
    """One page of a run."""

    url: str
    host: str
    before: str | None
    """Outcome of the latest visit in an earlier run; None for a page seen first."""
    outcome: str
    layout_before: str | None
    layout: str | None
    has: frozenset[str]
    """Fields the article has now; empty when the page shows none."""
    lost: frozenset[str]
    """Fields it had before and lacks now."""
    changed: frozenset[str]
    """Fields that hold something else than before."""
    missing_since: str | None
    """Since when the article is missing, when it is."""

    @property
    def family(self) -> str:
        """The layout that read the page before, else the one that reads it now, else its host."""
        return self.layout_before or self.layout or self.host

    @property
    def was_article(self) -> bool:
        """Did the page show an article before?"""
        return self.before in ("article", "not_modified")


def visited(conn: sqlite3.Connection, profile: SiteProfile, run_id: int) -> Iterator[Visited]:
    """The run's visits, each page once, at most ``SAMPLE`` of them."""
    lost, changed = _changes(conn, run_id)
    latest: dict[str, tuple[str, str, str, str | None, str, int]] = {}
    for row in map(tuple, conn.execute(_VISITS, (run_id, SAMPLE))):
        held = latest.get(row[1])
        if held is None or held[4] < row[4] or (held[4] == row[4] and held[2] == "redirect"):
            latest[row[1]] = row
    for url, urlkey, outcome, layout, timestamp, capture_id in latest.values():
        before = conn.execute(_BEFORE, (urlkey, run_id, timestamp)).fetchone()
        now = conn.execute(_NOW, (canonical_url(url, profile),)).fetchone()
        yield Visited(
            url=url,
            host=urlsplit(url).netloc,
            before=before[0] if before else None,
            outcome=outcome,
            layout_before=before[1] if before else None,
            layout=layout,
            has=frozenset(name for name, has in zip(FIELDS, now, strict=False) if has)
            if now and outcome == "article"
            else frozenset(),
            lost=lost.get(capture_id, frozenset()),
            changed=changed.get(capture_id, frozenset()),
            missing_since=now[-1] if now else None,
        )


def reads_well(conn: sqlite3.Connection, canonical: str, field: str) -> bool:
    """Does the article at that address have the field now? ``layout`` and ``article`` ask whether it is read at all."""
    row = conn.execute(_NOW, (canonical,)).fetchone()
    if row is None:
        return False
    if field in FIELDS:
        return bool(row[FIELDS.index(field)])
    latest = conn.execute(
        "select outcome, layout from captures where urlkey = ? and method = 'GET' order by timestamp desc, id limit 1",
        (surt(canonical),),
    ).fetchone()
    return latest is not None and latest[0] in ("article", "not_modified") and (field == "article" or bool(latest[1]))


def _changes(conn: sqlite3.Connection, run_id: int) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
    """Capture -> fields its article lost, and fields in which one value gave way to another."""
    lost: dict[int, frozenset[str]] = {}
    changed: dict[int, frozenset[str]] = {}
    rows = conn.execute(
        "select capture_id, field, old_digest, new_digest from article_changes"
        " where run_id = ? and version_id is not null",
        (run_id,),
    )
    for capture_id, field, old, new in rows:
        if old in _EMPTY:
            continue
        if new not in _EMPTY:
            changed[capture_id] = changed.get(capture_id, frozenset()) | {field}
        else:
            lost[capture_id] = lost.get(capture_id, frozenset()) | {field}
    return lost, changed
