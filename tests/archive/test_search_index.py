"""The index is kept right through every change, and what is wrong with it is told."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.database import open_database, open_readonly
from archive.errors import ArchiveError, DatabaseError
from archive.index import INDEXED, indexed_texts, rebuild, refresh
from archive.search import search
from archive.soundness import check_index
from archive.vietnamese import syllables
from tests.archive.sample import empty_archive
from tests.archive.searched import ARTICLES, fill, found


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
