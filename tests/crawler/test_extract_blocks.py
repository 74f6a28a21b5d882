"""From markup to lines: paragraphs, breaks, lists, tables, captions; and the safe HTML beside them."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Article
from crawler.extract.body import SAFE, sanitize
from tests.crawler.captures import PROSE, article_of, page, paragraphs, rich

TITLE = "Kết quả chăm sóc rừng trồng năm nay"


def read(html: str) -> Article:
    return article_of(
        page(f"<h1>{TITLE}</h1>{rich(paragraphs(PROSE[0]) + html + paragraphs(*PROSE[1:]))}", title=TITLE)
    )


def lines(html: str) -> list[str]:
    """Lines of a body between two paragraphs of prose."""
    found = read(html).body_text.split("\n")
    assert found[0] == PROSE[0]
    assert found[-2:] == list(PROSE[1:])
    return found[1:-2]


def test_breaks_part_lines_and_inline_elements_do_not() -> None:
    assert lines("<div>Một <b>hai</b><br><br/>ba <i>bốn</i></div>") == ["Một hai", "ba bốn"]


def test_list_items_and_headings_are_lines() -> None:
    assert lines("<h3>Việc cần làm</h3><ul><li>Trồng dặm</li><li>Phát dọn<ul><li>Hai lần</li></ul></li></ul>") == [
        "Việc cần làm", "Trồng dặm", "Phát dọn", "Hai lần",
    ]  # fmt: skip


def test_a_row_of_a_data_table_is_a_line() -> None:
    table = (
        "<table><thead><tr><th>STT</th><th>Số ký hiệu</th><th>Trích yếu</th></tr></thead><tbody>"
        "<tr><td>1</td><td>&#160;</td><td><p>Về việc</p><p>trồng rừng</p></td></tr>"
        '<tr><td colspan="2">Cộng</td><td>12,5 ha</td></tr></tbody></table>'
    )
    article = read(table)
    assert lines(table) == ["STT | Số ký hiệu | Trích yếu", "1 | Về việc trồng rừng", "Cộng | 12,5 ha"]
    assert "<thead><tr><th>STT</th>" in article.body_html
    assert '<td colspan="2">Cộng</td>' in article.body_html


def test_a_layout_table_is_read_as_blocks() -> None:
    head = (
        "<table width='100%'><tr><td><p>ỦY BAN NHÂN DÂN<br>TỈNH BẮC KẠN<br>-------</p></td>"
        "<td><p>Độc lập - Tự do - Hạnh phúc</p></td></tr></table>"
    )
    assert lines(head) == ["ỦY BAN NHÂN DÂN", "TỈNH BẮC KẠN", "-------", "Độc lập - Tự do - Hạnh phúc"]


def test_hidden_things_are_no_lines() -> None:
    hidden = (
        '<div style="display: none">a1</div><div class="ms-hide">a2</div><p hidden>a3</p><noscript>a4</noscript>'
        '<span class="sr-only">a5</span><div style="position:absolute;left:-10000px">a6</div>'
        "<!-- a7 --><script>a8</script>"
    )
    assert lines(hidden + "<p>Thấy được</p>") == ["Thấy được"]


IMAGE = '<img src="/PictureLibrary/ab/image001.jpg" alt="image001">'


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{IMAGE}</p><p><em>Lãnh đạo huyện kiểm tra thực tế</em></p>",
        f"<p>{IMAGE}<br>Lãnh đạo huyện kiểm tra thực tế</p>",
        f"<p>{IMAGE} Lãnh đạo huyện kiểm tra thực tế</p>",
        f"<figure>{IMAGE}<figcaption>Lãnh đạo huyện kiểm tra thực tế</figcaption></figure>",
        f"<table><tr><td>{IMAGE}</td></tr><tr><td>Lãnh đạo huyện kiểm tra thực tế</td></tr></table>",
        f"<table><tr><td>{IMAGE}<p>Lãnh đạo huyện kiểm tra thực tế</p></td></tr></table>",
    ],
)
def test_captions(html: str) -> None:
    article = read(html)
    assert [(i.caption, i.alt) for i in article.images] == [("Lãnh đạo huyện kiểm tra thực tế", "image001")]
    assert article.body_text.split("\n") == list(PROSE)
    assert "<figcaption>Lãnh đạo huyện kiểm tra thực tế</figcaption>" in article.body_html


@pytest.mark.parametrize(
    "after", [f"<p>{PROSE[1]}</p>", "<h3>Việc còn ở phía trước</h3>", "<p>1. Về giống cây trồng</p>"]
)
def test_what_follows_a_picture_is_not_always_its_caption(after: str) -> None:
    article = read(f"<p>{IMAGE}</p>{after}")
    assert article.images[0].caption is None


def test_dress_is_no_picture_of_the_article() -> None:
    icons = '<img src="/_layouts/15/images/icpdf.png"><img src="/a/dot.gif" width="1" height="1">'
    icons += '<img src="data:image/gif;base64,R0">'
    assert read(f"<p>{icons}Bảng kê chi tiết.</p>").images == ()


def test_html_holds_safe_elements_and_addresses_only() -> None:
    article = read(
        '<p onclick="x()" style="color:red">Xem <a href="javascript:alert(1)" onmouseover="y()">đây</a>, '
        '<a href="/Pages/a.aspx?x=1&amp;y=%22" class="c">kia</a> &lt;b&gt; <b><i>đậm</i></b>'
        '<iframe src="/x"></iframe></p>'
    )
    assert (
        '<p>Xem đây, <a href="https://backan.gov.vn/Pages/a.aspx?x=1&amp;y=%22">kia</a> &lt;b&gt; ' in article.body_html
    )
    assert "<strong><em>đậm</em></strong>" in article.body_html
    assert not re.search(r"onclick|javascript|style|iframe|class=", article.body_html)


PIECES = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<a href='javascript:x'>",
            '<a href="http://a.vn/\'" onclick=1>',
            "</a>",
            "<br>",
            "<table>",
            "<tr>",
            "<td colspan='99999999999'>",
            "</td>",
            "</table>",
            "<script>",
            "</script>",
            "<img src=x onerror=1>",
            "<svg>",
            "&lt;",
            "<li>",
            "<ul>",
            "chữ",
            " ",
            "<!--",
            "-->",
            "<h2>",
            "</h2>",
            "<blockquote>",
            "<o:p>",
        ]
    ),
    max_size=40,
).map("".join)
TAG = re.compile(r"<(/?)([a-z0-9:]+)([^>]*)>")


def words(html_or_text: str) -> list[str]:
    """Words in order, tags and the joints of table cells left out."""
    return html.unescape(TAG.sub(" ", html_or_text)).replace(" | ", " ").split()


def test_text_and_html_say_the_same() -> None:
    article = read(
        "<h3>Việc &lt;cần&gt; làm &amp; đã làm</h3><ol><li>Trồng <b>dặm</b></li><li>Phát dọn</li></ol>"
        "<blockquote>Trích</blockquote><table><tr><th>A</th><th>B</th></tr><tr><td>1<br>2</td><td>3</td></tr></table>"
    )
    assert words(article.body_html) == article.body_text.replace(" | ", " ").split()
    assert (
        "<ol><li>Trồng <strong>dặm</strong></li><li>Phát dọn</li></ol><blockquote><p>Trích</p></blockquote>"
        in article.body_html
    )


@given(PIECES)
def test_whatever_the_markup_the_html_kept_is_safe(markup: str) -> None:
    kept = read(markup).body_html
    for _, name, attributes in TAG.findall(kept):
        assert name in SAFE
        for attribute in re.findall(r"([a-z]+)=", re.sub(r'"[^"]*"', "", attributes)):
            assert attribute in SAFE[name]
    assert "javascript:" not in kept


@given(PIECES)
def test_cleaning_leaves_nothing_unsafe_and_clean_html_alone(markup: str) -> None:
    once = sanitize(markup)
    assert all(name in SAFE for _, name, _ in TAG.findall(once))
    assert "javascript:" not in once
    assert "onclick" not in once
    assert "onerror" not in once
    assert sanitize(once) == once


def test_lists_inside_lists_stay_inside() -> None:
    article = read(
        "<ul><li>Trồng dặm</li><li><p>Phát dọn</p><ol><li>Lần một</li><li>Lần hai<ul><li>Tháng chín</li></ul></li></ol>"
        "</li></ul><ul><li>Bón phân</li></ul>"
    )
    assert (
        "<ul><li>Trồng dặm</li><li>Phát dọn<ol><li>Lần một</li><li>Lần hai<ul><li>Tháng chín</li></ul></li></ol></li>"
        "</ul><ul><li>Bón phân</li></ul>"
    ) in article.body_html
    assert article.body_text.split("\n")[1:-2] == [
        "Trồng dặm", "Phát dọn", "Lần một", "Lần hai", "Tháng chín", "Bón phân",
    ]  # fmt: skip


def test_an_item_of_several_paragraphs_is_one_item() -> None:
    article = read(
        "<ol><li><p>Một</p><p>hai</p></li><li>Ba<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table></li></ol>"
    )
    assert "<ol><li><p>Một</p><p>hai</p></li><li>Ba<table><thead><tr><th>A</th>" in article.body_html


def test_items_without_a_list_make_one() -> None:
    assert "<ul><li>Một</li><li>Hai</li></ul>" in read("<div><li>Một</li><li>Hai</li></div>").body_html


def test_lists_deeper_than_anyone_writes_are_read_all_the_same() -> None:
    article = read("<ul><li>" * 80 + "Đáy" + "</li></ul>" * 80)
    assert "Đáy" in article.body_text
    assert article.body_html.count("<ul>") <= 12


def test_a_table_s_caption_and_a_head_of_two_rows() -> None:
    article = read(
        "<table><caption>Diện tích rừng trồng</caption><tr><th rowspan='2'>Xã</th><th colspan='2'>Năm</th></tr>"
        "<tr><th>2020</th><th>2021</th></tr><tr><td>Nà Khương</td><td>3 ha</td><td>5 ha</td></tr></table>"
    )
    assert article.body_text.split("\n")[1:-2] == [
        "Diện tích rừng trồng", "Xã | Năm", "2020 | 2021", "Nà Khương | 3 ha | 5 ha",
    ]  # fmt: skip
    assert (
        '<p>Diện tích rừng trồng</p><table><thead><tr><th rowspan="2">Xã</th><th colspan="2">Năm</th></tr><tr>'
        in article.body_html
    )
