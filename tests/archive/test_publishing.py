"""The reading room as anybody on the internet meets it: nothing runs, nothing leaks, nothing is written."""

from __future__ import annotations

import csv
import io
import re
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from archive.site.gate import HEADERS
from tests.archive.conftest import Site, command, free_port, running
from tests.archive.lived import build
from tests.archive.sample import article, empty_archive


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("lived") / "kho.db")


PAGES = ("", "search?q=bac", "search/sql?q=bac", "documents", "changes", "health", "sql", "schema", "about", "export")
DATASETTE = ("archive", "archive/articles", "archive/search?q=bac", "archive/captures", "nowhere", "article/1")


@pytest.mark.parametrize("page", [*PAGES, *DATASETTE])
def test_pages_hold_nothing_the_policy_forbids(site: Site, page: str) -> None:
    answer = site.get(page)
    for name, value in HEADERS.items():
        assert answer.headers.get_all(name) == [value], name
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text, re.I)
    assert all("src=" in tag or "ld+json" in tag for tag in re.findall(r"<script[^>]*>", answer.text))
    foreign = re.findall(r'<(?:script|img|link|iframe|source)[^>]+(?:src|href)="(?:https?:)?//[^"]*"', answer.text)
    assert not foreign
    assert len(answer.text.encode()) < 150_000


@pytest.mark.parametrize(
    "address",
    [
        "-/databases.json",
        "-/settings",
        "-/plugins",
        "-/metadata",
        "-/versions",
        "-/threads",
        "-/actor",
        "_memory",
        "_internal",
    ],
)
def test_nothing_is_told_of_the_machine(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status in (403, 404)
    assert "/tmp" not in answer.text


def test_only_reading_is_answered(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE"):
        request = urllib.request.Request(f"{site.url}/archive", data=b"x", method=method)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 405


def test_nobody_runs_sql_or_takes_the_file_unasked(site: Site) -> None:
    assert site.get("archive", sql="select 1").status == 403
    assert site.get("archive/articles", _where="1=1").status == 403
    assert site.get("archive.db").status == 403
    assert site.get("kho.db").status in (403, 404)


def test_sql_where_it_was_asked_for_is_limited_and_veiled(path: Path) -> None:
    port = free_port()
    with running(command(path, port, sql=True), port) as site:
        assert site.rows("archive", sql="select count(*) as n from articles") == [{"n": 69}]
        assert site.rows("archive", sql="select detail from failures") == [{"detail": None}]
        assert "textarea" in site.get("sql").text
        assert 'href="/archive?sql=select' in site.get("search/sql", q="bac").text
        refused = [
            "delete from articles",
            "attach 'x' as y",
            "pragma journal_mode = delete",
            "select hex(zeroblob(100000000))",
        ]
        for sql in (*refused, "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"):
            answer = site.get("archive.json", sql=sql)
            assert answer.status in (400, 503), sql
            assert len(answer.text) < 2000


def test_tables_and_queries_open_harmless_in_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "formulas.db"
    conn = empty_archive(path)
    article(conn, 1, "=HYPERLINK(1)", "\t=1+1", author="@SUM(1)", section="-1", published_at="2022-01-01")
    conn.close()
    port = free_port()
    with running(command(path, port, sql=True), port) as site:
        asked = (
            "archive/articles.csv",
            "archive/new_this_week.csv?days=9999",
            "archive.csv?sql=select+title,author+from+articles",
        )
        for place in (*asked, "search.csv", "archive/articles.csv?_dl=on"):
            rows = list(csv.reader(io.StringIO(site.get(place).text.lstrip("\ufeff"), newline="")))
            cells = [cell for row in rows[1:] for cell in row]
            assert "'=HYPERLINK(1)" in cells, place
            assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "+"))], place


def test_a_site_may_stand_under_a_path(path: Path) -> None:
    port = free_port()
    with running(command(path, port, public_url="https://example.org/kho/luu"), port) as site:
        for page in (
            "kho/luu",
            "kho/luu/",
            "kho/luu/search?q=bac",
            "kho/luu/archive/articles",
            "kho/luu/health?lang=en",
        ):
            text = site.get(page).text
            own = re.findall(r'(?:href|src|action)="(/[^"]*)"', text)
            assert own
            assert all(address.startswith("/kho/luu/") for address in own), page
        asset = re.search(r'href="/(kho/luu/-/room/style[^"]*)"', text)
        assert asset
        styled = site.get(asset[1])
        assert (styled.status, styled.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert site.get("kho/luu/-/databases.json").status == 404
        assert "https://example.org/kho/luu/article/" in site.get("kho/luu/search.atom").text
        assert "path=/kho/luu/" in site.get("kho/luu/", lang="en").headers["set-cookie"].lower()
