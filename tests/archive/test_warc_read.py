"""Files that others wrote, or that time has damaged: one record's trouble stays that record's."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import WarcError
from archive.models import Capture
from archive.warc import FILE_LIMIT, PAGE_LIMIT, BadRecord, decode, read_capture, read_captures
from archive.warc.coding import dechunk
from tests.archive.samples import HOST, exchange, http, members, raw_record, writer

PAGE = "<p>Uỷ ban nhân dân tỉnh Bắc Kạn</p>".encode()


def read(path: Path, data: bytes, **options: object) -> tuple[list[Capture], list[BadRecord]]:
    path.write_bytes(data)
    found = list(read_captures(path, **options))  # type: ignore[arg-type]
    for capture in found:
        if isinstance(capture, Capture) and not options:
            assert capture.offset is not None
            again = read_capture(path, capture.offset, capture.length, source=capture.source)
            assert (again.url, again.body, again.fetched_at) == (capture.url, capture.body, capture.fetched_at)
    return [c for c in found if isinstance(c, Capture)], [c for c in found if isinstance(c, BadRecord)]


@pytest.mark.parametrize("coded", ["gzip", "x-gzip", "br", "deflate", "raw deflate", "identity", "gzip, br", "GZIP"])
def test_content_codings(tmp_path: Path, coded: str) -> None:
    payload = PAGE
    for name in coded.lower().split(", "):
        bare = zlib.compressobj(wbits=-15)
        payload = {
            "gzip": gzip.compress(payload),
            "x-gzip": gzip.compress(payload[:9]) + gzip.compress(payload[9:]) + b"\0\0",
            "br": brotli.compress(payload),
            "deflate": zlib.compress(payload),
            "raw deflate": bare.compress(payload) + bare.flush(),
            "identity": payload,
        }[name]
    header = f"Content-Encoding: {coded.removeprefix('raw ')}"
    (found,), bad = read(tmp_path / "x.warc.gz", members([raw_record("response", http(payload, header))]))
    assert not bad
    assert found.body == PAGE
    assert found.truncated is None


def test_a_coding_that_was_announced_but_not_applied(tmp_path: Path) -> None:
    for coded in ("gzip", "br", "deflate"):
        block = http(PAGE, f"Content-Encoding: {coded}")
        (found,), _ = read(tmp_path / "x.warc", raw_record("response", block))
        assert found.body == PAGE


def test_a_damaged_coding_gives_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    text = random.Random(1).randbytes(5000).hex().encode()
    for name, payload in (("gzip", gzip.compress(text)), ("br", brotli.compress(text))):
        block = http(payload[: len(payload) // 2], f"Content-Encoding: {name}")
        (found,), _ = read(tmp_path / "x.warc", raw_record("response", block))
        assert found.truncated == "unspecified"
        assert text.startswith(found.body)
    (found,), _ = read(tmp_path / "x.warc", raw_record("response", http(b"?", "Content-Encoding: compress")))
    assert found.truncated == "unspecified"


@settings(deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["gzip", "br", "deflate", "br, gzip"]), st.integers(0, 500))
def test_no_payload_makes_decoding_fail(payload: bytes, coded: str, limit: int) -> None:
    for data in (payload, b"\x1f\x8b\x08\0" + payload, b"\x78\x9c" + payload):
        body, _ = decode(data, coded, limit)
        assert len(body) <= limit


@pytest.mark.parametrize(("kind", "limit"), [("text/html", PAGE_LIMIT), ("application/pdf", FILE_LIMIT)])
@pytest.mark.parametrize("coded", ["gzip", "br", "deflate", "gzip, gzip"])
def test_a_bomb_costs_no_more_than_the_limit(tmp_path: Path, kind: str, limit: int, coded: str) -> None:
    payload = bombs()[coded]
    assert len(payload) < 1_000_000
    tracemalloc.start()
    block = http(payload, f"Content-Type: {kind}", f"Content-Encoding: {coded}")
    (found,), _ = read(tmp_path / "x.warc.gz", members([raw_record("response", block)]), verify=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.truncated == "length"
    assert len(found.body) == limit
    assert peak < 3 * limit + 20_000_000


def bombs(made: dict[str, bytes] = {}) -> dict[str, bytes]:  # noqa: B006 - made once
    if not made:
        zeros = bytes(300 * 1024 * 1024)
        made["gzip"] = gzip.compress(zeros, 9)
        made["br"] = brotli.compress(zeros, quality=4)
        made["deflate"] = zlib.compress(zeros, 9)
        made["gzip, gzip"] = gzip.compress(made["gzip"])
    return made


def test_a_member_that_is_a_bomb_is_read_up_to_the_limit(tmp_path: Path) -> None:
    """The block itself is 300 MB of zeros, a third of a megabyte in the file."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = http(b"", "Content-Type: application/pdf")
    size = 300 * 1024 * 1024
    record = raw_record("response", head, length=size + len(head))
    member = packer.compress(record[:-4])
    for _ in range(300):
        member += packer.compress(bytes(1024 * 1024))
    member += packer.compress(b"\r\n\r\n") + packer.flush()
    path = tmp_path / "x.warc.gz"
    path.write_bytes(member + members([raw_record("response", http(PAGE))]))
    code = (
        "import re, sys; from pathlib import Path; from archive.warc import read_captures;"
        "print([(len(c.body), c.truncated) for c in read_captures(Path(sys.argv[1]))],"
        " int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)"
    )
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    captures, memory = told.rsplit(" ", 1)
    assert captures == f"[({FILE_LIMIT}, 'length'), ({len(PAGE)}, None)]"
    assert int(memory) < 450


def test_chunked_payloads(tmp_path: Path) -> None:
    chunked = b"5;x=y\r\n<p>Uy\r\nB\r\n ban ban</p\r\n1\r\n>\r\n0\r\n\r\n"
    for payload, body, cut in (
        (chunked, b"<p>Uy ban ban</p>", None),
        (b"<p>joined already</p>", b"<p>joined already</p>", None),
        (chunked[:21], b"<p>Uy ban", "unspecified"),
        (chunked.replace(b"\r\n1\r\n", b"\r\nxyz\r\n"), b"<p>Uy ban ban</p", "unspecified"),
    ):
        (found,), bad = read(
            tmp_path / "x.warc",
            raw_record("response", http(payload, "Transfer-Encoding: chunked", "Content-Length: 99")),
        )
        assert not bad
        assert (found.body[: len(body)], found.truncated) == (body, cut)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6))
def test_chunks_are_joined(parts: list[bytes]) -> None:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    assert dechunk(sent) == (b"".join(parts), True)


def test_a_payload_shorter_than_announced_is_truncated(tmp_path: Path) -> None:
    (found,), _ = read(tmp_path / "x.warc", raw_record("response", http(PAGE, "Content-Length: 5000")))
    assert found.truncated == "disconnect"
    head = raw_record("response", http(b"", "Content-Length: 5000"), WARC_Record_ID="<urn:a>")
    asked = raw_record("request", b"HEAD / HTTP/1.1\r\n\r\n", WARC_Concurrent_To="<urn:a>")
    (found,), _ = read(tmp_path / "x.warc", head + asked)
    assert (found.method, found.truncated) == ("HEAD", None)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("wrong", [-20, -1, 1, 3, 500, 10**9])
def test_a_length_that_lies_costs_its_record(tmp_path: Path, packed: bool, wrong: int) -> None:
    block = http(PAGE)
    records = [
        raw_record("response", http(b"one")),
        raw_record("response", block, length=len(block) + wrong),
        raw_record("response", http(b"two")),
    ]
    captures, bad = read(tmp_path / "x.warc", members(records) if packed else b"".join(records), verify=True)
    if not packed and wrong in (1, 3):  # only the empty lines behind the record are missing
        assert [c.body[:3] for c in captures] == [b"one", PAGE[:3], b"two"]
        return
    if not packed and wrong > 3:  # without members, what a lie swallows is gone with it
        assert [c.body for c in captures][:1] == [b"one"]
    else:
        expected = [b"one", b"two"] if wrong not in (1, 3) else [b"one", PAGE + b"\r\n\r"[:wrong], b"two"]
        assert [c.body for c in captures] == expected
    assert wrong in (1, 3) or len(bad) == 1
    assert all(b.offset == len(members(records[:1]) if packed else records[0]) for b in bad)


def test_damage_at_every_place_costs_no_other_record(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        places = [exchange(warc, n, body=b"%d" % n + PAGE * 9) for n in range(3)]
    path = tmp_path / places[0].filename
    data = path.read_bytes()
    middle = range(places[1].offset, places[1].offset + places[1].length)
    for spot in middle:
        hurt = bytearray(data)
        hurt[spot] ^= 0xFF
        path.write_bytes(bytes(hurt))
        found = list(read_captures(path, verify=True))
        good = [c.url for c in found if isinstance(c, Capture)]
        assert f"{HOST}/pages/0.aspx" in good, spot
        assert f"{HOST}/pages/2.aspx" in good, spot
        assert len(good) == 3 or any(isinstance(c, BadRecord) for c in found), spot


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_file_makes_reading_fail(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    record = st.one_of(
        st.binary(max_size=200),
        st.builds(
            raw_record,
            st.sampled_from(["response", "request", "revisit", "resource", "conversion", "metadata", ""]),
            st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(lambda b: http(b, "Content-Encoding: gzip"))),
            length=st.one_of(st.none(), st.integers(-5, 500)),
            WARC_Date=st.sampled_from(["2026-01-05T08:00:00Z", "", "2026-99-99T08:00:00Z", "x"]),
            WARC_Target_URI=st.sampled_from([f"{HOST}/x", "", "urn:x", "<http://x.vn/a b>"]),
        ),
        st.just(b"http://x.vn/a 1.2.3.4 20260105080000 text/html 22\nHTTP/1.1 200 OK\r\n\r\nabc\n"),
    )
    records = data.draw(st.lists(record, max_size=6))
    start = raw_record("warcinfo", b"")
    whole = members([start, *records]) if data.draw(st.booleans()) else b"".join([start, *records])
    spot = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole = whole[:spot] + data.draw(st.binary(max_size=5)) + whole[spot + data.draw(st.integers(0, 9)) :]
    path = tmp_path_factory.mktemp("r") / "x.warc.gz"
    path.write_bytes(whole)
    try:
        for found in read_captures(path, verify=True):
            assert isinstance(found, Capture | BadRecord)
            assert "\n" not in str(found) or isinstance(found, Capture)
    except WarcError:
        assert spot < 12, "only a file that does not begin like a WARC file is refused as a whole"


def test_a_digest_that_does_not_fit_is_told_when_asked(tmp_path: Path) -> None:
    record = raw_record("response", http(PAGE), WARC_Payload_Digest="sha1:" + "A" * 32)
    captures, bad = read(tmp_path / "x.warc", record)
    assert (len(captures), len(bad)) == (1, 0)
    captures, bad = read(tmp_path / "x.warc", record, verify=True)
    assert (len(captures), len(bad)) == (0, 1)
    assert bad[0].url == f"{HOST}/raw.aspx"


def test_requests_are_joined_whichever_comes_first(tmp_path: Path) -> None:
    asked = raw_record("request", b"POST /a HTTP/1.1\r\nHost: x\r\n\r\na=1&b=2", WARC_Record_ID="<urn:q>")
    said = raw_record("response", http(PAGE), WARC_Record_ID="<urn:r>", WARC_Concurrent_To="<urn:q>")
    note = raw_record("metadata", b"x: y")
    other = raw_record("request", b"GET /z HTTP/1.1\r\n\r\n", WARC_Record_ID="<urn:z>", WARC_Concurrent_To="<urn:zz>")
    for order in ([asked, said], [said, asked], [asked, note, other, said], [other, said, note, asked]):
        (found,), _ = read(tmp_path / "x.warc.gz", members(order))
        assert (found.method, found.request_body) == ("POST", b"a=1&b=2")
    (found,), _ = read(tmp_path / "x.warc.gz", members([other, said]))
    assert (found.method, found.request_body) == ("GET", b"")


def test_revisits(tmp_path: Path) -> None:
    digest = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    for block, status in (
        (http(b"", status="304 Not Modified"), 304),
        (http(b"", "Content-Length: 9"), 200),
        (b"", 304),
    ):
        record = raw_record("revisit", block, WARC_Payload_Digest=digest, WARC_Truncated="length")
        (found,), bad = read(tmp_path / "x.warc", record)
        assert not bad
        assert (found.status, found.revisit, found.digest, found.truncated) == (status, True, digest, None)


def test_resource_text_and_records_of_other_kinds(tmp_path: Path) -> None:
    records = [
        raw_record("resource", PAGE, Content_Type="text/html; charset=utf-8"),
        raw_record("conversion", "Trang chủ\nBắc Kạn".encode(), Content_Type="text/plain"),
        raw_record("response", b"20260105 1.2.3.4", WARC_Target_URI="dns:x.vn", Content_Type="text/dns"),
        raw_record("metadata", b"via: x"),
        raw_record("resource", b"{}", WARC_Target_URI="urn:pageinfo:x"),
    ]
    (page, text), bad = read(tmp_path / "x.warc.gz", members(records))
    assert not bad
    assert (page.body, page.mimetype, page.status, page.source) == (PAGE, "text/html", 200, "warc")
    assert (text.mimetype, text.source, text.body.decode()) == ("text/plain", "text", "Trang chủ\nBắc Kạn")


def test_one_member_for_all_records(tmp_path: Path) -> None:
    """Not a lawful file, but found in the wild; places stay unique and lead back to their records."""
    records = [raw_record("warcinfo", b"")] + [raw_record("response", http(b"%d" % n)) for n in range(5)]
    records[3] = records[3].replace(b"WARC-Type: response", b"WARC-Type;response")
    captures, bad = read(tmp_path / "x.warc.gz", gzip.compress(b"".join(records)))
    assert [c.body for c in captures] == [b"0", b"1", b"3", b"4"]
    assert all(c.offset is not None and c.offset < 0 for c in captures)
    assert len(bad) == 1


def test_arc_files(tmp_path: Path) -> None:
    block = http(PAGE, "Content-Type: text/html")
    head = b"filedesc://x.arc 0.0.0.0 20080101000000 text/plain 14\n1 0 Test\nURL X\n"
    line = b"http://x.vn/a b 10.0.0.1 20080102030405 text/html %d\n" % len(block)
    for data in (
        head + b"\n" + line + block + b"\n",
        gzip.compress(head + b"\n") + gzip.compress(line + block + b"\n"),
    ):
        (found,), bad = read(tmp_path / "x.arc.gz", data)
        assert not bad
        assert (found.url, found.body) == ("http://x.vn/a%20b", PAGE)
        assert found.fetched_at == datetime(2008, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("content", [b"<html>not a warc</html>", b"PK\x03\x04zip", b"\0" * 600])
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    with pytest.raises(WarcError, match=r"is no WARC or ARC file; give a .* file$"):
        list(read_captures(path))
    with pytest.raises(WarcError, match=r"cannot read .*No such file"):
        list(read_captures(tmp_path / "missing.warc.gz"))
    assert read(tmp_path / "empty.warc.gz", b"") == ([], [])


def test_a_gzip_file_of_something_else_holds_one_bad_record(tmp_path: Path) -> None:
    captures, bad = read(tmp_path / "x.warc.gz", gzip.compress(b"just text\n" * 1000))
    assert (len(captures), len(bad)) == (0, 1)


def test_a_place_where_nothing_stands(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        place = exchange(warc, 1)
    path = tmp_path / place.filename
    for offset, length in (
        (place.offset + 1, None),
        (0, None),
        (place.offset, place.length + 1),
        (-5, None),
        (10**9, None),
    ):
        with pytest.raises(WarcError) as told:
            read_capture(path, offset, length)
        assert "\n" not in str(told.value)


def test_reading_needs_no_more_memory_than_a_record(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        for number in range(40):
            place = exchange(warc, number, random.Random(number).randbytes(1_000_000))
    tracemalloc.start()
    assert sum(1 for _ in read_captures(tmp_path / place.filename)) == 40
    assert tracemalloc.get_traced_memory()[1] < 12_000_000
    tracemalloc.stop()
