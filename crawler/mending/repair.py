"""A repair from end to end: proved, copied, mended in one transaction, proved again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import index
from archive.backup import back_up
from archive.cdx import timestamp
from archive.proof import Finding, Proof, Scope, verify
from archive.proof.verify import Told
from archive.store import Archive, RunContext
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION
from crawler.lock import take_lock
from crawler.mending.articles import ArticleMender
from crawler.mending.captures import KINDS as CAPTURE_KINDS
from crawler.mending.captures import mend_captures
from crawler.mending.journal import Entry, Journal
from crawler.mending.rows import mend_frontier, mend_indexes, mend_runs, take_out_content, take_out_orphans
from crawler.mending.sources import Sources
from crawler.profile import SiteProfile
from crawler.rereading import Rereading

#: Kinds that a repair can do something about; the others want a file that only a backup holds.
MENDABLE = frozenset(
    {
        *CAPTURE_KINDS,
        *("index_broken", "schema_differs", "foreign_key", "article_edited", "article_parts", "article_address"),
        *("version_edited", "version_chain", "change_edited", "status_untold", "search_index", "search_queue"),
        *("reading_edited", "content_lost"),
        *("frontier_state", "run_state"),
    }
)
_OF_ARTICLES = frozenset(
    {
        *("article_edited", "article_parts", "article_address", "version_edited", "version_chain", "change_edited"),
        *("status_untold", "foreign_key", "reading_edited", "content_lost"),
    }
)
#: Rounds of mending and proving: what one round puts back, the next one can prove against.
_ROUNDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Repaired:
    """What a repair found, did and left."""

    found: Proof
    done: tuple[Entry, ...]
    left: Proof
    """The proof afterwards; as found for a dry run."""
    backup: Path | None
    """The archive as it was; None when nothing was changed."""


def repair(
    path: Path, profiles: tuple[SiteProfile, ...], now: datetime, *, dry_run: bool = False, told: Told
) -> Repaired:
    """Mend what the WARC files prove; every change is noted in ``repairs`` and a backup is made before the first.

    Raises AlreadyRunning while another process writes the archive, DatabaseError when it cannot be opened.
    """
    scope = Scope(mode="full", day=now.date())
    rereading = Rereading(profiles=profiles)
    with take_lock(path):
        found = left = verify(path, scope, reread=rereading, told=told)
        if dry_run or not any(finding.kind in MENDABLE for finding in found.findings):
            return Repaired(found=found, done=(), left=found, backup=None)
        backup = back_up(path, f"repair-{timestamp(now)}", sound=False)
        done: list[Entry] = []
        for _ in range(_ROUNDS):
            entries = _mend(path, profiles, now, left.findings)
            done += entries
            left = verify(path, scope, reread=rereading, told=told)
            if not entries or not any(finding.kind in MENDABLE for finding in left.findings):
                break
    return Repaired(found=found, done=tuple(done), left=left, backup=backup)


def _mend(path: Path, profiles: tuple[SiteProfile, ...], now: datetime, findings: list[Finding]) -> list[Entry]:
    with Archive.open(path) as archive:
        conn = archive.conn
        conn.execute("pragma foreign_keys = off")  # broken keys are what is mended; the proof afterwards looks at all
        journal = Journal(conn, now)
        with archive.transaction():
            mend_indexes(conn, journal, findings)
            sources = Sources(conn, path, profiles)
            mend_captures(archive, sources, journal, findings, _context(archive, profiles[0], now, findings))
            _articles(archive, sources, journal, findings)
            mend_frontier(conn, journal, findings)
            mend_runs(conn, journal, findings)
            if journal.entries or any(finding.kind.startswith("search_") for finding in findings):
                index.rebuild(conn)
            if any(finding.kind.startswith("search_") for finding in findings):
                journal.note("search_index", "articles_fts", "it did not hold what the articles say", "made anew")
        return journal.entries


def _articles(archive: Archive, sources: Sources, journal: Journal, findings: list[Finding]) -> None:
    wrong: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        if finding.article_id is not None and finding.kind in _OF_ARTICLES:
            wrong[finding.article_id].append(finding.wrong)
    mender = ArticleMender(archive.conn, sources, journal)
    for article_id, lines in sorted(wrong.items()):
        mender.mend(article_id, lines)
    for finding in findings:
        if finding.kind in ("reading_edited", "content_lost") and finding.capture_id is not None:
            row = archive.conn.execute("select run_id from captures where id = ?", (finding.capture_id,)).fetchone()
            if row is not None:
                mender.mend_reading(finding.capture_id, row[0])
        if finding.kind == "content_lost" and finding.place.startswith("content "):
            take_out_content(archive.conn, journal, int(finding.place.split()[1]))
    for article_id in sorted(take_out_orphans(archive.conn, journal) - wrong.keys()):
        mender.mend(article_id, ["rows belonged to it that had lost their own"])


def _context(archive: Archive, profile: SiteProfile, now: datetime, findings: list[Finding]) -> RunContext:
    """What captures are stored in that no run is known of: a run of its own, made when it is needed."""
    run_id = 0
    if any(finding.kind == "record_unknown" for finding in findings):
        row = archive.conn.execute("select max(id) from runs where profile_digest = ?", (profile.digest,)).fetchone()
        run_id = row[0] or 0
        if not run_id:
            run_id = archive.start_run("repair", profile.name, profile.name, profile.digest, EXTRACTOR_VERSION, now)
            archive.end_run(run_id, "complete", 0, {}, now)
    return run_context(run_id, profile)
