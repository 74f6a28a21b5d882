"""Text records of the portal's families: fields from the order of lines."""

from __future__ import annotations

from archive.models import Article
from crawler.extract import extract
from tests.crawler.captures import ANY, BAC_KAN, PROSE, found, record

TITLE = "Thành phố ra quân vệ sinh đường làng, ngõ xóm"
LEAD = "Sáng 23/10, thành phố ra quân vệ sinh đường làng với sự tham gia của hơn một trăm hộ dân tại bốn thôn."
CAPTION = "Người dân tổ 11 phường Minh Khai vệ sinh đường ngõ"


def read(*lines: str) -> Article:
    return found(extract(record("\n\n".join(lines)), BAC_KAN)).article


def test_old_main_portal() -> None:
    article = read(
        "Skip Ribbon Commands\nSkip to main content",
        "Cổng thông tin điện tử Bắc Kạn kính chào quý khách! Trang chủ Góp ý Sơ đồ trang Liên hệ",
        TITLE, "(Cập nhật lúc: 23/10/2019 15:13:00 )", LEAD, PROSE[0], CAPTION, *PROSE[1:], "Hương Dịu\nSign In",
    )  # fmt: skip
    assert (article.title, article.lead, article.author) == (TITLE, LEAD, "Hương Dịu")
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert (article.updated_at, article.updated_raw) == ("2019-10-23T15:13:00+07:00", "23/10/2019 15:13:00")
    assert [(image.url, image.caption) for image in article.images] == [("", CAPTION)]
    assert article.body_html == "".join(f"<p>{line}</p>" for line in (LEAD, *PROSE))


def test_sign_in_on_the_signature_s_line() -> None:
    assert read(TITLE, "(Cập nhật lúc: 23/10/2019 15:13:00 )", LEAD, *PROSE, "Hương Dịu Sign In").author == "Hương Dịu"


def test_new_main_portal() -> None:
    article = read(
        "PublishingPortal - Block_BanTin_Toolbar", "14/01/2022", "Tăng cỡ chữ Giảm cỡ chữ", TITLE, LEAD,
        " PublishingPortal - Block_BanTin_ViewData", "Các đại biểu dự buổi ra quân", *PROSE, "Ngọc Tú (tổng hợp)",
    )  # fmt: skip
    assert (article.title, article.lead, article.author) == (TITLE, LEAD, "Ngọc Tú (tổng hợp)")
    assert (article.published_at, article.updated_at) == ("2022-01-14", None)
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert [image.caption for image in article.images] == ["Các đại biểu dự buổi ra quân"]


def test_sub_portal() -> None:
    article = read(
        "Skip Ribbon Commands", "Skip to main content", "Cổng thông tin du lịch kính chào quý khách Tiếng Việt English",
        TITLE.upper(), "( Cập nhật lúc: 29/11/2021  )", *PROSE, "Tác giả:  Đinh Điển", "Nguồn:", "Sign In",
        "Chung nhan Tin Nhiem Mang",
    )  # fmt: skip
    assert (article.title, article.updated_at) == (TITLE.upper(), "2021-11-29")
    assert (article.author, article.author_raw) == ("Đinh Điển", "Tác giả: Đinh Điển")
    assert (article.source, article.source_raw) == (None, None)
    assert article.body_text.split("\n") == list(PROSE)


def test_php_pages() -> None:
    article = read(
        "Thứ Hai, 04/03/2024", "Ngày đăng: 17/02/2022 - Lượt xem: 90", "Xem với cỡ chữ", TITLE, *PROSE,
        "Nguồn: VP HĐND-UBND",
    )  # fmt: skip
    assert (article.title, article.published_at, article.source) == (TITLE, "2022-02-17", "VP HĐND-UBND")


def test_title_and_body_alone() -> None:
    article = read(TITLE, PROSE[0], "Thông tin chi tiết xem tại tệp đính kèm./.", "Đồng Vân")
    assert (article.title, article.author, article.published_at) == (TITLE, "Đồng Vân", None)


def test_the_visitor_s_date_alone_is_no_date_of_the_article() -> None:
    assert read("Thứ Hai, 04/03/2024", TITLE, *PROSE).published_at is None


def test_a_record_of_chrome_alone_holds_nothing() -> None:
    outcome = extract(record("Skip Ribbon Commands\nSkip to main content\nSign In"), ANY)
    assert outcome.kind == "rejected"
