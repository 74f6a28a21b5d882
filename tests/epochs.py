"""All epochs of the replica crawled in order, and the archive's whole history held against the truth's."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.profile import SiteProfile, load
from tests.crawling import environment
from tests.judge import judge
from tests.portal.evolution import LAST, OUTAGES
from tests.replica import ROOT, Replica

FIRST = datetime(2026, 1, 5, 18, tzinfo=UTC)
BETWEEN = timedelta(days=30)
#: Fields of a version that are compared with what the truth told at the epoch it is of.
FIELDS = ("title", "lead", "body_text", "author", "source", "section", "published_at", "updated_at")

_VERSIONS = """
select v.run_id, v.number, v.fields from article_versions v join article_urls u on u.article_id = v.article_id
where u.canonical_url = ? order by v.number
"""
_CHANGES = """
select c.run_id, c.field, c.new_value from article_changes c join article_urls u on u.article_id = c.article_id
where u.canonical_url = ? order by c.changed_at
"""
_ADDRESSES = """
select o.canonical_url from article_urls u join article_urls o on o.article_id = u.article_id
where u.canonical_url = ? order by 1
"""


@dataclass(kw_only=True)
class Lived:
    """How an archive that has seen every epoch stands to the truth."""

    lines: list[str] = field(default_factory=list)
    """What each epoch's crawl brought."""
    reports: list[dict[str, Any]] = field(default_factory=list)
    """The report of each epoch's crawl."""
    articles: int = 0
    events: int = 0
    """Events the truth tells: added, edited, moved, removed, restored."""
    versions: int = 0
    wrongly_gone: list[str] = field(default_factory=list)
    """Addresses of articles held for gone, at the end of any epoch, that were there."""
    wrong: list[str] = field(default_factory=list)
    """Everything that is not as told, a line each."""


def live(replica: Replica, archive: Path) -> Lived:
    """Crawl every epoch in order, a month apart by the run's clock, and compare; the archive must be new."""
    profile, lived, told = load(replica.profile), Lived(), []
    for epoch in range(LAST + 1):
        replica.epoch(epoch)
        told.append(replica.truth())
        report, code, error = _crawl(archive, replica.profile, FIRST + epoch * BETWEEN)
        if report is None:
            lived.wrong.append(f"epoch {epoch}: the crawl ended with {code}: {error[-2000:]}")
            return lived
        lived.reports.append(report)
        names = ("new", "changed", "moved", "gone", "restored")
        brought = ", ".join(f"{report[name]} {name}" for name in names)
        lived.lines.append(f"epoch {epoch}: {report['requests']:,} requests, exit {code}; {brought}")
        _stands(archive, told[-1], profile, epoch, lived)
    history = replica.history()
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as conn:
        lived.wrong += _differences(conn, history, _by_address(told), lived)
    return lived


def _crawl(archive: Path, sheet: Path, moment: datetime) -> tuple[dict[str, Any] | None, int, str]:
    line = [sys.executable, "-m", "tests.dated", moment.isoformat(), str(archive), str(sheet)]
    done = subprocess.run(line, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=1800)
    return (json.loads(done.stdout) if done.stdout.startswith("{") else None), done.returncode, done.stderr


def _stands(archive: Path, truth: dict[str, Any], profile: SiteProfile, epoch: int, lived: Lived) -> None:
    """The articles as they stand at the end of the epoch's crawl; while hosts are out, pages do not answer as told."""
    verdict = judge(archive, truth, profile)
    lived.wrong += [f"epoch {epoch}: missing {url}" for url in verdict.missing]
    lived.wrong += [f"epoch {epoch}: extra {url}" for url in verdict.extra]
    lived.wrong += [f"epoch {epoch}: {wrong}"[:600] for wrong in verdict.wrong_fields]
    lived.wrong += [f"epoch {epoch}: leak {leak}" for leak in verdict.leaks]
    if epoch not in OUTAGES:
        lived.wrong += [f"epoch {epoch}: outcome {wrong}" for wrong in verdict.wrong_outcomes]
    lived.wrongly_gone += [url for url, name, want, have in verdict.wrong_fields if (name, have) == ("status", "gone")]


def _by_address(told: list[dict[str, Any]]) -> list[dict[str, dict[str, Any]]]:
    """Epoch -> address -> article."""
    return [{article["canonical_url"]: article for article in truth["articles"]} for truth in told]


def _differences(
    conn: sqlite3.Connection, history: list[dict[str, Any]], told: list[dict[str, dict[str, Any]]], lived: Lived
) -> Iterator[str]:
    """Articles whose past is not the truth's."""
    lived.articles = len(history)
    for article in history:
        url, want = article["canonical_url"], {(epoch, kind, tuple(names)) for epoch, kind, names in article["events"]}
        lived.events += len(want)
        have = _events(conn, url)
        if have != {(epoch, "added" if kind == "back_dated" else kind, names) for epoch, kind, names in want}:
            yield f"{url}: told {sorted(want)}, held {sorted(have)}"
        addresses = [row[0] for row in conn.execute(_ADDRESSES, (url,))]
        if addresses != sorted(article["addresses"]):
            yield f"{url}: stood at {article['addresses']}, held {addresses}"
        yield from _versions(conn, article, told, lived)
    (rows,) = conn.execute("select count(*) from articles").fetchone()
    if rows != len(history):
        yield f"{len(history)} articles are told, {rows} are held"


def _events(conn: sqlite3.Connection, url: str) -> set[tuple[int, str, tuple[str, ...]]]:
    """What the archive noted of an article after the first epoch, in the truth's words; the run's number tells when."""
    noted: set[tuple[int, str, tuple[str, ...]]] = set()
    edits: dict[int, list[str]] = {}
    first = conn.execute(_VERSIONS, (url,)).fetchone()
    if first is not None and first[0] > 1:
        noted.add((first[0] - 1, "added", ()))
    for run, name, value in conn.execute(_CHANGES, (url,)):
        if name == "status":
            noted.add((run - 1, {"gone": "removed", "live": "restored"}.get(value, value), ()))
        elif name == "url":
            noted.add((run - 1, "moved", ()))
        else:
            edits.setdefault(run - 1, []).append(name)
    return noted | {(epoch, "edited", tuple(_in_order(names))) for epoch, names in edits.items()}


def _in_order(names: list[str]) -> list[str]:
    order = (*FIELDS[:6], *FIELDS[6:], "images", "attachments", "document")
    return sorted(names, key=order.index)


def _versions(
    conn: sqlite3.Connection, article: dict[str, Any], told: list[dict[str, dict[str, Any]]], lived: Lived
) -> Iterator[str]:
    """One version for the first sight and for every edit, each as the page told it then."""
    url = article["canonical_url"]
    edits = [epoch for epoch, kind, _ in article["events"] if kind == "edited"]
    born = [epoch for epoch, kind, _ in article["events"] if kind in ("added", "back_dated")] or [0]
    versions = conn.execute(_VERSIONS, (url,)).fetchall()
    lived.versions += len(versions)
    if [run - 1 for run, _, _ in versions] != [*born, *edits]:
        yield f"{url}: versions of the epochs {[run - 1 for run, _, _ in versions]}, told {[*born, *edits]}"
        return
    for run, number, text in versions:
        then = next((told[run - 1][one] for one in article["addresses"] if one in told[run - 1]), None)
        fields = json.loads(text)
        wrong = [name for name in FIELDS if then is None or fields[name] != then[name]]
        if wrong:
            yield f"{url}: version {number} differs from what epoch {run - 1} told in {', '.join(wrong)}"
