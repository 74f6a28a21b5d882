"""Legal documents: numbers put in order, data from labelled lines, tables and pasted heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Document, ListingFound
from crawler.extract import extract
from crawler.extract.documents import normal_number, number_in, type_of
from tests.crawler.captures import BAC_KAN, PROSE, capture, found, page, paragraphs, rich


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("902/QĐ-UBND", "902/QĐ-UBND"),
        ("Số: 48/2016/NQ-HĐND", "48/2016/NQ-HĐND"),
        ("01/ 2022/ NQ- HĐND", "01/2022/NQ-HĐND"),
        ("57/ 2015/QĐ-UBND", "57/2015/QĐ-UBND"),
        ("392/KH–UBND", "392/KH-UBND"),
        ("69/2008/QĐ-ttg", "69/2008/QĐ-TTg"),
        ("15/Qđ-ubnd", "15/QĐ-UBND"),
        ("232/ttr-SNN-TY", "232/TTr-SNN-TY"),
        ("20-NQ/TW", "20-NQ/TW"),
        ("190/2025/QH15", "190/2025/QH15"),
        ("5718/UBND-NCPC", "5718/UBND-NCPC"),
        ("Văn bản số 7328", "7328"),
        ("     /TB-UBND", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers_in_one_spelling(raw: str | None, number: str | None) -> None:
    assert normal_number(raw) == number


@given(
    st.integers(1, 9999),
    st.none() | st.integers(1990, 2030),
    st.sampled_from(["QĐ", "KH", "NQ", "TB", "TTr", "CĐ"]),
    st.sampled_from(["UBND", "HĐND", "SVHTTDL", "TTg"]),
    st.tuples(*[st.sampled_from(["", " ", "  "])] * 4),
    st.sampled_from("-–"),
)
def test_blanks_and_dashes_never_change_a_number(
    number: int, year: int | None, kind: str, body: str, blanks: tuple[str, ...], dash: str
) -> None:
    a, b, c, d = blanks
    middle = f"{year}{b}/{a}" if year else ""
    raw = f"{number}{a}/{b}{middle}{kind}{c}{dash}{d}{body}"
    assert normal_number(raw) == f"{number}/{f'{year}/' if year else ''}{kind}-{body}"
    assert normal_number(number_in(f"Ban hành kèm theo Quyết định số {raw} ngày 3/4")) == normal_number(raw)


def test_type_from_the_abbreviation() -> None:
    assert (type_of("902/QĐ-UBND"), type_of("20-NQ/TW"), type_of("5718/UBND-NCPC")) == (
        "Quyết định",
        "Nghị quyết",
        None,
    )


VALUES = {
    "Số ký hiệu": "902/QĐ-UBND",
    "Trích yếu": "Về việc công nhận xã đạt chuẩn nông thôn mới",
    "Loại văn bản": "Quyết định",
    "Cơ quan ban hành": "Ủy ban nhân dân tỉnh",
    "Ngày ban hành": "25/08/2021",
    "Ngày hiệu lực": "01/01/1970",
    "Người ký": "Nguyễn Văn An",
    "Tình trạng": "Còn hiệu lực",
}
EXPECTED = Document(
    number="902/QĐ-UBND",
    number_raw="902/QĐ-UBND",
    type="Quyết định",
    issuer="Ủy ban nhân dân tỉnh",
    signer="Nguyễn Văn An",
    issued_on="2021-08-25",
    issued_raw="25/08/2021",
    effective_on=None,
    effective_raw="01/01/1970",
    abstract="Về việc công nhận xã đạt chuẩn nông thôn mới",
    status="Còn hiệu lực",
)
SHAPES = {
    "two columns": "<table>"
    + "".join(f"<tr><th>{label}</th><td>{value}</td></tr>" for label, value in VALUES.items())
    + "</table>",
    "lines": paragraphs(*(f"<b>{label}:</b> {value}" for label, value in VALUES.items())),
    "pairs of blocks": "".join(
        f'<div class="row"><div class="label">{label}</div><div>{value}</div></div>' for label, value in VALUES.items()
    ),
    "definition list": "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in VALUES.items()) + "</dl>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_labelled_data(shape: str) -> None:
    title = "Quyết định công nhận xã đạt chuẩn nông thôn mới"
    body = page(f"<h1>{title}</h1>{SHAPES[shape]}{rich(paragraphs(*PROSE))}", title=title)
    outcome = found(extract(capture(body), BAC_KAN))
    assert outcome.document == EXPECTED
    assert outcome.article.title == title
    assert outcome.article.body_text.split("\n") == list(PROSE)


def test_a_list_of_documents_is_no_document() -> None:
    rows = "".join(
        f'<tr><td>{n}</td><td><a href="/Pages/vb-{n}.aspx">{n}/QĐ-UBND</a></td><td>25/08/2021</td>'
        "<td>Về việc trồng rừng phòng hộ đầu nguồn</td></tr>"
        for n in range(1, 8)
    )
    head = "<tr><th>STT</th><th>Số ký hiệu</th><th>Ngày ban hành</th><th>Trích yếu</th></tr>"
    outcome = extract(
        capture(
            page(f"<h1>Văn bản</h1><table>{head}{rows}</table>"), url="https://backan.gov.vn/vanban/Pages/default.aspx"
        ),
        BAC_KAN,
    )
    assert isinstance(outcome, ListingFound)
    first = outcome.items[0]
    assert (first.title, first.date) == ("Về việc trồng rừng phòng hộ đầu nguồn", "2021-08-25")


def test_a_pasted_document_is_read_from_its_head_and_foot() -> None:
    def cell(*lines: str) -> str:
        return f"<td><p>{'<br>'.join(lines)}</p></td>"

    head = cell("ỦY BAN NHÂN DÂN", "TỈNH BẮC KẠN", "-------", "Số: 01/ 2022/ QĐ- UBND")
    head += cell(
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Bắc Kạn, ngày 25 tháng 8 năm 2022"
    )
    foot = cell("Nơi nhận:", "- Như trên;", "- Lưu: VT.") + cell(
        "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "(Đã ký)", "Nguyễn Văn An"
    )
    text = paragraphs("QUYẾT ĐỊNH", "Về việc giao chỉ tiêu trồng rừng", *PROSE)
    title = "Quyết định giao chỉ tiêu trồng rừng năm 2022"
    body = page(
        f"<h1>{title}</h1>" + rich(f"<table><tr>{head}</tr></table>{text}<table><tr>{foot}</tr></table>"), title=title
    )
    outcome = found(extract(capture(body), BAC_KAN))
    assert outcome.document == Document(
        number="01/2022/QĐ-UBND",
        number_raw="01/ 2022/ QĐ- UBND",
        type="Quyết định",
        issuer="ỦY BAN NHÂN DÂN TỈNH BẮC KẠN",
        signer="Nguyễn Văn An",
        issued_on="2022-08-25",
        issued_raw="ngày 25 tháng 8 năm 2022",
        abstract="Về việc giao chỉ tiêu trồng rừng",
    )
    assert outcome.article.author is None
    assert outcome.article.body_text.split("\n")[2] == "-------"


def test_an_article_about_a_document_is_none() -> None:
    title = "Công bố Quyết định 902/QĐ-UBND"
    body = page(f"<h1>{title}</h1>{rich(paragraphs('Số: 902/QĐ-UBND được công bố sáng nay.', *PROSE))}", title=title)
    assert found(extract(capture(body), BAC_KAN)).document is None
