"""A run begins where the ones before it can be told from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archive.store import Archive
from crawler.opening import CrawlOptions, begin
from crawler.profile import load
from tests.archive import samples


def test_a_run_begins_in_a_later_second_than_all_that_is_stored(tmp_path: Path) -> None:
    """Times are kept to the second: what a run missed in the second in which the next began would count for both."""
    path, moment = tmp_path / "a.db", samples.at(0).replace(microsecond=990_000)
    present = iter([moment, moment + timedelta(seconds=1)])
    with Archive.open(path, create=True) as archive:
        archive.record(samples.capture("/a.aspx"), samples.article("/a.aspx"), samples.begin(archive, minutes=-1))
        archive.end_run(1, "complete", 0, {}, moment)
        stored = samples.row(archive, "select max(seen_at) as latest from readings")["latest"]
        run, resumed = begin(archive, CrawlOptions(profile=load("bac-kan"), archive=path, clock=lambda: next(present)))
        began = samples.row(archive, "select started_at from runs where id = ?", run.run_id)["started_at"]
    assert not resumed
    assert began > stored
