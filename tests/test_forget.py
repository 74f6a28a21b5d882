"""A page taken down is gone from tables, index and WARC files, stays gone, and leaves everything else as it was."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from archive.errors import QueryError
from archive.models import Link, ListingFound, ListItem
from archive.proof import Proof, Scope, verify
from archive.store import Archive
from archive.takedown import find_page, forget, restore_tombstones, tombstones
from archive.warc import read_captures
from crawler.intake import opened
from crawler.profile import load
from crawler.rereading import Rereading
from crawler.sources.warc import warc_captures
from tests import crawling
from tests.archive.samples import begin, capture
from tests.conftest import Run
from tests.kept import make_archive, take
from tests.little import ARTICLE, little

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("kept"), articles=10, max_bytes=60_000)[0]


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept.parent, tmp_path / "copy")
    return tmp_path / "copy" / "archive.db"


def proved(archive: Path) -> Proof:
    profile = load(str(archive.parent / "replica.toml"))
    return verify(archive, Scope(mode="full", day=date(2026, 11, 24), workers=1), reread=Rereading(profiles=(profile,)))


def chosen(archive: Path) -> tuple[str, str]:
    """Address and a telling piece of text of an article that was seen more than once."""
    with closing(sqlite3.connect(archive)) as conn:
        row: tuple[str, str] = conn.execute(
            "select a.canonical_url, a.title from articles a where (select count(*) from captures c"
            " where c.outcome = 'article' and c.original = a.url) > 1 order by length(a.title) desc, a.id limit 1"
        ).fetchone()
        return row


def rows(archive: Path) -> dict[str, set[tuple[object, ...]]]:
    with closing(sqlite3.connect(archive)) as conn:
        tables = ("captures", "articles", "article_versions", "article_changes", "images", "attachments", "documents")
        return {table: set(conn.execute(f"select * from {table}").fetchall()) for table in tables}


def raw(folder: Path) -> bytes:
    return b"".join(gzip.decompress(path.read_bytes()) for path in sorted(folder.rglob("*.warc.gz")))


def test_it_is_gone_everywhere_and_nothing_else_is(copy: Path, portal_archive: Run) -> None:
    url, title = chosen(copy)
    before, slug = rows(copy), url.rsplit("/", 1)[-1].encode()
    assert title.encode() in copy.read_bytes()
    answers = sum(row[3].lower() == url for row in before["captures"])
    profile = copy.parent / "replica.toml"
    asked = portal_archive("forget", url, "--reason", "thử", "--archive", copy, "--profile", profile)
    assert asked.returncode == 1, "nobody can be asked"
    assert rows(copy) == before
    done = portal_archive("forget", url, "--reason", "theo yêu cầu", "--yes", "--archive", copy, "--profile", profile)
    assert done.returncode == 0, done.stderr
    after = rows(copy)
    with closing(sqlite3.connect(copy)) as conn:
        told = conn.execute("select * from tombstones").fetchall()
        (article_id,) = conn.execute("select article_id from tombstones").fetchone()
    assert len(told) == 1
    assert told[0][2] == "theo yêu cầu"
    assert len(json.loads(told[0][5])) == answers > 1
    for table in before:
        assert after[table] <= before[table]
        gone = before[table] - after[table]
        assert all(article_id in row or slug in str(row).lower().encode() for row in gone), table
    assert title.encode() not in copy.read_bytes()
    (body,) = [row[8] for row in before["articles"] if row[0] == article_id]
    paragraph = max(body.split("\n"), key=len)
    assert len(paragraph) > 40
    assert paragraph.encode() not in raw(copy.parent / "warc")
    proof = proved(copy)
    assert proof.sound, proof.findings
    again = portal_archive(
        "forget", url, "--reason", "theo", "--yes", "--archive", copy, "--profile", profile, "--json"
    )
    assert json.loads(again.stdout)["records"] == 0


def test_it_never_comes_back(copy: Path, kept: Path) -> None:
    url, title = chosen(copy)
    profile = load(str(copy.parent / "replica.toml"))
    with Archive.open(copy) as archive:
        assert forget(archive.conn, archive.warc_folder, find_page(archive.conn, url), "x", NOW) > 1
    before = rows(copy)
    take(copy, profile, sorted((copy.parent / "warc").glob("*.gz")))
    assert rows(copy) == before, "its own files hold it no more"
    with opened(copy, profile) as intake:  # the same files from elsewhere do
        for path in sorted((kept.parent / "warc").glob("*.gz")):
            intake.take(warc_captures(path, intake.archive.warc_folder))
        assert intake.tally.outcomes["forgotten"] > 1
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("select count(*) from articles where canonical_url = ?", (url,)).fetchone()[0] == 0
        assert conn.execute("select count(*) from captures where outcome = 'forgotten'").fetchone()[0] == 0
    assert title.encode() not in copy.read_bytes()
    held = [one for path in (copy.parent / "warc").rglob("*.gz") for one in read_captures(path)]
    assert not [one for one in held if one.url == url]
    proof = proved(copy)
    assert proof.sound, proof.findings


def test_a_database_made_anew_knows_the_tombstones(copy: Path, tmp_path: Path) -> None:
    url, _ = chosen(copy)
    with Archive.open(copy) as archive:
        forget(archive.conn, archive.warc_folder, find_page(archive.conn, url), "vì lý do riêng", NOW)
    files = [(path.name, path) for path in sorted((copy.parent / "warc").glob("*.gz"))]
    with Archive.open(tmp_path / "new.db", create=True) as new:
        assert restore_tombstones(new.conn, files) == 1
        assert tombstones(new.conn) == {url}
        row = new.conn.execute("select url, forgotten_at, reason from tombstones").fetchone()
        assert row == (url, "2026-11-24T12:00:00Z", "vì lý do riêng")


def test_what_others_say_of_it_is_not_kept_either(tmp_path: Path) -> None:
    url = "https://backan.gov.vn/a.aspx"
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = begin(archive)
        archive.conn.execute("insert into tombstones values (?, '2026-01-01T00:00:00Z', 'x', null, '[]', '[]')", (url,))
        link = Link(url=url, text="Đầu đề phải gỡ", in_content=True)
        items = (ListItem(url=url, title="Đầu đề phải gỡ"), ListItem(url=url + "2", title="Khác"))
        archive.record(capture("/list.aspx"), ListingFound(items=items, links=(link,)), run)
        assert archive.conn.execute("select target_url, title from list_items").fetchall() == [(url + "2", "Khác")]
        assert archive.conn.execute("select target_url, text from links").fetchall() == [(url, None)]
        with pytest.raises(QueryError, match="knows nothing of"):
            find_page(archive.conn, "https://backan.gov.vn/khong-co.aspx")


def test_interrupted_it_is_finished_by_doing_it_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = chosen(copy)
    with Archive.open(copy) as archive, monkeypatch.context() as patch:
        patch.setattr("archive.takedown.drop_records", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget(archive.conn, archive.warc_folder, find_page(archive.conn, url), "x", NOW)
    assert proved(copy).counts().keys() == {"record_unknown"}
    with Archive.open(copy) as archive:
        assert forget(archive.conn, archive.warc_folder, find_page(archive.conn, url), "x", NOW) > 1
    assert proved(copy).sound


def test_a_crawl_passes_it_by(tmp_path: Path) -> None:
    """Its address is refused, and what another address shows of it is not kept."""
    archive = tmp_path / "a.db"
    pages = {f"/Pages/bai-{n}.aspx": {"body": ARTICLE.format(title=f"Bài viết số {n}")} for n in range(3)}
    links = "".join(f'<li><a href="{path}">Bài viết</a></li>' for path in pages)
    routes = pages | {"/": {"body": f"<html><body><ul>{links}</ul></body></html>"}}
    with little(tmp_path, routes) as server:
        sheet = server.sheet(tmp_path, "delay = 0\n")
        assert crawling.run("crawl", archive, sheet).code == 0
        with Archive.open(archive) as kept:
            url = f"{server.url}/pages/bai-1.aspx"
            assert forget(kept.conn, kept.warc_folder, find_page(kept.conn, url), "x", NOW) == 1
        before = len([path for path, _, _ in server.asked() if "bai-1" in path])
        assert crawling.run("crawl", archive, sheet).code == 0
        assert len([path for path, _, _ in server.asked() if "bai-1" in path]) == before
    with closing(sqlite3.connect(archive)) as conn:
        assert conn.execute("select state, outcome from frontier where key = ?", (f"GET {url}",)).fetchall() == [
            ("refused", "forgotten")
        ]
        assert conn.execute("select count(*) from articles").fetchone()[0] == 2
        assert conn.execute("select count(*) from captures where urlkey like '%bai-1%'").fetchone()[0] == 0
    proof = verify(archive, Scope(day=date(2026, 11, 24)))
    assert proof.sound, proof.findings
