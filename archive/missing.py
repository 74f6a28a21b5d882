"""Articles that can no longer be found: noted once a run, judged when a complete run ends."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archive import history
from archive.articles import Standing
from archive.cdx import surt, utc_text
from archive.history import Sighting
from archive.models import Capture, Outcome, Redirected, Rejected, outcome_name
from archive.runs import RunContext

#: Attempts kept as evidence: the first and the latest ones.
_MAX_ATTEMPTS = 50

#: The plus keeps SQLite from going through all live articles, whose texts would have to be read on the way.
_CANDIDATES = """
select id, content_digest, body_text <> '', missing_since, removal_evidence from articles
where portal = ? and +status = 'live' and missing_since is not null and missing_visits >= ? order by +id
"""
_TWIN = """
select id, canonical_url from articles where content_digest = ? and portal = ? and id <> ? and status = 'live'
and missing_since is null order by first_seen_at desc, id limit 1
"""
_FOUND_SINCE = """
select g.id, g.removal_evidence, l.id, l.canonical_url from articles g
join articles l on l.content_digest = g.content_digest and l.portal = g.portal and l.status = 'live'
and l.missing_since is null
where g.status = 'gone' and g.portal = ? and g.body_text <> '' order by g.id, l.first_seen_at, l.id
"""
_REDIRECT_TARGET = """
select a.id, a.canonical_url from article_urls u join articles a on a.id = u.article_id
where u.canonical_url = ? and a.id <> ? and a.status = 'live' and a.missing_since is null
"""
_ANSWERED = "select 1 from captures where +run_id = ? and urlkey = ? and outcome in ('article', 'not_modified')"
_JUDGE = "update articles set status = ?, removed_at = missing_since, removal_evidence = ? where id = ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What the end of a run decided."""

    gone: int = 0
    """Articles that count as removed from now on."""
    moved: int = 0
    """Articles that stand at another address as another row."""


def is_missing(outcome: Outcome, standing: Standing, canonical: str, conn: sqlite3.Connection) -> bool:
    """Does the outcome say that the article no longer stands at its present address?

    Only a plain "not found" and a redirect away say so; a broken server or a refusal says nothing of the article. A
    redirect to another spelling of the same address, or to another address of the same article, is no absence.
    """
    if canonical != standing.canonical_url:
        return False
    if isinstance(outcome, Rejected):
        return outcome.reason in ("not_found", "soft_404")
    if not isinstance(outcome, Redirected):
        return False
    target = _target(outcome)
    if target == canonical:
        return False
    row = conn.execute("select article_id from article_urls where canonical_url = ?", (target,)).fetchone()
    return row is None or row[0] != standing.id


def note_missing(
    conn: sqlite3.Connection, standing: Standing, capture: Capture, capture_id: int, outcome: Outcome, run: RunContext
) -> None:
    """One more run has found the article missing; a second failure in the same run counts once."""
    if standing.status != "live":
        return
    time = utc_text(capture.fetched_at)
    if time < standing.last_seen_at:
        return
    (evidence_text,) = conn.execute("select removal_evidence from articles where id = ?", (standing.id,)).fetchone()
    attempts: list[dict[str, Any]] = json.loads(evidence_text)["attempts"] if evidence_text else []
    if attempts and _run_of(conn, attempts[-1]["capture_id"]) == run.run_id:
        return
    attempt = {
        "capture_id": capture_id,
        "url": capture.url,
        "status": capture.status,
        "outcome": outcome_name(outcome),
        "time": time,
    }
    if isinstance(outcome, Redirected):
        attempt["target"] = _target(outcome)
    attempts = [*attempts[:1], *attempts[1:][-(_MAX_ATTEMPTS - 2) :], attempt]
    conn.execute(
        "update articles set missing_since = coalesce(missing_since, ?), missing_visits = missing_visits + 1,"
        " removal_evidence = ? where id = ?",
        (time, history.encode({"attempts": attempts}), standing.id),
    )


def settle_missing(conn: sqlite3.Connection, run: RunContext, now: datetime) -> Settlement:
    """Judge every article of the portal that was missing in enough runs for long enough.

    It is ``moved`` when its address redirects to another live article or the same content stands live elsewhere on the
    portal, else ``gone``. One that was gone is ``moved`` once its content is found elsewhere. ``removed_at`` is when it
    was first found missing; ``removal_evidence`` holds every attempt.
    """
    counts = {"gone": 0, "moved": _found_since(conn, run, now)}
    for row in conn.execute(_CANDIDATES, (run.portal, run.gone_visits)).fetchall():
        article_id, digest, has_body, missing_since, evidence_text = row
        if now - _moment(missing_since) < timedelta(days=run.gone_days) or _answered(conn, article_id, run.run_id):
            continue
        evidence = json.loads(evidence_text)
        elsewhere = _elsewhere(conn, article_id, digest if has_body else None, evidence["attempts"][-1], run.portal)
        status = "moved" if elsewhere else "gone"
        if elsewhere:
            evidence["moved_to"] = elsewhere
        _judge(conn, article_id, "live", status, evidence, run, now)
        counts[status] += 1
    return Settlement(**counts)


def _found_since(conn: sqlite3.Connection, run: RunContext, now: datetime) -> int:
    found = {row[0]: row for row in reversed(conn.execute(_FOUND_SINCE, (run.portal,)).fetchall())}
    for article_id, evidence_text, twin, url in found.values():
        evidence = json.loads(evidence_text)
        evidence["moved_to"] = {"article_id": twin, "url": url, "by": "content"}
        _judge(conn, article_id, "gone", "moved", evidence, run, now)
    return len(found)


def _judge(
    conn: sqlite3.Connection,
    article_id: int,
    old: str,
    new: str,
    evidence: dict[str, Any],
    run: RunContext,
    now: datetime,
) -> None:
    conn.execute(_JUDGE, (new, history.encode(evidence), article_id))
    judged = Sighting(
        seen_at=utc_text(now),
        capture_id=evidence["attempts"][-1]["capture_id"],
        run_id=run.run_id,
        extractor_version=run.extractor_version,
    )
    history.add_changes(conn, article_id, None, {"status": old}, {"status": new}, ("status",), judged)


def _target(outcome: Redirected) -> str:
    """The canonical address a redirect leads to; ``target`` itself is as the server wrote it."""
    return outcome.links[0].url if outcome.links else outcome.target


def _run_of(conn: sqlite3.Connection, capture_id: int) -> int | None:
    row = conn.execute("select run_id from captures where id = ?", (capture_id,)).fetchone()
    return row[0] if row else None


def _answered(conn: sqlite3.Connection, article_id: int, run_id: int) -> bool:
    """Did any address of the article answer in this run?"""
    urls = conn.execute("select canonical_url from article_urls where article_id = ?", (article_id,)).fetchall()
    return any(conn.execute(_ANSWERED, (run_id, surt(url))).fetchone() for (url,) in urls)


def _elsewhere(
    conn: sqlite3.Connection, article_id: int, digest: str | None, attempt: dict[str, Any], portal: str
) -> dict[str, Any] | None:
    """Where the article stands now, and what says so."""
    if "target" in attempt:
        row = conn.execute(_REDIRECT_TARGET, (attempt["target"], article_id)).fetchone()
        if row:
            return {"article_id": row[0], "url": row[1], "by": "redirect"}
    row = conn.execute(_TWIN, (digest, portal, article_id)).fetchone() if digest else None
    return {"article_id": row[0], "url": row[1], "by": "content"} if row else None


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
