"""Stored captures read by today's extractor and sheet: what they say now takes the place of what they said before.

A capture read anew is no change of the portal: its reading is replaced and its article told anew, so that afterwards
the archive is as if today's rules had read everything from the start. Interrupted, it is simply begun again.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archive import contents, parts, readings, timeline
from archive.contents import Content
from archive.difference import differences
from archive.errors import ArchiveError
from archive.models import ArticleFound, Capture, ListingFound, Outcome, Rejected, RobotsFound, outcome_name
from archive.parts import LinkSource
from archive.retrieve import source_of, standing_path
from archive.scrub import scrubbed
from archive.search import refresh
from archive.shells import fingerprint
from archive.store import Archive
from archive.warc import BadRecord
from crawler import farm
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION
from crawler.leftover import stop_left
from crawler.lock import take_lock
from crawler.profile import SiteProfile
from crawler.shells import settle_shells

#: Articles told anew in one transaction.
BATCH = 100
#: Examples kept of every kind of difference.
EXAMPLES = 5
_CHOSEN = """
select c.id, c.filename, c."offset", c.source from captures c join runs u on u.id = c.run_id
where c.filename is not null and u.portal = ?
"""
_STORED = "select outcome, reason, fingerprint, run_id from captures where id = ?"
_UNUSED = (
    "delete from rules where id not in (select rules_id from readings)",
    """
    delete from sections where id not in (select section_id from articles where section_id is not null)
    and name not in (select s from (select json_extract(fields, '$.section') as s from article_versions)
                     where s is not null)
    """,
)


class ReextractError(ArchiveError):
    """The captures cannot be chosen as asked; nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Which captures are read again."""

    where: str = ""
    """An SQL condition on ``captures``, called ``c``."""
    host: str = ""
    since: str = ""
    """``captures.timestamp`` of the first, or its beginning."""


@dataclass(kw_only=True)
class Reread:
    """What reading again brought, or would bring."""

    captures: int = 0
    """Captures that were read."""
    same: int = 0
    """Of these, captures that say what they said before."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """``before -> now`` -> captures whose outcome is another."""
    fields: Counter[str] = field(default_factory=Counter)
    """Article field -> captures in which it is another."""
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Field or outcome -> some of them, with address, before and now."""
    articles: int = 0
    """Articles told anew."""
    bad: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """WARC files that are not there."""

    def counts(self) -> dict[str, Any]:
        """As plain data."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**plain, "outcomes": dict(self.outcomes), "fields": dict(self.fields)}


def reextract(
    path: Path,
    profile: SiteProfile,
    chosen: Chosen,
    *,
    dry_run: bool = False,
    workers: int = 2,
    told: Callable[[int, int], None] = lambda done, whole: None,
) -> Reread:
    """Read the chosen captures of the profile's portal again; with ``dry_run`` only tell what would change.

    ``told`` hears how many captures of how many are read. Raises ReextractError for a condition SQLite does not
    understand, AlreadyRunning while another process writes the archive.
    """
    with take_lock(path), Archive.open(path) as archive:
        work = _Work(archive, profile, dry_run)
        places = _places(archive.conn, profile.name, chosen)
        whole = sum(len(offsets) for offsets in places.values())
        for part, records in farm.read(profile, work.stretches(places), workers):
            work.take(part, records)
            told(work.report.captures, whole)
        if not dry_run:
            work.finish()
        return work.report


def _places(conn: sqlite3.Connection, portal: str, chosen: Chosen) -> dict[tuple[str, str], set[int]]:
    """(file, source) -> offsets of the captures to read."""
    sql, values = _CHOSEN, [portal]
    if chosen.host:
        sql += " and c.original like ?"
        values.append(f"%://{chosen.host}/%")
    if chosen.since:
        sql += " and c.timestamp >= ?"
        values.append(chosen.since)
    if chosen.where:
        sql += f" and ({chosen.where})"
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    try:
        for _, filename, offset, source in conn.execute(sql, values):
            found[filename, source].add(offset)
    except sqlite3.Error as error:
        raise ReextractError(f"--where {chosen.where!r} is no condition on captures: {error}") from error
    return dict(sorted(found.items()))


class _Work:
    """One reading of an archive."""

    def __init__(self, archive: Archive, profile: SiteProfile, dry_run: bool) -> None:
        self.report = Reread()
        self._archive, self._profile, self._dry_run = archive, profile, dry_run
        self._conn = archive.conn
        self._chosen: dict[str, set[int]] = {}
        self._addresses: set[str] = set()
        self._runs: set[int] = set()
        """Runs of which captures were read."""
        self._rules = 0
        if not dry_run:
            now = datetime.now(UTC)
            stop_left(archive, profile, now)
            number = archive.start_run("reextract", profile.name, profile.name, profile.digest, EXTRACTOR_VERSION, now)
            self._run = run_context(number, profile)
            self._conn.execute("create temp table told_links (capture_id integer primary key, told blob)")
            with archive.transaction():
                self._rules = readings.rules(self._conn, EXTRACTOR_VERSION, profile.name, profile.rules_digest)

    def stretches(self, places: dict[tuple[str, str], set[int]]) -> Iterable[farm.Stretch]:
        """The files in parts; what was not chosen in them is passed by."""
        for (filename, source), offsets in places.items():
            path = standing_path(self._archive.path, filename)
            if not path.exists():
                self.report.missing.append(filename)
                continue
            self._chosen[filename] = self._chosen.get(filename, set()) | offsets
            query = 'select "offset" from captures where filename = ?'
            others = frozenset(row[0] for row in self._conn.execute(query, (filename,))) - offsets
            yield from farm.cut(path, filename, source_of(source), lambda start, end, known=others: known)  # type: ignore[misc]

    def take(self, part: farm.Stretch, records: list[farm.Read]) -> None:
        """What a part of a file holds takes the place of what it held, or is told."""
        with self._archive.transaction():
            for record in records:
                if isinstance(record, BadRecord):
                    self.report.bad.append(str(record))
                    continue
                capture, outcome = record
                number = self._archive.capture_id(capture)
                if number is not None and capture.offset in self._chosen[part.name]:
                    self._take(number, capture, scrubbed(self._archive.admitted(capture, outcome)))

    def _take(self, number: int, capture: Capture, outcome: Outcome) -> None:
        name, reason, mark, run_id = self._conn.execute(_STORED, (number,)).fetchone()
        self.report.captures += 1
        self._runs.add(run_id)
        now_mark = fingerprint(outcome, capture.url)
        if reason == "soft_404" and mark is not None and mark == now_mark:
            self.report.same += 1  # a shell, known by its run for what many addresses show
            return
        context = run_context(run_id, self._profile)
        reading, content = readings.reading_of(capture, number, outcome, context, self._rules)
        before = self._conn.execute(_READING, (number,)).fetchone()
        changed = self._compare(capture.url, name, outcome, before, content)
        self.report.same += not changed
        if self._dry_run:
            return
        rejected = outcome.reason if isinstance(outcome, Rejected) else None
        values = (outcome_name(outcome), rejected, outcome.layout, now_mark, number)
        self._conn.execute(
            "update captures set outcome = ?, reason = ?, layout = ?, fingerprint = ? where id = ?", values
        )
        self._replace(number, before, reading, content)
        if isinstance(outcome, ArticleFound | ListingFound):
            self._keep_links(number, capture, outcome)

    def _replace(
        self, number: int, before: tuple[Any, ...] | None, reading: readings.Reading | None, content: Content | None
    ) -> None:
        """The new reading instead of the old one; both addresses' articles are to be told anew."""
        if content is not None:
            contents.keep(self._conn, [content])
        if before is not None:
            self._conn.execute("delete from readings where capture_id = ?", (number,))
            self._addresses.add(before[0])
            if before[1] is not None and (content is None or content.id != before[1]):
                readings.drop_unshown(self._conn, before[0], before[1])
        if reading is not None:
            readings.add_reading(self._conn, reading)
            self._addresses.add(reading.canonical_url)

    def _keep_links(self, number: int, capture: Capture, outcome: ArticleFound | ListingFound) -> None:
        url = outcome.canonical_url or capture.url
        source = parts.source_of(capture, number, url, own=readings.is_own(capture, url))
        items = parts.entries_of(outcome.items) if isinstance(outcome, ListingFound) else None
        told = pickle.dumps((source, parts.content_links(url, outcome.links), items))
        self._conn.execute("insert or replace into told_links values (?, ?)", (number, told))

    def _compare(
        self, url: str, name: str, outcome: Outcome, before: tuple[Any, ...] | None, content: Content | None
    ) -> bool:
        """Count how the capture differs from what it was; does it?"""
        now = outcome_name(outcome)
        if isinstance(outcome, RobotsFound):
            return False
        if name != now:
            key = f"{name} -> {now}"
            self.report.outcomes[key] += 1
            self._example(key, url, name, now)
        old = self._content(before)
        if old is None or content is None:
            return name != now
        if old.id == content.id:
            return False
        found = {d.field.partition(".")[0] for d in differences(old.fields, content.fields)}
        found |= {field for field in content.quiet if content.quiet[field] != old.quiet.get(field)}
        for field_name in sorted(found):
            self.report.fields[field_name] += 1
            was = old.fields.get(field_name, old.quiet.get(field_name))
            self._example(field_name, url, was, content.fields.get(field_name, content.quiet.get(field_name)))
        return True

    def _content(self, before: tuple[Any, ...] | None) -> Content | None:
        if before is None or before[1] is None:
            return None
        found = contents.load(self._conn, [before[1]]).get(before[1])
        if found is None:
            standing = self._conn.execute(
                "select article_id from article_urls where canonical_url = ?", (before[0],)
            ).fetchone()
            found = contents.present_content(self._conn, standing[0]) if standing else None
        return found

    def _example(self, key: str, url: str, before: Any, now: Any) -> None:
        examples = self.report.examples.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append({"url": url, "before": before, "now": now})

    def finish(self) -> None:
        """Articles, links and judgements are what the readings tell now."""
        archive, conn = self._archive, self._conn
        rest = iter(sorted(self._addresses))
        while batch := list(islice(rest, BATCH)):
            with archive.transaction():
                self.report.articles += len(timeline.retell(conn, batch))
        with archive.transaction():
            self._tell_links()
        for run_id in sorted(self._runs):
            settle_shells(archive, run_context(run_id, self._profile), self._profile)
        with archive.transaction():
            timeline.recheck(conn, self._profile.name)
            for statement in _UNUSED:
                conn.execute(statement)
        refresh(archive.db)
        counts = {"read_again": self.report.captures, "changed": self.report.captures - self.report.same}
        archive.end_run(self._run.run_id, "complete", 0, counts, datetime.now(UTC))

    def _tell_links(self) -> None:
        """Links and list entries of what was read, the oldest first; nothing is left of what they told before."""
        conn = self._conn
        told: list[tuple[LinkSource, Any, Any]] = []
        for number, data in conn.execute("select capture_id, told from temp.told_links").fetchall():
            source, links, items = pickle.loads(data)
            told.append((source, links, items))
            parts.forget_capture(conn, number)
        for source, links, items in sorted(told, key=lambda one: one[0].order):
            if items is not None:
                parts.save_listing(conn, source, items, links)
            else:
                parts.save_links(conn, source, links)


_READING = "select canonical_url, content_id, kind from readings where capture_id = ?"
