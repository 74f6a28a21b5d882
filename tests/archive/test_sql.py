"""Questions in SQL are answered; everything else is refused in one line and changes nothing."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from archive.errors import ArchiveError, DatabaseError, QueryError
from archive.search import refresh
from archive.sql import run_select
from tests.archive.sample import article, empty_archive


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql") / "archive.db"
    conn = empty_archive(path)
    for key in range(1, 6):
        article(conn, key, f"Bài {key}", "Tỉnh Bắc Kạn", word_count=key)
    refresh(conn)
    conn.close()
    return path


def test_a_select_is_answered(path: Path) -> None:
    answer = run_select(path, "select id, title from articles where word_count > :least order by id", {"least": 3})
    assert answer.columns == ("id", "title")
    assert answer.rows == ((4, "Bài 4"), (5, "Bài 5"))
    assert not answer.truncated


def test_rows_stop_at_the_limit(path: Path) -> None:
    assert run_select(path, "select id from articles", limit=5).truncated is False
    answer = run_select(path, "select id from articles", limit=2)
    assert len(answer.rows) == 2
    assert answer.truncated


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "  -- why\n/* how */ select 1 ; ; ",
        "with n(i) as (select 1) select i from n",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select max(i) from n",
        "select name from pragma_table_info('articles')",
        "select value from json_each('[1, 2]')",
        """select snippet(articles_fts, 0, '[', ']', '…', 9), rank from articles_fts
           where articles_fts match search_query('"bac" kạn') order by rank""",
        "select vi_fold('Đường'), document_key('Số 5/QĐ'), urlkey('https://www.backan.gov.vn/'), vi_fold(null)",
    ],
)
def test_reading_of_every_kind_is_answered(path: Path, sql: str) -> None:
    assert run_select(path, sql).rows


def test_our_functions_say_what_search_says(path: Path) -> None:
    sql = "select vi_fold('Đường'), document_key('Số 5/QĐ'), vi_fold(null), search_query(null)"
    assert run_select(path, sql).rows == (("duong", "5 qd", None, '""'),)
    assert run_select(path, "select rowid from articles_fts where articles_fts match search_query(?)", ("",)).rows == ()


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "-- only a remark",
        "delete from articles",
        "insert into runs default values",
        "update articles set title = ''",
        "drop table articles",
        "create table x (a)",
        "pragma journal_mode = delete",
        "vacuum into 'copy.db'",
        "attach 'x.db' as x",
        "explain select 1",
        "values (1)",
        "begin",
        "with x as (select 1) delete from articles",
        "with x as (select 1) update articles set title = ''",
        "with x as (select 1) insert into articles_fts(articles_fts) values ('delete-all')",
        "with x as (select 1) insert into sqlite_master values (1, 1, 1, 1, 1)",
        "with x as (select 1) update sqlite_master set sql = ''",
        "select 1; delete from articles",
        "select load_extension('x')",
        "select writefile('x', 'y')",
        "select * from pragma_journal_mode",
        "select hex(zeroblob(100000000))",
        "select nothing",
        "select from",
        "select ?",
        "select :missing",
        "select 'open",
        "select '\ud800'",
        "select\x00 1",
        "selectx",
    ],
)
def test_everything_else_is_refused_in_one_line(path: Path, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    before = hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(QueryError) as caught:
        run_select(path, sql)
    assert len(str(caught.value).splitlines()) == 1
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert {file.name for file in path.parent.iterdir()} <= {"archive.db", "archive.db-wal", "archive.db-shm"}


def test_a_number_too_large_is_refused(path: Path) -> None:
    with pytest.raises(QueryError):
        run_select(path, "select ?", (1 << 70,))


def test_an_endless_query_is_stopped(path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(QueryError, match=r"longer than 0\.3 seconds"):
        run_select(
            path,
            "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
            seconds=0.3,
        )
    assert time.monotonic() - start < 5


def test_it_reads_beside_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    writer = empty_archive(path)
    writer.execute("begin immediate")
    writer.execute("update runs set state = 'running'")
    assert run_select(path, "select state from runs").rows == (("complete",),)
    writer.rollback()
    writer.close()


def test_no_archive_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist") as caught:
        run_select(tmp_path / "none.db", "select 1")
    assert isinstance(caught.value, ArchiveError)
    assert not (tmp_path / "none.db").exists()
