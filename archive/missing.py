"""Articles that can no longer be found: noted once a run, judged at the end of a complete one.

Everything is told by readings and runs alone, and what other articles were at the time of a judgement is asked as of
that time, so that the same judgements are reached whenever and in whatever order the captures come in.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from archive import history
from archive.articles import Standing
from archive.history import Sighting
from archive.identity import hash_id
from archive.readings import Reading

#: Attempts kept as evidence beside the article: the first and the latest ones. All of them stand in ``readings``.
_MAX_ATTEMPTS = 50

#: Runs whose beginnings part the time of a portal into rounds: in each an absence counts once.
_ROUND = """
select id from runs where portal = ? and kind in ('crawl', 'update') and started_at <= ?
order by started_at desc, id desc limit 1
"""
_NOTE = """
update articles set missing_since = coalesce(missing_since, ?), missing_visits = missing_visits + 1,
removal_evidence = ? where id = ?
"""
_ABSENCE = """
insert into absences (id, article_id, missing_since, visits, status, content_digest, target, evidence)
select ?, id, missing_since, missing_visits, 'live', content_digest, ?, removal_evidence from articles where id = ?
on conflict (id) do update set visits = excluded.visits, target = excluded.target, evidence = excluded.evidence
"""
_OPEN = "article_id = ? and found_at is null"
_JUDGED = """
select status, missing_since, missing_visits, removal_evidence, content_digest, body_text <> '', canonical_url
from articles where id = ?
"""
_JUDGE = "update articles set status = ?, removed_at = missing_since, removal_evidence = ? where id = ?"
_LIVE_AT = """
a.portal = :portal and a.id <> :id and a.first_seen_at <= :at and a.status <> 'blocked'
and not exists (select 1 from absences b where b.article_id = a.id and b.missing_since <= :at
                and (b.found_at is null or b.found_at > :at))
"""
_TWIN = f"""
select a.id from article_versions v join articles a on a.id = v.article_id
where v.content_digest = :digest and v.seen_at <= :at and {_LIVE_AT}
and not exists (select 1 from article_versions w where w.article_id = a.id and w.number > v.number
                and w.seen_at <= :at)
order by a.first_seen_at desc, a.id limit 1
"""
_REDIRECT_TARGET = f"""
select a.id from article_urls u join articles a on a.id = u.article_id
where u.canonical_url = :target and u.first_seen_at <= :at and {_LIVE_AT}
"""
_ADDRESS_CHANGES = """
select changed_at, old_value, new_value from article_changes where article_id = ? and field = 'url' order by changed_at
"""
_ANSWERED = """
select 1 from article_urls u join readings r on r.canonical_url = u.canonical_url
where u.article_id = ? and r.kind in ('shown', 'not_modified') and r.seen_at between ? and ? limit 1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A moment at which missing articles are judged, and by what rules."""

    run_id: int
    portal: str
    since: str
    """When the run began: what answered after that is not missing."""
    at: str
    visits: int
    days: float
    outage_visits: int
    outage_days: float
    outages: frozenset[tuple[int, str]]
    """(run, host) of every outage of the portal."""
    judged: Mapping[int, str]
    """Run -> when it was judged, for every run of the portal that ever was."""
    hosts: frozenset[str] | None = None
    """Hosts whose articles it judges; None for all. An intake of one host says nothing of what others miss."""

    def had_judged(self, place: int | str) -> bool:
        """Had the round been judged by then, or was it of a time before all runs?

        A run that was stopped, or in which the portal was not well, is never judged; what it missed says nothing.
        """
        if isinstance(place, str):
            return True
        return place in self.judged and (self.judged[place], place) <= (self.at, self.run_id)


def is_missing(conn: sqlite3.Connection, standing: Standing, reading: Reading) -> bool:
    """Does the reading say that the article no longer stands at its present address?

    Only a plain "not found" and a redirect away say so; a broken server or a refusal says nothing of the article. A
    redirect to another spelling of the same address, or to another address of the same article, is no absence.
    """
    if reading.canonical_url != standing.canonical_url:
        return False
    if reading.kind == "missing":
        return True
    if reading.kind != "redirected" or reading.target == reading.canonical_url:
        return False
    row = conn.execute("select article_id from article_urls where canonical_url = ?", (reading.target,)).fetchone()
    return row is None or row[0] != standing.id


def note_missing(conn: sqlite3.Connection, standing: Standing, reading: Reading) -> None:
    """One more round has found the article missing; a second failure in the same round counts once."""
    if standing.status != "live":
        return
    (evidence_text,) = conn.execute("select removal_evidence from articles where id = ?", (standing.id,)).fetchone()
    attempts: list[dict[str, Any]] = json.loads(evidence_text)["attempts"] if evidence_text else []
    portal = reading.portal
    if attempts and round_of(conn, portal, attempts[-1]["time"]) == round_of(conn, portal, reading.seen_at):
        return
    attempt = {
        "capture_id": reading.capture_id,
        "url": reading.url,
        "status": reading.status,
        "outcome": reading.outcome,
        "time": reading.seen_at,
        "digest": reading.digest,
    }
    if reading.target is not None:
        attempt["target"] = reading.target
    attempts = [*attempts[:1], *attempts[1:][-(_MAX_ATTEMPTS - 2) :], attempt]
    conn.execute(_NOTE, (reading.seen_at, history.encode({"attempts": attempts}), standing.id))
    number = hash_id("absence", standing.id, standing.missing_since or reading.seen_at)
    conn.execute(_ABSENCE, (number, reading.target, standing.id))


def round_of(conn: sqlite3.Connection, portal: str, time: str) -> int | str:
    """The round a moment falls in: the run begun last before it, or its day where there was none yet."""
    row = conn.execute(_ROUND, (portal, time)).fetchone()
    return int(row[0]) if row else time[:10]


def judge(conn: sqlite3.Connection, article_id: int, judgement: Judgement) -> str | None:
    """Judge an article as of the judgement's moment; the status it gets then, None when nothing changes.

    One that was missing often and long enough is ``moved`` when its address redirects to another live article or the
    same content stands live elsewhere on the portal, else ``gone``. One that was gone is ``moved`` once its content is
    found elsewhere. ``removed_at`` is when it was first found missing.
    """
    row = conn.execute(_JUDGED, (article_id,)).fetchone()
    status, missing_since, visits, evidence_text, digest, has_text, canonical = row
    if missing_since is None or status not in ("live", "gone"):
        return None
    if status == "live" and judgement.hosts is not None and urlsplit(canonical).netloc not in judgement.hosts:
        return None
    evidence = json.loads(evidence_text)
    if status == "live" and (
        not _enough(conn, evidence["attempts"], visits, urlsplit(canonical).netloc, judgement)
        or _answered(conn, article_id, judgement)
    ):
        return None
    elsewhere = _elsewhere(conn, article_id, digest if has_text else None, evidence["attempts"][-1], judgement)
    if status == "gone" and (elsewhere is None or elsewhere["by"] == "redirect"):
        return None
    if elsewhere:
        evidence["moved_to"] = elsewhere
    new = "moved" if elsewhere else "gone"
    _decide(conn, article_id, status, new, evidence, judgement)
    return new


def _enough(
    conn: sqlite3.Connection, attempts: list[dict[str, Any]], visits: int, host: str, judgement: Judgement
) -> bool:
    """Was it missed often and long enough? What was missed in an outage of the host needs far more of both.

    What was missed in a run that was never judged counts for neither.
    """
    rounds = [(round_of(conn, judgement.portal, a["time"]), _moment(a["time"])) for a in attempts]
    judged = [(place, time) for place, time in rounds if judgement.had_judged(place)]
    counted = [time for place, time in judged if (place, host) not in judgement.outages]
    visits -= len(attempts) - len(judged)
    in_outages = len(judged) - len(counted)
    now = _moment(judgement.at)
    often = visits - in_outages >= judgement.visits and len(counted) >= min(judgement.visits, _MAX_ATTEMPTS - 1)
    if counted and often and now - counted[0] >= timedelta(days=judgement.days):
        return True
    long = bool(judged) and now - judged[0][1] >= timedelta(days=judgement.outage_days)
    return bool(in_outages) and long and visits >= judgement.outage_visits


def _answered(conn: sqlite3.Connection, article_id: int, judgement: Judgement) -> bool:
    """Did any address of the article answer in this run?"""
    return conn.execute(_ANSWERED, (article_id, judgement.since, judgement.at)).fetchone() is not None


def _elsewhere(
    conn: sqlite3.Connection, article_id: int, digest: str | None, attempt: dict[str, Any], judgement: Judgement
) -> dict[str, Any] | None:
    """Where the article stood at the judgement's moment, and what says so."""
    values = {"id": article_id, "portal": judgement.portal, "at": judgement.at, "digest": digest}
    if "target" in attempt:
        row = conn.execute(_REDIRECT_TARGET, {**values, "target": attempt["target"]}).fetchone()
        if row:
            return {"article_id": row[0], "url": address_at(conn, row[0], judgement.at), "by": "redirect"}
    row = conn.execute(_TWIN, values).fetchone() if digest else None
    return {"article_id": row[0], "url": address_at(conn, row[0], judgement.at), "by": "content"} if row else None


def address_at(conn: sqlite3.Connection, article_id: int, at: str) -> str:
    """The article's address at that moment."""
    changes = conn.execute(_ADDRESS_CHANGES, (article_id,)).fetchall()
    told = [new for changed_at, _, new in changes if changed_at <= at][-1:] or [old for _, old, _ in changes[:1]]
    if told and told[0]:
        return str(told[0])
    return str(conn.execute("select canonical_url from articles where id = ?", (article_id,)).fetchone()[0])


def _decide(
    conn: sqlite3.Connection, article_id: int, old: str, new: str, evidence: dict[str, Any], judgement: Judgement
) -> None:
    encoded = history.encode(evidence)
    conn.execute(_JUDGE, (new, encoded, article_id))
    conn.execute(
        f"update absences set status = ?, judged_at = ?, evidence = ? where {_OPEN}",
        (new, judgement.at, encoded, article_id),
    )
    judged = Sighting(
        seen_at=judgement.at,
        capture_id=evidence["attempts"][-1]["capture_id"],
        run_id=judgement.run_id,
        extractor_version="",
    )
    history.add_changes(conn, article_id, None, {"status": old}, {"status": new}, ("status",), judged)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
