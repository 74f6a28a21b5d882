"""After a crash: what the WARC files hold and the database does not is settled; half-written records are cut off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from archive.frontier import Visit
from archive.ledger import Ledger
from archive.models import Capture
from archive.store import Archive
from archive.warc import BadRecord, read_captures, salvage
from crawler.extract import extract
from crawler.profile import SiteProfile
from crawler.sharepoint import frontier_key
from crawler.visits import Visits

#: Records that may stand stored behind one that is not: more than Scrapy ever keeps unsettled (5 MB of answers).
OUT_OF_ORDER = 1_000


def reconcile(
    archive: Archive, ledger: Ledger, visits: Visits, profile: SiteProfile, prefix: str, run_id: int
) -> Counter[str]:
    """Every answer recorded in a WARC file of this crawl is stored, with all it means for the frontier.

    Only files whose names begin with ``prefix`` and a time are this crawl's: another archive may share the folder.
    Returns outcomes counted, ``bad_record`` among them. Raises WarcError when a left-over file cannot be salvaged.
    """
    counts: Counter[str] = Counter()
    if not archive.warc_folder.is_dir():
        return counts
    salvage(archive.warc_folder)
    for path in sorted(archive.warc_folder.glob(f"{prefix}-*.warc.gz")):
        if not re.fullmatch(re.escape(prefix) + r"-\d{14}-\d+\.warc\.gz", path.name):
            continue
        start = _unsettled_from(archive, path, run_id)
        if start is None:
            continue
        records = list(_unstored(archive, path, start, counts))
        # Posts are told from what still waits before the first record is settled: that may give a post a fresher body.
        posted = [(_posted(record, ledger), record) for record in records]
        ledger.under_way.update(visit.key for visit, _ in posted if visit)
        for sent, record in posted:
            # The address itself may stand on a page that is among the records, or have been tried more than once.
            visit = sent or _asked(record, ledger, profile)
            settled = visits.answer(visit, record, extract(record, profile), record.fetched_at)
            counts[settled.outcome] += 1
            if visit:
                ledger.under_way.discard(visit.key)
    return counts


def _unstored(archive: Archive, path: Path, start: int, counts: Counter[str]) -> Iterator[Capture]:
    for record in read_captures(path, start_offset=start, source="live"):
        if isinstance(record, BadRecord):
            counts["bad_record"] += 1
        elif not archive.has_capture(record):
            yield record


def _posted(capture: Capture, ledger: Ledger) -> Visit | None:
    return ledger.find_posted(capture.request_body) if capture.method != "GET" else None


def _asked(capture: Capture, ledger: Ledger, profile: SiteProfile) -> Visit | None:
    """The waiting address the capture answers, or None."""
    if capture.method == "GET":
        return ledger.find_waiting(frontier_key("GET", capture.url, None, profile))
    return _posted(capture, ledger)


def _unsettled_from(archive: Archive, path: Path, run_id: int) -> int | None:
    """Where to begin reading a file, None where all of it is settled.

    Only this run's files, those of the one before and files without any capture can hold more than is stored. Answers
    are stored a little out of order, so some records are looked at again.
    """
    query = 'select "offset", run_id from captures where filename = ? order by "offset" desc limit 1 offset ?'
    latest = archive.conn.execute(query, (path.name, 0)).fetchone()
    if latest is not None and latest[1] is not None and latest[1] < run_id - 1:
        return None
    row = archive.conn.execute(query, (path.name, OUT_OF_ORDER)).fetchone()
    return int(row[0]) if row else 0
