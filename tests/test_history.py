"""The verbs that tell what an article said before, and what changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive.store import Archive
from tests import crawling
from tests.archive.samples import HOST, article, begin, capture, not_found
from tests.replica import ROOT


def ran(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "crawler", *map(str, arguments)]
    return subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "archive.db"
    with Archive.open(path, create=True) as opened:
        run = begin(opened)
        later = "Thôn Hoà An có 12 hộ."
        opened.record(capture("/a.aspx", 30, source="live"), article("/a.aspx", body_text=later), run)
        opened.record(
            capture("/a.aspx", 10, source="wayback"), article("/a.aspx", body_text="Thôn Hòa An có 11 hộ."), run
        )
        opened.record(capture("/a.aspx", 40, status=404), not_found("/a.aspx"), run)
        opened.record(capture("/b.aspx", 1), article("/b.aspx"), run)
    return path


def test_one_line_of_time_with_its_doors(archive: Path) -> None:
    done = ran("history", f"{HOST}/a.aspx", "--archive", archive)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split("  ")[1] for line in lines if "version" in line] == [
        "version 1 [wayback]",
        "version 2: body_text [live]",
    ]
    assert "missing from 2026-01-05T08:40:00Z, still missing; 1 runs" in lines[-1]
    told = json.loads(ran("history", f"{HOST}/a.aspx", "--archive", archive, "--json").stdout)
    assert [version["door"] for version in told["versions"]] == ["wayback", "live"]
    assert told["absences"][0]["status"] == "live"


def test_what_changed_word_by_word(archive: Path) -> None:
    done = ran("diff", f"{HOST}/a.aspx", "--archive", archive)
    assert done.stdout.splitlines()[-1] == "Thôn {~Hòa=Hoà~} An có [-11-] {+12+} hộ."
    told = json.loads(ran("diff", f"{HOST}/a.aspx", "--archive", archive, "--from", "1", "--to", "2", "--json").stdout)
    assert {segment["kind"] for segment in told["fields"][0]["segments"]} == {"equal", "respelled", "removed", "added"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((f"{HOST}/a.aspx", "--to", "5"), "no version 5"), ((f"{HOST}/b.aspx",), "one version")],
)
def test_versions_that_are_not_there(archive: Path, arguments: tuple[str, ...], told: str) -> None:
    done = ran("diff", *arguments, "--archive", archive)
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
