"""Lists that answer as ever and have lost their entries are named, for as long as that is news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.models import ListingFound, ListItem
from archive.store import Archive
from crawler.listed import emptied
from crawler.profile import load
from crawler.sharepoint import canonical_url
from crawler.visited import visited
from tests.archive.samples import HOST, at, begin, capture

DAY = 24 * 60
LISTS = ("/tin-tuc/default.aspx", "/van-ban/default.aspx")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", create=True) as opened:
        yield opened


def told(archive: Archive, day: int, entries: dict[str, range]) -> list[str]:
    """A run on that day in which the lists name these entries; the messages of what broke."""
    run, profile = begin(archive, day * DAY), load("bac-kan")
    for number, (path, numbers) in enumerate(entries.items()):
        items = tuple(ListItem(url=f"{HOST}{path[:4]}/{n}.aspx", title=f"Tin {n}") for n in numbers)
        found = ListingFound(canonical_url=canonical_url(HOST + path, profile), items=items, links=())
        archive.record(capture(path, day * DAY + number), found, run)
    pages = list(visited(archive.conn, profile, run.run_id))
    found = emptied(archive.conn, profile, run.run_id, pages, at(day * DAY + 60))
    return [judgement.message or "" for judgement in found if not judgement.held]


def test_the_one_list_that_names_nothing_is_named(archive: Archive) -> None:
    for day in range(4):
        both = {LISTS[0]: range(day, day + 10), LISTS[1]: range(6)}
        assert told(archive, day, both) == [], "two or three entries leave a list every day"
    empty = {LISTS[0]: range(4, 14), LISTS[1]: range(0)}
    (line,) = told(archive, 4, empty)
    assert line == f"the list {HOST}{LISTS[1]} answers and shows no entries, 6 when it was last full"
    assert told(archive, 5, empty) == [line], "it is not mended by waiting"
    assert told(archive, 6, {LISTS[1]: range(3, 9)}) == []
    assert told(archive, 7, {LISTS[1]: range(3, 9)}) == []


def test_far_fewer_are_told_and_other_ones_are_not(archive: Archive) -> None:
    for day in range(4):
        assert told(archive, day, {LISTS[0]: range(12)}) == []
    assert told(archive, 4, {LISTS[0]: range(20, 32)}) == [], "all are new: it was read well"
    assert told(archive, 5, {LISTS[0]: range(20, 31)}) == []
    (line,) = told(archive, 6, {LISTS[0]: range(20, 22)})
    assert "shows 2 entries" in line


def test_what_is_short_or_new_or_long_empty_is_no_news(archive: Archive) -> None:
    for day in range(4):
        assert told(archive, day, {LISTS[0]: range(3), LISTS[1]: range(10)}) == []
    assert told(archive, 4, {LISTS[0]: range(0), LISTS[1]: range(10)}) == [], "three entries prove nothing"
    assert len(told(archive, 5, {LISTS[1]: range(0)})) == 1
    assert told(archive, 30, {LISTS[1]: range(0)}) == [], "that is how the portal is now"


def test_a_list_known_for_two_runs_is_not_judged(archive: Archive) -> None:
    for day in range(2):
        told(archive, day, {LISTS[0]: range(10)})
    assert told(archive, 2, {LISTS[0]: range(0)}) == []
