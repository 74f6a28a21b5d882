"""``profile learn`` as a person runs it: from WARC files and archives to a sheet that loads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from archive.models import Capture
from archive.warc import Saved, pack
from tests.conftest import Run
from tests.learning import replica
from tests.test_cli import one_line

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@cache
def pages() -> list[Capture]:
    return [capture for capture in replica(120)[0] if "127.0.0.3" in capture.url or "127.0.0.6" in capture.url]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with the pages of two hosts in two WARC files."""
    saved = []
    for number, capture in enumerate(pages()):
        path = tmp_path / f"{number}.html"
        path.write_bytes(capture.body)
        saved.append(Saved(path=path, url=capture.url, saved_at=NOW))
    for half, name in ((saved[::2], "one"), (saved[1::2], "two")):
        pack(half, tmp_path / "warc", prefix=name, software="test", now=NOW)
    return tmp_path / "warc"


def test_a_sheet_is_learned_checked_and_never_written_over(portal_archive: Run, kept: Path, tmp_path: Path) -> None:
    done = portal_archive("profile", "learn", "--from", kept, "-o", "mine.toml", "--json", PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [host["host"] for host in told["hosts"]] == ["127.0.0.3:8080", "127.0.0.6:8080"]
    assert told["bad"] == []
    first = (tmp_path / "mine.toml").read_text("utf-8")

    checked = portal_archive("profile", "check", "mine.toml")
    assert checked.returncode == 0
    assert "mine: sound" in checked.stdout
    one_line(portal_archive("profile", "learn", "--from", kept, "-o", "mine.toml"), 1, "mine.toml", "--force")

    two, one = sorted(kept.iterdir(), reverse=True)
    again = portal_archive("profile", "learn", "--from", two, "--from", one, PYTHONHASHSEED="2")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.replace('name = "mine"', 'name = "learned"')


def test_from_an_archive_on_a_base_of_its_own(portal_archive: Run, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('extends = "sharepoint"\ntimezone = "+08:00"\n', encoding="utf-8")
    taken = portal_archive("ingest", "warc", *kept.iterdir(), "--archive", "a.db", "--profile", "sharepoint", "--quiet")
    assert taken.returncode == 0, taken.stderr
    (tmp_path / "sheets").mkdir()
    options = ("--from", "a.db", "--base", "base.toml", "--host", "127.0.0.6", "-o", "sheets/nganson.toml")
    done = portal_archive("profile", "learn", *options)
    assert done.returncode == 0, done.stderr
    assert "127.0.0.6:8080" in done.stdout
    shown = json.loads(portal_archive("profile", "show", "sheets/nganson.toml", "--json").stdout)
    assert (shown["name"], shown["timezone"]) == ("nganson", "+08:00")
    assert {".noidungtin", ".detail-content"} <= {selector for layout in shown["layout"] for selector in layout["body"]}


def test_what_cannot_be_learned_from_is_said_in_a_line(portal_archive: Run, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    one_line(portal_archive("profile", "learn", "--from", "empty"), 1, "empty", "no WARC file")
    one_line(portal_archive("profile", "learn", "--from", "0.html"), 1, "0.html", "WARC")
    one_line(portal_archive("profile", "learn", "--from", kept, "--base", "nothing"), 1, "nothing", "sharepoint")
    one_line(portal_archive("profile", "learn", "--from", kept, "--json"), 1, "--output")
    done = portal_archive("profile", "learn", "--from", kept, "--host", "p.vn")
    assert done.returncode == 1
    assert "no captured page of p.vn" in done.stderr.splitlines()[-1]
