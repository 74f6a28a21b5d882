"""SharePoint publishing sites of many countries: page layouts, chrome, languages and date forms put together anew.

No page here is real; each shape is: field controls of the publishing layouts, custom masters without placeholder names,
tables of the 2007 layouts, rows of share buttons, related lists, tags, side columns, and months in thirteen languages.
"""

from __future__ import annotations

import itertools

import pytest

from archive.models import Article, ArticleFound
from crawler.extract import extract
from tests.crawler.captures import ANY, capture

TITLE = "Ministry opens the third bridge over the river"
BODY = [
    "The Ministry of Works opened the third bridge over the river on Monday, two months earlier than it had planned.",
    "Some 12,400 vehicles will cross it every day, and from the old town to the harbour it takes nine minutes less.",
    "Background",
    "The first bridge was built in 1921, the second in 1968; both will be closed in turn for repairs until autumn.",
    "Further information is available from the office of the Ministry and on the site of the project.",
]
DATES = {
    "en": "15 March 2019",
    "en-us": "March 15, 2019",
    "es": "15 de marzo de 2019",
    "pt": "15 de março de 2019",
    "fr": "15 mars 2019",
    "de": "15. März 2019",
    "it": "15 marzo 2019",
    "nl": "15 maart 2019",
    "tr": "15 Mart 2019",
    "ru": "15 марта 2019 г.",
    "pl": "15 marca 2019",
    "ar": "15 مارس 2019",
    "ja": "2019年3月15日",
    "numeric": "15/03/2019",
    "dotted": "15.03.2019",
    "iso": "2019-03-15",
}
LABELLED = {
    "en": "Published: 15 March 2019",
    "us": "FOR IMMEDIATE RELEASE: March 15, 2019",
    "kind": "Media release | 15 March 2019",
    "es": "Publicado el viernes, 15 de marzo de 2019",
    "pt": "Publicado em 15/03/2019",
    "fr": "Publié le 15 mars 2019",
    "de": "Veröffentlicht am 15. März 2019",
    "tr": "Yayın Tarihi: 15.03.2019",
    "ru": "Дата публикации: 15 марта 2019",
    "ar": "تاريخ النشر: 15/03/2019",
}


def paragraphs() -> str:
    return "".join(f"<h3>{line}</h3>" if line == "Background" else f"<p>\u200b{line}</p>" for line in BODY)


def field(name: str, inside: str) -> str:
    """A field control as publishing pages write it: a hidden label and a wrapper."""
    return (
        f"<div id='ctl00_PlaceHolderMain_{name}_label' style='display:none'>{name}</div>"
        f"<div id='ctl00_PlaceHolderMain_{name}__ControlWrapper_RichHtmlField' class='ms-rtestate-field'"
        f" style='display:inline'>{inside}</div>"
    )


def stories(number: int) -> str:
    return "".join(
        f"<li><a href='/news/Pages/{n}.aspx'>Another story of the Ministry, number {n}</a></li>" for n in range(number)
    )


SHARE = (
    "<ul class='share-tools'><li><a href='javascript:window.print()'>Print</a></li><li><a href='mailto:?'>Mail</a></li>"
    "<li><a href='https://facebook.example/s'>Share</a></li></ul>"
)
RELATED = f"<div class='related-news'><h2>Related news</h2><ul>{stories(5)}</ul></div>"
TAGS = "<div class='tags'><span>Tags:</span> <a href='/t/1'>Roads</a> <a href='/t/2'>Bridges</a></div>"


def publishing(date: str) -> str:
    """2013 and later: the main placeholder, an article layout with field controls."""
    return (
        "<div id='DeltaPlaceHolderMain'><div class='breadcrumb'><a href='/'>Home</a> &gt; <a href='/n'>News</a></div>"
        f"{SHARE}<div class='article article-left'><h1>{TITLE}</h1><div class='article-date'>{date}</div>"
        f"<div class='article-content'>{field('ctl01', paragraphs())}</div></div>{TAGS}{RELATED}</div>"
    )


def tabled(date: str) -> str:
    """2007: the layout is a table, the title a span, a quick launch on the left."""
    return (
        "<table id='MSO_ContentTable'><tr><td width='20%'><div class='ms-quicklaunchouter'><ul>"
        f"{stories(6)}</ul></div></td><td width='80%'><div class='ms-bodyareacell'><table><tr><td>"
        f"<h1 class='pageTitle'>{TITLE}</h1></td></tr><tr><td><span class='newsDate'>{date}</span></td></tr><tr><td>"
        f"{field('PageContent', paragraphs())}</td></tr></table></div></td></tr></table>"
    )


def columned(date: str) -> str:
    """A custom master with a grid: side column with contact and downloads, share row, lead set apart."""
    return (
        "<div id='s4-workspace'><div id='s4-bodyContainer'><span id='DeltaPlaceHolderMain'><div class='row'>"
        f"<div class='col-md-8'><p class='date'>{date}</p><h1>{TITLE}</h1>{field('ctl02', paragraphs())}{SHARE}</div>"
        f"<div class='col-md-4'><h3>Contact us</h3><p>Press office, 1 River Street</p><h3>Latest news</h3>"
        f"<ul>{stories(4)}</ul>"
        "</div></div></span></div></div>"
    )


def unnamed(date: str) -> str:
    """A master of its own that keeps no placeholder's name; only the rich field tells SharePoint."""
    return (
        f"<div class='wrapper'><div class='menu'><ul>{stories(8)}</ul></div><div class='inner'><h1>{TITLE}</h1>"
        f"<div class='published'>{date}</div>{field('ctl00', paragraphs())}</div>{RELATED}</div>"
    )


LAYOUTS = {"publishing": publishing, "tabled": tabled, "columned": columned, "unnamed": unnamed}


def read(main: str, *, title: str = f"{TITLE} - Ministry of Works", path: str = "/news/Pages/bridge.aspx") -> Article:
    menu = "".join(
        f"<li><a href='/{word}/Pages/default.aspx'>{word}</a></li>" for word in ("Home", "News", "Works", "Maps")
    )
    body = (
        f"<html lang='en-US'><head><title>\r\n\t{title}\r\n</title></head><body><form id='aspnetForm' method='post'>"
        "<div class='noindex'><a href='#mainContent'>Skip to main content</a></div>"
        f"<div id='header'><ul class='nav'>{menu}</ul><div class='today'>Thursday, 11 June 2020</div></div>{main}"
        "<div id='footer'><p>© 2020 Ministry of Works</p></div></form></body></html>"
    )
    outcome = extract(capture(body, url=f"https://works.example{path}"), ANY)
    assert isinstance(outcome, ArticleFound)
    return outcome.article


@pytest.mark.parametrize(("layout", "form"), list(itertools.product(LAYOUTS, DATES)))
def test_every_layout_with_every_form_of_date(layout: str, form: str) -> None:
    article = read(LAYOUTS[layout](DATES[form]))
    assert article.title == TITLE
    assert (article.published_at or "")[:10] == "2019-03-15"
    assert article.body_text.split("\n") == BODY


@pytest.mark.parametrize(("layout", "label"), list(itertools.product(LAYOUTS, LABELLED)))
def test_every_layout_with_every_label(layout: str, label: str) -> None:
    article = read(LAYOUTS[layout](f"<span>{LABELLED[label]}</span>"))
    assert (article.published_at or "")[:10] == "2019-03-15"
    assert article.body_text.split("\n") == BODY


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_that_tells_no_date_has_none(layout: str) -> None:
    article = read(LAYOUTS[layout](""))
    assert article.published_at is None
    assert article.body_text.split("\n") == BODY


@pytest.mark.parametrize("title", ["Ministry of Works", f"WORKS - {TITLE}", f"Pages - {TITLE} | Ministry of Works", ""])
def test_the_headline_is_the_one_shown_whatever_the_title_element_says(title: str) -> None:
    assert read(publishing("15 March 2019"), title=title).title == TITLE


def test_a_line_that_is_only_the_host_s_name_is_no_headline() -> None:
    main = publishing("15 March 2019").replace("<h3>Background</h3>", "<h3>WORKS</h3>")
    article = read(main, title=f"WORKS - {TITLE} today")
    assert article.title == TITLE


def test_the_day_of_an_event_is_no_date_of_publication() -> None:
    assert read(columned("15 March 2019"), path="/events/Pages/bridge.aspx").published_at is None
