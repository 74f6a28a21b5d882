"""Keys of captures: one for every spelling of an address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cdx import surt, timestamp, utc_text

HOSTS = st.from_regex(r"(?:[a-z][a-z0-9-]{0,8}\.){1,3}(?:vn|org)", fullmatch=True).filter(
    lambda h: not h.startswith("www")
)
SEGMENTS = st.text(
    st.characters(codec="utf-8", exclude_characters="/?#%;&=+\\", exclude_categories=("C", "Z")), min_size=1
)
PATHS = st.lists(SEGMENTS.filter(lambda s: s not in (".", "..")), max_size=4)
QUERIES = st.lists(st.tuples(st.sampled_from(["ItemID", "a", "Page", "L"]), st.integers(0, 99)), max_size=4)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.archive.org/goo/?a=2&b&a=1", "org,archive)/goo?a=1&a=2&b"),
        ("https://backan.gov.vn", "vn,gov,backan)/"),
        ("HTTPS://BacKan.gov.vn:443//Pages/./Tin%2Dtuc/../A.aspx#x", "vn,gov,backan)/pages/a.aspx"),
        ("http://archive.org:8080/a b", "org,archive:8080)/a%20b"),
        ("http://x.vn/%E1%BA%BF?q=%25", "vn,x)/%e1%ba%bf?q=%25"),
        ("http://x.vn/ế?q=%2525", "vn,x)/%e1%ba%bf?q=%25"),
        ("http://127.0.0.1:8000/a", "127.0.0.1:8000)/a"),
        ("http://[::1]:80/a", "[::1])/a"),
        ("http://bắckạn.vn/", "vn,xn--bckn-7q5apd)/"),
        ("http://u:p@x.vn/", "vn,x)/"),
        ("http://x.vn/a.aspx?PHPSESSID=0123456789abcdef0123456789abcdef&b=1", "vn,x)/a.aspx?b=1"),
        ("http://x.vn/a/;jsessionid=0123456789abcdef0123456789abcdef", "vn,x)/a"),
        ("mailto:a@b.vn", "mailto:a@b.vn"),
    ],
)
def test_known_keys(url: str, key: str) -> None:
    assert surt(url) == key


@given(HOSTS, PATHS, QUERIES)
def test_every_spelling_has_one_key(host: str, path: list[str], query: list[tuple[str, int]]) -> None:
    terms = [f"{name}={value}" for name, value in query]
    place = "/".join(path)
    plain = surt(f"http://{host}/{place}?{'&'.join(terms)}")
    for spelling in (
        f"https://{host}/{place}?{'&'.join(terms)}",
        f"http://{host.upper()}:80/{quote(place)}?{'&'.join(reversed(terms))}",
        f"https://www.{host}/{quote(quote(place))}/?{'&'.join(terms)}#end",
    ):
        assert surt(spelling) == plain
    assert plain.isascii()
    assert " " not in plain
    assert plain.startswith(",".join(reversed(host.split("."))) + ")/")


@given(st.text())
def test_any_string_has_a_key(url: str) -> None:
    key = surt(url)
    assert key.isascii()
    assert not set(key) & set(" \t\r\n")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(-12, 14))
def test_times_are_utc(moment: datetime, hours: int) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert timestamp(there) == moment.strftime("%Y%m%d%H%M%S")
    assert utc_text(there) == moment.replace(microsecond=0).isoformat() + "Z"
