"""``extract`` is total and pure: any bytes end in exactly one outcome, the same every time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.models import Capture, outcome_name
from crawler.extract import extract
from crawler.profile import SiteProfile
from tests.crawler.captures import ANY, BAC_KAN, FETCHED, PROSE, page, paragraphs, rich

URLS = st.sampled_from(
    [
        "https://backan.gov.vn/",
        "https://backan.gov.vn/Pages/x-1a2b.aspx",
        "https://backan.gov.vn/robots.txt",
        "https://backan.gov.vn/sitemap.xml",
        "http://[::1]/a",
        "https://backan.gov.vn/a?ItemID=1&Page=2",
        "https://x.vn/a.pdf",
        "https://backan.gov.vn/Lists/A/DispForm.aspx?ID=1",
        "not an address",
        "https://backan.gov.vn/_layouts/15/inplview.aspx",
    ]
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Location", "SharePointError", "Retry-After", "Content-Encoding", "X-Any"]),
        st.sampled_from(
            [
                "text/html",
                "text/plain; charset=utf-16",
                "application/json",
                "application/rss+xml",
                "image/png",
                "\x00",
                "",
            ]
        )
        | st.text(max_size=20),
    ),
    max_size=3,
).map(tuple)
WORDS = st.sampled_from(
    [
        "<html>",
        "<body>",
        "<div id='DeltaPlaceHolderMain'>",
        "<h1>",
        "</h1>",
        "<table>",
        "<tr><td>",
        "</table>",
        "<p>",
        "</p>",
        "<ul><li>",
        "<a href='/Pages/a-1a2b.aspx'>",
        "</a>",
        "<td class='ms-formbody'>",
        "<img src='/a.jpg'>",
        "<br>",
        "Số ký hiệu: ",
        "902/QĐ-UBND",
        "14/01/2022",
        "(Cập nhật lúc: 23/10/2019 15:13:00 )",
        "Tác giả:",
        "Sign In",
        "Tin khác",
        "./.",
        "Hương Dịu",
        "&#58;",
        "&#0;",
        "\u200b",
        "<![CDATA[",
        "]]>",
        "<?xml version='1.0'?>",
        "<rss><channel><item>",
        "<urlset>",
        "1|#||4|",
        "3|updatePanel|x|abc|",
        '{"data":[',
        "\x00",
        "\ufffe",
        "PublishingPortal - Block_BanTin_ViewData",
        "<title>",
        "</title>",
        "<script>",
        "<base href='http://[x'>",
        "\n",
        "<form action='http://[y'>",
        "<input name='__VIEWSTATE'>",
        "javascript:__doPostBack('a','Page$2')",
    ]
)
BODIES = st.binary(max_size=300) | st.lists(WORDS, max_size=60).map(
    lambda words: "".join(words).encode("utf-8", "replace")
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    body=BODIES, url=URLS, headers=HEADERS, status=st.sampled_from([200, 200, 200, 204, 301, 304, 404, 500, 503, 999]),
    source=st.sampled_from(["live", "text", "wayback"]), method=st.sampled_from(["GET", "POST"]),
    profile=st.sampled_from([ANY, BAC_KAN]),
)  # fmt: skip
def test_any_bytes_end_in_one_outcome(
    body: bytes,
    url: str,
    headers: tuple[tuple[str, str], ...],
    status: int,
    source: str,
    method: str,
    profile: SiteProfile,
) -> None:
    answer = Capture(
        url=url, fetched_at=FETCHED, status=status, headers=headers, body=body, source=source, method=method  # type: ignore[arg-type]
    )  # fmt: skip
    outcome = extract(answer, profile)
    assert outcome_name(outcome)
    assert extract(answer, profile) == outcome


@given(st.data())
def test_a_broken_page_ends_in_one_outcome(data: st.DataObject) -> None:
    whole = page(
        f"<h1>Trồng rừng</h1>{rich(paragraphs(*PROSE))}<table><tr><td>1</td></tr></table>", title="Trồng rừng"
    ).encode()
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, len(whole)))
    put = data.draw(st.sampled_from([b"", b"<", b"[", b"</div>", b"\x00", b"\xff", whole[start:end] * 2]))
    answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=whole[:start] + put + whole[end:])
    assert outcome_name(extract(answer, ANY))


def test_a_main_zone_of_an_unknown_element() -> None:
    body = f'<html><body><di[ id="DeltaPlaceHolderMain"><h1>Tin</h1><div class="menu">x</div>{paragraphs(*PROSE)}'
    answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=body.encode())
    assert outcome_name(extract(answer, ANY)) == "article"


def test_a_text_inside_an_element_no_one_could_name() -> None:
    text = "<h1>Tin</h1><p>" + "</p><p>".join(PROSE)
    body = f"<html><body><d\x06v><d\x06v>{text}</d\x06v><d\x06v>x</d\x06v></d\x06v></body></html>"
    answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=body.encode())
    assert outcome_name(extract(answer, ANY)) == "article"


@pytest.mark.parametrize("depth", [200, 1500, 4000])
def test_deep_nesting_is_read_or_refused_but_never_fatal(depth: int) -> None:
    for opening, closing in (("<div>", "</div>"), ("<span>", "</span>"), ("<table><tr><td>", "</td></tr></table>")):
        body = f"<html><body><h1>Sâu</h1>{opening * depth}{paragraphs(*PROSE)}{closing * depth}</body></html>"
        answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=body.encode())
        assert outcome_name(extract(answer, ANY)) in ("article", "no_article")


def test_a_large_page_takes_no_more_than_its_share_of_time() -> None:
    body = page(f"<h1>Rất dài</h1>{rich(paragraphs(*PROSE) * 2000)}")
    answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=body.encode())
    assert outcome_name(extract(answer, ANY)) == "article"


@pytest.mark.parametrize(
    "piece",
    [
        "in ",
        "a+ ",
        "tăng cỡ chữ | ",
        "1 2 ",
        "14/01/2022 ",
        "Tác giả: ",
        "Số: 1/",
        "( ",
        "ngày 1 tháng 1 ",
        "xem , ",
        "x - ",
        "| ",
        "tin, ",
    ],
)
def test_lines_made_to_trap_an_expression_are_read_at_once(piece: str) -> None:
    lines = [(piece * 200)[:length] + end for length in (60, 150, 300, 2000) for end in ("", "!", "x (", " 2022")]
    body = page(f"<h1>{lines[2]}</h1>{rich(paragraphs(*lines, *PROSE))}", title=lines[1])
    started = time.perf_counter()
    for source in ("live", "text"):
        answer = Capture(url="https://x.vn/a.aspx", fetched_at=FETCHED, status=200, body=body.encode(), source=source)  # type: ignore[arg-type]
        assert outcome_name(extract(answer, ANY))
    assert time.perf_counter() - started < 2


def test_neither_scrapy_nor_sqlite_comes_with_it() -> None:
    barred = ("scrapy", "twisted", "sqlite3", "warcio")
    code = f"import sys, crawler.extract; print([name for name in {barred} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
