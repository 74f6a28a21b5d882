"""A repair puts back what WARC files prove, row for row, and names what they cannot."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.backup import backups
from crawler.mending import Repaired, repair
from crawler.profile import load
from tests import corruption
from tests.conftest import Run
from tests.kept import make_archive

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = (
    *("captures", "articles", "article_versions", "article_changes", "article_urls", "documents", "attachments"),
    *("images", "links", "list_items", "sections"),
)
#: What is done to the archive, and with which seed; each is put back whole.
MENDED = [
    *(("edit_row", 3), ("edit_row", 4), ("lose_row", 5), ("lose_row", 7)),
    *(("add_orphan", 1), ("break_search", 1), ("break_index", 1), ("drop_index", 1)),
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("kept"), articles=12, max_bytes=60_000)[0]


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept.parent, tmp_path / "copy")
    return tmp_path / "copy" / "archive.db"


def rows(archive: Path) -> dict[str, Counter[tuple[object, ...]]]:
    with closing(sqlite3.connect(archive)) as conn:
        return {table: Counter(conn.execute(f"select * from {table}").fetchall()) for table in TABLES}


def repaired(archive: Path, *, dry_run: bool = False) -> Repaired:
    profile = load(str(archive.parent / "replica.toml"))
    return repair(archive, (profile,), NOW, dry_run=dry_run, told=lambda step, done, whole: None)


def test_a_sound_archive_is_left_alone(copy: Path) -> None:
    before = copy.read_bytes()
    done = repaired(copy)
    assert (done.found.sound, done.done, done.backup) == (True, (), None)
    assert copy.read_bytes() == before


@pytest.mark.parametrize(("kind", "seed"), MENDED)
def test_what_captures_prove_is_put_back(kept: Path, copy: Path, kind: str, seed: int) -> None:
    done = corruption.damage(copy, kind, random.Random(seed))
    mended = repaired(copy)
    assert mended.found.findings, done
    assert mended.left.sound, (done, mended.left.findings)
    assert rows(copy) == rows(kept)
    assert mended.backup in backups(copy)
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("select count(*) from repairs").fetchone()[0] == len(mended.done) > 0


def test_captures_whose_rows_are_all_gone_come_back(kept: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as conn:
        (name,) = conn.execute("select max(filename) from captures where outcome = 'article'").fetchone()
        conn.execute("delete from captures where filename = ?", (name,))
    mended = repaired(copy)
    assert mended.left.sound, mended.left.findings
    after, before = rows(copy), rows(kept)
    assert {row[:11] for row in after["captures"]} == {row[:11] for row in before["captures"]}
    assert after["articles"] == before["articles"]


def test_what_is_lost_is_named(copy: Path) -> None:
    path = sorted((copy.parent / "warc").glob("*.gz"))[0]
    path.unlink()
    with closing(sqlite3.connect(copy, isolation_level=None)) as conn:
        conn.execute("update articles set word_count = 7 where id = (select max(id) from articles)")
    mended = repaired(copy)
    assert {entry.kind for entry in mended.done} == {"article_edited"}
    assert [(finding.kind, finding.place) for finding in mended.left.findings] == [("file_missing", path.name)]


def test_a_dry_run_tells_and_changes_nothing(copy: Path, portal_archive: Run) -> None:
    corruption.damage(copy, "edit_row", random.Random(3))
    sorted((copy.parent / "warc").glob("*.gz"))[0].unlink()
    before, profile = rows(copy), copy.parent / "replica.toml"
    told = portal_archive("repair", "--dry-run", "--archive", copy, "--profile", profile)
    assert told.returncode == 2
    assert "would mend" in told.stdout
    assert "cannot mend  file_missing" in told.stdout
    assert rows(copy) == before
    assert not backups(copy)
    done = portal_archive("repair", "--archive", copy, "--profile", profile, "--json")
    assert done.returncode == 2, "a file is missing still"
    assert json.loads(done.stdout)["backup"] == str(backups(copy)[0])
