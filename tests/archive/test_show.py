"""One article by any of its names, with its history."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.errors import DatabaseError, QueryError
from archive.show import load_article
from tests.archive.sample import HOST, article, capture, empty_archive

URL = f"{HOST}/nong-thon-moi-a05b.aspx"


@pytest.fixture
def archive() -> sqlite3.Connection:
    conn = empty_archive()
    capture(conn, 2, urlkey="vn,gov,backan)/pages/nong-thon-moi-a05b.aspx", filename="a.warc.gz", offset=99)
    capture(
        conn,
        3,
        urlkey="vn,gov,backan)/pages/nong-thon-moi-a05b.aspx",
        timestamp="20220312020000",
        outcome="rejected",
        reason="not_found",
    )
    article(conn, 7, "Nông thôn mới", "Tỉnh Bắc Kạn", url=URL, canonical_url=URL.lower(), capture_id=2)
    article(conn, 8, "Nông thôn_cũ", canonical_url=f"{HOST}/nong-thon_cu.aspx".lower())
    db = Database(conn)
    db["article_urls"].insert_all(
        {"canonical_url": url, "article_id": 7, "first_seen_at": "2022-03-10"}
        for url in (URL.lower(), f"{HOST}/old.aspx".lower())
    )
    db["documents"].insert({"article_id": 7, "number": "45/2019/NQ-HĐND", "number_key": "45 2019 nq hdnd"})
    db["images"].insert({"article_id": 7, "position": 0, "url": "https://x/1.jpg", "caption": "Ảnh"})
    db["attachments"].insert({"article_id": 7, "position": 0, "url": "https://x/1.pdf", "filetype": "pdf"})
    version = {"article_id": 7, "content_digest": "d", "capture_id": 2, "run_id": 1, "extractor_version": "1"}
    db["article_versions"].insert(
        {**version, "id": 1, "number": 1, "seen_at": "2022-03-10T02:00:00Z", "fields": '{"title": "Nông thôn cũ"}'}
    )
    db["article_changes"].insert(
        {
            "article_id": 7,
            "field": "status",
            "old_value": "live",
            "new_value": "gone",
            "changed_at": "2022-03-12T02:00:00Z",
        }
    )
    conn.commit()
    return conn


@pytest.mark.parametrize(
    "reference",
    [
        "7",
        URL,
        URL.lower(),
        f"{URL}#muc-1",
        URL.replace("https://", "http://www."),
        f"{HOST}/OLD.aspx",
        "nong-thon-moi",
        "A05B",
        "45 2019 nq hdnd",
        "số 45/2019/NQ-HĐND",
    ],
)
def test_every_name_leads_to_it(archive: sqlite3.Connection, reference: str) -> None:
    assert load_article(archive, reference).article["id"] == 7


def test_it_comes_with_all_that_is_known(archive: sqlite3.Connection) -> None:
    found = load_article(archive, 7)
    assert found.article["title"] == "Nông thôn mới"
    assert "alt" not in found.article
    assert found.document is not None
    assert found.document["number"] == "45/2019/NQ-HĐND"
    assert [image["caption"] for image in found.images] == ["Ảnh"]
    assert [file["filetype"] for file in found.attachments] == ["pdf"]
    assert set(found.urls) == {URL.lower(), f"{HOST}/old.aspx".lower()}
    assert [version.fields["title"] for version in found.versions] == ["Nông thôn cũ"]
    told = [(event.at, event.kind, event.what) for event in found.timeline]
    assert told == [
        ("2022-03-10T02:00:00Z", "visit", "article"),
        ("2022-03-10T02:00:00Z", "version", "version 1"),
        ("2022-03-12T02:00:00Z", "visit", "not_found"),
        ("2022-03-12T02:00:00Z", "change", "status"),
    ]
    assert found.timeline[0].place == "a.warc.gz:99"
    assert (found.timeline[-1].old, found.timeline[-1].new) == ("live", "gone")


def test_a_piece_that_fits_several_names_them(archive: sqlite3.Connection) -> None:
    with pytest.raises(QueryError, match=r"several articles: .*nong-thon-moi.*nong-thon_cu"):
        load_article(archive, "nong-thon")
    assert load_article(archive, "thon_cu").article["id"] == 8, "_ is no wildcard"


@pytest.mark.parametrize("reference", ["", "9", "%", "https://backan.gov.vn/Pages/none.aspx", "x\x00y", "9" * 40])
def test_none_is_told_in_one_line(archive: sqlite3.Connection, reference: str) -> None:
    with pytest.raises(QueryError) as caught:
        load_article(archive, reference)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        load_article(tmp_path / "none.db", "1")
