"""The Datasette site: every page answers, every column is told, nothing foreign may run."""

from __future__ import annotations

import html
import json
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.errors import ArchiveError
from archive.index import TABLES
from archive.search import refresh
from archive.site import METADATA, PLUGINS, metadata
from archive.site.serve import ServeError, serve
from tests.archive.conftest import ROOT, Site, command, free_port, running
from tests.archive.sample import HOST, article, capture, empty_archive

EVIL = "<script>alert(1)</script>"
HAS_NO_TEXT = {*TABLES, "rank"}  # hidden columns every FTS5 table has


def build(path: Path) -> Path:
    """An archive with a row for every page of the site."""
    conn = empty_archive(path)
    capture(conn, 2, timestamp="20220312000000", outcome="rejected", reason="not_found", statuscode=404)
    article(conn, 1, "Bắc Kạn đẩy mạnh cải cách", "Tỉnh Bắc Kạn có xã Dương Quang.", published_at="2022-03-08")
    article(conn, 2, f"Đường quang {EVIL}", "Con đường.", published_at="2020-01-01", section="Tin tức", author="Tú")
    article(conn, 3, "Trang đã gỡ", "Không còn.", status="gone", removed_at="2022-03-12T00:00:00Z", capture_id=2)
    db = Database(conn)
    db["documents"].insert({"article_id": 1, "number": "45/2019/NQ-HĐND", "number_key": "45 2019 nq hdnd"})
    version = {"article_id": 1, "content_digest": "d", "capture_id": 1, "run_id": 1, "extractor_version": "1"}
    db["article_versions"].insert({**version, "number": 1, "seen_at": "2022-03-10T02:00:00Z", "fields": "{}"})
    change = {"article_id": 1, "changed_at": "2022-03-11T00:00:00Z"}
    db["article_changes"].insert({**change, "field": "title", "old_value": "Cũ", "new_value": "Mới"})
    failure = {"first_failed_at": "2022-03-10", "last_failed_at": "2022-03-10", "attempts": 1}
    db["failures"].insert({"key": "k", "url": f"{HOST}/x.aspx", "reason": "server_error", **failure})
    conn.commit()
    refresh(conn)
    conn.close()
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site") / "kho lưu.db")


NAME = "archive"  # in addresses, whatever the file is called


def described() -> dict[str, set[str]]:
    tables = metadata()["databases"]["archive"]["tables"]
    return {table: set(told["columns"]) for table, told in tables.items()}


def test_every_table_and_column_is_described_and_nothing_else() -> None:
    conn = empty_archive()
    names = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' escape '\\'"
    tables = {row[0] for row in conn.execute(names)} - {"_sqlite_migrations"}
    tables -= {f"{table}_{shadow}" for table in TABLES for shadow in ("data", "idx", "docsize", "config", "content")}
    there = {table: {row[1] for row in conn.execute(f"pragma table_xinfo({table})")} - HAS_NO_TEXT for table in tables}
    assert described() == there


def test_descriptions_are_in_both_languages() -> None:
    sheet = metadata()["databases"]["archive"]
    told = [table["description"] for table in sheet["tables"].values()]
    told += [text for table in sheet["tables"].values() for text in table["columns"].values()]
    told += [query[key] for query in sheet["queries"].values() for key in ("title", "description")]
    assert len(told) > 150
    for text in told:
        vietnamese, _, english = text.partition(" · ")
        assert vietnamese, text
        assert english.strip(), text


def test_facets_and_orders_name_real_columns() -> None:
    columns = described()
    for table, told in metadata()["databases"]["archive"]["tables"].items():
        named = [*told.get("facets", []), *told.get("sortable_columns", [])]
        named += [told[key] for key in ("sort", "sort_desc", "label_column") if key in told]
        assert set(named) <= columns[table], table


def test_the_pages_answer(site: Site) -> None:
    database = site.get(NAME)
    assert database.status == 200
    for title in ("Tìm kiếm", "Lịch sử một trang"):
        assert title in database.text
    visible = json.loads(site.get(f"{NAME}.json").text)["tables"]
    hidden = {table["name"] for table in visible if table["hidden"]}
    assert hidden >= {"articles_fts", "articles_fts_data"}
    assert not {table["name"] for table in visible} & CLOSED
    assert not hidden & {"articles", "documents", "captures", "runs"}


CLOSED = {"frontier", "search_queue", "file_queue", "hosts", "repairs", "run_ends", "tombstones"}


@pytest.mark.parametrize("table", sorted(CLOSED))
def test_the_crawlers_own_tables_are_closed(site: Site, table: str) -> None:
    for path in (f"{NAME}/{table}", f"{NAME}/{table}.json", f"{NAME}/{table}.csv", f"{NAME}/{table}/1"):
        assert site.get(path).status == 403


@pytest.mark.parametrize("table", sorted(set(described()) - CLOSED))
def test_every_table_answers_with_its_own_description(site: Site, table: str) -> None:
    page = site.get(f"{NAME}/{table}")
    assert page.status == 200, page.text
    description = metadata()["databases"]["archive"]["tables"][table]["description"]
    assert description.split(" · ")[0] in html.unescape(page.text)


def test_articles_are_grouped_and_searched(site: Site) -> None:
    page = json.loads(site.get(f"{NAME}/articles.json").text)
    assert set(page["facet_results"]) == {"section", "author", "status", "year"}
    years = {value["value"]: value["count"] for value in page["facet_results"]["year"]["results"]}
    assert years == {2022: 1, 2020: 1}
    assert {row["id"] for row in site.rows(f"{NAME}/articles", _search="bac kan")} == {1}


CANNED = {
    "search": {"q": "duong quang"},
    "new_this_week": {},
    "changed_articles": {"field": "title"},
    "removed_pages": {},
    "documents_by_number": {"number": "số 45/2019/nq-hđnd"},
    "latest_runs": {},
    "outcomes": {},
    "open_failures": {"reason": "server_error"},
    "page_timeline": {"page": f"{HOST.replace('https://', 'http://www.')}/1.aspx"},
}


def test_every_canned_query_is_tried() -> None:
    assert set(CANNED) == set(metadata()["databases"]["archive"]["queries"])


@pytest.mark.parametrize("query", CANNED)
def test_every_canned_query_answers_with_rows(site: Site, query: str) -> None:
    assert site.rows(f"{NAME}/{query}", **CANNED[query])
    page = site.get(f"{NAME}/{query}", **CANNED[query])
    assert page.status == 200
    title = metadata()["databases"]["archive"]["queries"][query]["title"]
    assert title.split(" · ")[0] in html.unescape(page.text)
    english = html.unescape(site.get(f"{NAME}/{query}", **CANNED[query], lang="en").text)
    assert f"<h1>{title.split(' · ')[1]}</h1>" in english
    assert site.get(f"{NAME}/{query}").status == 200, "without parameters too"


def test_what_the_canned_queries_say(site: Site) -> None:
    hits = site.rows(f"{NAME}/search", q="bac kan")
    assert [(hit["article"], hit["title"]) for hit in hits] == [(1, "⟦Bắc Kạn⟧ đẩy mạnh cải cách")]
    assert (
        site.rows(f"{NAME}/search", q="duong", section="tin tuc", since="2020", until="2020-01-01")[0]["article"] == 2
    )
    assert site.rows(f"{NAME}/search", q="duong", until="2019") == []
    assert [row["article"] for row in site.rows(f"{NAME}/new_this_week")] == [3, 1]
    assert [row["article"] for row in site.rows(f"{NAME}/new_this_week", days="3650")] == [3, 1, 2]
    assert [row["article"] for row in site.rows(f"{NAME}/removed_pages")] == [3]
    assert site.rows(f"{NAME}/documents_by_number", number="2019/NQ")[0]["number"] == "45/2019/NQ-HĐND"
    assert site.rows(f"{NAME}/documents_by_number", number="5/2019") == []
    timeline = site.rows(f"{NAME}/page_timeline", page="1")
    assert [row["kind"] for row in timeline] == ["change", "version", "visit"]
    assert site.rows(f"{NAME}/page_timeline", page=f"{HOST}/2.aspx")[0]["what"] == "not_found"


@pytest.mark.parametrize("typed", ["", '"', "-", "a AND (", "title:", "*", "'; drop table articles; --", "\x00"])
def test_nothing_typed_is_an_error(site: Site, typed: str) -> None:
    assert site.get(f"{NAME}/search", q=typed).status == 200


def test_hits_are_marked_and_text_is_escaped(site: Site) -> None:
    page = site.get(f"{NAME}/search", q="duong quang").text
    assert "<mark>Đường quang</mark>" in page
    assert EVIL not in page
    assert '<a href="/article/2">2</a>' in page


def test_a_crawl_may_write_meanwhile(path: Path, site: Site) -> None:
    conn = sqlite3.connect(path)
    with conn:
        conn.execute("update runs set resumed = 7")
    conn.close()
    assert site.rows(f"{NAME}/latest_runs")[0]["resumed"] == 7


def test_the_sheet_serves_plain_datasette_as_well(tmp_path: Path) -> None:
    path, port = build(tmp_path / "archive.db"), free_port()
    plain = [sys.executable, "-m", "datasette", str(path), "-p", str(port)]
    with running([*plain, "-m", str(METADATA), "--plugins-dir", str(PLUGINS)], port) as site:
        assert site.rows("archive/search", q="bac kan")[0]["article"] == 1


# --- opening it ---


def test_a_port_in_use_is_told_in_one_line(path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServeError, match=r"is in use; choose another with --port") as caught:
            serve(path, port=taken.getsockname()[1])
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 8001), ("no such host", 8001)])
def test_an_address_of_another_machine_is_told(path: Path, host: str, port: int) -> None:
    with pytest.raises(ServeError, match="is no address of this machine"):
        serve(path, host=host, port=port)


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_number_that_is_no_port_is_told(path: Path, port: int) -> None:
    with pytest.raises(ServeError, match="is no port"):
        serve(path, port=port)


def test_no_archive_is_told_in_one_line(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    Database(foreign)["t"].insert({"a": 1})
    for path in (tmp_path / "none.db", foreign):
        with pytest.raises(ArchiveError) as caught:
            serve(path, port=0)
        assert str(path) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def test_it_tells_its_address_and_ends_quietly_when_interrupted(path: Path) -> None:
    told = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-X", "faulthandler", *command(path, 0)[1:]], **told)
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], 60)[0]:
        process.send_signal(signal.SIGABRT)  # it then tells where it stands
        pytest.fail(f"no address within a minute: {process.communicate()[1]}")
    url = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
    assert Site(url=url.rstrip("/")).get("").status == 200
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
