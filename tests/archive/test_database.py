"""The archive opens, or says in one line why it does not; nothing is left half-made."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from archive.database import open_database, open_readonly
from archive.errors import DatabaseError
from archive.migrations import APPLICATION_ID
from archive.store import Archive
from tests.archive.samples import article, begin, capture


def refused(path: Path, pattern: str, *, create: bool = True) -> None:
    """Both doors refuse the file in one line that names it, and leave it and its folder as they were."""
    before = contents(path.parent)
    for opened in (lambda: open_database(path, create=create, busy_timeout=50).close(), lambda: peek(path)):
        with pytest.raises(DatabaseError, match=pattern) as told:
            opened()
        assert "\n" not in str(told.value)
        assert path.name in str(told.value) or str(path.parent) in str(told.value)
    assert contents(path.parent) == before


def peek(path: Path) -> None:
    with open_readonly(path, busy_timeout=50) as conn:
        conn.execute("select count(*) from articles").fetchone()


def contents(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.endswith(("-wal", "-shm"))}


def test_a_new_archive_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        pragmas = {name: archive.conn.execute(f"pragma {name}").fetchone()[0] for name in PRAGMAS}
        assert pragmas == PRAGMAS
        tables = {row[0] for row in archive.conn.execute("select name from sqlite_master where type = 'table'")}
        assert {"runs", "captures", "articles", "article_versions", "frontier", "search_queue"} <= tables
        assert archive.conn.execute("select count(*) from _sqlite_migrations").fetchone()[0] >= 1
    assert [p.name for p in tmp_path.iterdir()] == ["archive.db"]
    with Archive.open(path) as archive:
        assert archive.db["captures"].count == 0
    with pytest.raises(DatabaseError, match="cannot be written"), open_readonly(path) as conn:
        conn.execute("delete from articles")


PRAGMAS = {
    "application_id": APPLICATION_ID,
    "journal_mode": "wal",
    "synchronous": 1,
    "foreign_keys": 1,
    "busy_timeout": 10_000,
}


def test_an_empty_file_becomes_an_archive_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.touch()
    with pytest.raises(DatabaseError, match="is no database"):
        Archive.open(path)
    Archive.open(path, create=True).close()
    Archive.open(path).close()


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist; run a crawl first"):
        Archive.open(tmp_path / "archive.db")
    refused(tmp_path / "no" / "archive.db", "the folder .* does not exist; make it first")
    refused(tmp_path, "is a folder")
    assert not list(tmp_path.iterdir())


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("SQLite format 3, they said, but it is prose" * 50)
    refused(tmp_path / "text", "is no database; name an archive")
    (tmp_path / "header").write_bytes(b"SQLite format 3\x00" + os.urandom(8000))
    refused(tmp_path / "header", "is no database|is damaged")


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as conn:
        conn.execute("create table articles (id integer primary key)")
    conn.close()
    refused(path, "is a database of another program")
    marked = tmp_path / "marked.db"
    with sqlite3.connect(marked) as conn:
        conn.execute("pragma application_id = 7")
        conn.execute("create table x (y)")
    conn.close()
    refused(marked, "is a database of another program")


def test_an_archive_of_a_newer_release(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    with sqlite3.connect(path) as conn:
        conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('portal_archive', 'm999_x', '')"
        )
    conn.close()
    refused(path, "made by a newer version .*m999_x.*; upgrade portal-archive")


def test_an_archive_of_an_older_release_is_brought_up_to_date_or_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    fresh = schema(path)
    with sqlite3.connect(path) as conn:  # as if the last step had not been made
        conn.execute("create table keep (x)")
        (last,) = conn.execute("select max(name) from _sqlite_migrations").fetchone()
        conn.execute("delete from _sqlite_migrations where name = ?", (last,))
    conn.close()
    before = schema(path)
    with pytest.raises(sqlite3.OperationalError, match=r"already exists|duplicate column"):
        Archive.open(path)
    assert schema(path) == before
    assert len(before) == len(fresh) + 1


def schema(path: Path) -> list[str]:
    conn = sqlite3.connect(path)
    found = [sql for (sql,) in conn.execute("select sql from sqlite_master where sql is not null order by sql")]
    conn.close()
    return found


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        run = begin(archive)
        for n in range(50):
            archive.record(capture(f"/{n}.aspx", n), article(f"/{n}.aspx"), run)
    data = bytearray(path.read_bytes())
    data[4096 : len(data) - 4096] = bytes(len(data) - 8192)
    path.write_bytes(bytes(data))
    with pytest.raises(DatabaseError, match="is damaged; restore a copy, or rebuild it"), Archive.open(path) as archive:
        archive.record(capture("/x.aspx", 99), article("/x.aspx"), begin(archive))


def test_a_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Archive.open(path, create=True).close()
    archive = Archive(path, open_database(path, busy_timeout=50))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(DatabaseError, match="is being written by another program; wait until it is done, or stop it"):
        begin(archive)
    with open_readonly(path) as conn:  # readers are not kept out
        assert conn.execute("select count(*) from runs").fetchone()[0] == 0
    other.execute("rollback")
    begin(archive)
    archive.close()
    exclusive = tmp_path / "exclusive.db"
    shutil.copy(path, exclusive)
    conn = sqlite3.connect(exclusive, isolation_level=None)
    conn.execute("pragma journal_mode = delete")
    conn.execute("begin exclusive")
    refused(exclusive, "is being written by another program")
    conn.close()
    other.close()


def as_nobody(code: str, *arguments: object) -> str:
    """The output of Python code run by a user who owns nothing; its modules are loaded before it becomes that user."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return done.stdout


OPEN = """
import os, sys
import tempfile
from pathlib import Path
from archive.errors import DatabaseError
from archive.database import open_database, open_readonly

def write(path):
    open_database(path, create=True).close()
    print("opened")

def read(path):
    with open_readonly(path) as conn:
        print(conn.execute("select count(*) from runs").fetchone()[0])

os.setgroups([])
os.setuid(65534)
for step in (write, read):
    try:
        step(Path(sys.argv[1]))
    except DatabaseError as error:
        print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be refused as")
def test_what_may_not_be_written_or_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "archive.db"
        assert re.search(r"cannot be written; make it writable", as_nobody(OPEN, path).splitlines()[0])
        with Archive.open(path, create=True) as archive:
            begin(archive)
        path.chmod(0o644)
        refusal, count = as_nobody(OPEN, path).splitlines()
        assert refusal.endswith("cannot be written; make the file and its folder writable, or copy it elsewhere")
        assert count == "1"
        path.chmod(0o600)
        for line in as_nobody(OPEN, path).splitlines():
            assert line == f"cannot read {path}: Permission denied; check its permissions"
        assert [p.name for p in folder.iterdir()] == ["archive.db"]


FULL = """
import resource, signal, sys
from pathlib import Path
from archive.errors import DatabaseError
from archive.store import Archive
from tests.archive.samples import article, begin, capture

path, limit = Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
done = 0
try:
    archive = Archive.open(path, create=True)
    run = begin(archive)
    for number in range(5000):
        archive.record(capture(f"/{number}.aspx", number), article(f"/{number}.aspx", title=str(number) * 300), run)
        done += 1
except DatabaseError as error:
    print(error)
print(done)
"""


@pytest.mark.parametrize("limit", [2_000, 60_000, 400_000, 1_500_000])
def test_a_full_disk_is_told_and_leaves_whole_pages(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "archive.db"
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(limit)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(told) == 2
    assert re.search("disk is full|disk failed or is full", told[0])
    with Archive.open(path, create=True) as archive:
        assert archive.conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        count = archive.conn.execute("select count(*) from captures").fetchone()[0]
        assert count == int(told[1])
        assert archive.conn.execute("select count(*) from articles").fetchone()[0] == count
        assert archive.conn.execute("select count(*) from article_versions").fetchone()[0] == count
        archive.record(capture("/more.aspx", 9999), article("/more.aspx"), begin(archive))


def test_a_full_disk_is_real(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        with Archive.open(mount / "archive.db", create=True) as archive:
            run = begin(archive)
            done = 0

            def fill() -> None:
                nonlocal done
                for done in range(5000):
                    archive.record(capture(f"/{done}.aspx", done), article(f"/{done}.aspx", title="x" * 500), run)

            with pytest.raises(DatabaseError, match=r"the disk is full|the disk failed or is full"):
                fill()
            assert archive.conn.execute("select count(*) from captures").fetchone()[0] == done > 10
        with open_readonly(mount / "archive.db") as conn:
            assert conn.execute("select count(*) from articles").fetchone()[0] == done
    finally:
        subprocess.run(["umount", mount], check=True)


def test_reading_beside_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, create=True) as archive:
        run = begin(archive)
        with archive.transaction():
            archive.record(capture("/a.aspx"), article("/a.aspx"), run)
            with open_readonly(path) as conn:
                assert conn.execute("select count(*) from articles").fetchone()[0] == 0
        with open_readonly(path) as conn:
            assert conn.execute("select title from articles").fetchone()["title"] == "Phiên họp thường kỳ"
