"""Layouts of a profile: when they hold, and that their selectors win over the general rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from archive.models import ArticleFound, ListingFound
from crawler.extract import extract
from crawler.extract.selectors import compiled
from crawler.layouts import findings
from crawler.profile import Layout, SiteProfile, load
from crawler.sheets import names
from tests.crawler.captures import BAC_KAN, PROSE, capture, found, page, paragraphs, record

TITLE = "Lễ ra quân trồng rừng đầu xuân"
LEAD = "Sáng mùng 6 Tết, hơn hai trăm đoàn viên các xã đã có mặt tại đồi Khau Cút để trồng rừng."
BODY = page(
    '<div class="top">Chuyên mục: Nông nghiệp</div><div class="when">Đăng lúc 14/01/2022</div>'
    f'<div class="t">{TITLE}</div><div class="l">{LEAD}</div><div class="b">{paragraphs(*PROSE)}</div>'
    '<div class="by">Ghi chép của Bích Huệ</div>'
    '<div class="src">Nguồn: Báo Núi Rừng</div><div class="junk">Mời bạn đọc tải ứng dụng của chúng tôi về máy</div>',
    title="Trang tin",
)
LAYOUT = Layout(
    name="t1",
    title=(".nothing", ".t"),
    lead=(".l",),
    body=(".b",),
    published=(".when",),
    author=(".by",),
    section=(".top",),
    drop=(".junk",),
)


def with_layouts(*layouts: Layout) -> SiteProfile:
    return replace(BAC_KAN, layout=layouts, digest=str(layouts))


def read(*layouts: Layout) -> ArticleFound:
    return found(extract(capture(BODY), with_layouts(*layouts)))


def test_selectors_win() -> None:
    outcome = read(LAYOUT)
    article = outcome.article
    assert outcome.layout == "t1"
    assert (article.title, article.lead) == (TITLE, LEAD)
    assert article.body_text.split("\n") == [LEAD, *PROSE]
    assert article.published_at == "2022-01-14"
    assert (article.author, article.section) == ("Ghi chép của Bích Huệ", "Chuyên mục: Nông nghiệp")
    assert outcome.evidence["title"].rule == outcome.evidence["published_at"].rule == "layout t1"


def test_every_drop_selector_counts() -> None:
    dropped = read(Layout(name="d", title=(".t",), drop=(".junk", ".nothing", ".src"))).article
    assert "ứng dụng" not in dropped.body_text
    assert dropped.source is None
    assert read(Layout(name="d", title=(".t",), drop=(".junk",))).article.source == "Báo Núi Rừng"


def test_a_label_is_believed_before_the_layout() -> None:
    updated = BODY.replace("Đăng lúc 14/01/2022", "Cập nhật lúc: 14/01/2022 08:30")
    article = found(extract(capture(updated), with_layouts(LAYOUT))).article
    assert (article.published_at, article.updated_at) == (None, "2022-01-14T08:30:00+07:00")


def test_what_stands_around_a_named_body_still_tells_its_source() -> None:
    assert read(Layout(name="b", title=(".t",), body=(".b",))).article.source == "Báo Núi Rừng"


def test_selectors_that_find_nothing_leave_the_general_rules() -> None:
    outcome = read(Layout(name="t2", title=(".x",), body=(".y",), lead=(".z",), published=(".p",)))
    assert outcome.layout == "t2"
    assert set(PROSE) <= set(outcome.article.body_text.split("\n"))


@pytest.mark.parametrize(
    ("layout", "holds"),
    [
        (Layout(name="x", present=(".t",)), True),
        (Layout(name="x", present=(".absent",)), False),
        (Layout(name="x", hosts=("backan.gov.vn",)), True),
        (Layout(name="x", hosts=("*.backan.gov.vn",)), False),
        (Layout(name="x", path=r"-[0-9a-f]{4}\.aspx$"), True),
        (Layout(name="x", path=r"/Lists/"), False),
        (Layout(name="x", marks=("Trang tin",)), True),
        (Layout(name="x", marks=("Block_BanTin",)), False),
        (Layout(name="x", since=date(2024, 3, 4), until=date(2024, 3, 4)), True),
        (Layout(name="x", since=date(2024, 3, 5)), False),
        (Layout(name="x", until=date(2024, 3, 3)), False),
    ],
)
def test_conditions(layout: Layout, holds: bool) -> None:
    assert read(layout).layout == ("x" if holds else None)


def test_the_first_that_holds_reads_the_page() -> None:
    assert read(Layout(name="a", present=(".absent",)), Layout(name="b"), Layout(name="c")).layout == "b"


def test_a_look_goes_before_an_address_and_an_address_before_dates_alone() -> None:
    dated = Layout(name="dated", since=date(2024, 1, 1), until=date(2024, 12, 31))
    addressed = Layout(name="addressed", hosts=("backan.gov.vn",))
    looking = Layout(name="looking", present=(".t",))
    assert read(dated, addressed, looking).layout == "looking"
    assert read(dated, addressed).layout == "addressed"
    assert read(addressed, Layout(name="other", present=(".absent",))).layout == "addressed"


def test_the_same_look_is_told_apart_by_date() -> None:
    """A portal that put its date elsewhere one day, under the same names."""
    old = Layout(name="old", present=(".t",), until=date(2024, 3, 3), body=(".l",))
    new = Layout(name="new", present=(".t",), since=date(2024, 3, 4), body=(".b",))
    ever = Layout(name="ever", present=(".t",))
    profile = with_layouts(ever, old, new)
    now = capture(BODY)
    before = replace(now, fetched_at=datetime(2024, 3, 3, 9, tzinfo=UTC))
    assert found(extract(now, profile)).layout == "new"
    assert found(extract(before, profile)).layout == "old"
    assert found(extract(now, with_layouts(ever, old))).layout == "ever"


def test_what_a_check_says_of_layouts() -> None:
    year = {"present": (".t",)}
    assert list(findings((Layout(name="a"), Layout(name="b", hosts=("x.vn",))))) == []
    assert list(findings((Layout(name="a"), Layout(name="a")))) == [
        "layout a: 2 layouts have this name",
        "layout a: never used, a reads every page it could",
    ]
    assert list(findings((Layout(name="a", marks=("x", "y")), Layout(name="b", marks=("x",))))) == [
        "layout b: never used, a reads every page it could"
    ]
    early = Layout(name="early", until=date(2020, 6, 30), **year)
    assert list(findings((early, Layout(name="late", since=date(2020, 7, 1), **year)))) == []
    assert list(findings((early, Layout(name="late", since=date(2020, 7, 3), **year)))) == [
        "layouts early and late: no layout between 2020-06-30 and 2020-07-03"
    ]
    assert list(findings((early, Layout(name="late", since=date(2020, 6, 1), **year)))) == [
        "layouts early and late: both apply from 2020-06-01 to 2020-06-30; early is tried first"
    ]


def test_text_records_are_told_by_marks() -> None:
    text = "\n\n".join((TITLE, "(Cập nhật lúc: 23/10/2019 15:13:00 )", *PROSE))
    profile = with_layouts(Layout(name="old", marks=("Cập nhật lúc",)), Layout(name="new", present=("h1",)))
    assert found(extract(record(text), profile)).layout == "old"


def test_entries_of_a_list_by_selector() -> None:
    rows = "".join(
        f'<div class="e"><a href="/Pages/t{n}-1a2{n}.aspx">Tin thứ {n} trong tuần qua</a></div>' for n in range(2)
    )
    body = page(f"<h1>Tin tuần</h1>{paragraphs(*PROSE)}{rows}", title="Tin tuần")
    outcome = extract(capture(body), with_layouts(Layout(name="list", items=(".e",))))
    assert isinstance(outcome, ListingFound)
    assert [item.title for item in outcome.items] == ["Tin thứ 0 trong tuần qua", "Tin thứ 1 trong tuần qua"]


SELECTORS = ("present", "title", "lead", "body", "published", "updated", "author", "source", "section", "items", "drop")


@pytest.mark.parametrize("profile", names())
def test_selectors_of_the_profiles_are_css(profile: str) -> None:
    for layout in load(profile).layout:
        for name in SELECTORS:
            for selector in getattr(layout, name):
                assert compiled(selector) is not None, selector


def test_a_named_container_that_is_empty_leaves_the_page_to_the_general_rules() -> None:
    article = read(Layout(name="e", title=(".t",), body=(".unused",))).article
    empty = BODY.replace('<div class="top">', '<div class="unused"> </div><div class="top">')
    profile = with_layouts(Layout(name="e", title=(".t",), body=(".unused",)))
    assert found(extract(capture(empty), profile)).article.body_text == article.body_text
    assert PROSE[0] in article.body_text
