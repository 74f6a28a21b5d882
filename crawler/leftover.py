"""Runs that a kill left in state ``running``: an ingest goes on with its own, the next start of any writer ends others.

The caller holds the archive's lock, so nothing that stands as running does run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from archive import __version__, runs
from archive.runs import RunContext, load_run, note_end
from archive.store import Archive
from archive.warc import WarcWriter, info_of, write_run
from crawler.context import run_context
from crawler.extract import EXTRACTOR_VERSION
from crawler.profile import SiteProfile
from crawler.shells import settle_shells

#: A crawl goes on with its portal's own, see ``crawler.opening``.
_OWN_WAY = ("crawl", "update")


def resumable(archive: Archive, profile: SiteProfile) -> int | None:
    """The portal's ingest that was killed and can be gone on with: its latest one, begun by the same rules."""
    row = archive.open_run(profile.name, "ingest")
    same = row is not None and (row["profile_digest"], row["extractor_version"]) == (profile.digest, EXTRACTOR_VERSION)
    return int(row["id"]) if row is not None and same and row["state"] == "running" else None


def stop_left(archive: Archive, profile: SiteProfile, now: datetime, *, but: int | None = None) -> list[int]:
    """Every run but crawls, and ``but``, that stands as running has stopped; their numbers.

    What an ingest had stored stays, belongs to it and is settled; where it ended is told in a WARC file of its own, so
    that a rebuild knows it.
    """
    left = [row for row in runs.running(archive.conn) if row["kind"] not in _OWN_WAY and row["id"] != but]
    for row in left:
        if row["kind"] == "ingest":
            _settle(archive, run_context(row["id"], profile), profile, portal=row["portal"])
            end_ingest(archive, row["id"], "stopped", 3, {}, taken(archive, row["id"]), now)
        else:
            with archive.transaction():
                archive.end_run(row["id"], "stopped", 3, {}, now)
    return [row["id"] for row in left]


def _settle(archive: Archive, run: RunContext, profile: SiteProfile, *, portal: str) -> None:
    """What the captures of a killed run tell together is worked out; shells only by the sheet of their own portal."""
    if portal == profile.name:
        settle_shells(archive, run, profile)
    archive.note_late(portal)
    archive.settle_late(portal)


def end_ingest(
    archive: Archive,
    run_id: int,
    state: str,
    code: int,
    counts: Mapping[str, Any],
    files: Iterable[str],
    now: datetime,
) -> None:
    """The ingest has ended, and a WARC file of its own tells how and which files it took in."""
    with archive.transaction():
        archive.end_run(run_id, state, code, counts, now)
        row = load_run(archive.conn, run_id)
        stem, software = f"{archive.path.stem}-{row['portal']}-ingest", f"portal-archive/{__version__}"
        with WarcWriter(archive.warc_folder, stem, software=software, info=info_of(row), now=now) as writer:
            place = write_run(writer, row, tuple(sorted(files)), now)
        note_end(archive.conn, run_id, place.filename, place.offset, place.length)


def taken(archive: Archive, run_id: int) -> set[str]:
    """WARC files of which the run stored captures."""
    query = "select distinct filename from captures where run_id = ? and filename is not null"
    return {row[0] for row in archive.conn.execute(query, (run_id,))}
