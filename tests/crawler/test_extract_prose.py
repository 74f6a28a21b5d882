"""Pages without SharePoint's marks: the running text is found by weighing paragraphs, wherever a template puts it."""

from __future__ import annotations

import pytest

from archive.models import ArticleFound, ListingFound
from crawler.extract import extract
from crawler.profile import SiteProfile
from tests.crawler.captures import capture

PLAIN = SiteProfile(name="plain")
TEXT = [
    f"Paragraph {number} of the report, which the council adopted on Tuesday, tells what was built and what it cost."
    for number in range(6)
]
TITLE = "The council reports on what was built"
RELATED = "".join(
    f"<div class='card'><h3><a href='/{n}.html'>Another story of the day, number {n}</a></h3><p>Its lead.</p></div>"
    for n in range(6)
)


def read(main: str, title: str = TITLE, url: str = "https://news.example/2019/11/council-report/") -> ArticleFound:
    menu = "".join(
        f"<li><a href='/{word}'>{word.title()}</a></li>" for word in ("politics", "sport", "culture", "science")
    )
    body = (
        f"<html><head><title>{title} | Daily Example</title></head><body><div class='top'><ul>{menu}</ul></div>{main}"
        "<div class='foot'><p>Daily Example, Example Street 1, Exampletown, 12345, Example.</p></div></body></html>"
    )
    outcome = extract(capture(body, url=url), PLAIN)
    assert isinstance(outcome, ArticleFound)
    return outcome


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


@pytest.mark.parametrize(
    "main",
    [
        f"<div><h1>{TITLE}</h1><div>{paragraphs(TEXT)}</div></div><div>{RELATED}</div>",
        f"<article><header><h1>{TITLE}</h1></header><div class='entry'>{paragraphs(TEXT)}</div></article>{RELATED}",
        f"<table><tr><td><h1>{TITLE}</h1>{'<br><br>'.join(TEXT)}</td><td>{RELATED}</td></tr></table>",
        (
            f"<div><h1>{TITLE}</h1><div class='part'>{paragraphs(TEXT[:3])}</div><div><p>Advertisement</p></div>"
            f"<div class='part'>{paragraphs(TEXT[3:])}</div></div>{RELATED}"
        ),
        (
            f"<div class='x'><h1>{TITLE}</h1><div class='col'><div class='body'>{paragraphs(TEXT[:3])}</div></div>"
            f"<div class='col'><div class='body'>{paragraphs(TEXT[3:])}</div></div></div>{RELATED}"
        ),
    ],
    ids=["beside cards", "article", "layout table with line breaks", "cut by an advertisement", "cut into cousins"],
)
def test_the_text_is_found_whatever_it_stands_in(main: str) -> None:
    article = read(main).article
    assert article.title == TITLE
    assert [line for line in article.body_text.split("\n") if line != "Advertisement"] == TEXT


def test_a_box_of_related_matter_inside_the_text_does_not_end_it() -> None:
    box = "<div><h3>Related news</h3><h4><a href='/a.html'>Another story of that day</a></h4></div>"
    article = read(f"<div><h1>{TITLE}</h1><div>{paragraphs(TEXT[:3])}{box}{paragraphs(TEXT[3:])}</div></div>").article
    assert article.body_text.split("\n") == TEXT


def test_text_after_a_heading_of_related_matter_that_stands_elsewhere_is_none() -> None:
    leads = (
        f"<div><h3>Related news</h3><div>{paragraphs(['The lead of another story of the day ' * 4] * 3)}</div></div>"
    )
    article = read(f"<div><h1>{TITLE}</h1><div>{paragraphs(TEXT)}{leads}</div></div>").article
    assert article.body_text.split("\n") == TEXT


def test_lines_without_a_western_full_stop_are_no_captions() -> None:
    lines = [
        f"第{number}段落では、改造した製品を販売した場合の法律上の問題について、詳しく説明しています。"
        for number in range(8)
    ]
    main = f"<article><h1>商品の改造について</h1><div><img src='/a.jpg'>{paragraphs(lines)}</div></article>"
    assert read(main, title="商品の改造について").article.body_text.split("\n") == lines


def test_a_front_page_of_leads_is_no_article() -> None:
    cards = "".join(
        f"<div class='card'><h2><a href='/{n}.html'>Story number {n} of today's front page</a></h2><p>Short.</p></div>"
        for n in range(9)
    )
    body = f"<html><head><title>Daily Example</title></head><body><div>{cards}</div></body></html>"
    assert not isinstance(extract(capture(body, url="https://news.example/"), PLAIN), ArticleFound)


def test_a_section_list_that_shows_the_beginning_of_every_article_is_no_article() -> None:
    entries = "".join(
        f"<div><a href='/tin-{n}'>Tin số {n} về việc sửa đường liên xã</a> (0{n}/12/2024)<p>{line}</p></div>"
        for n, line in enumerate(TEXT)
    )
    head = "<head><title>Tin trong tỉnh</title></head>"
    body = f"<html>{head}<body><div><h1>Tin trong tỉnh</h1>{entries}</div></body></html>"
    outcome = extract(capture(body, url="https://tin.example/tin-trong-tinh"), PLAIN)
    assert isinstance(outcome, ListingFound)
    assert [item.title for item in outcome.items] == [f"Tin số {n} về việc sửa đường liên xã" for n in range(len(TEXT))]


@pytest.mark.parametrize("date", ["17:19 Thứ sáu , Ngày 16 Tháng 06 Năm 2023", "16-06-2023, 17:19"])
def test_a_date_between_headline_and_text_is_the_article_s_though_nothing_stands_above(date: str) -> None:
    title = "Hạt Kiểm lâm phát hiện vụ cất giữ lâm sản trái phép"
    lines = [
        f"Đoàn kiểm tra số {n} ghi nhận việc giữ rừng ở các xã, thôn được người dân thực hiện tốt." for n in range(6)
    ]
    article = read(f"<main><h1>{title}</h1><div>{date}</div><div>{paragraphs(lines)}</div></main>", title=title).article
    assert article.published_at == "2023-06-16T17:19:00+07:00"
