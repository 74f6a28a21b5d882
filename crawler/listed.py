"""Lists that answer as ever and name nothing any more: the portal would seem silent although it is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from archive.cdx import surt
from archive.expectations import Judgement
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url
from crawler.visited import Visited

#: Outcomes of a list that answers 200.
ANSWERED = ("listing", "no_article")

#: Earlier runs in which a list must have answered as one.
RUNS = 3

#: Entries at its latest full visit from which an empty list is a breach, and from which one far shorter is.
EMPTIED, SHORTENED = 4, 8

#: Below this share of its latest entries a list is far shorter.
LEFT = 0.25

#: A list that stays empty for longer is how the portal is now.
TOLD_FOR = timedelta(days=14)

#: Lists named one by one.
NAMED = 10

#: The entries the list named when it last named others than now.
_FULL = """
select count(*) from list_items where list_url = :list and seen_at = (
  select max(i.seen_at) from list_items i join captures c on c.id = i.capture_id
  where i.list_url = :list and c.run_id is not :run and i.seen_at >= :since)
"""
_NOW = """
select count(*) from list_items i join captures c on c.id = i.capture_id where i.list_url = ? and c.run_id = ?
"""
_RUNS = """
select count(distinct run_id) from captures
where urlkey = ? and method = 'GET' and outcome = 'listing' and run_id is not ?
"""


def emptied(
    conn: sqlite3.Connection, profile: SiteProfile, run_id: int, pages: Iterable[Visited], now: datetime
) -> list[Judgement]:
    """One broken judgement for each list that lost its entries within ``TOLD_FOR``, or one that holds."""
    lists = sorted(page.url for page in pages if page.before is not None and page.outcome in ANSWERED)
    broken = []
    for url in lists:
        left, full = entries(conn, canonical_url(url, profile), run_id, now)
        if (
            full >= EMPTIED
            and (not left or (full >= SHORTENED and left < LEFT * full))
            and _is_usual(conn, url, run_id)
        ):
            broken.append(_judged(url, left, full))
    return broken[:NAMED] or [Judgement(name="entries", expected=LEFT, sample=len(lists), held=True)]


def entries(conn: sqlite3.Connection, url: str, run_id: int, now: datetime) -> tuple[int, int]:
    """Entries the list names in this run, and those it named when it last named others."""
    (left,) = conn.execute(_NOW, (url, run_id)).fetchone()
    since = f"{now - TOLD_FOR:%Y-%m-%dT%H:%M:%SZ}"
    (full,) = conn.execute(_FULL, {"list": url, "run": run_id, "since": since}).fetchone()
    return int(left), int(full)


def _is_usual(conn: sqlite3.Connection, url: str, run_id: int) -> bool:
    return int(conn.execute(_RUNS, (surt(url), run_id)).fetchone()[0]) >= RUNS


def _judged(url: str, left: int, full: int) -> Judgement:
    shown = f"{left} entries" if left else "no entries"
    return Judgement(
        name="entries",
        subject=url,
        expected=LEFT,
        measured=left / full,
        sample=full,
        held=False,
        message=f"the list {url} answers and shows {shown}, {full} when it was last full",
        examples=(url,),
    )
