"""After a crash: what the WARC files hold and the database does not is settled; half-written records are cut off."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from archive.ledger import Ledger, Visit
from archive.models import Capture
from archive.store import Archive
from archive.warc import BadRecord, read_captures, salvage
from crawler.extract import extract
from crawler.profile import SiteProfile
from crawler.sharepoint import frontier_key
from crawler.visits import Visits


def reconcile(archive: Archive, ledger: Ledger, visits: Visits, profile: SiteProfile, prefix: str) -> Counter[str]:
    """Every answer recorded in a WARC file of this crawl is stored, with all it means for the frontier.

    Only files whose names begin with ``prefix`` and a time are this crawl's: another archive may share the folder.
    Returns outcomes counted, ``bad_record`` among them. Raises WarcError when a left-over file cannot be salvaged.
    """
    counts: Counter[str] = Counter()
    if not archive.warc_folder.is_dir():
        return counts
    salvage(archive.warc_folder)
    for path in sorted(archive.warc_folder.glob(f"{prefix}-*.warc.gz")):
        start = _indexed_to(archive, path)
        if not re.fullmatch(re.escape(prefix) + r"-\d{14}-\d+\.warc\.gz", path.name) or start >= path.stat().st_size:
            continue
        for record in read_captures(path, start_offset=start, source="live"):
            if isinstance(record, BadRecord):
                counts["bad_record"] += 1
            elif not archive.has_capture(record):
                visit = _asked(record, ledger, profile)
                settled = visits.answer(visit, record, extract(record, profile), record.fetched_at)
                counts[settled.outcome] += 1
    return counts


def _asked(capture: Capture, ledger: Ledger, profile: SiteProfile) -> Visit | None:
    """The waiting address the capture answers, or None."""
    if capture.method == "GET":
        return ledger.find_waiting(frontier_key("GET", capture.url, None, profile))
    return ledger.find_posted(capture.request_body)


def _indexed_to(archive: Archive, path: Path) -> int:
    row = archive.conn.execute(
        'select max("offset" + length) from captures where filename = ?', (path.name,)
    ).fetchone()
    return int(row[0] or 0)
