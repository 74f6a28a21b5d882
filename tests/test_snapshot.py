"""A snapshot shows one moment of an archive, whole, also while it is replaced and a crawl writes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive.database import open_readonly
from archive.errors import DatabaseError
from archive.proof import Scope, verify
from archive.search import search
from archive.snapshot import LEFT_OUT, is_snapshot, publish, read_manifest
from archive.store import Archive
from tests.archive.conftest import free_port, running
from tests.archive.samples import article, begin, capture
from tests.conftest import Run
from tests.kept import make_archive
from tests.replica import ROOT

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("kept"), articles=8)[0]


def test_it_holds_what_was_found_and_nothing_of_the_finding(kept: Path, tmp_path: Path) -> None:
    source = tmp_path / "archive.db"
    shutil.copy(kept, source)
    with Archive.open(source) as archive:
        archive.conn.execute(
            "insert into frontier (key, url, host, kind) values ('GET http://x/', 'http://x/?token=1', 'x', 'page')"
        )
        archive.record(capture("/moi.aspx"), article("/moi.aspx", title="Chưa lập chỉ mục"), begin(archive))
        made = publish(source, tmp_path / "public", NOW)  # beside an open writer
    place = tmp_path / "public" / "archive-latest.db"
    assert place.readlink() == Path(made.file)
    assert hashlib.sha256(place.read_bytes()).hexdigest() == made.sha256
    assert read_manifest(place) == made
    assert is_snapshot(place)
    assert not is_snapshot(source)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(place)) as conn:
        for table, count in made.counts.items():
            assert conn.execute(f"select count(*) from {table}").fetchone()[0] == count
            if table not in LEFT_OUT:
                assert live.execute(f"select count(*) from {table}").fetchone()[0] in (count, count - 1, count - 2), (
                    table
                )
        assert all(made.counts[table] == 0 for table in LEFT_OUT)
        assert conn.execute("pragma journal_mode").fetchone()[0] == "delete"
        assert conn.execute("pragma freelist_count").fetchone()[0] == 0
    assert b"token=1" not in place.read_bytes()
    with open_readonly(place) as conn:
        assert search(conn, "chua lap chi muc").total == 1
    proof = verify(place, Scope(day=date(2026, 11, 24), workers=1))
    assert proof.sound, proof.findings
    assert "snapshot" in proof.notes[0]


def test_a_folder_keeps_the_latest(kept: Path, tmp_path: Path) -> None:
    files = [publish(kept, tmp_path, NOW + timedelta(hours=hour), keep=2).file for hour in range(4)]
    assert sorted(path.name for path in tmp_path.glob("archive-2*.db")) == files[2:]
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [f"{name[:-3]}.json" for name in files[2:]]
    assert (tmp_path / "archive-latest.db").resolve().name == files[3]
    assert not [path for path in tmp_path.glob(".*") if not path.name.endswith(".lock")]


WRITER = """
import sys, time
from pathlib import Path
from archive.store import Archive
from archive.search import refresh
from tests.archive.samples import article, begin, capture
path, ends = Path(sys.argv[1]), time.monotonic() + float(sys.argv[2])
number = 0
with Archive.open(path) as archive:
    run = begin(archive)
    while time.monotonic() < ends:
        with archive.transaction():  # two articles at a time: a torn copy would hold an odd number
            for _ in range(2):
                number += 1
                page = f"/{number}.aspx"
                archive.record(capture(page, number), article(page, title=f"Tin {number}"), run)
        if number % 50 == 0:
            refresh(archive.db)
"""


@pytest.mark.parametrize("target", ["public.db", "public"])
def test_readers_never_see_a_torn_state(tmp_path: Path, target: str) -> None:
    source = tmp_path / "archive.db"
    Archive.open(source, create=True).close()
    place = tmp_path / target if target.endswith(".db") else tmp_path / target / "archive-latest.db"
    publish(source, tmp_path / target, NOW)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(source), "3"], cwd=ROOT)
    looks, last, hour = 0, 0, 0
    while writer.poll() is None:
        hour += 1
        publish(source, tmp_path / target, NOW + timedelta(hours=hour))
        for _ in range(5):
            with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as conn:
                counts = conn.execute(
                    "select (select count(*) from articles), (select count(*) from article_versions),"
                    " (select count(*) from captures), (select count(*) from articles_fts_docsize)"
                ).fetchone()
            assert len(set(counts)) == 1, counts
            assert counts[0] % 2 == 0
            assert counts[0] >= last
            looks, last = looks + 1, counts[0]
    assert writer.returncode == 0
    assert hour >= 3
    assert last > 20


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import archive.snapshot as snapshot
snapshot.sync = lambda path: os.kill(os.getpid(), signal.SIGKILL)
snapshot.publish(Path(sys.argv[1]), Path(sys.argv[2]), datetime(2026, 11, 25, tzinfo=UTC))
"""
FULL = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from archive.errors import DatabaseError
from archive.snapshot import publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
try:
    publish(Path(sys.argv[1]), Path(sys.argv[2]), datetime(2026, 11, 25, tzinfo=UTC))
except DatabaseError as error:
    print(error)
"""


def test_what_fails_changes_nothing_that_readers_see(kept: Path, tmp_path: Path) -> None:
    publish(kept, tmp_path, NOW)
    seen = {path.name: path.stat().st_ino for path in tmp_path.glob("[!.]*")}
    arguments = [str(kept), str(tmp_path)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    full = subprocess.run(
        [sys.executable, "-c", FULL, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "full" in full.stdout
    assert full.stdout.count("\n") == 1
    assert {path.name: path.stat().st_ino for path in tmp_path.glob("[!.]*")} == seen
    publish(kept, tmp_path, NOW + timedelta(days=1))
    assert not [path for path in tmp_path.glob(".*") if not path.name.endswith(".lock")]


def test_one_at_a_time(kept: Path, tmp_path: Path) -> None:
    publish(kept, tmp_path, NOW)
    holder = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, 2); print(1, flush=True); time.sleep(30)"
    lock = tmp_path / ".archive.snapshot.lock"
    process = subprocess.Popen([sys.executable, "-c", holder, lock], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(DatabaseError, match="another snapshot is being published"):
            publish(kept, tmp_path, NOW)
    finally:
        process.kill()
        process.communicate()


def test_the_command_publishes_and_datasette_serves_it(kept: Path, tmp_path: Path, portal_archive: Run) -> None:
    done = portal_archive("snapshot", "--archive", kept, "-o", tmp_path / "public")
    assert done.returncode == 0, done.stderr
    assert "sha256" in done.stdout
    latest = tmp_path / "public" / "archive-latest.db"
    port = free_port()
    command = [sys.executable, "-m", "crawler", "serve", "--archive", str(latest), "--port", str(port)]
    with running(command, port) as site:
        assert site.rows("archive/articles", _size="3")
        publish(kept, tmp_path / "public", datetime.now(UTC) + timedelta(hours=1), keep=1)
        time.sleep(0.1)
        told = json.loads(site.get("archive.json").text)
        assert site.rows("archive/search", q="bac kan") is not None
        assert {table["name"] for table in told["tables"]} >= {"articles", "documents", "captures"}
    assert os.access(latest, os.R_OK)
