"""A dropped record leaves its note and moves nothing else, however the file is packed."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from archive.models import Capture
from archive.warc import BadRecord, Note, drop, dropped, read_captures
from archive.warc.record import sha1_digest
from tests.archive.samples import HOST, exchange, http, members, raw_record, writer

NOTE = Note(url=f"{HOST}/pages/2.aspx", reason="theo yêu cầu", at="2026-11-24T12:00:00Z", digest="sha1:ABC")
SECRET = "Nội dung phải gỡ "


def own(folder: Path) -> Path:
    with writer(folder) as warc:
        for number in range(5):
            text = (SECRET if number == 2 else f"bài {number} ") * 40
            exchange(warc, number, f"<p>{text}</p>".encode())
    return next(folder.glob("*.gz"))


def foreign(folder: Path, packing: str) -> Path:
    records = []
    for number in range(5):
        words = " ".join(sha1_digest(f"{number} {word}".encode()) for word in range(20))
        text = (SECRET if number == 2 else f"bài {number} ") * 60 + words
        url, known = f"{HOST}/pages/{number}.aspx", {"WARC_Record_ID": f"<urn:r{number}>"}
        block = http(text.encode(), "Content-Type: text/html")
        ask = f"GET /pages/{number}.aspx HTTP/1.1\r\nHost: backan.gov.vn\r\nUser-Agent: {'x' * 100}\r\n\r\n".encode()
        records.append(
            raw_record(
                "request",
                ask,
                WARC_Target_URI=url,
                WARC_Record_ID=f"<urn:q{number}>",
                WARC_Concurrent_To=f"<urn:r{number}>",
            )
        )
        records.append(raw_record("response", block, WARC_Target_URI=url, **known))
    path = folder / ("a.warc" if packing == "plain" else "a.warc.gz")
    data = {"plain": b"".join(records), "members": members(records), "one member": gzip.compress(b"".join(records))}
    path.write_bytes(data[packing])
    return path


def captures(path: Path) -> list[Capture]:
    found = list(read_captures(path, verify=True))
    assert not [one for one in found if isinstance(one, BadRecord)]
    return [one for one in found if isinstance(one, Capture)]


@pytest.mark.parametrize("packing", ["own", "plain", "members", "one member"])
def test_everything_else_stays_where_it_stands(tmp_path: Path, packing: str) -> None:
    path = own(tmp_path) if packing == "own" else foreign(tmp_path, packing)
    before, size = captures(path), path.stat().st_size
    assert drop(path, {before[2].offset or 0: NOTE}) == 1
    assert path.stat().st_size == size
    assert captures(path) == [*before[:2], *before[3:]]
    assert [note for _, note in dropped(path)] == [NOTE]
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    assert SECRET.encode() not in text
    assert text.count(b"GET /pages/2.aspx") == 0, "its request is gone, too"
    assert text.count(b"GET /pages/3.aspx") == 1
    assert drop(path, {before[2].offset or 0: NOTE}) == 0, "a second time there is nothing to drop"
    assert path.read_bytes() == raw
    if packing != "one member":  # which the tool does not read
        check = [str(Path(sys.executable).with_name("warcio")), "check", str(path)]
        assert subprocess.run(check, capture_output=True).returncode == 0


def test_all_of_a_file_can_go(tmp_path: Path) -> None:
    path = own(tmp_path)
    places = {one.offset or 0: NOTE for one in captures(path)}
    assert drop(path, places) == 5
    assert captures(path) == []
    assert len(list(dropped(path))) == 5


def test_a_long_reason_gives_way_to_the_room_there_is(tmp_path: Path) -> None:
    path = own(tmp_path)
    place = captures(path)[1].offset or 0
    assert drop(path, {place: Note(url=f"{HOST}/1", reason="dài " * 5000, at="2026-11-24T12:00:00Z")}) == 1
    assert [offset for offset, _ in dropped(path)] == [place]
    assert len(captures(path)) == 4
