"""Who wrote, whom a page credits, what a picture shows, when it was printed: every form met, made at random."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.models import Article
from tests.crawler.captures import PROSE, article_of, page, paragraphs, rich
from tests.crawler.test_extract_dates import FORMS, WEEKDAYS

TITLE = "Lễ ra quân làm đường giao thông nông thôn"
FAMILY = ("Nguyễn", "Hoàng", "Nông", "Ma", "Triệu", "Lý", "Đặng", "Bàn", "Hà", "Đinh")
GIVEN = ("Tú", "Diệp", "Huệ", "Kiên", "Vân", "Lam", "Thắng", "Hiếu", "Thủy", "Minh", "Điển", "Yến")
MIDDLE = ("Ngọc", "Bích", "Văn", "Thị", "Quang", "Đình", "Thanh", "Đức")
NAMES = st.one_of(
    st.tuples(st.sampled_from(MIDDLE), st.sampled_from(GIVEN)).map(" ".join),
    st.tuples(st.sampled_from(FAMILY), st.sampled_from(MIDDLE), st.sampled_from(GIVEN)).map(" ".join),
)
# A signature as printed -> the author.
SIGNATURES = st.one_of(
    NAMES.map(lambda name: (name, name)),
    NAMES.map(lambda name: (name.upper(), name.upper())),
    NAMES.map(lambda name: (f"{name} (tổng hợp)", f"{name} (tổng hợp)")),
    NAMES.map(lambda name: (f"Tin, ảnh: {name}", name)),
    NAMES.map(lambda name: (f"Bài và ảnh: {name}", name)),
    st.tuples(NAMES, NAMES).map(lambda two: (" – ".join(two), " – ".join(two))),
    st.tuples(NAMES, NAMES, NAMES).map(lambda three: (" - ".join(three), " - ".join(three))),
    NAMES.map(lambda name: (f"{name}- Trung tâm VH,TT&TT", f"{name}- Trung tâm VH,TT&TT")),
    st.sampled_from(("H.X", "N.Đ", "Đ.MINH", "Ban Tổ chức", "HND TP Bắc Giang", "Văn phòng UBND huyện")).map(
        lambda text: (text, text)
    ),
)
FRAMES = (
    "<p>{}</p>",
    '<p style="text-align:right"><strong>{}</strong></p>',
    "<p><em>{}</em></p>",
    '<p align="right">{}</p>',
)
PICTURE = '<p><img src="/PictureLibrary/ab/image001.jpg" alt=""></p>'
WORDS = st.sampled_from(
    [
        "đồng",
        "chí",
        "đại",
        "biểu",
        "lãnh",
        "đạo",
        "huyện",
        "xã",
        "trao",
        "tặng",
        "hoa",
        "quà",
        "thăm",
        "mô",
        "hình",
        "nông",
        "dân",
        "toàn",
        "cảnh",
        "hội",
        "nghị",
    ]
)
CAPTIONS = st.lists(WORDS, min_size=4, max_size=14).map(lambda words: " ".join(words).capitalize())
MOMENTS = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2035, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)


def read(main: str, above: str = "") -> Article:
    return article_of(page(f"<h1>{TITLE}</h1>{main}", title=TITLE, above=above))


@settings(deadline=None)
@given(signature=SIGNATURES, frame=st.sampled_from(FRAMES))
def test_every_form_of_signature(signature: tuple[str, str], frame: str) -> None:
    printed, author = signature
    article = read(rich(paragraphs(*PROSE) + frame.format(printed.replace("&", "&amp;"))))
    assert (article.author, article.author_raw) == (author, printed)
    assert article.body_text.split("\n") == list(PROSE)


@settings(deadline=None)
@given(name=NAMES, blanks=st.sampled_from(("", " ", "&#160;&#160; ", "\u200b")), source=NAMES | st.just(""))
def test_labels_with_any_blanks_and_empty_values(name: str, blanks: str, source: str) -> None:
    article = read(rich(paragraphs(*PROSE)) + f"<div>Tác giả:{blanks}{name}</div><div>Nguồn:{blanks}{source}</div>")
    assert article.author == name
    assert article.source == (source or None)
    assert article.body_text.split("\n") == list(PROSE)


@settings(deadline=None)
@given(words=st.lists(WORDS, min_size=3, max_size=12), stop=st.sampled_from(".;!?"))
def test_a_last_sentence_is_no_signature(words: list[str], stop: str) -> None:
    sentence = " ".join(words).capitalize() + stop
    article = read(rich(paragraphs(*PROSE[:2], sentence)))
    assert article.author is None
    assert article.body_text.split("\n")[-1] == sentence


@settings(deadline=None)
@given(caption=CAPTIONS, place=st.integers(0, 2))
def test_a_line_right_after_a_picture_is_its_caption(caption: str, place: int) -> None:
    lines = [f"<p>{line}</p>" for line in PROSE]
    lines.insert(place, f"{PICTURE}<p>{caption}</p>")
    article = read(rich("".join(lines)))
    assert [image.caption for image in article.images] == [caption]
    assert article.body_text.split("\n") == list(PROSE)


@settings(deadline=None)
@given(
    caption=CAPTIONS,
    credit=st.sampled_from(("Ảnh: {}", "(Ảnh: {}/TTXVN)", "Nguồn: Internet", "Ảnh minh họa. Nguồn: Internet")),
    name=NAMES,
)
def test_a_credited_caption_is_no_source_of_the_article(caption: str, credit: str, name: str) -> None:
    printed = f"{caption} {credit.format(name)}" if not credit.startswith("Ảnh minh") else credit
    article = read(rich(f"<p>{PROSE[0]}</p>{PICTURE}<p>{printed}</p>{paragraphs(*PROSE[1:])}"))
    assert [image.caption for image in article.images] == [printed]
    assert article.source is None
    assert article.body_text.split("\n") == list(PROSE)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=15)
@given(moment=MOMENTS)
def test_a_page_is_dated_by_every_printed_form(form: str, moment: datetime) -> None:
    write, precision, role = FORMS[form]
    frame, raw = write(moment)
    article = read(f"<div>{frame.format(raw)}</div>{rich(paragraphs(*PROSE))}")
    wanted = (moment.strftime(precision), raw)
    dated = (
        (article.updated_at, article.updated_raw)
        if role == "updated"
        else (article.published_at, article.published_raw)
    )
    assert dated == wanted
    other = article.published_at if role == "updated" else article.updated_at
    assert other is None
    assert article.body_text.split("\n") == list(PROSE)


@settings(deadline=None)
@given(moment=MOMENTS, place=st.sampled_from(("above", "beside", "zone")))
def test_the_date_of_the_visit_is_never_the_article_s(moment: datetime, place: str) -> None:
    clock = f'<div class="today">{WEEKDAYS[moment.weekday()]}, {moment:%d/%m/%Y}</div>'
    if place == "zone":
        html = page(f"{clock}<h1>{TITLE}</h1>{rich(paragraphs(*PROSE))}", title=TITLE)
    else:
        html = page(f"<h1>{TITLE}</h1>{rich(paragraphs(*PROSE))}", title=TITLE, above=clock if place == "above" else "")
        html = html.replace('<div id="footer">', f'{clock}<div id="footer">') if place == "beside" else html
    article = article_of(html)
    assert (article.published_at, article.updated_at) == (None, None)
    assert f"{moment:%d/%m/%Y}" not in article.body_text


@settings(deadline=None)
@given(moment=MOMENTS)
def test_a_date_in_the_text_is_not_the_article_s(moment: datetime) -> None:
    lines = (
        f"Ngày {moment.day}/{moment.month}, xã tổ chức lễ ra quân theo Kế hoạch số 12/KH-UBND ngày {moment:%d/%m/%Y}.",
        *PROSE[1:],
    )
    article = read(rich(paragraphs(*lines)))
    assert (article.published_at, article.updated_at) == (None, None)
    assert article.body_text.split("\n") == list(lines)
