"""The replica portal is what it says it is: the same from the same seed, and honest about itself."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import unicodedata
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html

from crawler.profile import load
from crawler.sharepoint import canonical_url
from tests.browsing import Answer, ask, page_of
from tests.portal.names import NUMBER_FORMS
from tests.replica import ROOT, Replica


@pytest.fixture(scope="module")
def truth(replica: Replica) -> dict[str, Any]:
    told: dict[str, Any] = replica.truth()
    return told


def printed(*options: str) -> str:
    command = [sys.executable, "-m", "tests.portal", "--truth", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout


def test_one_seed_makes_one_portal_and_another_seed_another() -> None:
    one, again = (printed("--size", "small", "--seed", "7", "--port", "8000") for _ in range(2))
    assert one == again
    titles = {article["title"] for article in json.loads(one)["articles"]}
    other = {
        article["title"]
        for article in json.loads(printed("--size", "small", "--seed", "8", "--port", "8000"))["articles"]
    }
    assert len(titles & other) < len(titles) / 2


def test_sizes_are_kept() -> None:
    assert 110 <= len(json.loads(printed("--size", "small"))["articles"]) <= 170
    assert 600 <= len(json.loads(printed("--size", "default"))["articles"]) <= 760
    assert 1000 <= len(json.loads(printed("--size", "1000"))["articles"]) <= 1150


def test_a_port_in_use_is_one_line_and_no_server() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.3", 0))
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tests.portal", "--size", "small", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


def test_what_is_served_is_what_is_printed(replica: Replica, truth: dict[str, Any]) -> None:
    assert json.loads(printed("--size", "small", "--port", str(replica.port))) == truth


# --- the truth --------------------------------------------------------------------------------------------------------


def test_every_article_is_reached_and_nothing_else(truth: dict[str, Any]) -> None:
    articles = [article["canonical_url"] for article in truth["articles"]]
    reached = {url["article"] for url in truth["urls"] if url["outcome"] == "article"}
    assert len(articles) == len(set(articles))
    assert reached == set(articles)


def test_every_outcome_is_met(truth: dict[str, Any]) -> None:
    met = {url["outcome"] for url in truth["urls"]}
    assert met >= {
        "article", "listing", "file", "redirect", "robots", "trap", "login", "out_of_scope", "too_long", "soft_404",
        "not_found", "error_page", "interstitial", "login_required", "forbidden", "throttled", "server_error",
        "truncated", "unreachable", "unsupported", "no_article", "duplicate",
    }  # fmt: skip


def test_duplicates_name_an_address_that_is_told(truth: dict[str, Any]) -> None:
    told = {url["url"]: url["outcome"] for url in truth["urls"] if url["outcome"] != "duplicate"}
    doubles = [url for url in truth["urls"] if url["outcome"] == "duplicate"]
    assert len(told) + len(doubles) == len(truth["urls"])
    assert all(url["of"] in told for url in doubles)
    spellings = " ".join(url["url"] for url in doubles)
    for mark in ("IsDlg=1", "Mobile=1", "Source=", "fbclid", ":443", "https://", "127.0.0.7", "print.aspx", "web=1"):
        assert mark in spellings, mark


def test_its_addresses_agree_with_the_crawlers(replica: Replica, truth: dict[str, Any]) -> None:
    profile = load(replica.profile)
    for url in truth["urls"]:
        expected = url.get("of", url["url"])
        if url["outcome"] != "out_of_scope":
            assert canonical_url(url["url"], profile) == expected


def test_boilerplate_is_on_pages_and_in_no_article(replica: Replica, truth: dict[str, Any]) -> None:
    texts = "\n".join(f"{a['title']}\n{a['lead']}\n{a['body_text']}" for a in truth["articles"])
    assert [phrase for phrase in truth["boilerplate"] if phrase in texts] == []
    pages = "".join(ask(replica, urllib.parse.urlsplit(a["url"]).path).text for a in truth["articles"][:3])
    assert sum(phrase in pages for phrase in truth["boilerplate"]) > 8


def test_pages_say_what_the_truth_says(replica: Replica, truth: dict[str, Any]) -> None:
    for article in truth["articles"]:
        page = page_of(replica, article["url"])
        shown = _shown(page)
        for piece in _pieces(article):
            assert piece in shown, (article["url"], piece)


def _shown(answer: Answer) -> str:
    text = html.fromstring(answer.text).text_content()
    text = unicodedata.normalize("NFC", text).replace("\u00d0", "Đ").replace("\u0189", "Đ")
    return re.sub(r"\s+", "", re.sub("[\u200b\u00ad]", "", text))


def _pieces(article: dict[str, Any]) -> Iterator[str]:
    raw = [article[f"{name}_raw"] for name in ("author", "source", "published", "updated")]
    lines = [cell for line in article["body_text"].split("\n") for cell in line.split(" | ")]
    captions = [image["caption"] for image in article["images"]]
    links = [attachment["text"] for attachment in article["attachments"]]
    document = article["document"] or {}
    numbers = [document.get("number_raw"), document.get("signer"), document.get("issued_raw")]
    for text in (article["title"], *raw, *lines, *captions, *links, *numbers):
        if text:
            yield re.sub(r"\s+", "", text)


def test_all_kinds_of_articles_and_fields_are_there(truth: dict[str, Any]) -> None:
    articles = truth["articles"]
    assert {a["layout_family"] for a in articles} == {"A1", "A2", "B", "C", "D", "L", "N", "V"}
    kinds = {a["kind"] for a in articles}
    assert kinds == {"news", "notice", "table", "photo", "roundup", "legal", "register", "service", "english"}
    lengths = sorted(a["body_text"].count("\n") + 1 for a in articles)
    assert lengths[0] == 1
    assert lengths[-1] >= 18
    types = {attachment["filetype"] for a in articles for attachment in a["attachments"]}
    assert types == {"pdf", "doc", "docx", "xls"}
    names = " ".join(attachment["filename"] for a in articles for attachment in a["attachments"])
    assert all(mark in names for mark in (".signed.signed.pdf", ".PDF", "ế", " "))
    assert any(a["published_at"] is None and a["updated_at"] is None for a in articles)
    assert {a["language"] for a in articles} == {"vi", "en"}


@pytest.mark.parametrize(
    "dirt",
    [
        "display:none'>Nội dung Trang</div>", 'aria-labelledby="ctl00_PlaceHolderMain_Content1_label"></div>',
        'class="ExternalClass', 'href="http&#58;//', "<o:p></o:p>", 'class="MsoNormal"', "ms-rteTable-default",
        "MsoNormalTable", "ms-WPHeaderTd", "ms-isBot", "<!-- SPM:", "figcaption", "\u200b", "\u00ad", "\u3000",
        "\u00d0", "\u0189", "&ecirc;", "e\u0302", "&#160;", "image002.jpg", "RenditionID=5",
        "Sign In</a><a href", "hoá", "hóa",
        "<blockquote", "Turn on more accessible mode",
    ],
)  # fmt: skip
def test_the_pages_are_as_dirty_as_real_ones(pages: str, dirt: str) -> None:
    assert dirt in pages


@pytest.fixture(scope="module")
def pages(replica: Replica, truth: dict[str, Any]) -> str:
    """Every article's page, one after the other."""
    return "".join(page_of(replica, article["url"]).text for article in truth["articles"])


def test_document_numbers_are_written_in_every_way() -> None:
    articles = json.loads(printed("--size", "default"))["articles"]
    texts = "\n".join(article["body_text"] for article in articles)
    for form in NUMBER_FORMS:
        shape = re.escape(form).replace(r"\{n\}", r"\d+").replace(r"\{d\}", r"\d").replace(r"\{y\}", r"\d{4}")
        assert re.search(shape, texts), form
    raws = {a["document"]["number_raw"]: a["document"]["number"] for a in articles if a["document"]}
    assert any(number is None and raw.startswith("/") for raw, number in raws.items())
    assert any("–" in raw and number and "-" in number for raw, number in raws.items())
    assert any(re.fullmatch(r"0\d/ \d{4}/ \S+- \S+", raw) for raw in raws)


def test_every_printed_date_form_is_used() -> None:
    articles = json.loads(printed("--size", "default"))["articles"]
    shapes = {
        re.sub(r"\d", "9", a["published_raw"] or a["updated_raw"] or "").replace("PM", "AM").split(" Thứ")[0]
        for a in articles
    }
    assert shapes >= {
        "99/99/9999 99:99:99", "99/99/9999", "99/99/9999 99:99", "99:99 99/99/9999", "99/99/9999 99:99:99 AM",
        "99/99/9999 - 99:99", "99/99/9999, 99:99", "99:99, 99/99/9999", "99-99-9999, 99:99",
    }  # fmt: skip
