"""One history, whatever the order in which captures come in.

The usual reading is the latest of its article and is laid on top of what stands. One that comes late, or that makes two
articles one, has the article told anew from all its readings and the judgements of the portal's runs, in order of time;
both ways run through the same functions, so that both leave the same rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from archive import articles, contents, judging, missing
from archive.articles import Standing
from archive.cdx import utc_text
from archive.contents import Content
from archive.history import encode
from archive.index import indexed_texts, withdraw
from archive.judging import Settlement
from archive.missing import Judgement
from archive.readings import Reading, drop_unshown, pages, readings_of
from archive.runs import RunContext

#: Later than every moment.
NEVER = "9999"

_TABLES = ("article_urls", "article_versions", "article_changes", "documents", "images", "attachments", "absences")
_LATER_AT_ADDRESS = "select 1 from readings where canonical_url = ? and capture_id <> ? and kind <> 'file' limit 1"
_SAME_SECOND = """
select max(coalesce(c.filename, '') || char(9) || printf('%020d', coalesce(c."offset", 0)))
from article_urls u join readings r on r.canonical_url = u.canonical_url join captures c on c.id = r.capture_id
where u.article_id = ? and r.seen_at = ? and r.capture_id <> ?
"""
_LATEST_EVENT = """
select max(moment) from (
  select max(r.seen_at) as moment from article_urls u join readings r on r.canonical_url = u.canonical_url
  where u.article_id = ?1 and r.capture_id <> ?2
  union all select max(changed_at) from article_changes where article_id = ?1 and field = 'status'
)
"""
_DEPENDING = """
select distinct b.article_id from absences b where b.status <> 'live' and b.article_id <> ? and (
  b.content_digest in (select content_digest from article_versions where article_id = ?)
  or b.target in (select canonical_url from article_urls where article_id = ?))
"""
_LATER = """
select 1 where exists (select 1 from captures where timestamp > ?)
or exists (select 1 from runs where portal = ? and judged_at > ?)
"""
_MISSED = """
select distinct u.article_id, min(u.canonical_url) from readings r
join article_urls u on u.canonical_url = r.canonical_url join articles a on a.id = u.article_id
where r.kind in ('missing', 'redirected') and r.seen_at <= ? and a.portal = ? group by u.article_id
"""
_OLD_ARTICLES = "select distinct article_id from article_urls where canonical_url = ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a reading did."""

    article_id: int | None = None
    new: bool = False
    """The article was not in the archive before."""
    late: bool = False
    """Later readings had come in before it, or a later moment was judged."""


def arrive(conn: sqlite3.Connection, reading: Reading, content: Content | None) -> Told:
    """The reading, which is already kept, has become part of its article's history."""
    standing = articles.find_article(conn, reading.canonical_url)
    if content is not None and (others := articles.others_of_item(conn, reading, standing)):
        return _joined(conn, reading, content, standing, others)
    if standing is None:
        return _first(conn, reading, content) if content is not None else Told()
    late = _is_late(conn, standing, reading)
    if late:
        if content is not None:
            contents.keep(conn, [content])
        retell(conn, [reading.canonical_url])
    else:
        _lay(conn, standing, reading, content)
    return _done(conn, reading, late=late, article_id=None if late else standing.id)


def retell(conn: sqlite3.Connection, addresses: Iterable[str]) -> set[int]:
    """The articles at these addresses are told anew from all their readings, and others whose judgement rests on them.

    Returns the ids of the articles that stand at the addresses now.
    """
    told = _retold(conn, addresses)
    for other in depending(conn, told):
        _retold(conn, _addresses(conn, other))
    return told


def depending(conn: sqlite3.Connection, told: Iterable[int]) -> set[int]:
    """Articles that were judged by what these say or where they stand."""
    return {row[0] for one in told for row in conn.execute(_DEPENDING, (one, one, one))}


def _first(conn: sqlite3.Connection, reading: Reading, content: Content) -> Told:
    """A page that was never shown before; but others may have found nothing there."""
    if conn.execute(_LATER_AT_ADDRESS, (reading.canonical_url, reading.capture_id)).fetchone():
        contents.keep(conn, [content])
        retell(conn, [reading.canonical_url])
    else:
        return _done(conn, reading, new=True, article_id=articles.add_article(conn, reading, content))
    return _done(conn, reading, new=True)


def _joined(
    conn: sqlite3.Connection, reading: Reading, content: Content, standing: Standing | None, others: set[int]
) -> Told:
    """The same list item as another article: one more address of it, or two articles that are one."""
    alone = standing is None and len(others) == 1
    if alone and not conn.execute(_LATER_AT_ADDRESS, (reading.canonical_url, reading.capture_id)).fetchone():
        other = articles.load_standing(conn, next(iter(others)))
        if not _is_late(conn, other, reading):
            articles.show_article(conn, other, reading, content)
            return _done(conn, reading)
    contents.keep(conn, [content])
    retell(conn, [reading.canonical_url, *(url for other in others for url in _addresses(conn, other))])
    return _done(conn, reading, late=True)


def _done(
    conn: sqlite3.Connection, reading: Reading, *, new: bool = False, late: bool = False, article_id: int | None = None
) -> Told:
    standing = articles.find_article(conn, reading.canonical_url) if article_id is None else None
    number = standing.id if standing is not None else article_id
    past = late or _judged_since(conn, reading)
    if number is not None and reading.kind == "shown" and past and not late:
        for other in depending(conn, [number]):
            _retold(conn, _addresses(conn, other))
    return Told(article_id=number, new=new, late=past)


def _is_late(conn: sqlite3.Connection, standing: Standing, reading: Reading) -> bool:
    """Has anything that bears on the article happened after the reading?"""
    if reading.seen_at < standing.last_seen_at:
        return True
    if reading.seen_at == standing.last_seen_at:
        (latest,) = conn.execute(_SAME_SECOND, (standing.id, reading.seen_at, reading.capture_id)).fetchone()
        if latest is not None and f"{reading.filename or ''}\t{reading.offset or 0:020d}" < latest:
            return True
    if reading.kind in ("missing", "redirected") and _judged_since(conn, reading):
        return True
    if standing.plainly_live:
        return False
    (moment,) = conn.execute(_LATEST_EVENT, (standing.id, reading.capture_id)).fetchone()
    return moment is not None and reading.seen_at <= moment


def _judged_since(conn: sqlite3.Connection, reading: Reading) -> bool:
    (at,) = conn.execute("select max(judged_at) from runs where portal = ?", (reading.portal,)).fetchone()
    return at is not None and bool(at >= reading.seen_at)


def _lay(conn: sqlite3.Connection, standing: Standing, reading: Reading, content: Content | None) -> None:
    """The reading on top of all earlier ones."""
    if content is not None:
        articles.show_article(conn, standing, reading, content)
    elif reading.kind == "not_modified":
        articles.touch(conn, standing, reading)
    elif missing.is_missing(conn, standing, reading):
        missing.note_missing(conn, standing, reading)


def settle(conn: sqlite3.Connection, run: RunContext, now: datetime, *, whole: bool) -> Settlement:
    """The end of a complete run, which may lie in the past: what was missed by then is judged.

    A run that did not visit the ``whole`` portal judges the hosts it brought captures of.
    """
    hosts = None if whole else judging.hosts_brought(conn, run.run_id)
    return judge_run(conn, run.run_id, utc_text(now), judging.rules_of(run, hosts))


def judge_run(conn: sqlite3.Connection, run_id: int, at: str, rules: str) -> Settlement:
    """The run judges as of that moment, by these rules (``runs.judgement``)."""
    settlement = judging.judge_run(conn, run_id, at, rules)
    (portal,) = conn.execute("select portal from runs where id = ?", (run_id,)).fetchone()
    stamp = "".join(digit for digit in at if digit.isdigit())
    if conn.execute(_LATER, (stamp, portal, at)).fetchone():
        _retell_missed(conn, portal, at, host=None)
        recheck(conn, portal, after=at)
    return settlement


def recheck(conn: sqlite3.Connection, portal: str, after: str = "") -> None:
    """After captures or a judgement came in late: outages are what all readings tell, and judgements rest on them.

    Outages of one run, and that it was judged, bear on what the next one expects: they are looked at in the order of
    time, from ``after`` on.
    """
    for judgement in judging.judgements(conn, portal):
        if judgement.at < after:
            continue
        for host in sorted(judging.note_outages(conn, judgement.run_id)):
            _retell_missed(conn, portal, NEVER, host=host)


def _retell_missed(conn: sqlite3.Connection, portal: str, until: str, host: str | None) -> None:
    """Tell anew every article of the portal, or of the host, of which something was missed up to that time."""
    rows = conn.execute(_MISSED, (until, portal)).fetchall()
    for article_id, url in rows:
        if host is None or urlsplit(url).netloc == host:
            retell(conn, _addresses(conn, article_id) or [url])


# --- telling anew -----------------------------------------------------------------------------------------------------


def _retold(conn: sqlite3.Connection, addresses: Iterable[str]) -> set[int]:
    """The articles at the addresses, from their readings alone; returns their ids."""
    conn.execute("pragma defer_foreign_keys = on")  # an article is taken out and put back under what points to it
    wanted = set(addresses)
    old = {row[0] for url in wanted for row in conn.execute(_OLD_ARTICLES, (url,))}
    wanted |= {url for article_id in old for url in _addresses(conn, article_id)}
    shown = [contents.present_content(conn, article_id) for article_id in old]
    contents.keep(conn, shown)
    blocked = {url for article_id in old if _is_blocked(conn, article_id) for url in _addresses(conn, article_id)}
    waiting = {article_id: _take_out(conn, article_id) for article_id in old}
    told = {_tell(conn, page, blocked) for page in pages(conn, wanted)} - {None}
    for content in shown:
        drop_unshown(conn, content.canonical_url, content.id)
    for article_id, texts in waiting.items():
        _requeue(conn, article_id, texts)
    return {article_id for article_id in told if article_id is not None}


def _tell(conn: sqlite3.Connection, page: set[str], blocked: set[str]) -> int | None:
    """One article from the readings of its addresses; its id, or None when none shows it."""
    readings = readings_of(conn, page)
    first = next((index for index, reading in enumerate(readings) if reading.kind == "shown"), None)
    if first is None:
        return None
    kept = contents.load(conn, {r.content_id for r in readings if r.content_id is not None})
    opening = readings[first]
    assert opening.content_id is not None
    article_id = articles.add_article(conn, opening, kept[opening.content_id])
    contents.drop(conn, [opening.content_id])
    if blocked & page:
        conn.execute("update articles set status = 'blocked' where id = ?", (article_id,))
    later = readings[first + 1 :]
    absent = any(reading.kind in ("missing", "redirected") for reading in later)
    judged = judging.judgements(conn, opening.portal) if absent else []
    for event in _in_time(later, [j for j in judged if j.at >= opening.seen_at]):
        if isinstance(event, Judgement):
            missing.judge(conn, article_id, event)
        else:
            content = kept[event.content_id] if event.content_id is not None else None
            _lay(conn, articles.load_standing(conn, article_id), event, content)
    return article_id


def _in_time(readings: list[Reading], judgements: list[Judgement]) -> list[Reading | Judgement]:
    """Readings and judgements in the order of time; what was seen in the second of a judgement was seen before it."""
    at: list[tuple[str, int, Reading | Judgement]] = [(r.seen_at, 0, r) for r in readings]
    at += [(j.at, 1, j) for j in judgements]
    return [event for _, _, event in sorted(at, key=lambda one: one[:2])]


def _take_out(conn: sqlite3.Connection, article_id: int) -> dict[str, str]:
    """Remove the article's rows; returns its texts as they stand in the search index or wait for it."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    texts = indexed_texts(cursor.execute("select * from articles where id = ?", (article_id,)).fetchone())
    articles.queue(conn, article_id, encode(texts))
    for table in _TABLES:
        conn.execute(f"delete from {table} where article_id = ?", (article_id,))
    conn.execute("delete from articles where id = ?", (article_id,))
    return texts


def _requeue(conn: sqlite3.Connection, article_id: int, texts: dict[str, str]) -> None:
    """The article waits for the index only when its texts are others than before; one that is no more leaves it."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    row = cursor.execute("select * from articles where id = ?", (article_id,)).fetchone()
    if row is None:
        withdraw(conn, article_id)
    elif indexed_texts(row) == texts:
        same = "delete from search_queue where article_id = ? and indexed = ?"
        conn.execute(same, (article_id, encode(texts)))


def _addresses(conn: sqlite3.Connection, article_id: int) -> list[str]:
    return [r[0] for r in conn.execute("select canonical_url from article_urls where article_id = ?", (article_id,))]


def _is_blocked(conn: sqlite3.Connection, article_id: int) -> bool:
    row = conn.execute("select status from articles where id = ?", (article_id,)).fetchone()
    return row is not None and row[0] == "blocked"
