"""What must not matter: more navigation around an article, the order of attributes, another spelling of the same tree,
the process that reads it."""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from archive.models import Article, ArticleFound, Capture, Outcome, Source
from crawler.extract import extract
from crawler.profile import load
from tests.crawler.captures import FETCHED
from tests.test_golden import ARTICLES, CASES, expected

DOORS: tuple[Source, ...] = ("live", "warc", "wayback", "commoncrawl")
ROOT = Path(__file__).parents[2]
PAGES = {
    name: next(CASES[name].glob("page.html")).read_text("utf-8") for name in ARTICLES if not name.startswith("text/")
}
LINKS = "".join(
    f'<li><a href="/{n}.aspx">{n}</a></li>' for n in ("Giới thiệu", "Bộ máy", "Quy hoạch", "Công báo", "Y tế")
)
MENUS = (
    f'<div class="topmenu"><ul>{LINKS}</ul></div>',
    "<nav><a href='/e.aspx'>Dịch vụ công trực tuyến</a> <a href='/f.aspx'>Hỏi đáp</a></nav>",
    f'<div id="LeftNav" class="ms-core-sideNavBox"><h2>Chuyên mục</h2><ul>{LINKS}</ul></div>',
    '<div class="counter">Đang truy cập: 25<br>Tổng lượt truy cập: 1.234.567</div>',
    '<div class="today">Thứ Sáu, 05/03/2021</div>',
    '<div class="search-box"><input type="text" name="q"><a href="javascript:find()">Tìm kiếm</a></div>',
    "<footer><p>Cơ quan chủ quản: Ủy ban nhân dân tỉnh. Chịu trách nhiệm: Chánh Văn phòng.</p></footer>",
    '<div class="weblinks"><select onchange="window.open(this.value)"><option value="http://x.vn/">Bộ</option></select></div>',
    f'<div style="display:none"><p>{"Đoạn văn ẩn mà không ai thấy trên trang. " * 6}</p></div>',
    "<script>document.write('<h1>Không phải tiêu đề</h1>')</script>",
)
ATTRIBUTE = r"""\s+[\w:-]+(?:=(?:"[^"]*"|'[^']*'|[^\s"'>]+))?"""
START_TAG = re.compile(rf"<([a-zA-Z][\w:]*)((?:{ATTRIBUTE}){{2,}})\s*(/?)>")
FIELDS = (
    "title", "lead", "body_text", "body_html", "author", "author_raw", "source", "published_at", "published_raw",
    "updated_at", "updated_raw", "images", "attachments", "language",
)  # fmt: skip


def read(name: str, page: str) -> Article:
    outcome = outcome_of(name, page)
    assert isinstance(outcome, ArticleFound), outcome
    return outcome.article


def outcome_of(name: str, page: str) -> Outcome:
    told = expected(name)
    capture = Capture(
        url=told["url"],
        fetched_at=FETCHED,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=page.encode(),
    )
    return extract(capture, load(told["profile"]))


def same(one: Article, other: Article) -> None:
    for field in FIELDS:
        assert getattr(one, field) == getattr(other, field), field


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(PAGES)),
    above=st.lists(st.sampled_from(MENUS), max_size=6).map("".join),
    below=st.lists(st.sampled_from(MENUS), max_size=6).map("".join),
)
def test_more_navigation_around_an_article_does_not_change_it(name: str, above: str, below: str) -> None:
    page = PAGES[name]
    start = re.search(r"<body[^>]*>(?:\s*<form[^>]*>)?", page)
    assert start is not None
    end = page.rindex("</form>") if "</form>" in page else page.rindex("</body>")
    dressed = page[: start.end()] + above + page[start.end() : end] + below + page[end:]
    same(read(name, dressed), read(name, page))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(PAGES)), seed=st.integers(0, 10_000))
def test_the_order_of_attributes_does_not_matter(name: str, seed: int) -> None:
    chance = random.Random(seed)

    def shuffled(tag: re.Match[str]) -> str:
        attributes = re.findall(ATTRIBUTE, tag[2])
        chance.shuffle(attributes)
        return f"<{tag[1]}{''.join(attributes)}{' /' if tag[3] else ''}>"

    page = START_TAG.sub(shuffled, PAGES[name])
    assert len(page) >= len(PAGES[name]) - PAGES[name].count("/>") * 3
    same(read(name, page), read(name, PAGES[name]))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_written_anew_from_its_tree_reads_the_same(name: str) -> None:
    page = PAGES[name]
    for _ in range(2):
        page = html.tostring(html.document_fromstring(page), encoding="unicode", doctype="<!DOCTYPE html>")
        same(read(name, page), read(name, PAGES[name]))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_line_ends_and_blanks_between_blocks_do_not_matter(name: str) -> None:
    spread = re.sub(r"(</(?:div|p|table|tr|td|ul|li|h[1-6])>)", r"\1\r\n\t ", PAGES[name])
    same(read(name, spread), read(name, PAGES[name]))


def digest() -> str:
    """Of everything read from every golden page."""
    told = [repr(outcome_of(name, PAGES[name])) for name in sorted(PAGES)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def test_every_process_reads_the_same() -> None:
    code = "from tests.crawler.test_extract_properties import digest; print(digest())"
    found = set()
    for seed in ("0", "1", "4711"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/Lima", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        found.add(done.stdout.strip())
    assert found == {digest()}


def test_the_door_does_not_matter() -> None:
    for name in sorted(PAGES):
        told = expected(name)
        capture = Capture(url=told["url"], fetched_at=FETCHED, status=200, body=PAGES[name].encode())
        read_by = {source: extract(replace(capture, source=source), load(told["profile"])) for source in DOORS}
        assert len({repr(outcome) for outcome in read_by.values()}) == 1
