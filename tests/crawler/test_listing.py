"""Every dialect of CDX servers gives the same rows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.listing import parse_rows

ROW = ("vn,gov,a)/x", "20190102030405", "https://a.gov.vn/x", "text/html", "200", "ABC", "123")
NAMES = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
PYWB = {"urlkey": ROW[0], "timestamp": ROW[1], "url": ROW[2], "mime": ROW[3], "status": ROW[4], "digest": ROW[5]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([NAMES, list(ROW)]),
        json.dumps(PYWB),
        f"{ROW[0]} {ROW[1]} {json.dumps({k: v for k, v in PYWB.items() if k not in ('urlkey', 'timestamp')})}",
        " ".join(ROW),
    ],
    ids=["wayback", "pywb", "cdxj", "plain"],
)
def test_dialects(text: str) -> None:
    page = parse_rows(text)
    (row,) = page.rows
    assert (row.urlkey, row.timestamp, row.original, row.mimetype, row.statuscode, row.digest) == (*ROW[:4], 200, "ABC")
    assert page.resume is None
    assert page.bad == 0


def test_resume_keys() -> None:
    assert parse_rows(json.dumps([NAMES, list(ROW), [], ["vn%2Cgov+x"]])).resume == "vn%2Cgov+x"
    assert parse_rows(" ".join(ROW) + "\n\nvn%2Cgov%2Cb").resume == "vn%2Cgov%2Cb"


def test_nothing_is_nothing() -> None:
    for text in ("", "[]", "\n"):
        page = parse_rows(text)
        assert (page.rows, page.resume, page.bad) == ((), None, 0)


def test_rows_that_cannot_be_read_are_counted() -> None:
    bad = [list(ROW)[:3], ["k", "2019", "https://a.vn/", "-", "-", "-", "-"], ["k", ROW[1], "ftp://a.vn/", *ROW[3:]]]
    page = parse_rows(json.dumps([NAMES, list(ROW), *bad]))
    assert (len(page.rows), page.bad) == (1, 3)
    assert parse_rows("<html>busy</html>").bad == 1
    assert parse_rows("[broken").bad == 1


def test_a_revisit_names_no_status() -> None:
    (row,) = parse_rows(json.dumps([NAMES, [*ROW[:3], "warc/revisit", "-", *ROW[5:]]])).rows
    assert row.statuscode is None


@given(st.text())
def test_no_answer_raises(text: str) -> None:
    parse_rows(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_raises(value: object) -> None:
    parse_rows(json.dumps(value))
    parse_rows(json.dumps([NAMES, value]))
