"""The end of a complete run: which hosts were out, and what has become of the articles that were missed."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archive.missing import Judgement, address_at, judge, round_of
from archive.runs import RunContext

#: Articles of a host that must be missed at once before an outage is thought of.
LEAST = 4

#: The plus keeps SQLite from going through all live articles, whose texts would have to be read on the way.
_CANDIDATES = """
select id from articles where portal = ? and +status = 'live' and missing_since is not null and missing_visits >= ?
order by +id
"""
_FOUND_SINCE = """
select distinct g.id from articles g join articles l on l.content_digest = g.content_digest and l.portal = g.portal
and l.status = 'live' and l.missing_since is null
where g.status = 'gone' and g.portal = ? and g.body_text <> '' order by g.id
"""
_ASKED = """
select u.article_id, r.canonical_url, r.kind, r.target is r.canonical_url or t.article_id is u.article_id
from captures c join readings r on r.capture_id = c.id join article_urls u on u.canonical_url = r.canonical_url
join articles a on a.id = u.article_id
left join article_urls t on t.canonical_url = r.target and t.first_seen_at <= :at
where c.timestamp between :from and :to and r.kind <> 'file' and a.portal = :portal and a.first_seen_at < :since
"""
_ABSENT_BEFORE = """
select evidence from absences
where article_id = ? and missing_since < ? and (found_at is null or found_at >= ?)
"""
_BROUGHT = "select distinct canonical_url from readings r join captures c on c.id = r.capture_id where c.run_id = ?"
_JUDGED_BY = "select id from runs where portal = ? and (judged_at, id) <= (?, ?)"
_JUDGING = "select id, portal, started_at, judged_at, judgement from runs where judged_at is not null and portal = ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What the end of a run decided."""

    gone: int = 0
    """Articles that count as removed from now on."""
    moved: int = 0
    """Articles that stand at another address as another row."""


def rules_of(run: RunContext, hosts: frozenset[str] | None = None) -> str:
    """By which rules the run judges, as ``runs.judgement`` has them; of which hosts, unless of all."""
    rules: dict[str, Any] = {
        "visits": run.gone_visits,
        "days": run.gone_days,
        "outage_share": run.outage_share,
        "outage_visits": run.outage_visits,
        "outage_days": run.outage_days,
    }
    if hosts is not None:
        rules["hosts"] = sorted(hosts)
    return json.dumps(rules, sort_keys=True)


def hosts_brought(conn: sqlite3.Connection, run_id: int) -> frozenset[str]:
    """The hosts of which the run stored captures."""
    return frozenset(urlsplit(url).netloc for (url,) in conn.execute(_BROUGHT, (run_id,)))


def judge_run(conn: sqlite3.Connection, run_id: int, at: str, rules: str) -> Settlement:
    """Judge every article of the portal that was missing in enough runs for long enough, as of that moment."""
    conn.execute("update runs set judged_at = ?, judgement = ? where id = ?", (at, rules, run_id))
    note_outages(conn, run_id)
    return judge_all(conn, run_id)


def judge_all(conn: sqlite3.Connection, run_id: int) -> Settlement:
    """Judge what stands missing now by the run's rules."""
    judgement = next(j for j in judgements(conn, _portal(conn, run_id)) if j.run_id == run_id)
    counts = {"gone": 0, "moved": 0}
    found = conn.execute(_FOUND_SINCE, (judgement.portal,)).fetchall()
    least = min(judgement.visits, judgement.outage_visits)
    for (article_id,) in [*found, *conn.execute(_CANDIDATES, (judgement.portal, least)).fetchall()]:
        status = judge(conn, article_id, judgement)
        if status is not None:
            counts[status] += 1
    return Settlement(**counts)


def judgements(conn: sqlite3.Connection, portal: str) -> list[Judgement]:
    """Every judgement of the portal's runs, in the order of time."""
    outages = frozenset((int(run), str(host)) for run, host in conn.execute("select run_id, host from outages"))
    rows = conn.execute(f"{_JUDGING} order by judged_at, id", (portal,)).fetchall()
    judged = {row[0]: row[3] for row in rows}
    found = []
    for run_id, name, since, at, rules_text in rows:
        rules = json.loads(rules_text)
        found.append(
            Judgement(
                run_id=run_id,
                portal=name,
                since=since,
                at=at,
                visits=rules["visits"],
                days=rules["days"],
                outage_visits=rules["outage_visits"],
                outage_days=rules["outage_days"],
                outages=outages,
                judged=judged,
                hosts=frozenset(rules["hosts"]) if "hosts" in rules else None,
            )
        )
    return found


def note_outages(conn: sqlite3.Connection, run_id: int) -> set[str]:
    """Hold a host for out in this run when too large a share of its articles was suddenly missed.

    Returns the hosts whose standing in this run changed by that. What a judged run missed before for another reason
    than an outage does not count, and one redirect to another address of the same article is no absence.
    """
    portal, since, at, rules = conn.execute(
        "select portal, started_at, judged_at, judgement from runs where id = ?", (run_id,)
    ).fetchone()
    share = json.loads(rules)["outage_share"]
    before = {row[0]: tuple(row[1:]) for row in conn.execute(_OUTAGES, (run_id,))}
    now = {
        host: (missed, shown)
        for host, (missed, shown) in _asked(conn, run_id, portal, since, at).items()
        if missed >= LEAST and missed >= share * (missed + shown)
    }
    if now != before:
        conn.execute("delete from outages where run_id = ?", (run_id,))
        conn.executemany("insert into outages values (?, ?, ?, ?)", [(run_id, host, *now[host]) for host in now])
    return now.keys() ^ before.keys()


_OUTAGES = "select host, missing, shown from outages where run_id = ?"


def _asked(conn: sqlite3.Connection, run_id: int, portal: str, since: str, at: str) -> dict[str, tuple[int, int]]:
    """Host -> articles expected there in the run that were missed, and that were shown."""
    values = {"from": _stamp(since), "to": _stamp(at), "portal": portal, "since": since, "at": at}
    shown: dict[int, str] = {}
    missed: dict[int, str] = {}
    for article_id, canonical, kind, same in conn.execute(_ASKED, values):
        if kind in ("shown", "not_modified"):
            shown[article_id] = canonical
        elif kind == "missing" or not same:
            missed[article_id] = canonical
    judged = {int(run) for (run,) in conn.execute(_JUDGED_BY, (portal, at, run_id))}
    outages = {(int(run), str(host)) for run, host in conn.execute("select run_id, host from outages")}
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for article_id, canonical in missed.items():
        standing = article_id not in shown and address_at(conn, article_id, since) == canonical
        host = urlsplit(canonical).netloc
        if standing and _expected(_rounds_before(conn, article_id, portal, since), host, judged, outages):
            counts[host][0] += 1
    for canonical in shown.values():
        counts[urlsplit(canonical).netloc][1] += 1
    return {host: (missing, there) for host, (missing, there) in counts.items()}


def _rounds_before(conn: sqlite3.Connection, article_id: int, portal: str, since: str) -> list[int | str]:
    """The rounds of the absence that was not over when the run began, in which the article was missed."""
    row = conn.execute(_ABSENT_BEFORE, (article_id, since, since)).fetchone()
    attempts = [a["time"] for a in json.loads(row[0])["attempts"]] if row else []
    return [round_of(conn, portal, time) for time in attempts if time < since]


def _expected(rounds: list[int | str], host: str, judged: set[int], outages: set[tuple[int, str]]) -> bool:
    """Was it there before the run began, as far as anything but outages and runs never judged tells?"""
    return all((place, host) in outages or (isinstance(place, int) and place not in judged) for place in rounds)


def _portal(conn: sqlite3.Connection, run_id: int) -> str:
    return str(conn.execute("select portal from runs where id = ?", (run_id,)).fetchone()[0])


def _stamp(text: str) -> str:
    """``captures.timestamp`` of an ISO moment."""
    return "".join(c for c in text if c.isdigit())
