"""Public samples of web archive files, read as warcio reads them: WARC_SAMPLES names the folder that holds them.

A record counts as one warcio can read when it is as long as it says, a line's end follows, and an answer begins with a
status line. Where warcio gives a file up, what follows is ours to read.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.warc import BadRecord, read_captures
from tests import crawling
from tests.replica import ROOT

FOLDER = Path(os.environ.get("WARC_SAMPLES", "none"))
ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wet", ".wet.gz")
KINDS = frozenset({"response", "revisit", "resource", "conversion"})
FILES = sorted(path for path in FOLDER.rglob("*") if path.name.endswith(ENDINGS)) if FOLDER.is_dir() else []
WACZ = sorted(FOLDER.rglob("*.wacz")) if FOLDER.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="name a folder of samples in WARC_SAMPLES")


@dataclass(kw_only=True)
class Read:
    """What a reader made of a file."""

    pages: Counter[str] = field(default_factory=Counter)
    """Address -> records that hold it."""
    bad: int = 0
    gave_up: bool = False


def by_warcio(path: Path) -> Read:
    """warcio's own reading."""
    read, told, last = Read(), io.StringIO(), ""
    with path.open("rb") as file, contextlib.redirect_stderr(told):
        records = iter(ArchiveIterator(file, arc2warc=True))
        while True:
            before = told.tell()
            try:
                record = next(records, None)
            except Exception:  # it raises errors of many kinds, and cannot go on after any
                read.bad, read.gave_up = read.bad + 1, True
                return read
            if "not followed by newline" in told.getvalue()[before:]:  # told of the record before
                read.bad += 1
                if last:
                    read.pages[last] -= 1
            if record is None:
                return read
            last = _told(record, read)


def _told(record: object, read: Read) -> str:
    """Count the record; its address when it holds a page that can be read."""
    record.raw_stream.read()  # type: ignore[attr-defined]
    address = record.rec_headers.get_header("WARC-Target-URI") or ""  # type: ignore[attr-defined]
    http, kind = record.http_headers, record.rec_type  # type: ignore[attr-defined]
    strange = kind == "response" and http is not None and not http.protocol.startswith("HTTP/")
    short = getattr(record.raw_stream, "limit", 0) > 0  # type: ignore[attr-defined]
    endless = kind != "warcinfo" and not record.rec_headers.get_header("Content-Length", "0").isdigit()  # type: ignore[attr-defined]
    if strange or short or endless:
        read.bad += 1
        return ""
    if kind not in KINDS or not address.lower().startswith("http"):
        return ""
    read.pages[address] += 1
    return str(address)


def by_us(path: Path) -> Read:
    """The project's reading."""
    read = Read()
    for record in read_captures(path):
        if isinstance(record, BadRecord):
            read.bad += 1
        else:
            read.pages[record.url] += 1
    return read


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_record_warcio_reads_is_read(path: Path) -> None:
    theirs, ours = by_warcio(path), by_us(path)
    assert +(theirs.pages - ours.pages) == Counter()
    if not theirs.gave_up:
        assert (ours.pages, ours.bad) == (+theirs.pages, theirs.bad)


def test_all_of_them_are_taken_in_without_a_traceback(tmp_path: Path) -> None:
    """Into one archive, twice: the second time brings nothing."""
    archive = tmp_path / "archive.db"
    folder = tmp_path / "samples"
    folder.mkdir()
    readable = 0
    for number, path in enumerate(FILES):  # two of one name are two files
        (folder / f"{number:03d}-{path.name}").write_bytes(path.read_bytes())
        readable += by_us(path).pages.total()
    first, again = (
        [_ingest("warc", archive, folder), *(_ingest("wet", archive, path) for path in sorted(folder.glob("*.wet*")))]
        for _ in range(2)
    )
    assert (sum(told["captures"] for told in first), sum(told["known"] for told in first)) == (readable, 0)
    assert (sum(told["captures"] for told in again), sum(told["known"] for told in again)) == (0, readable)
    with sqlite3.connect(archive) as conn:
        assert conn.execute("select count(*) from captures").fetchone()[0] == readable


@pytest.mark.parametrize("path", WACZ, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_wacz_samples_end_as_records_or_in_one_line(path: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "crawler", "ingest", "wacz", str(path), "--archive", str(tmp_path / "archive.db")]
    done = subprocess.run([*line, "--json"], cwd=ROOT, env=crawling.environment(), capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert json.loads(done.stdout)["captures"] > 0
    else:
        assert (done.returncode, done.stderr.count("\n")) in ((1, 1), (2, 1))


def _ingest(kind: str, archive: Path, what: Path) -> dict[str, int]:
    line = [sys.executable, "-m", "crawler", "ingest", kind, str(what), "--archive", str(archive), "--json"]
    done = subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=300)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr[-2000:]
    told: dict[str, int] = json.loads(done.stdout)
    return told
