"""Addresses that are one page have one canonical form, and addresses that are two have two."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.sharepoint import canonical_url, frontier_key, in_scope, joined, spelled_url
from tests.crawler.profiles import ANYWHERE, BAC_KAN, identified

GUID = "9f35456b-5be0-4aa9-8c3d-0123456789ab"
A1 = "https://backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx"

BAC_KAN_SPELLINGS = {
    A1: [
        "https://backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "https://backan.gov.vn/Pages/Bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "http://backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "HTTPS://WWW.BacKan.gov.vn:443/PAGES/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.ASPX",
        "http://backan.gov.vn:80/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx#top",
        "https://backan.gov.vn./pages/./x/../bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "https://backan.gov.vn//pages//bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx?",
        "https&#58;//backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "https%3a//backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "https:\\\\backan.gov.vn\\pages\\bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx",
        "\u200b https://u:secret@backan.gov.vn/pages/bach%2Dthong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx\n",
        *(
            "https://backan.gov.vn/pages/bach-thong-ron-rang-ngay-hoi-dai-doan-ket-toan-dan-toc-4565.aspx?" + noise
            for noise in (
                "IsDlg=1",
                "isdlg=1&Source=https%3A%2F%2Fbackan%2Egov%2Evn%2F",
                "Mobile=0",
                "web=1",
                "fbclid=IwAR0&utm_source=zalo&utm_campaign=x",
                "date=",
                "Keyword=",
                "RootFolder=",
                "PrintView=1",
                "InitialTabId=Ribbon%2ERead&VisibilityContext=WSSTabPersistence",
                "PageVersion=512&ContentTypeId=0x0101",
            )
        ),
    ],
    "https://backan.gov.vn/pages/so-van-hoa-the-thao-va-du-lich-huong-dan-cac-don-v-a05b.aspx": [
        "https://backan.gov.vn/Pages/so-van-hoa-the-thao-va-du-lich-huong-dan-cac-don-v-a05b.aspx",
    ],
    "https://backan.gov.vn/pages/huong-dan-tuyen-truyen-ky-niem-cac-ngay-le-lon-va--fbf8.aspx": [
        "http://www.backan.gov.vn/Pages/huong-dan-tuyen-truyen-ky-niem-cac-ngay-le-lon-va--fbf8.aspx",
    ],
    "https://sotuphap.backan.gov.vn/pages/pho-bien-475/tinh-bac-kan-105108-don-vi-cap2-5514970ec51afd87.aspx": [
        "https://sotuphap.backan.gov.vn/Pages/pho-bien-475/tinh-bac-kan-105108-don-vi-cap2-5514970ec51afd87.aspx",
    ],
    "https://hanhchinhcong.backan.gov.vn/portaldvc/pages/2021-9-6/ubnd-tinh-bac-kan-ban-hanh-cpha10sxqgkkg.aspx": [
        "https://hanhchinhcong.backan.gov.vn/portaldvc/Pages/2021-9-6/UBND-tinh-Bac-Kan-ban-hanh-cpha10sxqgkkg.aspx",
    ],
    "https://backan.gov.vn/picturelibrary/9f35456be5aa0969/image003.jpg": [
        "https://backan.gov.vn/PictureLibrary/9f35456be5aa0969/image003.jpg?RenditionID=5",
    ],
    "https://backan.gov.vn/": [
        "http://www.backan.gov.vn",
        "https://backan.gov.vn/Pages/default.aspx",
        "https://backan.gov.vn/pages/Default.aspx?Mobile=0",
        "https://backan.gov.vn/default.aspx",
        "https://backan.gov.vn/Pages/",
    ],
    "https://sonnptnt.backan.gov.vn/pages/tin-chuyen-nganh-214/chan-nuoi-thu-y-262/default.aspx": [
        "https://sonnptnt.backan.gov.vn/Pages/tin-chuyen-nganh-214/chan-nuoi-thu-y-262/default.aspx",
        "https://sonnptnt.backan.gov.vn/Pages/tin-chuyen-nganh-214/chan-nuoi-thu-y-262/",
    ],
    "https://nganson.backan.gov.vn/index.php?com=tintuc_ct&id_news=1125": [
        "https://nganson.backan.gov.vn/index.php?com=tintuc_ct&id_news=1125",
        "http://nganson.backan.gov.vn/index.php?id_news=1125&com=tintuc_ct",
        "https://nganson.backan.gov.vn/index.php?com=tintuc_ct&amp;id_news=1125&fbclid=x",
    ],
    "https://sotuphap.backan.gov.vn/huong-dan-cua-so/huong-dan-thuc-hien-101371": [
        "https://sotuphap.backan.gov.vn/huong-dan-cua-so/huong-dan-thuc-hien-101371",
    ],
}

OTHER_PORTALS = {
    "https://moj.gov.vn/qt/tintuc/pages/hoat-dong-cua-tu-phap-dia-phuong.aspx?itemid=2232": [
        "https://moj.gov.vn/qt/tintuc/Pages/hoat-dong-cua-tu-phap-dia-phuong.aspx?ItemID=2232",
        "https://moj.gov.vn:443/qt/tintuc/pages/hoat-dong-cua-tu-phap-dia-phuong.aspx?itemid=2232&Keyword=luat",
    ],
    "https://moj.gov.vn/vbpq/lists/vn%20bn%20php%20lut/view_detail.aspx?itemid=5": [
        "https://moj.gov.vn/vbpq/Lists/Vn%20bn%20php%20lut/View_Detail.aspx?ItemID=5",
        "https://moj.gov.vn/vbpq/Lists/Vn bn php lut/View_Detail.aspx?ITEMID=5",
    ],
    "https://pbgdpl.gov.vn/pages/tin-tuc-hd-pbpl.aspx?itemid=5157&l=HoatdongPBGDPLotrun": [
        "https://pbgdpl.gov.vn:443/Pages/tin-tuc-hd-pbpl.aspx?ItemID=5157&l=HoatdongPBGDPLotrun",
        "https://pbgdpl.gov.vn/Pages/tin-tuc-hd-pbpl.aspx?l=HoatdongPBGDPLotrun&ItemID=5157",
    ],
    "https://thads.moj.gov.vn/tphochiminh/noidung/thongbao/lists/thongbao/view_detail.aspx?itemid=531": [
        "https://thads.moj.gov.vn/tphochiminh/noidung/thongbao/lists/thongbao/view_detail.aspx?itemid=531",
    ],
    "https://vbpl.vn/tw/pages/vbpq-toanvan.aspx?dvid=13&itemid=9": [
        "https://vbpl.vn/TW/Pages/vbpq-toanvan.aspx?ItemID=9&Keyword=&dvid=13",
    ],
    "https://ubmttq.yenbai.gov.vn/noidung/tintuc/pages/chi-tiet-tin-tuc.aspx?l=Tinhoatdong%20&lv=25&page=5": [
        "https://ubmttq.yenbai.gov.vn/noidung/tintuc/Pages/chi-tiet-tin-tuc.aspx?l=Tinhoatdong+&lv=25&page=5",
        "https://ubmttq.yenbai.gov.vn/noidung/tintuc/Pages/chi-tiet-tin-tuc.aspx?lv=25&Page=5&l=Tinhoatdong%20",
    ],
    "https://www.quangninh.gov.vn/trang/chitiettintuc.aspx?nid=113139": [
        "https://www.quangninh.gov.vn/Trang/ChiTietTinTuc.aspx?nid=113139",
    ],
    "https://lanhsu.gov.vn/lists/baiviet/b%C3%A0i%20vi%E1%BA%BFt/dispform.aspx?id=306&list=" + GUID: [
        "https://lanhsu.gov.vn/Lists/BaiViet/B%C3%A0i%20vi%E1%BA%BFt/DispForm.aspx?List=" + GUID + "&ID=306",
        "https://lanhsu.gov.vn/Lists/BaiViet/Bài viết/DispForm.aspx?ID=306&List={" + GUID.upper() + "}",
        "https://lanhsu.gov.vn/Lists/BaiViet/B%c3%a0i%20vi%e1%ba%bft/DispForm.aspx?ID=306&List="
        + GUID.replace("-", "%2D"),
    ],
    "https://a.vn/_layouts/15/listfeed.aspx?list=" + GUID: [
        "https://a.vn/_layouts/15/listfeed.aspx?List=" + GUID,
        "https://a.vn/_layouts/15/listfeed.aspx?List={" + GUID.upper() + "}",
        "https://a.vn/_layouts/15/listfeed.aspx?List=%7B" + GUID + "%7D&Source=%2FPages",
        "https://a.vn/_layouts/15/ListFeed.aspx?list=%7b" + GUID.replace("-", "%2D") + "%7d",
    ],
    "https://a.vn/_layouts/15/feed.aspx?page=" + GUID + "&pageurl=%2Fpr%2Frss.aspx&web=%2Fpressroom%2Fpr&xsl=1": [
        "https://a.vn/_layouts/15/feed.aspx?xsl=1&web=/pressroom/pr&page=" + GUID + "&pageurl=/pr/rss.aspx",
    ],
    "https://a.vn/lists/vb/allitems.aspx?p_ID=74&p_Ngay=20190923%2008%3A56%3A00&paged=TRUE&pagefirstrow=31": [
        "https://a.vn/Lists/VB/AllItems.aspx?Paged=TRUE&p_Ngay=20190923%2008%3a56%3a00&p_ID=74&PageFirstRow=31",
        "https://a.vn/Lists/VB/AllItems.aspx?p_ID=74&p_Ngay=20190923+08:56:00&Paged=true&PageFirstRow=31#Inplview",
    ],
    "https://a.vn/documents/quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf": [
        "https://a.vn/Documents/Quyết Định.PDF",
        "https://a.vn/_layouts/15/download.aspx?SourceUrl=%2FDocuments%2FQuy%E1%BA%BFt%20%C4%90%E1%BB%8Bnh%2Epdf",
        "https://a.vn/_layouts/15/WopiFrame.aspx?sourcedoc=/Documents/Quyết Định.pdf&action=default",
    ],
    "https://a.vn/sub/": ["https://a.vn/Sub/default.aspx", "https://a.vn/sub/Default.aspx?IsDlg=1"],
    "https://a.vn/sub/pages/default.aspx": ["https://a.vn/sub/Pages/", "https://a.vn/sub/Pages/default.aspx"],
    "https://a.vn/sitepages/home.aspx": ["https://a.vn/_layouts/15/start.aspx#/SitePages/Home.aspx"],
    "https://a.vn/pages/x.aspx?q=%E1%BA%A1": ["https://a.vn/pages/x.aspx?q=%u1EA1", "https://a.vn/pages/x.aspx?q=ạ"],
    "https://a.vn/pages/x.aspx": ["https://a.vn/(S(lit3py55t21z5v55vlm25s55))/pages/x.aspx"],
}


@pytest.mark.parametrize(
    ("spelling", "canonical"), [(s, c) for c, spellings in BAC_KAN_SPELLINGS.items() for s in spellings]
)
def test_every_spelling_of_a_bac_kan_page_is_one_page(spelling: str, canonical: str) -> None:
    assert canonical_url(spelling, BAC_KAN) == canonical


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [(s, c) for c, spellings in OTHER_PORTALS.items() for s in spellings],
)
def test_every_spelling_met_on_other_portals_is_one_page(spelling: str, canonical: str) -> None:
    assert canonical_url(spelling, ANYWHERE) == canonical


def test_a_host_in_letters_is_the_host_in_ascii() -> None:
    assert canonical_url("https://bắckạn.vn/", ANYWHERE) == canonical_url("https://BẮCKẠN.VN:443", ANYWHERE)
    assert canonical_url("https://bắckạn.vn/", ANYWHERE).startswith("https://xn--")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.vn/pages/x.aspx?ItemID=1", "https://a.vn/pages/x.aspx?ItemID=2"),
        ("https://a.vn/pages/x.aspx?ItemID=1&l=Tin", "https://a.vn/pages/x.aspx?ItemID=1&l=Bai"),
        ("https://a.vn/pages/x.aspx?Page=1", "https://a.vn/pages/x.aspx?Page=2"),
        ("https://a.vn/pages/x.aspx", "https://a.vn/pages/x.aspx?Page=2"),
        ("https://a.vn/index.php?id_news=1", "https://a.vn/Index.php?id_news=1"),
        ("https://a.vn/tin/Bai-Viet-1", "https://a.vn/tin/bai-viet-1"),
        ("https://a.vn/pages/x.aspx", "https://b.vn/pages/x.aspx"),
        ("https://a.vn:8443/pages/x.aspx", "https://a.vn/pages/x.aspx"),
        ("https://a.vn/a%2Fb/x.aspx", "https://a.vn/a/b/x.aspx"),
        ("https://a.vn/x.php?Source=1", "https://a.vn/x.php"),
        ("https://a.vn/_layouts/feed.aspx?web=/a", "https://a.vn/_layouts/feed.aspx?web=/b"),
        ("https://a.vn/pages/x.aspx?cm=H%E1%BB%99i", "https://a.vn/pages/x.aspx?cm=Hoi"),
        ("https://a.vn/pages/x.aspx?q=a%26b=c", "https://a.vn/pages/x.aspx?q=a&b=c"),
        ("https://a.vn/pages/x.aspx?q=a%2Bb", "https://a.vn/pages/x.aspx?q=a+b"),
    ],
)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert canonical_url(one, ANYWHERE) != canonical_url(other, ANYWHERE)


def test_the_profile_decides_on_hosts_parameters_and_print_views() -> None:
    profile = identified(
        scheme="http",
        aliases={"127.0.0.7:8000": "127.0.0.1:8000", "old.a.vn": "a.vn"},
        keep_params=("Source",),
        drop_params=("Ref",),
        rewrite=((r"^/(.*/)?print\.aspx\?p=(\d+)$", r"/\1chi-tiet.aspx?ItemID=\2"),),
    )
    assert canonical_url("http://127.0.0.7:8000/a", profile) == "http://127.0.0.1:8000/a"
    assert canonical_url("https://old.a.vn/x.aspx?Source=1&ref=2", profile) == "http://a.vn/x.aspx?source=1"
    assert canonical_url("https://b.vn/Portal/Pages/Print.aspx?p=10310", profile) == (
        "http://b.vn/portal/pages/chi-tiet.aspx?itemid=10310"
    )
    assert canonical_url("https://elsewhere.com/Print.aspx?p=1", profile).startswith("https://elsewhere.com/")


def test_an_endless_rewrite_ends() -> None:
    profile = identified(rewrite=((r"^/", "/a/"),))
    assert canonical_url("https://a.vn/x", profile).endswith("/x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "http://",
        "https://[::1",
        "https://[zz]/",
        "http://a.vn:99999/x",
        "http://a.vn:0/x",
        "http://a.vn:port/x",
        "http://a..vn/",
        "http://" + "ắ" * 300 + ".vn/",
        "javascript:void(0)",
        "mailto:vanthu@backan.gov.vn",
        "//backan.gov.vn/x",
        "/Pages/x.aspx",
        "\x00\x01",
        "http://\ud800.vn/",
        "http://exa mple.vn/",
    ],
)
def test_what_is_no_address_comes_back_as_it_is_and_is_outside(text: str) -> None:
    assert canonical_url(text, BAC_KAN).strip() in (text.strip(" \x00\x01"), text)
    assert not in_scope(text, BAC_KAN)


@pytest.mark.parametrize("text", ["https://a.vn/" + "x" * 100_000, "https://a.vn/?" + "a=%41&" * 16_000, "é" * 100_000])
def test_an_address_of_a_hundred_kilobytes_is_only_long(text: str) -> None:
    canonical = canonical_url(text, ANYWHERE)
    assert canonical_url(canonical, ANYWHERE) == canonical


ADDRESS_PARTS = st.sampled_from(
    [
        *("http://", "https://", "https%3a//", "backan.gov.vn", "WWW.backan.gov.vn", ":443", ":80", ":8080", "@", "/"),
        *("//", "..", ".", "Pages", "pages", "default.aspx", "Default.ASPX", "Lists", "_layouts/15/", "download.aspx"),
        *(
            "?",
            "&",
            "=",
            "ItemID=1",
            "SourceUrl=%2Fa%3Fb",
            "start.aspx#/x",
            "List={" + GUID + "}",
            "amp;",
            "#",
            "%",
            "%2",
        ),
        *(
            "%41",
            "%2f",
            "%2E",
            "%C3%A0",
            "%e1",
            "%25",
            "+",
            " ",
            "\\",
            "\t",
            "ế",
            "Σ",
            "İ",
            "\u212a",
            "(S(x))",
            ";",
            "p_A=1",
        ),
        *("Paged=true", "Source=1", "%u1ea1", "%ud800", "\ud800", "\u200b", "[", "]", "::1"),
    ]
)
ADDRESSES = st.one_of(
    st.text(), st.lists(ADDRESS_PARTS, max_size=14).map("".join), st.text().map("https://backan.gov.vn/".__add__)
)


@given(ADDRESSES)
@example("https://backan.gov.vn/%%341")
@example("https://backan.gov.vn/_layouts/15/download.aspx?sourceurl=/_layouts/15/download.aspx?sourceurl=/a")
@example("https://backan.gov.vn/\u0130.aspx")
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    for profile in (BAC_KAN, ANYWHERE):
        canonical = canonical_url(text, profile)
        assert canonical_url(canonical, profile) == canonical


@given(ADDRESSES)
def test_a_canonical_web_address_is_plain_ascii_without_fragment(text: str) -> None:
    canonical = canonical_url(f"https://backan.gov.vn/{text}", BAC_KAN)
    if canonical.startswith("https://backan.gov.vn"):
        assert canonical.isascii()
        assert not set(canonical) & set(' #\\"<>{}|^`\t\r\n')


@given(ADDRESSES, ADDRESSES)
@example("", "http://%\ud800")
def test_joining_never_fails(base: str, reference: str) -> None:
    assert isinstance(canonical_url(joined(base, reference), BAC_KAN), str)


@pytest.mark.parametrize(
    ("reference", "absolute"),
    [
        ("x.aspx", "https://a.vn/pages/x.aspx"),
        ("./x.aspx", "https://a.vn/pages/x.aspx"),
        ("../x.aspx", "https://a.vn/x.aspx"),
        ("/x.aspx", "https://a.vn/x.aspx"),
        ("//b.vn/x.aspx", "https://b.vn/x.aspx"),
        ("\\\\b.vn\\x.aspx", "https://b.vn/x.aspx"),
        ("?Page=2", "https://a.vn/pages/list.aspx?page=2"),
        ("", "https://a.vn/pages/list.aspx?id=1"),
        ("#x", "https://a.vn/pages/list.aspx?id=1"),
        ("http://b.vn/x.aspx", "http://b.vn/x.aspx"),
        ("https%3a//b.vn/x.aspx", "https://b.vn/x.aspx"),
    ],
)
def test_references_are_seen_from_their_page(reference: str, absolute: str) -> None:
    assert canonical_url(joined("https://a.vn/pages/list.aspx?ID=1", reference), ANYWHERE) == absolute


def test_a_frontier_key_tells_gets_from_posts_and_list_pages_from_each_other() -> None:
    url = "https://backan.gov.vn/Pages/Tin-1/Default.aspx"
    assert frontier_key("get", url, None, BAC_KAN) == frontier_key("GET", url.lower(), None, BAC_KAN)
    keys = {frontier_key(m, url, k, BAC_KAN) for m, k in (("GET", None), ("POST", None), ("POST", "a"), ("POST", "b"))}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("https://backan.gov.vn/Pages/Tin-4565.aspx", "https://backan.gov.vn/Pages/Tin-4565.aspx"),
        ("https://backan.gov.vn:443/Pages/Tin-4565.aspx?IsDlg=1", "https://backan.gov.vn/Pages/Tin-4565.aspx"),
        ("https://backan.gov.vn/pages/tin-4565.aspx", None),
        ("https://backan.gov.vn/Pages/", None),
        ("https://backan.gov.vn/portal/pages/print.aspx?p=10310", None),
        ("mailto:a@b.vn", None),
    ],
)
def test_a_page_is_asked_for_as_the_portal_spells_it(written: str, spelled: str | None) -> None:
    canonical = canonical_url(written, BAC_KAN)
    assert spelled_url(canonical, written) == spelled
    if spelled:
        assert canonical_url(spelled, BAC_KAN) == canonical
