"""Search from a person's words to ranked hits."""

from __future__ import annotations

import sqlite3
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import marks
from archive.errors import QueryError
from archive.index import refresh
from archive.query import NOTHING, fts_expression, parse
from archive.search import Filters, search
from tests.archive.sample import article, empty_archive
from tests.archive.searched import fill, found

NFD_BAC_KAN = unicodedata.normalize("NFD", "Bắc Kạn")


@pytest.fixture(scope="module")
def archive() -> sqlite3.Connection:
    return fill(empty_archive())


# --- words ---


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("bac kan", [1]),
        ("BẮC KẠN", [1]),
        (NFD_BAC_KAN, [1]),
        ("Dương Quang", [1, 2]),
        ("đường quang", [2, 1]),
        ('"xã Dương Quang"', [1]),
        ('"quang xã"', []),
        ("ky thuat", [2]),
        ("kĩ thuật", [2]),
        ("hoà bình", [3]),
        ("hòa bình", [3]),
        ("quang -đãng", [1]),
        ('quang -"bắc kạn"', [2]),
        ("kỹ OR kạn", [1, 2]),
        ("tỉnh kạn OR nhân", [1, 4]),
        ("ngoc tu", [1]),
        ("đại-biểu", [3]),
        ("“đường quang”", [2, 1]),
    ],
)
def test_words_find(archive: sqlite3.Connection, query: str, ids: list[int]) -> None:
    result = search(archive, query)
    hits = [hit.id for hit in result.hits]
    assert (hits if len(ids) == 2 and ids == [2, 1] else sorted(hits)) == (ids if ids == [2, 1] else sorted(ids))
    assert result.total == len(ids)
    assert not result.any_words or not ids


def test_typed_spelling_comes_first_both_ways(archive: sqlite3.Connection) -> None:
    assert found(archive, "Dương Quang") == [1, 2]
    assert found(archive, "đường quang") == [2, 1]
    assert set(found(archive, "duong quang")) == {1, 2}


def test_when_no_article_has_all_words_some_count(archive: sqlite3.Connection) -> None:
    result = search(archive, "bắc kạn vũ trụ")
    assert result.any_words
    assert result.hits[0].id == 1
    assert search(archive, "xyz qwerty").total == 0
    assert search(archive, "viễn kạn").hits[0].id == 1
    assert found(archive, "viễn kạn -bắc") == [], "what is excluded stays excluded"


@pytest.mark.parametrize(
    "query",
    ["45/2019/NQ-HĐND", "45 2019 nq hdnd", "số 45/2019/nq-hđnd", "nghị quyết 45/2019/NQ-HĐND", "45/2019/nq-hdnd"],
)
def test_a_document_comes_first_by_its_number_in_any_spelling(archive: sqlite3.Connection, query: str) -> None:
    result = search(archive, query)
    assert [hit.id for hit in result.hits] == [4, 5]
    assert result.total == 2
    assert result.hits[0].number == "45/2019/NQ-HĐND"
    assert not result.any_words
    assert found(archive, query, order="date") == [4, 5], "the dated one before the undated one"
    assert found(archive, query, limit=1, offset=1) == [5]


def test_filters(archive: sqlite3.Connection) -> None:
    assert found(archive, "quang", section="tin tức") == found(archive, "quang", section="TIN TUC") != []
    assert found(archive, "quang", section="kinh tế") == [1]
    assert found(archive, "quang", section="Tin tức/Kinh tế") == [1]
    assert found(archive, "quang", section="tin") == []
    assert found(archive, "quang", author="dinh") == [2]
    assert found(archive, "bình", status="gone") == [3]
    assert found(archive, "bình", status="live") == []
    assert found(archive, "quang", since="2022") == [1]
    assert found(archive, "quang", since=date(2022, 3, 2)) == []
    assert found(archive, "quang", until="2022-03-01", since="2022-03-01") == [1]
    assert found(archive, "quang", until="2021-05") == [2]
    assert found(archive, "45/2019/NQ-HĐND", since="2019") == [4], "by its day of issue; an undated article is left out"
    assert search(archive, "45/2019/NQ-HĐND", filters=Filters(section="tin tuc")).total == 1


@pytest.mark.parametrize("wrong", [{"since": "32/02/2022"}, {"until": "2022-13"}, {"status": "dead"}, {"limit": -1}])
def test_a_wrong_filter_is_told_in_one_line(archive: sqlite3.Connection, wrong: dict[str, str]) -> None:
    with pytest.raises(QueryError) as caught:
        found(archive, "quang", **wrong)
    assert len(str(caught.value).splitlines()) == 1


def test_order_of_date_and_pages(archive: sqlite3.Connection) -> None:
    every = found(archive, "tỉnh OR đường OR bình", order="date")
    assert every == [1, 2, 3, 4]
    assert [found(archive, "tỉnh OR đường OR bình", order="date", limit=1, offset=n)[0] for n in range(4)] == every
    ranked = found(archive, "tỉnh OR đường OR bình")
    assert [found(archive, "tỉnh OR đường OR bình", limit=1, offset=n)[0] for n in range(4)] == ranked
    assert found(archive, "tỉnh", offset=99) == []


def test_snippets_come_from_the_original_text_rightly_marked(archive: sqlite3.Connection) -> None:
    (hit,) = search(archive, "ki thuat thi cong").hits
    assert marks.to_brackets(hit.snippet) == "Đường quang, xe chạy êm. [Kỹ thuật thi công] bảo đảm an toàn."
    assert hit.title == hit.marked_title == "Con đường quang đãng sau mưa"
    first = search(archive, "duong quang").hits
    assert {marks.to_brackets(h.marked_title) for h in first} >= {"Con [đường quang] đãng sau mưa"}
    titled = search(archive, "cai cach").hits[0]
    assert marks.to_plain(titled.snippet).startswith("Tỉnh Bắc Kạn"), "no hit in the text: its beginning"
    number = search(archive, "45/2019/NQ-HĐND").hits[0]
    assert number.snippet == "Ban hành kèm theo quy định về mức chi."


# --- whatever is typed ---


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="\"()*^:-+{}OR AND NOT NEAR/,.'bắckạn1\x00“”"))
def test_nothing_typed_is_a_syntax_error(archive: sqlite3.Connection, query: str) -> None:
    try:
        result = search(archive, query)
    except QueryError:
        assert fts_expression(query) == NOTHING
    else:
        assert len(result.hits) <= result.total
    archive.execute("select rowid from articles_fts where articles_fts match ?", (fts_expression(query),)).fetchall()


def test_what_typed_looks_like_syntax_is_text(archive: sqlite3.Connection) -> None:
    for query in ("title: kạn", "kạn*", "NEAR(bắc kạn)", "^bắc", "{title} : kạn", "bắc + kạn"):
        assert 1 in found(archive, query), query
    assert search(archive, "NOT quang").any_words, "no article has the word NOT"


@pytest.mark.parametrize("query", ["", "  ", '"', "---", '""', "-bắc", "OR", "\ud800", "a " * 101])
def test_a_query_without_words_or_with_too_many_is_told(archive: sqlite3.Connection, query: str) -> None:
    with pytest.raises(QueryError):
        search(archive, query)
    assert fts_expression(query) == NOTHING


def test_or_binds_its_neighbours() -> None:
    query = parse("a OR b c -d")
    assert [[term.text for term in group] for group in query.groups] == [["a", "b"], ["c"]]
    assert [term.text for term in query.excluded] == ["d"]
    assert query.all_words() == '(("a" OR "b") AND "c") NOT "d"'


def test_hits_are_safe_in_pages_and_terminals() -> None:
    conn = empty_archive()
    article(conn, 1, "<script>alert(1)</script>", "<b>xấu</b> \x1b[31mđỏ\x1b[0m \x02giả\x03 & thật\x03\x02")
    refresh(conn)
    (hit,) = search(conn, "thật xấu").hits
    page = marks.to_html(hit.snippet)
    assert "<b>" not in page
    assert "<mark>thật</mark>" in page
    assert page.count("<mark>") == page.count("</mark>")
    shown = marks.to_ansi(hit.snippet)
    assert "\x1b[31m" not in shown
    assert "\x1b[1mxấu\x1b[0m" in shown
    assert "\x02" not in marks.to_plain(hit.snippet) + page + shown
