"""What is told of many matches from a part of them is told fairly, and pages of many matches hold all words."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive import asked as asked_module
from archive.filters import Filters
from archive.index import refresh
from archive.matching import Matches
from archive.query import parse
from archive.search import search
from archive.wanted import Wanted
from tests.archive.sample import article, empty_archive


@pytest.fixture(scope="module")
def by_sections() -> sqlite3.Connection:
    """Three thousand articles, section by section, as a crawl brings them; every second one names a hội nghị."""
    conn = empty_archive()
    for key in range(3000):
        text = "Hội nghị bàn việc xã" if key % 2 else "Việc xã bàn ở hội trường"
        article(conn, 7_919 * (key + 1) % 1_000_003, f"Tin {key}", text, section=f"Mục {key // 1000}")
    conn.commit()
    refresh(conn)
    return conn


def test_a_part_of_the_matches_is_from_everywhere(by_sections: sqlite3.Connection) -> None:
    matches = Matches(by_sections, parse("việc xã").all_words(), "", {})
    part = matches.fair(300, 3000)
    assert 250 <= len(part) <= 350
    assert len(set(part)) == len(part)
    sections = by_sections.execute(
        "select section, count(*) from articles where id in (select value from json_each(?)) group by 1",
        (json.dumps(part),),
    ).fetchall()
    assert len(sections) == 3
    assert all(70 <= count <= 130 for _, count in sections), sections


def test_few_matches_are_all_of_the_part(by_sections: sqlite3.Connection) -> None:
    matches = Matches(by_sections, parse("hội nghị").all_words(), "", {})
    assert sorted(matches.fair(2000, 1500)) == sorted(matches.first(2000))
    assert len(matches.first(2000)) == 1500


def test_pages_of_many_matches_hold_all_the_words(
    by_sections: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More match than are listed, so candidates are held against the words page by page."""
    monkeypatch.setattr(asked_module, "LISTED", 200)
    keys = []
    for offset in range(0, 600, 60):
        result = search(by_sections, '"hội nghị" xã', 60, offset=offset, filters=Filters())
        assert result.total == 1500
        keys += [hit.id for hit in result.hits]
    assert len(set(keys)) == len(keys) == 600
    texts = by_sections.execute(
        "select distinct body_text from articles where id in (select value from json_each(?))", (json.dumps(keys),)
    ).fetchall()
    assert texts == [("Hội nghị bàn việc xã",)]


def test_queries_side_by_side_see_every_word() -> None:
    """What one query met in texts is known to all; none may miss a word another met first."""

    def ask(number: int) -> list[int]:
        wanted = Wanted(parse(f"xã số{number}"))
        return [
            wanted.seen(f"Từ{n} từng{n}x{number} xã SỐ{n} Số{n} số{n}").words.get(f"so{number}", 0) for n in range(200)
        ]

    with ThreadPoolExecutor(8) as pool:
        for number, counts in enumerate(pool.map(ask, range(200))):
            assert counts == [3 * (n == number) for n in range(200)]
