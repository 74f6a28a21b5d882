"""A page as the extractor saw it: the outcome, the evidence of fields, each piece kept or left out for a reason."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree

from archive.models import ArticleFound
from crawler.explained import page_of, reasons
from crawler.extract import extract
from crawler.extract.dom import parse
from crawler.extract.explain import Explanation, explain
from crawler.extract.zone import main_zone
from crawler.profile import Layout
from tests.conftest import Run
from tests.crawler.captures import BAC_KAN, PAGE, PROSE, capture, page, paragraphs, record, rich
from tests.crawler.test_extract_article import LEAD, TITLE, new_main, old_main, sub_portal
from tests.crawler.test_extract_layouts import BODY, with_layouts
from tests.crawler.test_extract_safety import HOSTILE

TEXT = "\n".join(
    ("Skip Ribbon Commands", "Thứ Hai, 04/03/2024", TITLE, "(Cập nhật lúc: 23/10/2019 15:13:00 )", *PROSE, "Hương Dịu")
)


def of_page(html: str) -> Explanation:
    return explain(capture(html), BAC_KAN)


@pytest.mark.parametrize("html", [old_main(), new_main(), sub_portal(source="UBND")])
def test_every_field_tells_its_rule_its_place_and_how_sure_it_is(html: str) -> None:
    told = of_page(html)
    outcome = extract(capture(html), BAC_KAN)
    assert isinstance(outcome, ArticleFound)
    shown = {field.name: field for field in told.fields}
    assert shown["title"].value == outcome.article.title
    for name in ("title", "lead", "author", "body_text"):
        evidence = shown[name].evidence
        assert evidence is not None
        assert evidence.rule
        assert evidence.place
        assert 0 < evidence.sure < 1
        tree = parse(html)
        assert tree is not None
        assert tree.cssselect(evidence.place), "the place is a selector that finds something"
    dated = shown.get("published_at") or shown["updated_at"]
    assert dated.evidence is not None
    assert dated.evidence.sure > 0.8


def test_text_is_kept_and_everything_else_left_out_for_a_reason() -> None:
    told = of_page(old_main())
    kept = [part.text for part in told.parts if part.state == "kept" and not part.text.startswith("https:")]
    assert kept == [LEAD, *PROSE]
    fields = [part.text for part in told.parts if part.state == "field"]
    assert {TITLE, "(Cập nhật lúc: 23/10/2019 15:13:00 )", "Ngọc Tú (tổng hợp)"} <= set(fields)
    why = {part.text: part.why for part in told.parts if part.state == "dropped"}
    assert why["Sapo"] == "hidden from readers"
    assert why["Các tin khác"] == "after the heading 'Các tin khác'"
    assert why["Skip Ribbon Commands"] == "outside the main zone"
    assert all(part.why for part in told.parts if part.state != "kept")
    assert [part.text for part in told.parts].index(TITLE) < [part.text for part in told.parts].index(LEAD)
    assert sum(count for _, count, _ in reasons(told)) == len(why)


def test_no_word_of_a_page_is_missing_from_its_explanation() -> None:
    for html in (old_main(), new_main(), sub_portal()):
        words = " ".join(part.text for part in of_page(html).parts)
        tree = parse(html)
        assert tree is not None
        body = tree.find("body")
        assert body is not None
        etree.strip_elements(body, "script", "menu", "marquee", with_tail=False)
        for word in " ".join(body.itertext()).split():
            assert word.strip("\u200b\xa0") in words, word


def test_the_zone_names_a_reason_for_exactly_what_it_skips() -> None:
    for html in (old_main(), new_main(), sub_portal()):
        tree = parse(html)
        assert tree is not None
        zone = main_zone(tree)
        for element in tree.iter(etree.Element):
            assert (zone.why(element) is not None) == zone.skip(element)


def test_a_trace_changes_nothing() -> None:
    for html in (old_main(), new_main(), sub_portal()):
        before = extract(capture(html), BAC_KAN)
        of_page(html)
        assert extract(capture(html), BAC_KAN) == before


def test_lines_of_a_text_record() -> None:
    told = explain(record(TEXT), BAC_KAN)
    states = {part.text: (part.state, part.why, part.place) for part in told.parts}
    assert states["Skip Ribbon Commands"] == ("dropped", "line of the portal's dress", "line 1")
    assert states["Thứ Hai, 04/03/2024"] == ("dropped", "the visitor's date", "line 2")
    assert states[TITLE][0] == "field"
    assert states[PROSE[0]] == ("kept", None, "line 5")
    updated = next(field for field in told.fields if field.name == "updated_at")
    assert updated.evidence is not None
    assert updated.evidence.place == "line 4"


def test_a_layout_is_named_where_it_rules() -> None:
    layout = Layout(name="t1", family="T", title=(".t",), body=(".b",), drop=(".junk",))
    told = explain(capture(BODY), with_layouts(layout))
    assert (told.layout, told.family) == ("t1", "T")
    why = {part.text: part.why for part in told.parts if part.state == "dropped"}
    assert why["Mời bạn đọc tải ứng dụng của chúng tôi về máy"] == "dropped by layout t1"
    assert why[LEAD_OF_BODY] == "outside the body that the layout names"


LEAD_OF_BODY = "Sáng mùng 6 Tết, hơn hai trăm đoàn viên các xã đã có mặt tại đồi Khau Cút để trồng rừng."


@pytest.mark.parametrize(
    ("body", "url", "sort"),
    [
        (old_main(), PAGE, "article"),
        (page("<p>Không tìm thấy trang bạn yêu cầu.</p>", title="Không tìm thấy trang"), PAGE, "soft 404"),
        (page("<h1>Đăng nhập</h1><input type='password'>", title="Đăng nhập"), PAGE, "login"),
        (page("<p>Liên hệ</p><input type='text'><input type='email'><textarea></textarea>"), PAGE, "form"),
        (page(""), "https://backan.gov.vn/pages/x.aspx", "empty"),
        ("%PDF-1.4", PAGE, "not HTML"),
        (
            page("".join(f"<h3><a href='/Pages/t-{n}-1a2{n}.aspx'>Tin thứ {n} của xã</a></h3>" for n in range(6))),
            "https://backan.gov.vn/Pages/default.aspx",
            "home",
        ),
        (
            old_main().replace("<head>", '<head><link rel="canonical" href="/Pages/khac-1a2c.aspx">'),
            "https://backan.gov.vn/print.aspx?p=7",
            "duplicate view",
        ),
        (
            page(
                "<h1>Quyết định về rừng</h1>"
                + paragraphs("Số ký hiệu: 902/QĐ-UBND", "Ngày ban hành: 25/08/2021", "Người ký: Nguyễn Văn An")
                + rich(paragraphs(*PROSE))
            ),
            PAGE,
            "document",
        ),
    ],
)
def test_sorts_of_pages(body: str, url: str, sort: str) -> None:
    assert explain(capture(body, url=url), BAC_KAN).sort == sort


class Tags(HTMLParser):
    """Every start tag and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


OURS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "code", "table", "thead", "tbody", "tr", "th",
    "td", "div", "span", "ul", "li",
}  # fmt: skip


def test_the_page_written_holds_nothing_that_runs_or_loads() -> None:
    for start in range(0, len(HOSTILE), 40):
        html = page(f"<h1>Tin</h1>{rich(paragraphs(*PROSE) + ''.join(HOSTILE[start : start + 40]))}", title="<script>")
        tags = Tags()
        tags.feed(page_of(of_page(html)))
        assert {tag for tag, _ in tags.seen} <= OURS
        attributes = {name for _, named in tags.seen for name in named}
        assert attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert "default-src 'none'" in page_of(of_page(html))


def test_colours_of_the_page_written() -> None:
    written = page_of(of_page(old_main()))
    assert f'<div class="part kept">{PROSE[0]}' in written
    assert re.search(rf'<div class="part field"><div class="why">tells a field</div>{re.escape(TITLE)}', written)
    assert '<div class="part dropped"><div class="why">hidden from readers</div>Sapo' in written


# --- the verb ---------------------------------------------------------------------------------------------------------


def test_a_saved_page_and_one_of_the_archive(portal_archive: Run, tmp_path: Path) -> None:
    saved = tmp_path / "saved.html"
    saved.write_text(old_main(), "utf-8")
    done = portal_archive("explain", saved, "--url", PAGE, "--html", "seen.html", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["sort"], told["url"]) == ("article", PAGE)
    assert told["fields"][0]["evidence"]["rule"] == "heading like the title element"
    assert "part dropped" in (tmp_path / "seen.html").read_text("utf-8")

    text = tmp_path / "page.txt"
    text.write_text(TEXT, "utf-8")
    for day in ("2020-01-02", "2021-01-02"):
        done = portal_archive("ingest", "text", text, "--url", PAGE, "--date", day, "--archive", "a.db")
        assert done.returncode == 0, done.stderr
    done = portal_archive("explain", PAGE, "--archive", "a.db", "--json")
    assert json.loads(done.stdout)["fetched_at"].startswith("2021-01-02")
    done = portal_archive("explain", PAGE, "--archive", "a.db", "--at", "2020-06", "--json")
    assert json.loads(done.stdout)["fetched_at"].startswith("2020-01-02")
    done = portal_archive("explain", PAGE, "--archive", "a.db")
    assert "the visitor's date" in done.stdout
    assert "line above the date line" in done.stdout


def test_what_cannot_be_shown(portal_archive: Run, tmp_path: Path) -> None:
    text = tmp_path / "page.txt"
    text.write_text(TEXT, "utf-8")
    portal_archive("ingest", "text", text, "--url", PAGE, "--date", "2020-01-02", "--archive", "a.db")
    for arguments, told in (
        (("nowhere.html",), "neither a web address"),
        (("https://backan.gov.vn/none.aspx", "--archive", "a.db"), "no capture of it is in the archive"),
        ((PAGE, "--archive", "a.db", "--at", "2019"), "the first is of 2020-01-02"),
        ((PAGE, "--archive", "a.db", "--url", PAGE), "--url is for a saved page"),
    ):
        done = portal_archive("explain", *arguments)
        assert done.returncode == 1
        assert told in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_long_page_is_explained_in_full() -> None:
    told = of_page(page(f"<h1>Dài</h1>{rich(paragraphs(*PROSE) * 500)}"))
    assert sum(part.state == "kept" for part in told.parts) == 1500


def test_a_page_read_by_its_running_text() -> None:
    body = f"<html><head><title>{TITLE}</title></head><body><header>Trang chủ</header>"
    body += f"<main><h1>{TITLE}</h1><p>{LEAD}</p><div><div>"
    body += f"{paragraphs(*PROSE * 2)}</div></div><div>Xem tiếp các bài khác</div></main></body></html>"
    told = explain(capture(body, url="https://x.vn/tin/giu-rung-101371"), BAC_KAN)
    states = {part.text: part.state for part in told.parts}
    assert states[TITLE] == "field"
    assert states[LEAD] == states[PROSE[0]] == "kept"
    assert next(field.value for field in told.fields if field.name == "lead") == LEAD
