"""What is written is what is read back, and what other tools accept."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import WarcError
from archive.models import Capture
from archive.warc import BadRecord, Original, WarcWriter, read_capture, read_captures
from archive.warc.record import sha1_digest
from tests.archive.samples import HOST, START, at, exchange, writer

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda n: n.lower() not in ("content-encoding", "transfer-encoding", "content-length", "content-type", "host")
)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")).map(lambda v: v.strip(" \t"))
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)


def read_all(folder: Path) -> list[Capture]:
    found = [c for path in sorted(folder.glob("*.warc.gz*")) for c in read_captures(path, verify=True)]
    bad = [str(c) for c in found if isinstance(c, BadRecord)]
    assert not bad
    return [c for c in found if isinstance(c, Capture)]


@settings(max_examples=60, deadline=None)
@given(
    headers=HEADERS,
    body=st.binary(max_size=3000),
    status=st.sampled_from([200, 206, 301, 404, 410, 429, 500, 503, 599]),
    method=st.sampled_from(["GET", "POST"]),
    sent=st.binary(max_size=300),
    reason=st.one_of(st.none(), VALUES),
    moment=st.datetimes(min_value=START.replace(tzinfo=None)),
    gzipped=st.booleans(),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    status: int,
    method: str,
    sent: bytes,
    reason: str | None,
    moment: Any,
    gzipped: bool,
) -> None:
    folder = tmp_path_factory.mktemp("w")
    moment = moment.replace(tzinfo=START.tzinfo)
    payload = gzip.compress(body) if gzipped else body
    coding = (("Content-Encoding", "gzip"),) if gzipped else ()
    with writer(folder) as warc:
        place = warc.write_exchange(
            url=f"{HOST}/a.aspx?ItemID=1",
            method=method,
            request_body=sent,
            status=status,
            reason=reason,
            response_headers=headers + coding,
            body=payload,
            fetched_at=moment,
        )
    (found,) = read_all(folder)
    assert found == Capture(
        url=f"{HOST}/a.aspx?ItemID=1",
        fetched_at=moment,
        status=status,
        headers=headers + coding,
        body=body,
        method=method,
        request_body=sent,
        source="warc",
        digest=sha1_digest(payload),
        filename=place.filename,
        offset=place.offset,
        length=place.length,
    )
    assert read_capture(folder / place.filename, place.offset, place.length) == found


def test_the_standard_tool_finds_nothing_wrong(tmp_path: Path) -> None:
    with writer(tmp_path, max_bytes=3000) as warc:
        for number in range(20):
            exchange(warc, number, body=bytes(range(256)) * number, status=200 + number)
        exchange(
            warc, 30, gzip.compress(b"x"), response_headers=[("Content-Encoding", "gzip")], protocol="h2", ip="::1"
        )
        exchange(warc, 31, b"", status=304, response_headers=[("ETag", '"1"')])
        first = exchange(warc, 32, b"same")
        original = Original(url=f"{HOST}/pages/32.aspx", fetched_at=at(32), digest=first.digest)
        assert exchange(warc, 33, b"same", revisit_of=original).revisit
        exchange(warc, 34, b"not whole", truncated="disconnect", method="POST", request_body=b"a=1")
        warc.write_resource(url=f"{HOST}/saved", mimetype="text/html", body=b"<p>", fetched_at=at(35))
        warc.write_resource(url=f"{HOST}/t", mimetype="text/plain", body=b"t", fetched_at=at(36), kind="conversion")
    files = sorted(tmp_path.glob("*.warc.gz"))
    assert len(files) > 2
    for path in files:
        checked = subprocess.run(
            [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "digest pass" in checked.stdout
        assert "digest failed" not in checked.stdout
    captures = read_all(tmp_path)
    assert len(captures) == 27
    assert [c.revisit for c in captures].count(True) == 2
    assert captures[24].truncated == "disconnect"
    assert (captures[24].method, captures[24].request_body) == ("POST", b"a=1")
    assert captures[26].source == "text"


def test_the_first_record_says_who_wrote_and_how(tmp_path: Path) -> None:
    with writer(tmp_path, info={"isPartOf": "bac-kan\r\nrobots: ignore"}) as warc:
        exchange(warc, 1)
    text = gzip.decompress(next(tmp_path.glob("*.gz")).read_bytes()).decode()
    head = text.split("\r\n\r\n\r\n")[0]
    assert "WARC-Type: warcinfo" in head
    for line in (
        "software: portal-archive/0",
        "robots: obey",
        "http-header-user-agent: portal-archive/0 (+https://x.vn)",
    ):
        assert f"\r\n{line}\r\n" in head
    assert "not a bit-exact copy" not in head
    assert "transfer coding is removed" in head
    assert "\r\nrobots: ignore" not in head


def test_the_same_input_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with writer(tmp_path / name) as warc:
            exchange(warc, 1)
            exchange(warc, 2, status=304)
    (one,), (other,) = (list((tmp_path / name).iterdir()) for name in ("a", "b"))
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_no_value_can_end_its_line(tmp_path: Path) -> None:
    evil = "x\r\nWARC-Truncated: length\r\n\r\nHTTP/1.1 500 no\r\n\n\0"
    with writer(tmp_path) as warc:
        place = warc.write_exchange(
            url=f"{HOST}/a b\r\nWARC-Type: metadata/ế?q=“x”",
            method="GET\r\nX: y",
            request_headers=[("A\r\nB: c", evil)],
            status=200,
            reason=evil,
            protocol=evil,
            response_headers=[("Bad name:", evil), ("Tiêu-đề", "Bắc Kạn"), (b"raw", "Bắc".encode())],
            body=b"ok",
            ip=evil,
            fetched_at=at(0),
            truncated=None,
        )
    (found,) = read_all(tmp_path)
    assert found.body == b"ok"
    assert found.status == 200
    assert found.truncated is None
    assert found.method == "GETXY"
    assert found.url == f"{HOST}/a%20b%0D%0AWARC-Type:%20metadata/%E1%BA%BF?q=%E2%80%9Cx%E2%80%9D"
    assert [name for name, _ in found.headers] == ["Bad-name-", "Ti--u------", "raw"]
    assert found.headers[1][1].encode("latin-1").decode() == "Bắc Kạn"
    assert found.headers[2][1].encode("latin-1").decode() == "Bắc"
    assert place.filename == found.filename


def test_files_roll_and_are_named_in_order(tmp_path: Path) -> None:
    with writer(tmp_path, max_bytes=2000) as warc:
        assert not list(tmp_path.iterdir())
        places = [exchange(warc, n, body=bytes(range(256)) * 8) for n in range(4)]
        assert warc.standing(places[0].filename).exists()
    names = [p.filename for p in places]
    assert names == sorted(names)
    assert len(set(names)) > 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(set(names))
    with writer(tmp_path) as again:
        assert exchange(again, 9).filename not in {p.filename for p in places}


def test_an_open_file_can_be_read_while_it_grows(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    place = exchange(warc, 1)
    assert warc.standing(place.filename).suffix == ".open"
    (found,) = (c for c in read_captures(warc.standing(place.filename)) if isinstance(c, Capture))
    assert found.filename == place.filename
    exchange(warc, 2)
    more = list(read_captures(warc.standing(place.filename), start_offset=place.offset + place.length))
    assert [c.url for c in more if isinstance(c, Capture)] == [f"{HOST}/pages/2.aspx"]
    warc.close()
    assert warc.standing(place.filename).name == place.filename


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WarcError, match=r"^cannot write .*; check the folder and its permissions$"):
        WarcWriter(tmp_path / "file" / "warc", "x", software="x", now=START)


FULL = """
import resource, signal, sys
from pathlib import Path
from archive.errors import WarcError
from tests.archive.samples import exchange, writer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
warc = writer(Path(sys.argv[1]))
kept = 0
try:
    for number in range(1000):
        exchange(warc, number, body=number.to_bytes(4, "big") * 2 + bytes(range(256)) * 3)
        kept += 1
except WarcError as error:
    print(kept, error, sep="\\n")
warc.close()
"""


def test_a_full_disk_costs_the_exchange_at_hand_only(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    kept, told = done.stdout.splitlines()
    assert told.startswith("the disk is full: ")
    assert int(kept) > 5
    assert len(read_all(tmp_path)) == int(kept)
