"""How lively each section of a portal is, by what the archive has seen of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

#: An article published within that time before the run is one the section got lately.
LATELY = timedelta(days=90)

#: No section is visited more than so many times as often, or as seldom, as its age alone would have it.
MOST = 2.0

#: Articles of average liveliness every section is thought to hold besides its own: a few articles prove little.
PRIOR = 20

#: Both are answered by indexes: neither a text nor a version is read.
_SIZES = """
select s.id, s.name, count(*), sum(coalesce(a.published_at >= :since, 0))
from sections s join articles a on a.section_id = s.id where s.portal = :portal group by s.id
"""
_CHANGED = """
select a.section_id, count(distinct a.id) from article_versions v cross join article_versions w on w.id = v.id
join articles a on a.id = v.article_id
where v.number > 1 and w.cause = 'portal' and a.section_id is not null group by a.section_id
"""


def section_rhythms(conn: sqlite3.Connection, portal: str, now: datetime) -> dict[str, float]:
    """Section name -> how many times as often as the portal's average article one of it is to be visited.

    Liveliness is the share of a section's articles that were changed by the portal since they were first seen, and that
    were published lately; the rhythm is that share over the whole portal's, between ``1 / MOST`` and ``MOST``. The same
    archive and moment give the same rhythms.
    """
    values = {"portal": portal, "since": (now - LATELY).date().isoformat()}
    changed = dict(conn.execute(_CHANGED).fetchall())
    sizes = conn.execute(_SIZES, values).fetchall()
    lively = {name: (fresh + changed.get(number, 0), size) for number, name, size, fresh in sizes}
    events, articles = (sum(column) for column in zip(*lively.values(), strict=True)) if lively else (0, 0)
    if not events:
        return {}
    mean = events / articles
    return {name: _bounded((seen + PRIOR * mean) / (size + PRIOR) / mean) for name, (seen, size) in lively.items()}


def _bounded(ratio: float) -> float:
    return min(MOST, max(1 / MOST, ratio))
