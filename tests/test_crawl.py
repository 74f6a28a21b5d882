"""A whole crawl of the replica portal, held against the replica's own truth."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.profile import load
from tests import crawling
from tests.judge import contents, differences, judge
from tests.replica import ROOT, Replica, running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A replica of its own: these tests move it through its epochs."""
    with running(tmp_path_factory.mktemp("portal"), "--size", "small") as replica:
        yield replica


@pytest.fixture(scope="module")
def crawled(portal: Replica, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, crawling.Ran]:
    """The archive after one undisturbed crawl of epoch 0."""
    archive = tmp_path_factory.mktemp("crawled") / "archive.db"
    ran = crawling.run("crawl", archive, portal.profile)
    assert ran.code == 0, ran.stderr[-3000:] + str(ran.report)
    return archive, ran


def rows(archive: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return conn.execute(sql, parameters).fetchall()


def test_the_archive_is_what_the_truth_says(portal: Replica, crawled: tuple[Path, crawling.Ran]) -> None:
    verdict = judge(crawled[0], portal.truth(), load(portal.profile))
    assert verdict.perfect, "\n".join(verdict.lines())


def test_the_report_names_what_was_seen_and_refused(crawled: tuple[Path, crawling.Ran]) -> None:
    report = crawled[1].report
    assert report is not None
    assert report["state"] == "complete"
    assert report["waiting"] == 0
    assert report["new"] == report["articles"] > 100
    assert {"trap", "robots", "out_of_scope", "login"} <= report["refused"].keys()
    assert {"soft_404", "error_page", "interstitial", "login_required", "throttled"} <= report["captures"].keys()


def test_every_row_points_into_the_warc(crawled: tuple[Path, crawling.Ran]) -> None:
    archive = crawled[0]
    sample = rows(
        archive, 'select original, filename, "offset", length, statuscode from captures order by id limit 200'
    )
    for url, filename, offset, length, status in sample:
        member = (archive.parent / "warc" / filename).read_bytes()[offset : offset + length]
        head = gzip.decompress(member)[:4000].decode("utf-8", "replace")
        assert f"WARC-Target-URI: {url}" in head or f"WARC-Target-URI: <{url}>" in head
        assert f"HTTP/1.1 {status}" in head


def test_never_two_requests_at_a_host(portal: Replica, crawled: tuple[Path, crawling.Ran]) -> None:
    most = portal.stats()["max_simultaneous"]
    assert most
    assert set(most.values()) == {1}, most


def test_a_second_run_finds_nothing_new_and_fetches_no_file_again(
    portal: Replica, crawled: tuple[Path, crawling.Ran], tmp_path: Path
) -> None:
    archive = _copy(crawled[0], tmp_path)
    before = contents(archive)
    ran = crawling.run("crawl", archive, portal.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    assert ran.report is not None
    assert (ran.report["new"], ran.report["changed"], ran.report["gone"], ran.report["moved"]) == (0, 0, 0, 0)
    again = rows(archive, "select original from captures where run_id = 2 and outcome = 'file'")
    assert again == [], "files came whole although nothing changed"
    kept = rows(archive, "select count(*) from captures where run_id = 2 and outcome = 'not_modified' and revisit = 1")
    assert kept[0][0] > 5
    after = contents(archive)
    del before["captures"], after["captures"]
    assert not differences(before, after)


def test_an_update_asks_for_lists_and_what_is_due_only(
    portal: Replica, crawled: tuple[Path, crawling.Ran], tmp_path: Path
) -> None:
    archive = _copy(crawled[0], tmp_path)
    ran = crawling.run("update", archive, portal.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    assert ran.report is not None
    assert crawled[1].report is not None
    assert ran.report["requests"] < crawled[1].report["requests"] / 2
    assert (ran.report["new"], ran.report["changed"], ran.report["gone"]) == (0, 0, 0)
    kinds = dict(rows(archive, "select outcome, count(*) from captures where run_id = 2 group by 1"))
    assert kinds["listing"] > 20
    assert kinds.get("article", 0) < 20, "articles just read are not due"


def test_plain_scrapy_crawls_too(portal: Replica, crawled: tuple[Path, crawling.Ran], tmp_path: Path) -> None:
    archive = tmp_path / "scrapy.db"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "portal",
            "-a",
            f"profile={portal.profile}",
            "-a",
            f"archive={archive}",
        ],
        cwd=ROOT,
        env=crawling.environment(),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    mine, other = contents(crawled[0]), contents(archive)
    assert not differences({"articles": mine["articles"]}, {"articles": other["articles"]})


def test_plain_scrapy_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "portal",
            "-a",
            "profile=nowhere",
            "-a",
            f"archive={tmp_path / 'a.db'}",
        ],
        cwd=ROOT,
        env=crawling.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0
    assert "unknown profile 'nowhere'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.db").exists()


def test_an_unreachable_portal_leaves_no_trace(tmp_path: Path) -> None:
    sheet = tmp_path / "gone.toml"
    sheet.write_text(
        'extends = "sharepoint"\n[scope]\nhosts = ["portal.invalid"]\n[discover]\nseeds = ["https://portal.invalid/"]\n'
    )
    ran = crawling.run("crawl", tmp_path / "data" / "archive.db", sheet)
    assert ran.code == 3
    assert ran.stderr.count("\n") == 1
    assert "cannot reach" in ran.stderr
    assert not (tmp_path / "data").exists()


def _copy(archive: Path, folder: Path) -> Path:
    """The archive with its WARC files, to be written to by one test alone."""
    shutil.copy(archive, folder / "archive.db")
    shutil.copytree(archive.parent / "warc", folder / "warc")
    return folder / "archive.db"
