"""Full disks and signals in an intake: one clear line, a sound archive, honest counts, and the same command goes on."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from archive.proof import Scope, verify
from tests.crawling import environment
from tests.judge import contents, differences
from tests.kept import make_archive
from tests.replica import ROOT


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("source"), articles=40)[0]


def line(source: Path, archive: Path) -> list[str]:
    files = sorted(map(str, (source.parent / "warc").glob("*.warc.gz")))
    base = [sys.executable, "-m", "crawler", "ingest", "warc", *files, "--quiet"]
    return [*base, "--archive", str(archive), "--profile", str(source.parent / "replica.toml")]


def limited() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))


def test_an_intake_goes_on_after_a_full_disk_and_a_signal(source: Path, tmp_path: Path) -> None:
    """``python -m bench faults`` does this fifty times, with more kinds of faults."""
    whole, archive = tmp_path / "whole.db", tmp_path / "disturbed" / "archive.db"
    command = line(source, archive)
    subprocess.run(line(source, whole), cwd=ROOT, env=environment(), check=True, capture_output=True)
    full = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, preexec_fn=limited, check=False
    )
    assert full.returncode == 1
    assert full.stderr.count("\n") == 1
    assert "the disk is full" in full.stderr or "the disk failed or is full" in full.stderr
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
        time.sleep(1.2)
        process.send_signal(number)
        stderr = process.communicate(timeout=60)[1]
        assert "Traceback" not in stderr
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not differences(contents(whole), contents(archive))
    proof = verify(archive, Scope(day=date(2026, 11, 24), workers=1))
    assert proof.sound, proof.findings
    with closing(sqlite3.connect(archive)) as conn:
        assert conn.execute("select count(*) from runs").fetchone()[0] >= 2
