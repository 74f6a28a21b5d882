"""Bytes to text: what the bytes are beats what the header says; nothing raises."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.decode import decode
from crawler.extract.repair import MANGLED

TEXT = "Hội đồng nhân dân tỉnh Bắc Kạn khóa X xem xét thông qua nghị quyết về kinh tế - xã hội, đề nghị các huyện"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "text/html",
        "text/html; charset=windows-1252",
        "text/html; charset=iso-8859-1",
        "text/html; charset=nonsense",
    ],
)
def test_valid_utf_8_beats_the_header(header: str | None) -> None:
    decoded = decode(TEXT.encode(), header)
    assert (decoded.text, decoded.encoding, decoded.repairs) == (TEXT, "utf-8", ())


@pytest.mark.parametrize(
    ("mark", "name"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_decides(mark: bytes, name: str) -> None:
    assert decode(mark + TEXT.encode(name), "text/html; charset=utf-8").text == TEXT


def test_utf_16_without_a_mark() -> None:
    assert decode(f"<html><body>{TEXT}".encode("utf-16-le"), None).text.endswith(TEXT)


def test_windows_1258_is_known_by_its_tone_marks() -> None:
    written = "Hô\u0323i nông dân ti\u0309nh, Sơ\u0309 Tư pha\u0301p, ba\u0300 con xa\u0303 vu\u0300ng cao"
    decoded = decode(written.encode("cp1258"), "text/html; charset=utf-8")
    assert decoded.encoding == "windows-1258"
    assert decoded.text == written


def test_windows_1252_where_nothing_else_holds() -> None:
    assert decode("Café crème à Genève – déjà vu".encode("cp1252"), None).text == "Café crème à Genève – déjà vu"


def test_the_page_s_own_declaration_counts_where_utf_8_does_not_hold() -> None:
    page = b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-9">' + "İstanbul'da şölen".encode(
        "iso-8859-9"
    )
    assert decode(page, None).text.endswith("İstanbul'da şölen")


def test_a_few_broken_bytes_do_not_make_another_encoding() -> None:
    broken = TEXT.encode()[:-1] + b"\xe1\xbb" + b" cu\xe1i"
    decoded = decode(broken, None)
    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith("Hội đồng nhân dân")


def mangled(text: str) -> str:
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def test_utf_8_once_read_as_windows_1252_is_turned_back() -> None:
    decoded = decode(mangled(TEXT).encode(), None)
    assert (decoded.text, decoded.repairs) == (TEXT, (MANGLED,))


def test_a_page_that_only_quotes_such_letters_is_left_alone() -> None:
    page = f"{TEXT}: máy chủ gửi {mangled('Bắc Kạn, Chợ Đồn, Ba Bể')}"
    assert decode(page.encode(), None).text == page


def test_bytes_that_are_no_text() -> None:
    assert not decode(bytes(range(256)) * 4, "text/html").readable


@given(st.binary(max_size=400), st.text(max_size=40) | st.none())
def test_nothing_raises(body: bytes, header: str | None) -> None:
    decode(body, header)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_utf_8_is_read_as_it_was_written(text: str) -> None:
    decoded = decode(("Tỉnh " + text).encode(), "text/html; charset=windows-1258")
    assert decoded.repairs or decoded.text == "Tỉnh " + text
