"""The list of holes: what is known and not held, why, and where it could be had."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.cdx import surt
from archive.coverage import coverage
from archive.database import open_database
from archive.holdings import Held, add_held


@pytest.fixture
def conn(live: Path, tmp_path: Path) -> sqlite3.Connection:
    """A copy of a whole crawl, to be made poorer."""
    copy = tmp_path / "archive.db"
    with sqlite3.connect(live) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    return open_database(copy).conn


def test_a_whole_crawl_has_no_hole_but_what_the_portal_refused(conn: sqlite3.Connection) -> None:
    found = coverage(conn)
    total = found.total()
    assert total.held == conn.execute("select count(*) from articles").fetchone()[0]
    assert total.known == total.held + len(found.holes)
    refused = {"not_found", "soft_404", "error_page", "interstitial", "login_required", "forbidden", "throttled"}
    assert {hole.why for hole in found.holes} <= {
        *refused,
        "server_error",
        "truncated",
        "unreachable",
        "postback_refused",
    }
    assert not any(cell.elsewhere for cell in found.cells.values())


def test_an_article_that_was_never_read_is_a_hole_with_its_month_and_section(conn: sqlite3.Connection) -> None:
    before = len(coverage(conn).holes)
    article_id, section, date, target = conn.execute(
        "select a.id, a.section, i.date, i.target_url from list_items i join article_urls u on u.canonical_url ="
        " i.target_url join articles a on a.id = u.article_id where i.date is not null and a.section is not null"
        " and (select count(*) from list_items j join article_urls v on v.canonical_url = j.target_url join articles b"
        " on b.id = v.article_id where j.list_url = i.list_url and b.section = a.section) > 2 order by a.id limit 1"
    ).fetchone()
    conn.execute("pragma foreign_keys = off")
    conn.execute("delete from article_urls where article_id = ?", (article_id,))
    conn.execute("delete from articles where id = ?", (article_id,))
    conn.execute(
        "update frontier set state = 'failed', outcome = 'server_error' where url = ? collate nocase", (target,)
    )
    holes = coverage(conn).holes
    assert len(holes) > before
    (hole,) = [hole for hole in holes if surt(hole.url) == surt(target)]
    assert hole.month == date[:7]
    assert hole.section
    assert hole.why == "server_error"
    assert hole.where == ("portal",)
    assert section


def test_what_other_archives_have_is_known_until_it_is_fetched(conn: sqlite3.Connection) -> None:
    url = "https://backan.gov.vn/Pages/2019-10-3/mat-roi-1234.aspx"
    row = Held(
        urlkey=surt(url), timestamp="20191004000000", original=url, mimetype="text/html", statuscode=200, digest="A"
    )
    add_held(conn, "wayback", [(row, None)])
    add_held(conn, "commoncrawl", [(row, None)])
    (hole,) = [hole for hole in coverage(conn).holes if hole.url == url]
    assert (hole.month, hole.why, hole.where) == ("2019-10", "elsewhere", ("commoncrawl", "wayback"))
    conn.execute("update holdings set state = 'missing', settled_at = ?", (datetime.now(UTC).isoformat(),))
    assert url not in {hole.url for hole in coverage(conn).holes}
