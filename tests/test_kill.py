"""Killed at any moment and started again, a crawl loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests import crawling
from tests.judge import contents, differences
from tests.replica import Replica

SEED = 20190
KILLS = 6


@pytest.fixture(scope="module")
def undisturbed(replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    archive = tmp_path_factory.mktemp("undisturbed") / "archive.db"
    begun = time.monotonic()
    ran = crawling.run("crawl", archive, replica.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    return archive, time.monotonic() - begun


def test_kills_lose_and_double_nothing(replica: Replica, undisturbed: tuple[Path, float], tmp_path: Path) -> None:
    """``make bench`` does this thirty times; here are a few, at moments drawn from a seed."""
    whole = undisturbed[0]
    archive = tmp_path / "archive.db"
    landed = crawling.kill_along(archive, replica.profile, KILLS, crawling.captures(whole), random.Random(SEED))
    assert landed == KILLS
    ran = crawling.run("crawl", archive, replica.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    assert ran.report is not None
    assert ran.report["run_id"] == 1, "the same run to its end"
    assert not differences(contents(whole), contents(archive))


def test_ctrl_c_stops_cleanly_and_the_next_start_goes_on(
    replica: Replica, undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    whole, seconds = undisturbed
    archive = tmp_path / "archive.db"
    process = crawling.start(archive, replica.profile)
    time.sleep(1.0 + seconds / 4)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) == 3
    assert not list((tmp_path / "warc").glob("*.open")), "a clean stop leaves whole files"
    ran = crawling.run("crawl", archive, replica.profile)
    assert ran.code == 0, ran.stderr[-3000:]
    assert ran.report is not None
    assert ran.report["run_id"] == 1
    assert not differences(contents(whole), contents(archive))


def test_two_crawls_never_write_one_archive(replica: Replica, tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    first = crawling.start(archive, replica.profile)
    try:
        deadline = time.monotonic() + 30
        while not archive.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        second = crawling.run("crawl", archive, replica.profile)
        assert second.code == 4
        assert "another crawl" in second.stderr
    finally:
        first.send_signal(signal.SIGINT)
        first.wait(60)
