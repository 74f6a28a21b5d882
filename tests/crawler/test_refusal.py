"""Addresses that are never visited, each for its named reason, and their neighbours that are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.profile import Discovery
from crawler.sharepoint import canonical_url, is_login_url, is_not_found_url, refusal
from tests.crawler.profiles import ANYWHERE, BAC_KAN, narrowed

HOST = "https://backan.gov.vn"
GUID = "9f35456b-5be0-4aa9-8c3d-0123456789ab"

REFUSED = {
    "out_of_scope": [
        "https://baobackan.vn/x.html",
        "https://babe.gov.vn/",
        "https://notbackan.gov.vn/",
        "https://backan.gov.vn.example.org/",
        "https://backan.gov.vn:8080/x",
        "ftp://backan.gov.vn/x",
        "mailto:vanthu@backan.gov.vn",
        "javascript:void(0)",
        "/Pages/x.aspx",
        "http://[::1",
        "",
        "https://www.facebook.com/sharer?u=" + "x" * 3000,
    ],
    "login": [
        f"{HOST}/_layouts/15/Authenticate.aspx?Source=%2F",
        f"{HOST}/_layouts/Authenticate.aspx",
        f"{HOST}/_login/default.aspx?ReturnUrl=%2f_layouts%2f15%2fAuthenticate.aspx%3fSource%3d%252F&Source=%2F",
        f"{HOST}/_trust/",
        f"{HOST}/_forms/default.aspx?ReturnUrl=%2f",
        f"{HOST}/_layouts/15/SignOut.aspx",
        f"{HOST}/_layouts/15/AccessDenied.aspx?loginasanotheruser=true",
        f"{HOST}/_layouts/15/closeConnection.aspx?loginasanotheruser=true",
        f"{HOST}/tinh/_layouts/15/authenticate.aspx",
    ],
    "trap": [
        f"{HOST}/Lists/Lich/calendar.aspx?CalendarDate=10%2F23%2F2019&CalendarPeriod=month",
        f"{HOST}/Lists/VanBan/AllItems.aspx?SortField=Title&SortDir=Asc",
        f"{HOST}/Lists/VanBan/AllItems.aspx?FilterField1=Nam&FilterValue1=2019",
        f"{HOST}/Pages/vanban.aspx?SortField=NgayBanHanh&SortDir=Desc",
        f"{HOST}/Documents/Forms/AllItems.aspx?RootFolder=%2FDocuments%2FA&FolderCTID=0x0120&View=%7B{GUID}%7D",
        f"{HOST}/Documents/Forms/DispForm.aspx?ID=4",
        f"{HOST}/Lists/VanBan/EditForm.aspx?ID=4",
        f"{HOST}/Lists/VanBan/NewForm.aspx",
        f"{HOST}/_layouts/15/viewlsts.aspx",
        f"{HOST}/_layouts/mobile/mblwiki.aspx?Url=%2FPages%2Fx.aspx",
        f"{HOST}/_layouts/15/images/icpdf.png",
        f"{HOST}/_vti_bin/Lists.asmx",
        f"{HOST}/_vti_bin/client.svc",
        f"{HOST}/_api/web/lists",
        f"{HOST}/_catalogs/masterpage/x.aspx",
        f"{HOST}/_vti_bin/owssvr.dll?Cmd=Display&List={GUID}&XMLDATA=TRUE",
        f"{HOST}/Pages/a/b/a/b/a/b.aspx",
        f"{HOST}/Pages/tin/tin/tin/x.aspx",
        HOST + "/".join(f"/{n}a" for n in range(20)),
        f"{HOST}/Pages/luu-tru.aspx?ngay=2019-10-23",
        f"{HOST}/Pages/luu-tru.aspx?Ngay=23&Thang=10&Nam=2019",
        f"{HOST}/Pages/luu-tru.aspx?thang=10&nam=2019",
        f"{HOST}/Pages/luu-tru.aspx?date=23%2F10%2F2019&page=4",
        f"{HOST}/Pages/luu-tru.aspx?tuNgay=01.01.2019&denNgay=31.01.2019",
        f"{HOST}/Pages/tim-kiem.aspx?q=rung",
        f"{HOST}/Pages/x.aspx?ReturnTo=%2525252525252F",
    ],
    "too_long": [f"{HOST}/Pages/x.aspx?q=" + "a" * 1000, f"{HOST}/" + "a" * 100_000],
}

VISITED = [
    f"{HOST}/",
    f"{HOST}/Pages/a-4565.aspx",
    "https://www.backan.gov.vn:443/Pages/a-4565.aspx",
    "http://sotuphap.backan.gov.vn/Pages/tin-1/default.aspx?Page=2",
    "https://a.b.backan.gov.vn/",
    f"{HOST}/Lists/VanBan/AllItems.aspx",
    f"{HOST}/Lists/VanBan/AllItems.aspx?Paged=TRUE&p_Ngay=20190923%2008%3a56%3a00&p_ID=74&PageFirstRow=31&View={{{GUID}}}",
    f"{HOST}/Lists/VanBan/AllItems.aspx?Paged=TRUE&PagedPrev=TRUE&p_ID=31",
    f"{HOST}/Documents/Forms/AllItems.aspx?Paged=TRUE&p_ID=74&IsDlg=1",
    f"{HOST}/Documents/Forms/AllItems.aspx?RootFolder=&FolderCTID=",
    f"{HOST}/Lists/BaiViet/DispForm.aspx?List={GUID}&ID=306",
    f"{HOST}/Lists/ChuyenMuc/ChuyenMuc/ChuyenMuc.aspx?ID=16",
    f"{HOST}/_layouts/listfeed.aspx?List={GUID}",
    f"{HOST}/_layouts/15/listfeed.aspx?List={GUID}",
    f"{HOST}/_layouts/15/feed.aspx?xsl=1&web=/a&page={GUID}",
    f"{HOST}/_layouts/15/inplview.aspx?List={GUID}&Paged=TRUE&p_ID=1444",
    f"{HOST}/_layouts/15/download.aspx?SourceUrl=%2FDocuments%2Fa.pdf",
    f"{HOST}/SiteAssets/Lists/CacTrangGioiThieu/EditForm/Bieu2030_LongThanh.pdf",
    f"{HOST}/Lists/VanBan/Attachments/3331/122_2024.signed.signed.pdf",
    f"{HOST}/tintuc/Pages/tin-tong-hop.aspx?date=&EventID=0&page=2",
    f"{HOST}/noidung/thongbao/lists/thongbao/view_detail.aspx?itemid=531",
    "https://hanhchinhcong.backan.gov.vn/portaldvc/Pages/2021-9-6/UBND-cpha10sxqgkkg.aspx",
    f"{HOST}/Pages/chi-tiet.aspx?ItemID=4&ngay=2019-10-23",
    f"{HOST}/luu-tru/1/1/1/bai-viet",
    f"{HOST}/Pages/vanban.aspx?NamBanHanh=2019&Page=3",
    "https://nganson.backan.gov.vn/index.php?com=tintuc_ct&id_news=1125",
]


@pytest.mark.parametrize(("url", "word"), [(url, word) for word, urls in REFUSED.items() for url in urls])
def test_refused_for_its_reason(url: str, word: str) -> None:
    assert refusal(url, BAC_KAN, 0) == word


@pytest.mark.parametrize("url", VISITED)
def test_its_neighbour_is_visited(url: str) -> None:
    assert refusal(url, BAC_KAN, 0) is None
    assert refusal(canonical_url(url, BAC_KAN), BAC_KAN, 0) is None


def test_depth_counts_only_when_nothing_else_speaks() -> None:
    deepest = BAC_KAN.scope.max_depth
    assert refusal(f"{HOST}/x", BAC_KAN, deepest) is None
    assert refusal(f"{HOST}/x", BAC_KAN, deepest + 1) == "too_deep"
    assert refusal(f"{HOST}/_api/x", BAC_KAN, deepest + 1) == "trap"


def test_the_profile_denies_and_allows() -> None:
    profile = narrowed(deny=("^/english/",), allow=("^/$", r"/pages/.*\.aspx", "^/english/"))
    assert refusal("https://a.vn/English/Pages/x.aspx", profile, 0) == "trap"
    assert refusal("https://a.vn/Pages/x.aspx", profile, 0) is None
    assert refusal("https://a.vn/", profile, 0) is None
    assert refusal("https://a.vn/blog/1", profile, 0) == "out_of_scope"


def test_hosts_with_ports_and_wildcards() -> None:
    profile = narrowed(hosts=("127.0.0.1:8000", "*.a.vn", "*.b.vn:81", "[::1]:8000"))
    for url in (
        "http://127.0.0.1:8000/",
        "https://x.a.vn/",
        "http://y.x.a.vn/",
        "http://x.b.vn:81/",
        "http://[::1]:8000/",
    ):
        assert refusal(url, profile, 0) is None
    for url in ("http://127.0.0.1/", "https://a.vn/", "https://x.a.vn:8000/", "http://x.b.vn/", "http://xa.vn/"):
        assert refusal(url, profile, 0) == "out_of_scope"


def test_without_hosts_those_of_the_seeds_are_in_scope() -> None:
    profile = replace(narrowed(hosts=()), discover=Discovery(seeds=("https://seed.vn/Pages/default.aspx", "/x")))
    assert refusal("https://seed.vn/Pages/x.aspx", profile, 0) is None
    assert refusal("https://other.vn/", profile, 0) == "out_of_scope"
    assert refusal("https://other.vn/", narrowed(hosts=()), 0) == "out_of_scope"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{HOST}/_layouts/15/Authenticate.aspx?Source=%2F", True),
        (f"{HOST}/_Login/default.aspx", True),
        (f"{HOST}/_forms/default.aspx", True),
        ("/_trust/default.aspx?x=1", True),
        (f"{HOST}/%5Flogin/default.aspx", True),
        (f"{HOST}/Pages/x.aspx?ReturnUrl=/_login/default.aspx", False),
        (f"{HOST}/_layouts/15/error.aspx", False),
        ("", False),
    ],
)
def test_login_addresses(url: str, *, expected: bool) -> None:
    assert is_login_url(url) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://molisa.gov.vn/Pages/PageNotFoundError.aspx?requestUrl=https://molisa.gov.vn/x.aspx", True),
        ("https://a.vn/Paginas/PageNotFoundError.aspx", True),
        ("https://a.vn/sites/x/Trang/pagenotfounderror.aspx", True),
        ("/Pages/PageNotFoundError.aspx?requestUrl=x", True),
        ("https://a.vn/404.html", True),
        ("https://a.vn/Pages/x.aspx?requestUrl=/Pages/PageNotFoundError.aspx", False),
        ("https://a.vn/Pages/notfound-4565.aspx", False),
        ("", False),
    ],
)
def test_not_found_addresses(url: str, *, expected: bool) -> None:
    assert is_not_found_url(url) is expected


@given(st.one_of(st.text(), st.text().map(f"{HOST}/".__add__), st.text().map(f"{HOST}/x.aspx?".__add__)), st.integers())
def test_any_text_gets_an_answer_and_its_canonical_form_the_same(text: str, depth: int) -> None:
    word = refusal(text, BAC_KAN, depth)
    assert word in (None, "out_of_scope", "trap", "login", "too_deep", "too_long")
    assert refusal(canonical_url(text, ANYWHERE), BAC_KAN, depth) == word
    is_login_url(text)
    is_not_found_url(text)
