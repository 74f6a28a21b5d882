"""An archive of any earlier release becomes one of this release, with a backup first, or stays as it was."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from archive.backup import PART, backups
from archive.database import pending_steps
from archive.index import TABLES
from archive.proof import Scope, verify
from archive.proof.tables import released_schema, schema
from archive.store import Archive
from tests import released
from tests.conftest import Run
from tests.replica import ROOT

RELEASES = released.names()


def rows(path: Path) -> dict[str, list[str]]:
    """Every table's columns with all their rows, the search index's own tables aside."""
    with closing(sqlite3.connect(path)) as conn:
        query = "select name from sqlite_master where type = 'table'" + "".join(
            f" and name not glob '{table}*'" for table in TABLES
        )
        found = {}
        for (name,) in conn.execute(query).fetchall():
            columns = [row[1] for row in conn.execute(f'pragma table_info("{name}")')]
            for column in columns:
                held = conn.execute(
                    f'select quote("{column}") from "{name}" order by rowid'
                    if name not in KEYED
                    else f'select quote("{column}") from "{name}" order by 1'
                )
                found[f"{name}.{column}"] = [row[0] for row in held]
        return found


KEYED = ("links", "list_items", "tombstones", "outages", "link_sources", "run_ends")
KEYED += ("search_counts", "search_titles", "search_places")


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return released.restore(request.param, tmp_path / "old")


def test_an_earlier_archive_migrates_whole(old: Path) -> None:
    before = rows(old)
    assert len(before["articles.id"]) > 3
    steps = pending_steps(old)
    Archive.open(old).close()
    assert pending_steps(old) == []
    after = rows(old)
    assert {name: after[name] for name in before if not name.startswith("_sqlite")} == {
        name: values for name, values in before.items() if not name.startswith("_sqlite")
    }
    with closing(sqlite3.connect(old)) as conn:
        assert not list(schema(conn))
        assert len(released_schema()) > 20
    proof = verify(old, Scope(day=date(2026, 11, 24), workers=1))
    assert proof.sound, proof.findings
    copies = backups(old)
    assert len(copies) == (1 if steps else 0)
    for copy in copies:
        assert rows(copy) == before
    Archive.open(old).close()
    assert backups(old) == copies, "nothing is left to be done"


KILLED = """
import os, signal, sys
from pathlib import Path
import archive.backup, archive.database
from archive.store import Archive

def dies(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

moment, path = sys.argv[1], Path(sys.argv[2])
if moment == "backup":
    archive.backup._prove = dies
elif moment == "named":
    archive.backup.sync = dies
else:
    whole = archive.database.migrations.apply
    archive.database.migrations.apply = lambda db: (whole(db), dies())
Archive.open(path)
"""


@pytest.mark.parametrize("moment", ["backup", "named", "schema"])
def test_killed_at_any_moment_it_is_as_it_was_or_migrated(moment: str, tmp_path: Path) -> None:
    old = released.restore(RELEASES[0], tmp_path / "old")
    before = rows(old)
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, moment, str(old)], cwd=ROOT, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert rows(old) == before
    Archive.open(old).close()
    assert pending_steps(old) == []
    assert verify(old, Scope(day=date(2026, 11, 24), workers=1)).sound
    assert len(backups(old)) == 1, "equal backups are one"
    assert rows(backups(old)[0]) == before
    assert not list(old.parent.glob(f"*{PART}"))


FULL = """
import resource, signal, sys
from pathlib import Path
from archive.errors import DatabaseError
from archive.store import Archive
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    Archive.open(Path(sys.argv[1]))
except DatabaseError as error:
    print(error)
"""


def test_without_room_for_a_backup_nothing_changes(tmp_path: Path) -> None:
    old = released.restore(RELEASES[0], tmp_path / "old")
    before = rows(old)
    told = subprocess.run([sys.executable, "-c", FULL, str(old)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "full" in told.stdout
    assert rows(old) == before
    assert not backups(old)
    assert not list(old.parent.glob(f"*{PART}"))


def test_the_command_migrates_and_readers_are_told_to(tmp_path: Path, portal_archive: Run) -> None:
    old = released.restore(RELEASES[0], tmp_path / "old")
    refused = portal_archive("verify", "--archive", old)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "portal-archive migrate" in refused.stderr
    done = portal_archive("migrate", "--archive", old)
    assert done.returncode == 0, done.stderr
    assert "brought up to date" in done.stdout
    assert portal_archive("verify", "--archive", old).returncode == 0
    assert "up to date" in portal_archive("migrate", "--archive", old).stdout
