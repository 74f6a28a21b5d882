"""An ingest that was killed is gone on with, or ended by whatever writes next; until then it is told."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import crawling, tables
from tests.kept import make_archive
from tests.replica import ROOT


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """WARC files to be taken in, under ``warc``, and the sheet to read them by."""
    folder = tmp_path_factory.mktemp("files")
    make_archive(folder, articles=60)
    return folder


@pytest.fixture(scope="module")
def undisturbed(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("undisturbed") / "archive.db"
    assert ran(*ingest(files, archive)).returncode == 0
    return archive


@pytest.fixture
def killed(files: Path, tmp_path: Path) -> Path:
    """An archive whose ingest was killed half-way."""
    archive = tmp_path / "archive.db"
    process = subprocess.Popen(ingest(files, archive), cwd=ROOT, env=crawling.environment(), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while crawling.captures(archive) < 60 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert process.poll() is None, "it must be killed before its end"
    process.kill()
    process.wait(30)
    return archive


def command(verb: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "crawler", verb, *map(str, arguments)]


def ingest(files: Path, archive: Path) -> list[str]:
    taken = sorted((files / "warc").glob("*.warc.gz"))
    return command("ingest", "warc", *taken, "--archive", archive, "--profile", files / "replica.toml", "--json")


def ran(*line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=280)


def rows(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(archive)) as conn:
        return conn.execute(sql).fetchall()


def test_the_same_ingest_goes_on_as_if_it_had_never_been_killed(files: Path, undisturbed: Path, killed: Path) -> None:
    told = ran(*command("status", "--archive", killed, "--check"))
    assert told.returncode == 2
    assert "run 1 (ingest, replica) was broken off" in told.stdout
    done = ran(*ingest(files, killed))
    assert done.returncode == 0, done.stderr
    assert rows(killed, "select id, kind, state, exit_code, resumed from runs") == [(1, "ingest", "complete", 0, 1)]
    assert "broken off" not in ran(*command("status", "--archive", killed)).stdout
    assert tables.digests(undisturbed) == tables.digests(killed), "\n".join(tables.different(undisturbed, killed))
    counts = "select counts from runs"
    whole, resumed = (json.loads(rows(archive, counts)[0][0]) for archive in (undisturbed, killed))
    assert resumed["captures"] == whole["captures"]
    assert {name: resumed[name] for name in ("new", "changed", "unchanged")} == {
        name: whole[name] for name in ("new", "changed", "unchanged")
    }


def test_another_writer_ends_it_and_a_rebuild_knows(files: Path, killed: Path, tmp_path: Path) -> None:
    sheet = files / "replica.toml"
    done = ran(*command("reextract", "--archive", killed, "--profile", sheet, "--quiet"))
    assert done.returncode == 0, done.stderr
    assert rows(killed, "select kind, state, exit_code from runs order by id") == [
        ("ingest", "stopped", 3),
        ("reextract", "complete", 0),
    ]
    new = tmp_path / "anew" / "new.db"
    line = command("rebuild", new, "--from", killed.parent / "warc", "--profile", sheet, "--quiet")
    assert ran(*line).returncode == 0
    told = "select id, kind, state, exit_code, started_at, ended_at from runs where kind = 'ingest'"
    # What the killed ingest had brought into the folder and not stored yet belongs to no run that is told.
    assert rows(new, told)[0] == rows(killed, told)[0], "files of another archive tell nothing of this one's runs"
    assert ran(*ingest(files, killed)).returncode == 0
    assert rows(killed, "select kind, state from runs order by id")[-1] == ("ingest", "complete")
