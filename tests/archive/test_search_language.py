"""What may be typed: fields, abbreviations, numbers, spellings; and what is offered while and after typing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.abbreviations import FILENAME, abbreviations
from archive.errors import QueryError
from archive.facets import Count, counts
from archive.fields import day_of, taken_out
from archive.query import fts_expression, parse
from archive.questions import asking
from archive.search import Filters, refresh, search
from archive.soundness import check_index, check_terms
from archive.spelling import KEYS, accepts
from archive.sql import add_functions, run_select
from archive.suggest import suggest
from tests.archive.sample import article, empty_archive

ARTICLES = (
    (
        "UBND tỉnh họp phiên thường kỳ",
        "Chủ tịch UBND tỉnh chủ trì.",
        {"author": "Ngọc Tú", "published_at": "2019-10-23"},
    ),
    ("Ủy ban nhân dân huyện Chợ Đồn", "Uỷ ban nhân dân huyện triển khai.", {"published_at": "2019-11-02"}),
    ("Xã Bác Kan đón bằng", "Bác Kan đón bằng khen của Bác Kan.", {"published_at": "2021-01-01"}),
    ("Tin trong ngày", "Thành phố Bắc Kạn có mưa, đường trơn.", {"published_at": "2018-05-01", "source": "TTXVN"}),
    ("Dương Quang thu hoạch", "Xã Dương Quang vào mùa ở Bắc Kạn.", {"section": "Tin tức / Kinh tế"}),
    ("Triển khai Nghị quyết số 05/2018/NQ-HĐND", "Theo Nghị quyết 05/2018/NQ-HĐND.", {"updated_at": "2018-09-09"}),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("language") / "archive.db"
    conn = empty_archive(path)
    for key, (title, body, values) in enumerate(ARTICLES, 1):
        article(conn, key, title, body, **values)
    article(conn, 7, "Nghị quyết về mức chi", "Ban hành kèm theo.")
    number = {
        "number": "05/2018/NQ-HĐND",
        "number_key": "5 2018 nq hdnd",
        "type": "Nghị quyết",
        "issued_on": "2018-07-01",
    }
    Database(conn)["documents"].insert({"article_id": 7, **number})
    Database(conn)["attachments"].insert({"id": 1, "article_id": 7, "position": 1, "url": "u", "digest": "d1"})
    refresh(conn)
    conn.close()
    return path


def found(path: Path | sqlite3.Connection, query: str, **filters: object) -> list[int]:
    return [hit.id for hit in search(path, query, filters=Filters(**filters)).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("tiêu đề:kạn", [3]),
        ("tiêu đề:kan", [3]),
        ("title:dương", [5]),
        ("title: duong", [5]),
        ("-tiêu đề:tin bắc kạn", [3, 5]),
        ('tác giả:"Ngọc Tú"', [1]),
        ("author:ngoc", [1]),
        ("nguồn:ttxvn", [4]),
        ("từ:2019 đến:10/2019", [1]),
        ("từ:23/10/2019 đến:2/11/2019", [2, 1]),
        ("chuyên mục:Tin", []),
        ('chuyên mục:"tin tuc"', [5]),
        ("năm:2021", [3]),
        ("số:5/2018", [7, 6]),
        ("số: 05/2018/nq-hdnd", [7, 6]),
        ('loại:"nghi quyet"', [7]),
        ("có:tệp", [7]),
        ("has:file nghị quyết", [7]),
        ("trạng thái:gone", []),
    ],
)
def test_fields_narrow(path: Path, typed: str, ids: list[int]) -> None:
    hits = found(path, typed)
    assert sorted(hits) == sorted(ids)
    if "đến:2/" in typed:
        assert hits == ids, "filters alone: the latest first"


def test_what_is_no_value_of_a_field_is_text() -> None:
    for typed in ("từ: hôm nay", "năm: mới", "đến:đâu", "số: nhà", "có:hai", "http://x", "mục:"):
        rest, fields = taken_out(typed)
        assert (rest, fields) == (typed, ()), typed
        assert parse(typed).groups


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2019", "2019"), ("10/2019", "2019-10"), ("3/1/2019", "2019-01-03"), ("2019-02-30", None), ("31/4/2019", None),
     ("2019-1-3", "2019-01-03"), ("x", None), ("", None), ("99999", None)],
)  # fmt: skip
def test_days(typed: str, day: str | None) -> None:
    assert day_of(typed) == day


@pytest.mark.parametrize(
    "typed",
    ["UBND", "ubnd", "ủy ban nhân dân", "uỷ ban nhân dân", "uy ban nhan dan", '"ủy ban nhân dân"', "ủy-ban nhân-dân"],
)
def test_an_abbreviation_finds_its_full_form_and_the_other_way_round(path: Path, typed: str) -> None:
    assert sorted(found(path, typed)) == [1, 2]
    assert sorted(found(path, f"{typed} tỉnh")) == [1]


def test_an_archives_own_abbreviations_add_to_the_list(tmp_path: Path) -> None:
    conn = empty_archive(tmp_path / "archive.db")
    article(conn, 1, "Vườn quốc gia Ba Bể", "Hồ nước.")
    article(conn, 2, "Ủy ban nhân dân", "Họp.")
    refresh(conn)
    assert found(conn, "VQGBB") == []
    (tmp_path / FILENAME).write_text('[x]\n"vườn quốc gia Ba Bể" = ["VQGBB"]\n"ủy ban nhân dân" = []\n', "utf-8")
    assert found(conn, "VQGBB") == [1]
    assert found(conn, "UBND") == [], "a line with an empty list takes it back"
    for wrong in ("x", '"a" = 1', '[x]\n"a" = "b"', '[x]\n"a" = [""]', '[x]\n"-" = ["b"]'):
        (tmp_path / FILENAME).write_text(wrong, "utf-8")
        with pytest.raises(QueryError) as caught:
            search(conn, "VQGBB")
        assert len(str(caught.value).splitlines()) == 1


def test_the_list_of_abbreviations_is_sound() -> None:
    known = abbreviations()
    assert len(known.meanings) > 50
    short = [form for meaning in known.meanings for form in meaning.short]
    assert len(set(short)) == len(short), "an abbreviation of two things is none"


@pytest.mark.parametrize(
    ("typed", "written", "may"),
    [
        ("duong", "đường", True), ("đuong", "đường", True), ("đuong", "dương", False), ("dương", "đường", True),
        ("đường", "dương", False),
        ("bắc", "bác", False), ("bac", "bắc", True), ("bâc", "bậc", True), ("hoà", "hòa", True), ("kĩ", "kỹ", True),
        ("quý", "quí", True), ("nước", "nước", True), ("nuóc", "nước", True), ("nuòc", "nước", False),
    ],
)  # fmt: skip
def test_a_mark_typed_must_be_there_and_one_not_typed_may_be_any(typed: str, written: str, may: bool) -> None:
    assert KEYS[typed] == KEYS[written]
    assert accepts(typed, written) is may


@pytest.mark.parametrize("typed", ["bắc kan", "bắc kạn", "Bắc Kạn"])
def test_marks_typed_decide_the_order(path: Path, typed: str) -> None:
    hits = found(path, typed)
    assert set(hits) == {3, 4, 5}
    assert hits[-1] == 3, "it has other marks, however often"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("duơng quagn", "dương quang"), ("duongquang", "dương quang"), ("bắc kạnn", "bắc kạn"), ("duong quang", None),
     ("qwertyuiop", None), ("05/2018/NQ-HĐNN", None)],
)  # fmt: skip
def test_other_words_are_offered_when_none_were_found(path: Path, typed: str, meant: str | None) -> None:
    assert search(path, typed).did_you_mean == meant


def test_suggestions(path: Path) -> None:
    assert [(s.text, s.kind) for s in suggest(path, "duong q")][:2] == [
        ("xã Dương Quang", "place"),
        ("Dương Quang thu hoạch", "title"),
    ]
    assert suggest(path, "5/20")[0].text == "05/2018/NQ-HĐND"
    assert suggest(path, "huyện chợ đ")[0].text == "huyện Chợ Đồn"
    assert suggest(path, "u")[0].kind == "title"
    for nothing in ("", "  ", "-", "\x00", "😀"):
        assert suggest(path, nothing) == ()
    assert len(suggest(path, "t", 1)) <= 1


def test_facets_count_hits_and_each_leaves_its_own_filter_out(path: Path) -> None:
    years = counts(path, "bắc kạn", Filters(year=2018))["year"]
    assert years == (Count(value=2021, count=1), Count(value=2018, count=1))
    assert counts(path, "bắc kạn", Filters(year=2018))["status"] == (Count(value="live", count=1),)
    everything = counts(path)
    assert sum(count.count for count in everything["status"]) == 7
    assert everything["has_attachment"] == (Count(value=0, count=6), Count(value=1, count=1))
    assert counts(path, "bắc kạn vũ trụ")["status"] == (Count(value="live", count=3),), "any words, as search has them"


def test_sql_has_the_same_hits_in_the_same_order(path: Path) -> None:
    for query in ("bắc kạn", "ubnd", "05/2018/NQ-HĐND", "tiêu đề:dương"):
        sql = "select article_id, marked_title from search_results where hits = search_hits(?, 20) order by place"
        answer = run_select(path, sql, [query])
        assert [row[0] for row in answer.rows] == found(path, query)
    assert "⟦Dương⟧" in str(answer.rows[0][1])
    assert run_select(path, "select count(*) from search_results").rows == ((0,),)
    for wrong in ("", "-", '"', None):
        assert run_select(path, "select search_hits(?)", [wrong]).rows == (("[]",),)
    told = run_select(path, "select search_suggestions('duong', 3)").rows[0][0]
    assert json.loads(str(told))[0]["text"] == "xã Dương Quang"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='tiêuđềsốừnăm:/-"()*0129 OR ubndBắcạ,.\x00\ud800', max_size=40))
def test_nothing_typed_breaks_it(path: Path, typed: str) -> None:
    for ask in (search, suggest, counts):
        try:
            ask(path, typed)
        except QueryError as error:
            told = str(error)
            assert told.count("\n") == 0, told
    fts_expression(typed)


# --- texts of files ---


def test_texts_of_files_are_found_as_soon_as_their_table_holds_them(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "archive.db") as conn:
        source.backup(conn)
        add_functions(conn)
        assert found(conn, "thâm canh lúa nước") == []
        conn.execute(
            "insert into file_texts (id, digest, text) values (1, 'd1', 'Quy trình thâm canh lúa nước\nvà ngô lai')"
        )
        assert refresh(conn) == 1
        check_index(conn)
        check_terms(conn)
        (hit,) = search(conn, "tham canh lua nuoc").hits
        assert (hit.id, "⟦" in hit.snippet) == (7, False)
        assert "lúa" in hit.snippet
        raw = conn.execute("select count(*) from file_texts_fts where file_texts_fts match '\"ngo lai\"'")
        assert raw.fetchone() == (1,)
        assert found(conn, "thâm canh", has_attachment=False) == []
        assert found(conn, "thâm canh -mức", type="Nghị quyết") == [7], "words left out are those of the file"
        conn.execute("update file_texts set text = 'Chăn nuôi đại gia súc' where id = 1")
        conn.execute("update file_texts set text = 'Chăn nuôi gia cầm' where id = 1")
        assert refresh(conn) == 1
        check_terms(conn)
        assert found(conn, "thâm canh lúa") == []
        assert found(conn, "gia cầm") == [7]
        conn.execute("delete from file_texts")
        assert refresh(conn) == 1
        check_index(conn)
        check_terms(conn)
        assert found(conn, "gia cầm") == []


# --- questions and names of places ---


def test_words_that_only_ask_are_told_from_the_others() -> None:
    assert asking(["mức", "phạt", "là", "bao", "nhiêu"]) == {3, 4}
    assert asking(["muc", "phat", "nhu", "the", "nao"]) == {2, 3, 4}
    assert asking(["bệnh", "não"]) == frozenset(), "não (brain) is another word than nào (which)"


def test_a_question_that_cites_a_number_no_text_names_is_answered_still() -> None:
    conn = empty_archive()
    article(conn, 1, "Không gian mạng", "Khái niệm không gian mạng được hiểu là mạng lưới kết nối cơ sở hạ tầng.")
    refresh(conn)
    words = "khái niệm không gian mạng được hiểu thế nào theo luật"
    assert [hit.id for hit in search(conn, f"{words} 24/2018/QH14").hits] == [1]
    assert search(conn, "24/2018/QH14").hits == (), "alone it is what is looked for"


def test_a_name_without_marks_finds_the_place_before_other_names() -> None:
    conn = empty_archive()
    for key in range(1, 7):
        article(conn, key, "Tin", "Ông Chờ Đón được mời. Chờ Đón, Chờ Đón nói. " * 3)
    for key in range(8, 40):
        article(conn, key, "Tin", "Trời mưa to suốt ngày. " * 10)
    article(conn, 7, "Tin", "Đường về huyện Chợ Đồn. " + "Trời mưa to suốt ngày. " * 10)
    refresh(conn)
    assert search(conn, "Cho Don").hits[0].id == 7
    assert search(conn, "cho don").hits[0].id == 7
