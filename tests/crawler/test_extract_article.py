"""Articles of the portal's template families, read from small pages: every field, and nothing of the chrome."""

from __future__ import annotations

import pytest

from archive.models import Article
from crawler.extract import extract
from tests.crawler.captures import ANY, BAC_KAN, PAGE, PROSE, article_of, capture, found, page, paragraphs, rich

TITLE = "Hội nghị giữ rừng đầu nguồn tại xã Bản Thượng"
LEAD = "Sáng 5/3, xã Bản Thượng tổ chức hội nghị bàn cách giữ rừng đầu nguồn với hơn một trăm hộ dân tham dự."
CHROME = (
    "Skip Ribbon Commands",
    "Skip to main content",
    "Sign In",
    "kính chào quý khách",
    "Page Content",
    "Sapo",
    "Lượt truy cập",
    "Tăng cỡ chữ",
    "Block_BanTin",
    "Các tin khác",
    "Chung nhan Tin Nhiem Mang",
    "Bản in",
    "Cập nhật lúc",
)
OTHERS = '<ul><li><a href="/Pages/x-1a2b.aspx">Xã bên mở chợ phiên</a> <span>(01/03/2024)</span></li></ul>'


def clean(article: Article) -> None:
    for text in (article.body_text, article.body_html, article.lead or "", article.title):
        for chrome in CHROME:
            assert chrome not in text


def old_main() -> str:
    """A1: publishing fields, an update line, the signature at the end of the text."""
    body = paragraphs(*PROSE[:2]) + (
        '<p style="text-align:center"><img src="/PictureLibrary/9f35/image001.jpg?RenditionID=5" alt=""></p>'
        '<p style="text-align:center">Toàn cảnh buổi làm việc tại nhà văn hóa</p>'
    )
    body += paragraphs(PROSE[2]) + '<p style="text-align:right"><strong>Ngọc Tú (tổng hợp)</strong></p>'
    sapo = rich(f"<p>\u200b{LEAD}</p>", name="Sapo", label="Sapo")
    main = (
        f"<table><tr><td><h2>{TITLE}</h2><span>(Cập nhật lúc: 23/10/2019 15:13:00 )</span>"
        f"{sapo}{rich('', name='Content1', label='Content 1')}"
        f"{rich(body)}<div><h4>Các tin khác</h4>{OTHERS}</div></td></tr></table>"
    )
    hello = "<div><marquee>Cổng thông tin điện tử kính chào quý khách!</marquee></div>"
    return page(main, title=TITLE, above=hello)


def test_old_main_portal() -> None:
    article = article_of(old_main())
    assert article.title == TITLE
    assert article.lead == LEAD
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert (article.updated_at, article.updated_raw) == ("2019-10-23T15:13:00+07:00", "23/10/2019 15:13:00")
    assert article.published_at is None
    assert (article.author, article.author_raw) == ("Ngọc Tú (tổng hợp)", "Ngọc Tú (tổng hợp)")
    assert [(i.caption, i.alt) for i in article.images] == [("Toàn cảnh buổi làm việc tại nhà văn hóa", None)]
    assert article.language == "vi"
    clean(article)


def test_identity_inside_sharepoint() -> None:
    outcome = found(extract(capture(old_main()), BAC_KAN))
    assert outcome.page_list_id == "0a1b2c3d-1111-2222-3333-444455556666"
    assert outcome.page_item_id == 1398
    assert outcome.canonical_url == PAGE.lower()
    assert outcome.evidence["updated_at"].rule == "date line with label"
    assert any(link.url.endswith("/pages/x-1a2b.aspx") for link in outcome.links)


def new_main(lead: str = f'<div class="sapo">{LEAD}</div>', body: str = paragraphs(*PROSE)) -> str:
    """A2: two vendor web parts whose titles show; the date stands above the headline."""

    def part(number: int, title: str, html: str) -> str:
        return (
            f'<div class="ms-webpart-chrome-title"><h2 class="ms-webpart-titleText"><span>{title}</span></h2></div>'
            f'<div id="WebPartWPQ{number}" class="ms-WPBody noindex"><div id="ctl00_g_{number}">{html}</div></div>'
        )

    tools = '<a href="javascript:void(0)">Tăng cỡ chữ</a> <a href="javascript:void(0)">Giảm cỡ chữ</a>'
    main = part(
        1,
        "PublishingPortal - Block_BanTin_Toolbar",
        f"<div><span>14/01/2022</span> {tools}</div><h1>{TITLE}</h1>{lead}",
    )
    main += part(2, " PublishingPortal - Block_BanTin_ViewData", f"<div>{body}<p>Bích Huệ</p></div>")
    main += part(3, "", f"<h4>Tin cùng chuyên mục</h4>{OTHERS}")
    return page(rich("") + main, title=TITLE)


def test_new_main_portal() -> None:
    article = article_of(new_main())
    assert (article.title, article.lead) == (TITLE, LEAD)
    assert (article.published_at, article.published_raw) == ("2022-01-14", "14/01/2022")
    assert article.updated_at is None
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert article.author == "Bích Huệ"
    clean(article)


def test_without_a_lead_the_first_paragraph_is_only_a_paragraph() -> None:
    article = article_of(new_main(lead=""))
    assert article.lead is None
    assert article.body_text.split("\n") == list(PROSE)


SUB = "https://sotuphap.backan.gov.vn/Pages/pho-bien-475/hoi-nghi-giu-rung-dau-nguon-ta-5514970ec51afd87.aspx"


def sub_portal(author: str = "Đinh Điển", source: str = "", tail: str = "") -> str:
    """B: update line with its odd blanks, labelled credits, breadcrumb, trust badge behind the sign-in link."""
    crumbs = (
        '<div class="breadcrumb"><span><a href="/">Trang chủ</a></span><span> &gt; </span>'
        "<span>Tin tức - Sự kiện</span><span> &gt; </span><span>Tin hoạt động</span></div>"
    )
    main = (
        f"{crumbs}<div class='ms-WPBody noindex'><h3>{TITLE}</h3><div>( Cập nhật lúc: 29/11/2021&#160; )</div>"
        f"<div><strong>{LEAD}</strong></div><div>{paragraphs(*PROSE)}{tail}</div>"
        f"<div>Tác giả:&#160; {author}</div><div>Nguồn:&#160; {source}</div></div>"
        f"<div class='ms-WPBody noindex'><h4>Tin khác</h4>{OTHERS}</div>"
    )
    badge = '<a href="https://tinnhiemmang.vn/"><img src="/badge.png" alt="Chung nhan Tin Nhiem Mang"></a>'
    return page(main, title=f"{TITLE} - Sở Tư pháp tỉnh", below=badge)


def test_sub_portal() -> None:
    article = article_of(sub_portal(source="UBND tỉnh Bắc Kạn"), url=SUB)
    assert (article.title, article.lead) == (TITLE, LEAD)
    assert (article.updated_at, article.updated_raw) == ("2021-11-29", "29/11/2021")
    assert (article.author, article.author_raw) == ("Đinh Điển", "Tác giả: Đinh Điển")
    assert (article.source, article.source_raw) == ("UBND tỉnh Bắc Kạn", "Nguồn: UBND tỉnh Bắc Kạn")
    assert article.section == "Tin tức - Sự kiện / Tin hoạt động"
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    clean(article)


def test_empty_credits_are_null() -> None:
    article = article_of(sub_portal(author=""), url=SUB)
    assert (article.author, article.author_raw, article.source, article.source_raw) == (None, None, None, None)
    assert "Tác giả" not in article.body_text


def test_attachments_in_the_text_and_below_it() -> None:
    files = (
        '<p>Xem và tải về <a href="/Documents/K%E1%BA%BF%20ho%E1%BA%A1ch%2012.DOCX"><strong>TẠI ĐÂY</strong></a>;</p>'
        '<div><b>File đính kèm:</b><ul><li><a href="/Documents/12_kh.signed.signed.pdf">12_kh.signed.signed.pdf</a>'
        "</li></ul></div>"
        '<p><a href="/Documents/empty.pdf">\u200b</a></p>'
    )
    article = article_of(sub_portal(tail=files), url=SUB)
    assert [(a.text, a.filename, a.filetype) for a in article.attachments] == [
        ("TẠI ĐÂY", "Kế hoạch 12.DOCX", "docx"),
        ("12_kh.signed.signed.pdf", "12_kh.signed.signed.pdf", "pdf"),
    ]
    assert article.body_text.split("\n")[-1] == "Xem và tải về TẠI ĐÂY;"


def test_php_pages_and_the_visitor_s_date() -> None:
    body = (
        "<html><head><title>Thông báo tiếp công dân tháng Hai</title></head><body><table><tr><td colspan='2'>"
        "<div>Trang thông tin điện tử huyện Ngân Sơn</div><div class='thoigian'>Thứ Hai, 04/03/2024</div></td></tr><tr>"
        "<td><ul class='menu'><li><a href='/'>Trang chủ</a></li><li><a href='/?id=3'>Tin tức</a></li></ul></td><td>"
        "<div>Ngày đăng: 17/02/2022 - Lượt xem: 90</div><div>Xem với cỡ chữ <a href='#'>A-</a> <a href='#'>A+</a></div>"
        f"<h1>Thông báo tiếp công dân tháng Hai</h1><div>{paragraphs(*PROSE)}</div>"
        "<div>Đính kèm file: <a href='/uploads/tb.pdf'>tb.pdf</a></div><p align='right'><i>Nguồn: VP HĐND-UBND</i></p>"
        f"<div><h4>Các tin khác</h4>{OTHERS}</div></td></tr></table></body></html>"
    )
    article = article_of(body, url="https://nganson.backan.gov.vn/index.php?com=tintuc_ct&id_news=1125")
    assert article.title == "Thông báo tiếp công dân tháng Hai"
    assert (article.published_at, article.published_raw) == ("2022-02-17", "17/02/2022")
    assert (article.source, article.author) == ("VP HĐND-UBND", None)
    assert article.body_text.split("\n") == list(PROSE)
    assert [a.text for a in article.attachments] == ["tb.pdf"]


def test_service_portal_with_the_date_on_the_headline_s_line() -> None:
    main = (
        "<ul class='breadcrumb'><li><a href='/portaldvc/Pages/tin-tuc.aspx'>Tin tức</a></li></ul>"
        f"<div class='tandan-title-view'>{TITLE}   <span>(11/07/2012 )</span></div>"
        f"<div>{paragraphs(*PROSE)}<p><strong>Đồng Vân</strong></p></div>"
        "<div><b>Tệp đính kèm:</b><ul><li><a href='/portaldvc/Documents/tep.rar'>Tải tệp số 1</a></li></ul></div>"
        f"<div><a href='/print.aspx?p=1'>Bản in</a></div><div><h4>Những bài viết liên quan</h4>{OTHERS}</div>"
    )
    url = "https://hanhchinhcong.backan.gov.vn/portaldvc/Pages/2021-9-6/Hoi-nghi-giu-rungcpha10sxqgkkg.aspx"
    article = article_of(page(main, title="Cổng dịch vụ công"), url=url)
    assert article.title == TITLE
    assert (article.published_at, article.published_raw) == ("2012-07-11", "11/07/2012")
    assert (article.author, article.section) == ("Đồng Vân", "Tin tức")
    assert article.body_text.split("\n") == list(PROSE)
    assert [(a.text, a.filetype) for a in article.attachments] == [("Tải tệp số 1", "rar")]


def test_an_item_s_form() -> None:
    def row(label: str, value: str) -> str:
        return (
            f'<tr><td class="ms-formlabel"><h3 class="ms-standardheader">{label}</h3></td><td class="ms-formbody">'
            f'<!-- FieldName="{label}" -->{value}</td></tr>'
        )

    rows = row("Tiêu đề", TITLE) + row("Tác giả", "Lệ Thủy") + row("Ngày đăng", "03/02/2019 21:20")
    rows += row("Nội dung", f'<div class="ExternalClass0A">{paragraphs(*PROSE)}</div>')
    rows += row("Tệp đính kèm", '<a href="/Lists/News/Attachments/66/a.xlsx">a.xlsx</a>')
    main = f'<table class="ms-formtable">{rows}</table><p>Created at 01/02/2019 07:58 by <span>Quản trị</span></p>'
    article = article_of(page(main, title="Tin tức - 66"), url="https://backan.gov.vn/Lists/News/DispForm.aspx?ID=66")
    assert article.title == TITLE
    assert article.author == "Lệ Thủy"
    assert article.published_at == "2019-02-03T21:20:00+07:00"
    assert article.body_text.split("\n") == list(PROSE)
    assert [a.text for a in article.attachments] == ["a.xlsx"]


@pytest.mark.parametrize(
    "signature",
    [
        "Hương Dịu",
        "Ngọc Diệp- Trung tâm VH,TT&amp;TT",
        "Lệ Thủy – Văn Huyến – Quang Hiếu",
        "H.X",
        "Đ.MINH",
        "XUÂN THẮNG",
        "Tin, ảnh: Hoàng Lam",
        "Ban Tổ chức",
        "HND TP Bắc Giang",
    ],
)
def test_signatures(signature: str) -> None:
    article = article_of(page(f"<h1>{TITLE}</h1>{rich(paragraphs(*PROSE, signature))}", title=TITLE))
    shown = signature.replace("&amp;", "&")
    assert article.author_raw == shown
    assert article.author == shown.removeprefix("Tin, ảnh: ")
    assert article.body_text.split("\n") == list(PROSE)


@pytest.mark.parametrize(
    "last", ["Xem chi tiết tại đây", "- Lưu: VT, VXNV (V).", "Trân trọng cảm ơn.", "1. Về kinh phí thực hiện"]
)
def test_last_lines_that_are_no_signature(last: str) -> None:
    article = article_of(page(f"<h1>{TITLE}</h1>{rich(paragraphs(*PROSE, last))}", title=TITLE))
    assert article.author is None
    assert article.body_text.split("\n") == [*PROSE, last]


def test_dirt_of_the_editor_is_gone() -> None:
    body = (
        '<div class="ExternalClass0123456789ABCDEF0123456789ABCDEF">\u200b<p class="MsoNormal"><span lang="VI">'
        "\u00d0ại hội \u0110ie\u0323\u0302n Biên\u00ad mở&#160;&#160;màn,\u3000đông vui.<o:p></o:p></span></p>"
        "<!-- SPM --></div>"
    )
    article = article_of(page(f"<h1>{TITLE}</h1>{rich(body + paragraphs(*PROSE))}", title=TITLE))
    assert article.body_text.split("\n")[0] == "Đại hội Điện Biên mở màn, đông vui."


def test_a_related_list_is_no_text_whatever_its_heading() -> None:
    links = "".join(f'<li><a href="/Pages/tin-{n}-1a2{n}.aspx">Tin số {n} của tuần này</a></li>' for n in range(6))
    article = article_of(
        page(f"<h1>{TITLE}</h1>{rich(paragraphs(*PROSE))}<div><b>Bạn đọc quan tâm</b><ul>{links}</ul></div>")
    )
    assert "Tin số" not in article.body_text


def test_english_pages_of_the_portal() -> None:
    lines = (
        "The stilt houses of Pac Ngoi stand on the bank of Ba Be Lake, and most families there receive guests.",
        "Boats leave from the landing at eight in the morning, and the trip to the waterfall takes about two hours.",
    )
    article = article_of(page(f"<h1>A guide to Pac Ngoi</h1>{rich(paragraphs(*lines))}", title="A guide to Pac Ngoi"))
    assert article.language == "en"
    assert article.author is None


def test_events_are_not_publication_dates() -> None:
    main = (
        "<h1>Board meeting</h1><h2><div>2/7/2019 12:00 PM</div><div>2/7/2019 4:00 PM</div></h2>"
        f"{rich('<p>The board will hold the following meetings on Thursday, February 7, 2019, at the college.</p>')}"
    )
    article = article_of(
        page(main, title="Board meeting", lang="en-US"), url="https://x.org/events/Pages/b.aspx", profile=ANY
    )
    assert (article.published_at, article.updated_at) == (None, None)
    assert article.body_text.split("\n")[:2] == ["2/7/2019 12:00 PM", "2/7/2019 4:00 PM"]


@pytest.mark.parametrize(
    "top",
    [
        f"<div>{TITLE}</div><div>(Cập nhật lúc: 23/10/2019 15:13:00 )</div><div>{LEAD}</div>",
        f"<div>14/01/2022 Tăng cỡ chữ Giảm cỡ chữ</div><div>{TITLE}</div><div>{LEAD}</div>",
        f"<table><tr><td><span>{TITLE}</span><br>( Cập nhật lúc: 29/11/2021&#160; )<br>{LEAD}</td></tr></table>",
    ],
)
def test_without_headings_and_with_the_site_s_name_alone_as_title(top: str) -> None:
    article = article_of(
        page(f"<div>{top}<div>{paragraphs(*PROSE, 'Hương Dịu')}</div></div>", title="Cổng thông tin điện tử")
    )
    assert article.title == TITLE
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert (article.published_at or article.updated_at) is not None
    assert article.author == "Hương Dịu"


def test_a_page_without_any_title_goes_by_its_first_words() -> None:
    outcome = found(extract(capture(page(rich(paragraphs(*PROSE)))), BAC_KAN))
    assert outcome.article.title == PROSE[0]
    assert outcome.evidence["title"].rule == "first words of the text"
