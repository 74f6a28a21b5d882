"""The end of a run: addresses that all show one shell are no articles."""

from __future__ import annotations

from archive.models import Capture, Outcome
from archive.retrieve import recall
from archive.store import Archive, RunContext
from crawler.extract import extract
from crawler.profile import SiteProfile


def settle_shells(archive: Archive, run: RunContext, profile: SiteProfile) -> int:
    """Judge what many addresses of the run show alike; how many captures were judged anew.

    Captures are read again from the WARC files, which must be complete by now. Doing it twice changes nothing.
    """

    def again(capture_id: int) -> tuple[Capture, Outcome] | None:
        capture = recall(archive.conn, archive.path, capture_id)
        return None if capture is None else (capture, extract(capture, profile))

    return archive.settle_shells(run, again)
