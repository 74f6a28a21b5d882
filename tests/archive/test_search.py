"""Search from a person's words to ranked hits, and the index kept right through every change."""

from __future__ import annotations

import json
import random
import sqlite3
import time
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import marks
from archive.database import open_database, open_readonly
from archive.errors import ArchiveError, DatabaseError, QueryError
from archive.index import INDEXED, indexed_texts, rebuild, refresh
from archive.query import NOTHING, fts_expression, parse
from archive.search import Filters, search
from archive.soundness import check_index
from archive.vietnamese import syllables
from tests.archive.conftest import Site
from tests.archive.sample import article, empty_archive

NFD_BAC_KAN = unicodedata.normalize("NFD", "Bắc Kạn")

ARTICLES: dict[int, tuple[str, str, dict[str, object]]] = {
    1: (
        "Bắc Kạn đẩy mạnh cải cách hành chính",
        "Tỉnh Bắc Kạn rà soát thủ tục tại xã Dương Quang.\nNgười dân được phục vụ tốt hơn.",
        {"section": "Tin tức / Kinh tế", "author": "Ngọc Tú", "published_at": "2022-03-01T08:00:00+07:00"},
    ),
    2: (
        "Con đường quang đãng sau mưa",
        "Đường quang, xe chạy êm. Kỹ thuật thi công bảo đảm an toàn.",
        {"section": "Tin tức", "author": "Đinh Điển", "updated_at": "2021-05-06T08:00:00+07:00"},
    ),
    3: (
        "Hội nghị vì hòa bình",
        "Các đại biểu trao đổi về hoà bình và phát triển.",
        {"section": "Văn hóa", "published_at": "2020-07-15", "status": "gone"},
    ),
    4: (
        "Nghị quyết của Hội đồng nhân dân tỉnh",
        "Ban hành kèm theo quy định về mức chi.",
        {"section": "Văn bản"},
    ),
    5: (
        "Triển khai văn bản mới",
        "Thực hiện Nghị quyết số 45/2019/NQ-HĐND, các đơn vị lập kế hoạch.",
        {"section": "Tin tức"},
    ),
}


def fill(conn: sqlite3.Connection) -> sqlite3.Connection:
    for key, (title, body, values) in ARTICLES.items():
        article(conn, key, title, body, **values)
    Database(conn)["documents"].insert(
        {"article_id": 4, "number": "45/2019/NQ-HĐND", "number_key": "45 2019 nq hdnd", "issued_on": "2019-12-30"}
    )
    conn.commit()
    assert refresh(conn) == len(ARTICLES)
    return conn


@pytest.fixture(scope="module")
def archive() -> sqlite3.Connection:
    return fill(empty_archive())


def found(conn: sqlite3.Connection, query: str, *, limit: int = 20, offset: int = 0, **rest: Any) -> list[int]:
    order = rest.pop("order", "relevance")
    result = search(conn, query, limit, offset=offset, order=order, filters=Filters(**rest))
    return [hit.id for hit in result.hits]


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


# --- the index ---


def change(conn: sqlite3.Connection, key: int, **values: str | None) -> None:
    """What the store does: note what stands in the index, then change the article."""
    conn.row_factory = sqlite3.Row
    row = conn.execute("select * from articles where id = ?", (key,)).fetchone()
    conn.row_factory = None
    conn.execute(
        "insert into search_queue values (?, ?) on conflict do nothing",
        (key, json.dumps(indexed_texts(row), ensure_ascii=False)),
    )
    names = ", ".join(f"{name} = ?" for name in values)
    conn.execute(f"update articles set {names} where id = ?", (*values.values(), key))
    conn.commit()


def terms(conn: sqlite3.Connection) -> list[tuple[object, ...]]:
    conn.execute("create virtual table if not exists temp.terms using fts5vocab(main, articles_fts, instance)")
    return sorted(conn.execute("select term, doc, col, offset from temp.terms").fetchall())


def test_updates_keep_the_index_as_if_made_anew() -> None:
    conn = fill(empty_archive())
    change(conn, 1, title="Chợ Đồn vào hội", body_text="Huyện Chợ Đồn mở hội xuân, kỹ niệm.", author=None)
    change(conn, 1, title="Chợ Mới vào hội")
    change(conn, 2, lead="Một đoạn mở đầu")
    assert found(conn, "bac kan") == [1], "not before the refresh"
    assert refresh(conn) == 2
    assert refresh(conn) == 0
    check_index(conn)
    assert search(conn, "bắc kạn").total == 0
    assert found(conn, "ngọc tú") == []
    assert found(conn, "chợ mới") == [1]
    assert found(conn, "mở đầu") == [2]
    kept = terms(conn)
    assert rebuild(conn) == len(ARTICLES)
    assert terms(conn) == kept
    check_index(conn)


def test_a_deleted_article_leaves_the_index() -> None:
    conn = fill(empty_archive())
    change(conn, 3, lead=None)
    conn.execute("delete from articles where id = 3")
    conn.commit()
    assert refresh(conn) == 1
    check_index(conn)
    assert not any(doc == 3 for _, doc, _, _ in terms(conn))


def test_random_changes_keep_the_index_right() -> None:
    conn = fill(empty_archive())
    chance = random.Random(7)
    words = syllables("đường dương quang kỹ kĩ hoà hòa bắc kạn Đảng ủy uỷ y tế 45/2019/NQ-HĐND")
    for _ in range(150):
        key = chance.choice(list(ARTICLES))
        text = " ".join(chance.choices(words, k=chance.randint(0, 12)))
        change(conn, key, **{chance.choice([name for name in INDEXED if name != "title"]): text})
        if chance.random() < 0.3:
            refresh(conn)
    refresh(conn)
    check_index(conn)
    kept = terms(conn)
    rebuild(conn)
    assert terms(conn) == kept


def test_refresh_is_all_or_nothing_and_joins_a_transaction() -> None:
    conn = fill(empty_archive())
    before = terms(conn)
    change(conn, 1, title="Khác hẳn")
    conn.execute("begin")
    refresh(conn)
    assert conn.in_transaction
    conn.execute("rollback")
    assert terms(conn) == before
    assert conn.execute("select count(*) from search_queue").fetchone() == (1,)
    conn.execute("insert or replace into search_queue values (2, 'no JSON')")
    conn.commit()
    with pytest.raises(json.JSONDecodeError):
        refresh(conn)
    assert not conn.in_transaction
    assert terms(conn) == before
    assert conn.execute("select count(*) from search_queue").fetchone() == (2,)


def test_a_wrong_index_is_told() -> None:
    conn = fill(empty_archive())
    conn.execute("insert into articles_fts(articles_fts) values ('delete-all')")
    with pytest.raises(DatabaseError, match="differ in 5 entries"):
        check_index(conn)
    rebuild(conn)
    check_index(conn)
    conn.execute("update articles_fts_data set block = x'00' where id = 10")
    conn.execute("delete from articles_fts_data where id > 10")
    with pytest.raises(DatabaseError, match="damaged"):
        check_index(conn)


def test_articles_older_than_the_index_wait_for_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(empty_archive(path)).close()
    conn = open_database(path).conn
    assert refresh(conn) == 0
    conn.close()
    with open_readonly(path) as reader:
        assert found(reader, "bac kan") == [1]
    assert [hit.id for hit in search(path, "bac kan").hits] == [1]


def test_no_archive_is_told_in_one_line(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    Database(foreign)["t"].insert({"a": 1})
    text = tmp_path / "text.db"
    text.write_text("no database at all, but long enough to be looked at")
    for path in (tmp_path / "none.db", foreign, text, tmp_path):
        with pytest.raises(ArchiveError) as caught:
            search(path, "x")
        assert str(path) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


# --- plain Datasette and plain SQL ---


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, stock_datasette: Callable[[Path], Site]) -> Site:
    path = tmp_path_factory.mktemp("stock") / "archive.db"
    fill(empty_archive(path)).close()
    return stock_datasette(path)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("bac kan", {1}),
        ("duong quang", {1, 2}),
        ("Dương Quang", {1, 2}),
        ('"duong quang"', {1, 2}),
        ("hoa binh", {3}),
        ("hòa bình", {3}),
        ("ki thuat", {2}),
        ("ky thuat", {2}),
        ("đường", {2}),
        ("duong", {1, 2}),
        (NFD_BAC_KAN, {1}),
    ],
)
def test_raw_search_of_plain_datasette(stock: Site, query: str, ids: set[int]) -> None:
    assert {row["id"] for row in stock.rows("archive/articles", _search=query)} == ids


def test_plain_datasette_knows_the_search_table(stock: Site) -> None:
    table = json.loads(stock.get("archive/articles.json").text)
    assert "_search" in stock.get("archive/articles").text
    assert table["filtered_table_rows_count"] == len(ARTICLES)
    assert stock.rows("archive/articles", _search="vũ trụ") == []


def test_order_by_rank_has_the_weights(archive: sqlite3.Connection) -> None:
    conn = empty_archive()
    article(conn, 1, "Tin trong ngày", "Lũ quét lũ quét ở xã. " + "Mưa to. " * 3)
    article(conn, 2, "Lũ quét", "Mưa to ở xã, nước lên. " + "Mưa to. " * 3)
    refresh(conn)
    ranked = conn.execute("select rowid from articles_fts where articles_fts match '\"lu quet\"' order by rank")
    assert [row[0] for row in ranked] == [2, 1]


# --- speed ---


def test_ten_thousand_articles_are_indexed_and_searched_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    conn = empty_archive()
    chance = random.Random(3)
    onsets = syllables("b c ch d đ g h k kh l m n ng nh p ph qu r s t th tr v x")
    rimes = syllables("a à anh ang ăn ế iên inh oà ôn ông ơi uân ương ước ích ịch ốc ỹ ý ai ao âm ung")
    words = ["ủy ban nhân dân", "tỉnh Bắc Kạn", "phát triển kinh tế", "đồng chí"]
    words += [a + b for a in onsets for b in rimes]
    weights = [1 / (n + 6) for n in range(len(words))]
    pool = [" ".join(chance.choices(words, weights, k=560)) for _ in range(400)]
    rows = []
    for key in range(1, 10_001):
        body = pool[key % 400][key % 97 :]
        rows.append((key, f"u{key}", f"u{key}", " ".join(chance.choices(words, weights, k=12)), body))
    conn.executemany(
        "insert into articles (id, url, canonical_url, title, body_text, portal, body_html, word_count, "
        "content_digest, first_seen_at, last_seen_at, extractor_version, profile, capture_id) "
        "values (?, ?, ?, ?, ?, 'p', '', 0, '', '', '', '1', 'p', 1)",
        rows,
    )
    conn.execute("insert into search_queue (article_id) select id from articles")
    conn.commit()
    start = time.process_time()
    refresh(conn)
    rate = 10_000 / (time.process_time() - start)
    times = {}
    search(conn, "khích")  # the pages come into memory
    for query in ("bắc kạn", "ủy ban nhân dân", "uy ban nhan dan tinh bac kan", "thông nương", "khích"):
        start = time.process_time()
        assert search(conn, query).total
        times[query] = (time.process_time() - start) * 1000
    with capsys.disabled():
        told = ", ".join(f"{query}: {ms:.0f} ms" for query, ms in times.items())
        print(f"\nindexed {rate:.0f} articles/s of {len(rows[0][4].encode())} bytes; {told}")
    assert rate > 250, "a quarter of what a quiet machine does"
    assert max(times.values()) < 400, "the same; bench/search_speed.py measures"
