"""Runs: continued until they are finished, and told apart by their rules."""

from __future__ import annotations

import json

import pytest

from archive.errors import DatabaseError
from archive.store import Archive
from tests.archive.samples import (
    begin,
    capture,
)


def test_a_run_is_continued_until_it_is_finished(archive: Archive) -> None:
    first = begin(archive).run_id
    row_found = archive.open_run("bac-kan")
    assert row_found is not None
    assert (row_found["id"], row_found["state"], row_found["started_at"]) == (first, "running", "2026-01-05T08:00:00Z")
    assert archive.open_run("bac-kan", "update") is None
    assert archive.open_run("other") is None
    archive.end_run(first, "stopped", 3, {"articles": 2}, capture("/", 5).fetched_at)
    stopped = archive.open_run("bac-kan", "crawl")
    assert stopped is not None
    assert (stopped["exit_code"], json.loads(stopped["counts"]), stopped["ended_at"]) == (
        *(3, {"articles": 2}),
        "2026-01-05T08:05:00Z",
    )
    archive.resume_run(first)
    again = archive.open_run("bac-kan")
    assert again is not None
    assert (again["state"], again["resumed"], again["ended_at"], again["exit_code"]) == ("running", 1, None, None)
    archive.end_run(first, "stopped", 3, {}, capture("/", 6).fetched_at)
    second = begin(archive, 10).run_id
    archive.end_run(second, "complete", 0, {}, capture("/", 12).fetched_at)
    assert archive.open_run("bac-kan") is None, "a later run has finished"
    with pytest.raises(DatabaseError, match="run 99 is not in the archive"):
        archive.resume_run(99)
    with pytest.raises(ValueError, match="no state of a run"):
        archive.end_run(first, "done", 0, {}, capture("/").fetched_at)


def test_rules_that_changed_between_runs(archive: Archive) -> None:
    ids = [
        archive.start_run("crawl", portal, "p", digest, "1", capture("/").fetched_at)
        for portal, digest in (("a", "1"), ("b", "9"), ("a", "1"), ("a", "2"))
    ]
    assert [archive.profile_changed(n) for n in ids] == [False, False, False, True]
