"""What an answer is: by status, headers, first bytes and look, each page exactly one outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.models import FileFound, Link, ListingFound, Redirected, Rejected, outcome_name
from crawler.extract import extract
from crawler.sharepoint import canonical_url
from tests.crawler.captures import BAC_KAN, PAGE, PROSE, capture, page, paragraphs, rich

ROOT = "https://backan.gov.vn"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (304, "not_modified"), (404, "not_found"), (410, "not_found"), (401, "login_required"), (403, "forbidden"),
        (429, "throttled"), (503, "throttled"), (500, "server_error"), (502, "server_error"), (301, "error_page"),
    ],
)  # fmt: skip
def test_status(status: int, name: str) -> None:
    assert outcome_name(extract(capture("<p>x</p>", status=status), BAC_KAN)) == name


def test_redirects_tell_where_they_lead() -> None:
    outcome = extract(capture("", status=301, Location="../Pages/moi-2b3c.aspx", url=f"{ROOT}/tin/cu.aspx"), BAC_KAN)
    assert outcome == Redirected(
        target=f"{ROOT}/Pages/moi-2b3c.aspx",
        permanent=True,
        links=(Link(url=f"{ROOT}/pages/moi-2b3c.aspx"),),
        canonical_url=f"{ROOT}/tin/cu.aspx",
    )
    kinds = {
        f"{ROOT}/Pages/PageNotFoundError.aspx?requestUrl=https://backan.gov.vn/Pages/x.aspx": "soft_404",
        "/_layouts/15/Authenticate.aspx?Source=%2F": "login_required",
        "/_login/default.aspx?ReturnUrl=%2f": "login_required",
    }
    for target, name in kinds.items():
        assert outcome_name(extract(capture("", status=302, Location=target), BAC_KAN)) == name


def test_the_error_page_that_answers_200() -> None:
    body = page("<div>Sorry, something went wrong</div><div>Correlation ID: 8f1c</div>", title="Error")
    assert outcome_name(extract(capture(body, SharePointError="0"), BAC_KAN)) == "error_page"
    assert outcome_name(extract(capture(body), BAC_KAN)) == "error_page"


def test_a_refused_view_state() -> None:
    for status in (200, 500):
        body = "<html><body>Invalid postback or callback argument. Event validation is enabled</body></html>"
        assert outcome_name(extract(capture(body, status=status), BAC_KAN)) == "postback_refused"


def test_a_body_cut_off() -> None:
    whole = capture(page(rich(paragraphs(*PROSE))))
    assert outcome_name(extract(replace(whole, truncated="disconnect"), BAC_KAN)) == "truncated"
    assert outcome_name(extract(replace(whole, truncated="length"), BAC_KAN)) == "too_large"


@pytest.mark.parametrize(
    ("head", "name", "filetype"),
    [
        (b"%PDF-1.7\n", "a.pdf", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 40, "a.XLS", "xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 40, "download.aspx", "doc"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml", "a", "docx"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"x", "a.zip", "zip"),
        (b"Rar!\x1a\x07\x00", "a.rar", "rar"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "png"),
        (b"\xff\xd8\xff\xe0", "image001.jpg", "jpg"),
    ],
)
def test_files_are_known_by_their_first_bytes(head: bytes, name: str, filetype: str) -> None:
    for content_type in ("application/octet-stream", "text/html; charset=utf-8"):
        outcome = extract(capture(head, url=f"{ROOT}/Documents/{name}", content_type=content_type), BAC_KAN)
        assert isinstance(outcome, FileFound)
        assert outcome.filetype == filetype


def test_a_page_called_pdf_is_a_page() -> None:
    body = page("<h1>404 Not Found</h1>", title="404 Not Found")
    outcome = extract(capture(body, url=f"{ROOT}/Documents/a.pdf", content_type="application/pdf"), BAC_KAN)
    assert outcome_name(outcome) == "soft_404"


def test_media_nobody_reads() -> None:
    for content_type in ("video/mp4", "text/css", "font/woff2"):
        assert outcome_name(extract(capture(b"\x00\x01abc", content_type=content_type), BAC_KAN)) == "unsupported"


def test_text_files_and_data() -> None:
    text = capture("một, hai, ba", url=f"{ROOT}/Documents/so-lieu.csv", content_type="text/csv")
    assert extract(text, BAC_KAN) == FileFound(filetype="csv", canonical_url=f"{ROOT}/documents/so-lieu.csv")
    note = capture("Ghi chú phiên bản", url=f"{ROOT}/Documents/note.txt", content_type="text/plain")
    assert extract(note, BAC_KAN) == FileFound(filetype="txt", canonical_url=f"{ROOT}/documents/note.txt")
    data = capture('{"d": []}', url=f"{ROOT}/_api/web/lists", content_type="application/json;odata=verbose")
    assert outcome_name(extract(data, BAC_KAN)) == "unsupported"


def test_robots() -> None:
    assert (
        outcome_name(extract(capture("User-agent: *\nDisallow: /_layouts/", url=f"{ROOT}/robots.txt"), BAC_KAN))
        == "robots"
    )
    assert outcome_name(extract(capture("", status=404, url=f"{ROOT}/robots.txt"), BAC_KAN)) == "not_found"


STUB = '<html><body><script>document.cookie="D1N=ab12; path=/";window.location.reload(true);</script></body></html>'


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (STUB, "interstitial"),
        (page("<h1>Đăng nhập</h1><input type='text'><input type='password'>", title="Đăng nhập"), "login_required"),
        (page("<p>Không tìm thấy trang bạn yêu cầu.</p>", title="Không tìm thấy trang"), "soft_404"),
        (page("<h1>404</h1><p>Bài viết này không còn tồn tại.</p>", title="Thông báo"), "soft_404"),
        (page("<p>Hệ thống đang được bảo trì, mời quý vị quay lại sau.</p>", title="Thông báo"), "error_page"),
        (page("<p>Liên hệ chúng tôi</p><input type='text'><input type='email'><textarea></textarea>"), "no_article"),
        ("", "no_article"),
        ("<html></html>", "no_article"),
    ],
)
def test_pages_that_hold_nothing(body: str, name: str) -> None:
    assert outcome_name(extract(capture(body, url=f"{ROOT}/Pages/lien-he.aspx"), BAC_KAN)) == name


def test_an_empty_detail_template_is_a_missing_page() -> None:
    body = page("<h2>Hoạt động của Sở</h2><div class='noidung'></div>", title="Hoạt động của Sở")
    outcome = extract(capture(body, url=f"{ROOT}/Pages/hoat-dong.aspx?ItemID=99999"), BAC_KAN)
    assert outcome_name(outcome) == "soft_404"


def test_a_notice_about_repairs_is_no_maintenance_page() -> None:
    lead = "Điện lực huyện tạm ngừng cung cấp điện tại xã Bản Thượng từ 7 giờ ngày 6/11 để nâng cấp đường dây."
    body = page(f"<h1>Thông báo tạm ngừng cấp điện</h1>{rich(paragraphs(lead))}", title="Thông báo tạm ngừng cấp điện")
    assert outcome_name(extract(capture(body), BAC_KAN)) == "article"


def entry(n: int) -> str:
    return (
        f'<div class="item"><h3><a href="/Pages/tin-so-{n}-1a{n}b.aspx">Tin số {n} của phòng văn hóa huyện</a></h3>'
        f"<span>(0{n}/03/2024)</span><p>Đoạn mở đầu của tin số {n}, kể gọn việc đã làm và người tham gia.</p></div>"
    )


def test_a_section_list() -> None:
    body = page(
        f"<h1>Tin văn hóa</h1>{''.join(map(entry, range(1, 7)))}<div class='pager'><a href='?Page=2'>2</a></div>"
    )
    outcome = extract(capture(body, url=f"{ROOT}/Pages/tin-van-hoa-12/default.aspx"), BAC_KAN)
    assert isinstance(outcome, ListingFound)
    assert outcome.title == "Tin văn hóa"
    assert [item.url for item in outcome.items] == [f"{ROOT}/pages/tin-so-{n}-1a{n}b.aspx" for n in range(1, 7)]
    first = outcome.items[0]
    assert first.title == "Tin số 1 của phòng văn hóa huyện"
    assert first.date == "2024-03-01"
    assert first.lead is not None
    assert first.lead.startswith("Đoạn mở đầu của tin số 1")


def test_an_article_with_a_list_below_it_is_an_article() -> None:
    body = page(
        f"<h1>Lễ hội lồng tồng</h1>{rich(paragraphs(*PROSE))}{''.join(map(entry, range(1, 4)))}",
        title="Lễ hội lồng tồng",
    )
    assert outcome_name(extract(capture(body), BAC_KAN)) == "article"


def test_an_update_panel_s_answer_is_a_list() -> None:
    panel = "".join(map(entry, range(1, 5)))
    text = f"1|#||4|{len(panel)}|updatePanel|ctl00_pnl|{panel}|0|hiddenField|__EVENTTARGET||"
    text += "8|hiddenField|__VIEWSTATE|/wEPDwUK|"
    answer = replace(
        capture(text, content_type="text/plain; charset=utf-8", url=f"{ROOT}/Pages/tin-12/default.aspx"),
        method="POST",
        request_body=b"__VIEWSTATE=a&__EVENTTARGET=ctl00%24next&ctl00%24sm=ctl00%24pnl%7Cctl00%24next&__ASYNCPOST=true",
    )
    outcome = extract(answer, BAC_KAN)
    assert isinstance(outcome, ListingFound)
    assert len(outcome.items) == 4
    redirect = replace(answer, body=b"1|#||4|31|pageRedirect||%2fRandevu%2fRandevuTakvim.aspx|")
    assert outcome_name(extract(redirect, BAC_KAN)) == "redirect"
    refused = replace(answer, body=b"41|error|500|Invalid postback or callback argument.  x|")
    assert outcome_name(extract(refused, BAC_KAN)) == "postback_refused"


def test_rejections_say_why_in_one_line() -> None:
    outcome = extract(capture("", status=503, Retry_After="120"), BAC_KAN)
    where = canonical_url(PAGE, BAC_KAN)
    assert outcome == Rejected(reason="throttled", detail="status 503, Retry-After: 120", canonical_url=where)
