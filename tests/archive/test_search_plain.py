"""The search index asked by plain Datasette and plain SQL."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.index import refresh
from tests.archive.conftest import Site
from tests.archive.sample import article, empty_archive
from tests.archive.searched import ARTICLES, fill

NFD_BAC_KAN = unicodedata.normalize("NFD", "Bắc Kạn")


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


def test_order_by_rank_has_the_weights() -> None:
    conn = empty_archive()
    article(conn, 1, "Tin trong ngày", "Lũ quét lũ quét ở xã. " + "Mưa to. " * 3)
    article(conn, 2, "Lũ quét", "Mưa to ở xã, nước lên. " + "Mưa to. " * 3)
    refresh(conn)
    ranked = conn.execute("select rowid from articles_fts where articles_fts match '\"lu quet\"' order by rank")
    assert [row[0] for row in ranked] == [2, 1]
