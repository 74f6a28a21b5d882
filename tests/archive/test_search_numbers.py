"""Articles have small numbers under which the index holds their words; ids stay what everything else names them by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.entries import article_entry, put_in
from archive.index import INDEXED, indexed_texts, rebuild, refresh
from archive.migrations import migrations
from archive.proof import index as proof
from archive.search import search
from archive.soundness import check_index, check_terms
from archive.vietnamese import alt_syllables, fold
from tests.archive.conftest import Site
from tests.archive.sample import article, empty_archive
from tests.archive.searched import ARTICLES, fill, found

JOINED = "select a.id from articles a join articles_fts f on f.rowid = a.rowid where articles_fts match ? order by a.id"
HASH = 8612345678901234


def numbers(conn: sqlite3.Connection) -> dict[int, int]:
    return dict(conn.execute("select id, rowid from articles").fetchall())


def entries(conn: sqlite3.Connection) -> dict[int, int]:
    return dict(conn.execute("select article_id, entry from search_entries where article_id not null").fetchall())


def test_articles_are_numbered_in_the_order_they_come_in_whatever_their_ids() -> None:
    conn = empty_archive()
    for key in (HASH, 3, HASH // 2):
        article(conn, key, f"Bài {key}", "Bắc Kạn")
    assert numbers(conn) == {HASH: 1, 3: 2, HASH // 2: 3}
    refresh(conn)
    assert entries(conn) == numbers(conn)
    assert conn.execute(JOINED, ("bac kan",)).fetchall() == [(3,), (HASH // 2,), (HASH,)]
    assert sorted(found(conn, "bac kan")) == [3, HASH // 2, HASH]


def test_articles_and_files_never_share_a_number() -> None:
    conn = empty_archive()
    article(conn, 1, "Một", "chữ")
    conn.execute("insert into file_texts (digest, text) values ('a', 'tệp một'), ('b', 'tệp hai')")
    refresh(conn)
    article(conn, 2, "Hai", "chữ")
    conn.execute("insert into file_texts (digest, text) values ('c', 'tệp ba')")
    article(conn, 3, "Ba", "chữ")
    refresh(conn)
    assert entries(conn) == numbers(conn)
    assert conn.execute("select count(distinct entry), max(entry) from search_entries").fetchone() == (6, 6)
    check_index(conn)
    check_terms(conn)


def test_an_article_that_is_put_back_keeps_the_number_of_its_entry() -> None:
    conn = fill(empty_archive())
    before = numbers(conn)
    conn.row_factory = sqlite3.Row
    row = conn.execute("select * from articles where id = 2").fetchone()
    conn.row_factory = None
    conn.execute("insert into search_queue values (2, ?)", (json.dumps(indexed_texts(row)),))
    conn.execute("delete from articles where id = 2")
    article(conn, 9, "Bài mới", "Chợ Mới")
    assert numbers(conn)[9] not in before.values(), "the number still names an entry"
    article(conn, 2, "Trở lại", "Ba Bể")
    assert numbers(conn)[2] == before[2]
    refresh(conn)
    check_index(conn)
    check_terms(conn)
    assert found(conn, "ba bể") == [2]
    assert found(conn, "thi công") == []


def test_vacuum_changes_no_number(tmp_path: Path) -> None:
    conn = fill(empty_archive(tmp_path / "archive.db"))
    conn.execute("delete from articles where id = 1")
    conn.execute("insert or ignore into search_queue values (1, ?)", (json.dumps(_texts(1)),))
    conn.commit()
    refresh(conn)
    before = numbers(conn)
    conn.execute("vacuum")
    assert numbers(conn) == before
    assert conn.execute(JOINED, ("duong quang",)).fetchall() == [(2,)]


def test_rows_and_links_of_plain_datasette_go_by_id(tmp_path: Path, stock_datasette: Callable[[Path], Site]) -> None:
    path = tmp_path / "archive.db"
    conn = empty_archive(path)
    article(conn, HASH, "Bắc Kạn vào xuân", "Lễ hội")
    conn.execute("insert into article_urls values ('https://a.vn/', ?, '2022')", (HASH,))
    conn.commit()
    refresh(conn)
    conn.close()
    site = stock_datasette(path)
    assert [row["id"] for row in site.rows("archive/articles", _search="bac kan")] == [HASH]
    assert "Bắc Kạn vào xuân" in site.get(f"archive/articles/{HASH}").text
    assert f'href="/archive/articles/{HASH}"' in site.get("archive/article_urls").text


def test_sqlite_utils_searches_the_table(tmp_path: Path) -> None:
    conn = fill(empty_archive(tmp_path / "archive.db"))
    assert {row["id"] for row in Database(conn)["articles"].search("duong quang")} == {1, 2}


def test_a_lost_or_changed_number_is_told_and_mended() -> None:
    conn = fill(empty_archive())
    conn.execute("update articles set rowid = 77 where id = 1")
    conn.execute("update articles set rowid = null where id = 2")
    conn.commit()
    told = {finding.place for finding in proof.check_queue(conn)}
    assert told == {"article 1", "article 2"}
    rebuild(conn)
    assert entries(conn) == numbers(conn)
    assert numbers(conn)[2] == 78
    check_index(conn)
    check_terms(conn)


def _texts(key: int) -> dict[str, str]:
    title, body, more = ARTICLES[key]
    return (
        dict.fromkeys(INDEXED, "")
        | {"title": title, "body_text": body}
        | {name: str(value) for name, value in more.items() if name in INDEXED}
    )


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """An archive of the release before numbers: one article as indexed, one edited since, one gone, one new."""
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as conn:
        migrations.apply(Database(conn), stop_before="m_numbers")
        conn.execute("pragma foreign_keys = off")
        for number, key in enumerate((4, 3, 2), 2):
            _old_article(conn, key)
            _old_entry(conn, key, number)
        conn.execute("insert into search_queue values (2, ?)", (json.dumps(_texts(2)),))
        conn.execute("update articles set title = 'Tên khác hẳn' where id = 2")
        conn.execute("insert into search_queue values (3, ?)", (json.dumps(_texts(3)),))
        conn.execute("delete from articles where id = 3")
        _old_article(conn, 1)
        conn.execute("insert into search_queue values (1, null)")
        conn.commit()
    return path


def _old_article(conn: sqlite3.Connection, key: int) -> None:
    texts = _texts(key)
    conn.execute(
        "insert into articles (id, url, canonical_url, portal, body_html, word_count, content_digest, first_seen_at,"
        f" last_seen_at, extractor_version, profile, capture_id, {', '.join(texts)})"
        f" values (?1, 'u' || ?1, 'u' || ?1, 'p', '', 0, '', '', '', '1', 'p', 1, {', '.join('?' * len(texts))})",
        (key, *texts.values()),
    )


def _old_entry(conn: sqlite3.Connection, key: int, number: int) -> None:
    texts = _texts(key)
    folded = [*map(fold, texts.values()), alt_syllables("\n".join(texts.values()))]
    marks = ", ".join("?" * (len(folded) + 1))
    conn.execute(f"insert into articles_fts (rowid, {', '.join(texts)}, alt) values ({marks})", (key, *folded))
    put_in(conn, [(number, article_entry(key, texts))])


def test_an_index_under_ids_becomes_one_under_numbers(before: Path) -> None:
    with closing(sqlite3.connect(before)) as conn:
        migrations.apply(Database(conn))
        assert numbers(conn) == {4: 2, 2: 4, 1: 5}
        check_index(conn)
        check_terms(conn)
        assert conn.execute(JOINED, ("nghi quyet",)).fetchall() == [(4,)]
        assert conn.execute(JOINED, ("bac kan",)).fetchall() == [], "what waits is not in it yet"
        assert refresh(conn) == 3
        check_index(conn)
        check_terms(conn)
        assert conn.execute("select count(*) from articles_fts_docsize").fetchone() == (3,)
        assert found(conn, "tên khác hẳn") == [2]
        assert found(conn, "bắc kạn") == [1]
        assert search(conn, "hòa bình").total == 0
