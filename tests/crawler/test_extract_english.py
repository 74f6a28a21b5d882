"""English pages of SharePoint sites: which figure is the month, days stated for machines, bylines, site names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Article, ArticleFound
from crawler.extract import extract
from crawler.extract.dates import read_date
from crawler.extract.labels import credited
from crawler.extract.order import month_first
from crawler.extract.stated import iso_date
from tests.crawler.captures import ANY, capture

URL = "https://harbour.example.gov/news/Pages/quay.aspx"
TEXT = [
    "The Harbour Board opened the new quay on Friday, and the first ferry to the islands left it shortly after noon.",
    "It replaces the wooden pier of 1954, which will stay open to anglers until the works on the sea wall begin.",
    "Timetables are available at the harbour office and at every station of the coastal railway.",
]
BODY = "".join(f"<p>{line}</p>" for line in TEXT)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))


def article(
    main: str, *, head: str = "", lang: str = "en-US", title: str = "New quay opens", url: str = URL
) -> Article:
    page = (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>{title}</title>{head}</head><body><form id="aspnetForm">'
        f'<div id="DeltaPlaceHolderMain">{main}</div></form></body></html>'
    )
    found = extract(capture(page, url=url), ANY)
    assert isinstance(found, ArticleFound), found
    return found.article


def dated(line: str, **page: str) -> str | None:
    found = article(f"<h1>New quay opens</h1><div class='date'>{line}</div>{BODY}", **page)
    assert found.body_text.split("\n")[-3:] == TEXT
    return found.published_at


@given(DAYS)
def test_a_date_that_can_be_read_one_way_is_read_that_way(day: date) -> None:
    for text in (f"{day.day}/{day.month}/{day.year}", f"{day.month}/{day.day}/{day.year}"):
        found = read_date(text)
        assert found is not None
        if day.day > 12 or day.day == day.month:
            assert found.at == day.isoformat()


@given(DAYS)
def test_month_first_reads_every_day(day: date) -> None:
    found = read_date(f"{day.month}/{day.day}/{day.year}", month_first=True)
    assert found is not None
    assert found.at == day.isoformat()


def test_the_page_says_which_figure_is_the_month() -> None:
    assert dated("3/5/2021") == "2021-03-05"
    assert dated("3/5/2021", lang="en-GB") == "2021-05-03"
    assert dated("3/5/2021", head="<script>var c={currentCultureName:'en-GB'}</script>") == "2021-05-03"
    assert dated("3/5/2021", lang="en-GB", head='<script>var c={"currentCultureName":"en-US"}</script>') == "2021-03-05"


def test_another_date_of_the_page_decides_before_its_language() -> None:
    assert month_first("31/12/2020 3/5/2021", b"", "en-us", vietnamese=False) is False
    assert month_first("12/31/2020 3/5/2021", b"", "en-gb", vietnamese=False) is True
    assert month_first("3/5/2021", b"", "en-us", vietnamese=True) is False


def test_a_statement_for_machines_settles_the_order_and_stands_in() -> None:
    meta = '<meta property="article:published_time" content="{}"/>'
    assert dated("3/5/2021", lang="en-GB", head=meta.format("2021-03-05T08:00:00Z")) == "2021-03-05"
    assert dated("4 May 2021", head=meta.format("2021-03-05")) == "2021-05-04"
    assert article(f"<h1>New quay opens</h1>{BODY}", head=meta.format("2021-03-05")).published_at == "2021-03-05"
    linked = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2021-03-05"}</script>'
    assert article(f"<h1>New quay opens</h1>{BODY}", head=linked).published_at == "2021-03-05"
    assert article(f"<h1>New quay opens</h1>{BODY}").published_at is None


def test_a_page_of_an_event_is_not_dated_by_its_statement() -> None:
    meta = '<meta property="article:published_time" content="2021-03-05"/>'
    found = article(
        f"<h1>New quay opens</h1>{BODY}", head=meta, url="https://harbour.example.gov/events/Pages/quay.aspx"
    )
    assert found.published_at is None


def test_a_short_printed_date_in_a_time_element() -> None:
    assert dated('<time datetime="2021-03-05">5 Mar 21</time>') == "2021-03-05"


def test_the_times_of_an_event_stay_in_its_text() -> None:
    times = "<div class='date'>Start</div><div class='date'>03/25/2021</div><div class='date'>End</div>"
    found = article(f"<h1>New quay opens</h1>{times}{BODY}")
    assert "03/25/2021" in found.body_text
    assert found.published_at is None


@pytest.mark.parametrize("text", ["2021-13-01", "2021-02-30", "5 March 2021", "", "2021-03-05T25:00:00", "1999"])
def test_no_iso_date(text: str) -> None:
    assert iso_date(text, "+07:00") is None


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("By Jane Doe", "Jane Doe", ""),
        ("by Jane van Doe | 3 May 2021", "Jane van Doe", "3 May 2021"),
        ("3 May 2021 - By Jane Doe and John Roe", "Jane Doe and John Roe", "3 May 2021"),
    ],
)
def test_bylines(line: str, name: str, rest: str) -> None:
    assert credited(line) == (name, rest)


@pytest.mark.parametrize("line", ["Step by Step Guide", "By the river", "Written by hand", "By train", "Jane Doe"])
def test_no_bylines(line: str) -> None:
    assert credited(line) is None


def test_a_byline_is_no_text_and_a_sentence_with_by_is() -> None:
    found = article(f"<h1>New quay opens</h1><p>By Jane Doe</p>{BODY}")
    assert (found.author, found.body_text.split("\n")) == ("Jane Doe", TEXT)
    found = article(f"<h1>New quay opens</h1><p>A report by Jane Doe says more.</p>{BODY}")
    assert found.author is None
    assert len(found.body_text.split("\n")) == 4


def test_a_heading_inside_the_text_is_no_headline() -> None:
    found = article(f"<p>{TEXT[0]}</p><h2>Next works</h2><p>{TEXT[1]}</p><p>{TEXT[2]}</p>", title="New quay | Harbour")
    assert found.body_text.split("\n") == [TEXT[0], "Next works", TEXT[1], TEXT[2]]


@pytest.mark.parametrize("title", ["New quay opens | Harbour Board", "Harbour Board - New quay opens"])
def test_the_name_of_the_site_is_no_part_of_the_title(title: str) -> None:
    head = '<meta property="og:site_name" content="Harbour Board"/>'
    assert article(BODY, title=title, head=head).title == "New quay opens"
    assert article(f"<h2>Harbour Board</h2>{BODY}", title=title, head=head).title == "New quay opens"
