"""The doors of WARC files and texts: what they take in can be found again, what they cannot take is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import ArchiveError, WarcError
from archive.models import Capture
from archive.warc import BadRecord, Saved, adopt, pack, read_capture, read_captures
from crawler.sources.text import read_text, write_text
from crawler.sources.warc import warc_captures
from tests.archive.samples import HOST, START, at, exchange, writer


def test_a_foreign_file_is_taken_in_and_its_records_are_found_again(tmp_path: Path) -> None:
    with writer(tmp_path / "foreign") as warc:
        for number in range(3):
            exchange(warc, number)
    (path,) = (tmp_path / "foreign").iterdir()
    damaged = path.read_bytes() + b"\x1f\x8b\x08 torn"
    path.write_bytes(damaged)
    folder = tmp_path / "warc"
    found = list(warc_captures(path, folder))
    captures = [c for c in found if isinstance(c, Capture)]
    assert [c.url for c in captures] == [f"{HOST}/pages/{n}.aspx" for n in range(3)]
    assert [b.reason for b in found if isinstance(b, BadRecord)] == ["its gzip data is damaged"]
    for capture in captures:
        assert capture.filename == f"imported/{path.name}"
        assert capture.offset is not None
        assert read_capture(folder / capture.filename, capture.offset, capture.length, name=capture.filename) == capture
    assert list(warc_captures(path, folder)) == found
    assert [p.name for p in (folder / "imported").iterdir()] == [path.name]
    assert list(warc_captures(folder / "imported" / path.name, folder)) == found, "a file that is there already"


def test_two_files_of_one_name_stay_two_files(tmp_path: Path) -> None:
    names = []
    for part in ("a", "b"):
        with writer(tmp_path / part) as warc:
            exchange(warc, 1, part.encode())
        (path,) = (tmp_path / part).iterdir()
        names += [adopt(path, tmp_path / "warc"), adopt(path, tmp_path / "warc")]
    assert names[0] == names[1] != names[2] == names[3]
    bodies = {c.body for n in names for c in read_captures(tmp_path / "warc" / n) if isinstance(c, Capture)}
    assert bodies == {b"a", b"b"}
    (tmp_path / "warc" / names[2]).write_bytes(b"x")
    with pytest.raises(WarcError, match="was changed since it was imported"):
        adopt(path, tmp_path / "warc")


def test_a_file_of_another_kind_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(b"<html>")
    with pytest.raises(WarcError, match="is no WARC or ARC file"):
        list(warc_captures(tmp_path / "x.warc.gz", tmp_path / "warc"))
    assert not (tmp_path / "warc").exists()


def test_saved_pages_become_captures(tmp_path: Path) -> None:
    page, paper = tmp_path / "trang chủ.aspx", tmp_path / "902.pdf"
    page.write_bytes("<p>Bắc Kạn</p>".encode())
    paper.write_bytes(b"%PDF-1.4 \x00\xff")
    places = pack(
        [Saved(path=page, url=f"{HOST}/trang chủ.aspx", saved_at=at(3)), Saved(path=paper, url=f"{HOST}/902.pdf")],
        tmp_path / "packed",
        software="portal-archive/0",
        now=START,
    )
    found = list(read_captures(tmp_path / "packed" / places[0].filename, verify=True))
    (html, pdf) = (c for c in found if isinstance(c, Capture))
    assert (html.url, html.body, html.mimetype) == (f"{HOST}/trang%20ch%E1%BB%A7.aspx", page.read_bytes(), "text/html")
    assert (html.fetched_at, pdf.fetched_at) == (at(3), START)
    assert (pdf.body, pdf.mimetype, pdf.status) == (paper.read_bytes(), "application/pdf", 200)
    assert [c.offset for c in (html, pdf)] == [p.offset for p in places]


def test_what_cannot_be_packed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    for page, told in (
        (Saved(path=tmp_path / "missing", url=HOST), "cannot read .*missing: No such file"),
        (Saved(path=tmp_path / "a", url="a.aspx"), "is no web address"),
    ):
        with pytest.raises(WarcError, match=told):
            pack([page], tmp_path / "packed", software="x", now=START)


def test_a_text_becomes_a_capture_that_stands_in_a_record(tmp_path: Path) -> None:
    text = tmp_path / "page.txt"
    text.write_bytes("Trang chủ\r\nBắc Kạn: nông thôn mới\n".encode())
    with writer(tmp_path / "warc") as warc:
        capture, second = (
            write_text(read_text(text, url), url, at(1), warc) for url in (f"{HOST}/a.aspx", f"{HOST}/b.aspx")
        )
    assert (capture.url, capture.source, capture.mimetype, capture.status) == (
        *(f"{HOST}/a.aspx", "text", "text/plain"),
        200,
    )
    assert capture.body == text.read_bytes()
    assert capture.fetched_at == at(1)
    assert list(read_captures(tmp_path / "warc" / str(capture.filename), verify=True)) == [capture, second]


@pytest.mark.parametrize(
    ("content", "url", "told"),
    [
        (None, HOST, "cannot read .*: No such file"),
        (b"", HOST, "is empty; give the text of a page"),
        (b" \n\t", HOST, "is empty"),
        (b"B\xe1\xba", HOST, "is no UTF-8 text"),
        (b"x" * (20 * 1024 * 1024 + 1), HOST, "is larger than"),
        (b"x", "a.aspx", "is no web address"),
    ],
)
def test_a_text_that_cannot_be_taken_in_is_told_in_one_line(
    tmp_path: Path, content: bytes | None, url: str, told: str
) -> None:
    path = tmp_path / "page.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArchiveError, match=told) as error:
        read_text(path, url)
    assert "\n" not in str(error.value)
