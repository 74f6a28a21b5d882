"""Every address a page leads to, once, canonical, with what is likely to be behind it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from archive.models import Link
from crawler.extract.dom import parse
from crawler.extract.links import declared_canonical, page_links
from crawler.sharepoint import address_kind, canonical_url
from tests.crawler.profiles import ANYWHERE, BAC_KAN

URL = "https://backan.gov.vn/Pages/tin-12/default.aspx"
HOST = "https://backan.gov.vn"


def links(content: str, url: str = URL) -> list[Link]:
    return list(page_links(html.document_fromstring(f"<html><body>{content}</body></html>"), url, BAC_KAN))


def urls(content: str, url: str = URL) -> list[str]:
    return [link.url for link in links(content, url)]


def test_addresses_are_absolute_canonical_and_once() -> None:
    found = links(
        """<a href="/Pages/Tin-4565.aspx"><img src="/PublishingImages/a.jpg" alt="Ảnh"></a>
        <a href="/pages/tin-4565.aspx?IsDlg=1">  Ngày
        hội </a> <a href="https&#58;//backan.gov.vn/Pages/tin-4565.aspx">x</a>
        <a href="https%3a//backan.gov.vn/Pages/khac-aab4.aspx">Khác</a> <a href="?Page=2">2</a>
        <a href="../van-ban-380/">Văn bản</a>"""
    )
    assert [(link.url, link.text, link.kind) for link in found] == [
        (f"{HOST}/pages/tin-4565.aspx", "Ảnh", "page"),
        (f"{HOST}/publishingimages/a.jpg", "Ảnh", "image"),
        (f"{HOST}/pages/khac-aab4.aspx", "Khác", "page"),
        (f"{HOST}/pages/tin-12/default.aspx?page=2", "2", "pager"),
        (f"{HOST}/pages/van-ban-380/default.aspx", "Văn bản", "list"),
    ]


def test_a_later_text_is_taken_where_the_first_link_had_none() -> None:
    (found,) = links('<a href="/x.aspx"><span></span></a><a href="/x.aspx">Tiêu đề</a><a href="/x.aspx">Xem tiếp</a>')
    assert found.text == "Tiêu đề"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:void(0)", "javascript:;", "javascript:window.print();", "#", "#nd", "", " ", "mailto:a@b.vn",
        "tel:02093870", "data:image/png;base64,AAAA", "file:///C:/x.doc", "ftp://backan.gov.vn/x", "about:blank",
        "http://", "https://[::1", "http://a.vn:99999/", "javascript:__doPostBack('x','')",
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_no_link(href: str) -> None:
    assert urls(f'<a href="{href}">x</a>') == []


@pytest.mark.parametrize(
    "element",
    [
        "<a href=\"javascript:window.open('/Pages/x.aspx','in','width=600')\">In</a>",
        "<a href=\"javascript:document.location='/Pages/x.aspx'\">x</a>",
        '<a href="javascript:void(0)" onclick="window.location.href = \'/Pages/x.aspx\'; return false;">x</a>',
        "<a href='#' onclick='location.replace(\"/Pages/x.aspx\")'>x</a>",
        "<td onclick=\"document.location='/Pages/x.aspx'\">x</td>",
        "<a href=\"javascript:STSNavigate2(event,'/Pages/x.aspx')\">x</a>",
        "<a href=\"javascript:OpenPopUpPage('\\u002fPages\\u002fx.aspx')\">x</a>",
        '<select onchange="window.open(this.value)"><option value="">-<option value="/Pages/x.aspx">X</select>',
        '<iframe src="/Pages/x.aspx"></iframe>',
        '<map><area href="/Pages/x.aspx"></map>',
        '<link rel="canonical" href="/Pages/x.aspx">',
        '<meta http-equiv="refresh" content="0; URL=/Pages/x.aspx">',
        "<meta http-equiv='Refresh' content=\"5;url='/Pages/x.aspx'\">",
    ],
)
def test_addresses_that_scripts_and_other_elements_open(element: str) -> None:
    assert urls(element) == [f"{HOST}/pages/x.aspx"]


@pytest.mark.parametrize(
    "element",
    [
        "<a href=\"javascript:window.open('/share?u='+location.href)\">x</a>",
        "<a href=\"javascript:window.open('')\">x</a>",
        '<select><option value="/Pages/x.aspx">X</select>',
        '<link rel="stylesheet" href="/x.css"><link type="text/xml" rel="alternate" href="/_vti_bin/spsdisco.aspx">',
        '<script src="/x.js"></script><meta name="x" content="0; URL=/x.aspx">',
        '<img src="/_layouts/15/images/spcommon.png">',
    ],
)
def test_what_a_script_builds_or_a_page_only_loads_is_no_link(element: str) -> None:
    assert urls(element) == []


def test_a_list_view_tells_its_next_page_by_script() -> None:
    paged = "/Lists/VB/AllItems.aspx?Paged=TRUE\\u0026p_ID=30\\u0026PageFirstRow=31"
    by_click = (
        f"""<a onclick='javascript:RefreshPageTo(event, "{paged}");javascript:return false;' href="javascript:">></a>"""
    )
    by_data = f'<script>var WPQ2ListData = {{ "Row" : [], "NextHref" : "{paged[paged.index("?") :]}" }};</script>'
    expected = f"{HOST}/lists/vb/allitems.aspx?p_ID=30&paged=TRUE&pagefirstrow=31"
    for content in (by_click, by_data):
        (found,) = links(content, f"{HOST}/Lists/VB/AllItems.aspx")
        assert (found.url, found.kind) == (expected, "pager")


def test_a_feed_is_known_by_its_type() -> None:
    (found,) = links('<link rel="alternate" type="application/rss+xml" href="/Pages/tin.aspx">')
    assert (found.url, found.kind) == (f"{HOST}/pages/tin.aspx", "feed")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/Pages/tin-4565.aspx", "page"),
        ("/Pages/tin-12/default.aspx", "list"),
        ("/", "list"),
        ("/Lists/VB/AllItems.aspx", "list"),
        ("/Pages/sitemap.aspx", "list"),
        ("/sitemap.xml", "sitemap"),
        ("/sitemap-2.xml.gz", "sitemap"),
        ("/_layouts/listfeed.aspx?List=9f35456b-5be0-4aa9-8c3d-0123456789ab", "feed"),
        ("/_layouts/15/feed.aspx?xsl=1&page=9f35456b-5be0-4aa9-8c3d-0123456789ab", "feed"),
        ("/noidung/rss/Lists/RssChannel/View_Detail.aspx?ItemID=27", "feed"),
        ("/rss/", "feed"),
        ("/van-ban/vanban/Pages/default.aspx?Page=3", "pager"),
        ("/tintuc/Pages/tin-tong-hop.aspx?date=&EventID=0&page=2", "pager"),
        ("/Pages/chuyenmuc.aspx?ChuyenMucID=32&page=1", "pager"),
        ("/Lists/VB/AllItems.aspx?Paged=TRUE&p_ID=74", "pager"),
        ("/mic_2020/Pages/ChuyenMuc/PhanTrang/1748/3/Vien-thong.html", "pager"),
        ("/tin/page/3/", "pager"),
        ("/Pages/x.aspx?ItemID=4&page=2", "page"),
        ("/Pages/vanban.aspx?NamBanHanh=2019", "page"),
        ("/index.php?com=tintuc_ct&id_news=1125", "page"),
        ("/Documents/Quyet-dinh.PDF", "file"),
        ("/Lists/VanBan/Attachments/3331/122_2024.signed.signed.pdf", "file"),
        ("/FileData/TW/Lists/vbpq/Attachments/1/VanBanGoc.doc", "file"),
        ("/Documents/bieu-mau.xyz", "file"),
        ("/Handlers/DownloadFile.ashx?id=4", "file"),
        ("/_layouts/15/download.aspx?SourceUrl=%2FDocuments%2Fa.docx", "file"),
        ("/PictureLibrary/9f35456be5aa0969/image003.jpg", "image"),
        ("/Documents/huong-dan.aspx", "page"),
        ("/download-van-ban", "page"),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    assert address_kind(canonical_url(HOST + path, ANYWHERE)) == kind


def test_links_of_the_content_are_marked() -> None:
    tree = html.document_fromstring(
        '<nav><a href="/a.aspx">A</a></nav><div><a href="/a.aspx">A</a><a href="/b.aspx">B</a></div>'
    )
    content = tree.find(".//div")
    assert [(link.url[-6:], link.in_content) for link in page_links(tree, URL, BAC_KAN, content)] == [
        ("a.aspx", True),
        ("b.aspx", True),
    ]
    assert not any(link.in_content for link in page_links(tree, URL, BAC_KAN))


def test_the_base_of_the_page_counts() -> None:
    base = '<base href="/cu/"><a href="x.aspx">x</a>'
    assert page_links(html.document_fromstring(base), URL, BAC_KAN)[0].url == f"{HOST}/cu/x.aspx"


@pytest.mark.parametrize(
    ("href", "url", "expected"),
    [
        ("/Pages/Tin-4565.aspx?Source=x", URL, f"{HOST}/pages/tin-4565.aspx"),
        ("http://www.backan.gov.vn/Pages/tin-4565.aspx", URL, f"{HOST}/pages/tin-4565.aspx"),
        ("http://spfarm01:8080/Pages/tin-4565.aspx", URL, None),
        ("https://backan.gov.vn/", URL, None),
        ("https://backan.gov.vn/Pages/default.aspx", f"{HOST}/", f"{HOST}/"),
        ("", URL, None),
        ("javascript:void(0)", URL, None),
    ],
)
def test_a_declared_address_is_believed_within_reason(href: str, url: str, expected: str | None) -> None:
    tree = html.document_fromstring(f'<head><link rel="canonical" href="{href}"></head><body>x</body>')
    assert declared_canonical(tree, url, BAC_KAN) == expected


def test_a_page_that_declares_nothing() -> None:
    assert declared_canonical(html.document_fromstring("<p>x"), URL, BAC_KAN) is None


def test_a_hostile_page_is_read() -> None:
    content = (
        f"<a href='{'x' * 100_000}'>a</a><a href='/{'../' * 2000}x'>b</a><a href='http://\u0130{'é' * 400}/'>c</a>"
    )
    assert len(urls(content)) == 2


@given(st.text(), st.text())
def test_any_reference_is_read_without_an_error(href: str, url: str) -> None:
    for base in (url, URL):
        for element in ("a", "img", "link", "iframe"):
            tree = html.Element("html")
            child = html.Element(element)
            kept = "".join(sign for sign in href if sign.isprintable())
            child.set("src" if element in ("img", "iframe") else "href", kept)
            child.set("rel", "next")
            child.set("onclick", f"window.open('{kept}')" if "\x00" not in kept else "")
            tree.append(child)
            for link in page_links(tree, base, BAC_KAN):
                assert link.url.startswith(("http://", "https://"))
                assert canonical_url(link.url, BAC_KAN) == link.url


def test_a_navigation_seen_before_costs_next_to_nothing() -> None:
    menu = "".join(f'<li><a href="/Pages/muc-{n}/default.aspx">Mục {n}</a></li>' for n in range(300))
    tree = parse(f"<html><body><ul>{menu}</ul></body></html>")
    assert tree is not None
    page_links(tree, URL, BAC_KAN)
    start = time.perf_counter()
    for _ in range(20):
        assert len(page_links(tree, URL, BAC_KAN)) == 300
    assert (time.perf_counter() - start) / 20 < 0.02
