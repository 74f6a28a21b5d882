"""A database made anew from WARC files is the one the runs left; captures are read again as if from the start."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from archive.proof import Scope, verify
from bench.command import family, resident
from tests import crawling, tables
from tests.little import little
from tests.replica import ROOT, Replica, running
from tests.test_polite import site


def command(verb: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "crawler", verb, *map(str, arguments)]


def ran(verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(verb, *arguments), cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=280
    )


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Path]]:
    """An archive that has seen two epochs, its first crawl and its second killed and gone on with."""
    folder = tmp_path_factory.mktemp("lived")
    with running(folder / "portal", "--size", "small") as replica:
        archive = folder / "archive.db"
        for least in (120, 650):  # the second kill meets the crawl of the second epoch
            process = crawling.start(archive, replica.profile)
            deadline = time.monotonic() + 60
            while crawling.captures(archive) < least and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            done = crawling.run("crawl", archive, replica.profile)
            assert done.code in (0, 2), done.stderr[-2000:]  # a template that changed is below what is expected
            replica.epoch(2)
        yield replica, archive


def test_a_killed_rebuild_goes_on_and_every_content_table_is_the_same(
    lived: tuple[Replica, Path], tmp_path: Path
) -> None:
    replica, archive = lived
    new, chance = tmp_path / "new.db", random.Random(7)
    line = command("rebuild", new, "--from", archive.parent / "warc", "--profile", replica.profile, "--quiet")
    landed = 0
    for least in (50, 700):
        process = subprocess.Popen(line, cwd=ROOT, env=crawling.environment())
        part = new.with_name("new.db.part")
        deadline = time.monotonic() + 60
        while crawling.captures(part) < least and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.2)
        landed += process.poll() is None
        readers = family(process.pid)[1:]
        process.kill()
        process.wait(30)
        deadline = time.monotonic() + 30
        while any(resident(pid) for pid in readers):
            assert time.monotonic() < deadline, "what read for it must end with it"
            time.sleep(0.02)
    assert landed == 2
    assert not new.exists()
    done = subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    assert tables.digests(archive) == tables.digests(new), "\n".join(tables.different(archive, new))
    with closing(sqlite3.connect(archive)) as conn, closing(sqlite3.connect(new)) as anew:
        told = {status for (status,) in conn.execute("select distinct status from absences")}
        ends = "select * from run_ends order by 1, 2"
        assert conn.execute(ends).fetchall() == anew.execute(ends).fetchall()
    assert "gone" in told, "removals must be among what is compared"
    again = subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=280)
    assert again.returncode == 1
    assert "exists" in again.stderr
    assert ran("search", "bắc kạn", "--archive", new, "--json").returncode == 0


def test_what_a_run_missed_that_was_held_back_is_no_visit(tmp_path: Path) -> None:
    """Half the pages are missed at once, which the sheet does not believe; one stays away, and two runs must say so."""
    routes, back = site(10), {"status": 404, "body": "not here"}
    for number in range(5):
        there = routes[f"/Pages/bai-{number}.aspx"]
        routes[f"/Pages/bai-{number}.aspx"] = [there, back, there if number else back]
    archive, new, states = tmp_path / "a.db", tmp_path / "new.db", []
    with little(tmp_path, routes) as server:
        sheet = server.sheet(tmp_path, "delay = 0\n[gone]\nvisits = 2\ndays = 0\n")
        for _ in range(4):
            done = crawling.run("crawl", archive, sheet)
            assert done.report is not None, done.stderr
            states.append((done.code, done.report["gone"]))
        assert states == [(0, 0), (2, 0), (0, 0), (0, 1)]
        rebuilt = ran("rebuild", new, "--from", tmp_path / "warc", "--profile", sheet)
    assert rebuilt.returncode == 0, rebuilt.stderr[-2000:]
    assert tables.digests(archive) == tables.digests(new), "\n".join(tables.different(archive, new))
    with closing(sqlite3.connect(archive)) as conn:
        attempts = conn.execute("select visits, status from absences order by visits").fetchall()
    assert attempts == [(1, "live")] * 4 + [(3, "gone")], "each attempt is kept"


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    done = ran("rebuild", tmp_path / "new.db", "--from", tmp_path / "warc")
    assert done.returncode == 1
    assert "holds no WARC file" in done.stderr
    assert not list(tmp_path.glob("new.db*.part*")), "nothing was begun"


def test_reading_again_gives_what_a_rebuild_by_the_same_rules_gives(
    lived: tuple[Replica, Path], tmp_path: Path
) -> None:
    replica, archive = lived
    sheet = tmp_path / "other.toml"
    corrected = "Thông tin này đã được đính chính theo đề nghị của đơn vị cung cấp số liệu."
    sheet.write_text(
        f'extends = "{replica.profile}"\nname = "replica"\ntimezone = "+00:00"\nboilerplate = ["{corrected}"]\n'
    )
    other, new = tmp_path / "again" / "archive.db", tmp_path / "anew" / "new.db"
    other.parent.mkdir()
    shutil.copy(archive, other)
    shutil.copytree(archive.parent / "warc", other.parent / "warc")
    before = tables.digests(other)
    tried = ran("reextract", "--archive", other, "--profile", sheet, "--dry-run", "--json")
    assert tried.returncode == 0, tried.stderr
    told = json.loads(tried.stdout)
    assert told["fields"]["published_at"] > 20
    assert told["examples"]["published_at"][0]["now"].endswith("+00:00")
    assert tables.digests(other) == before, "a dry run changes nothing"
    process = subprocess.Popen(
        command("reextract", "--archive", other, "--profile", sheet, "--quiet"), cwd=ROOT, env=crawling.environment()
    )
    deadline = time.monotonic() + 60
    while _reread(other) < 300 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait(30)
    done = ran("reextract", "--archive", other, "--profile", sheet, "--quiet")
    assert done.returncode == 0, done.stderr
    proof = verify(other, Scope(day=date(2026, 11, 24), workers=1))
    assert proof.sound, proof.findings
    with closing(sqlite3.connect(other)) as conn:
        assert conn.execute("select count(*) from runs where state = 'running'").fetchone() == (0,)
    assert ran("rebuild", new, "--from", archive.parent / "warc", "--profile", sheet, "--quiet").returncode == 0
    assert tables.digests(other) == tables.digests(new), "\n".join(tables.different(other, new))


def _reread(archive: Path) -> int:
    """Readings by other rules than most, while both are there."""
    with closing(sqlite3.connect(archive)) as conn:
        counts = [row[0] for row in conn.execute("select count(*) from readings group by rules_id")]
        return min(counts) if len(counts) > 1 else 0


def test_a_condition_sqlite_does_not_understand(lived: tuple[Replica, Path]) -> None:
    replica, archive = lived
    done = ran("reextract", "--archive", archive, "--profile", replica.profile, "--where", "c.nowhere = 1", "--dry-run")
    assert done.returncode == 1
    assert "no such column" in done.stderr
    assert done.stderr.count("\n") == 1
