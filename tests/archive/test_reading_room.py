"""The reading room over HTTP: every page, what it says, what can be taken from it, and what it must not say."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from archive.sql import run_select
from archive.warc import read_captures
from tests.archive.conftest import Site
from tests.archive.lived import BACK, DOCUMENT, EDITED, GONE, HOST, build

ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAP = {"m": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("lived") / "kho.db")


def number(path: Path, address: str) -> int:
    answer = run_select(path, "select id from articles where canonical_url = ?", (HOST + address,))
    return int(str(answer.rows[0][0]))


def raw(site: Site, path: str) -> tuple[bytes, Any]:
    with urllib.request.urlopen(f"{site.url}/{path}", timeout=30) as answer:
        return answer.read(), answer.headers


def hits(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<h3><a href="/article/(\d+)', page)]


def ids(site: Site, **params: str) -> list[int]:
    return [found["id"] for found in json.loads(site.get("search.json", **params).text)["articles"]]


# --- pages ---


def test_home_tells_what_there_is(site: Site) -> None:
    page = site.get("").text
    assert "69 bài viết và 6 văn bản" in page
    assert '<input id="q" name="q" type="search"' in page
    assert page.count('<rect class="bar"') > 20
    bar = re.search(r'<a href="(/search\?month=2022-01)" tabindex="-1" aria-label="01/2022: (\d+) bài"', page)
    assert bar
    assert f">{bar[2]} bài." in site.get(bar[1].removeprefix("/")).text
    for words in ("Mới đăng", "Chuyên mục", "Vừa được sửa", "Vừa bị gỡ", "Thông báo đã gỡ", "hoàn tất"):
        assert words in page


def test_results_show_hits_marks_filters_and_pages(site: Site) -> None:
    page = site.get("search", q="bac kan").text
    assert "<mark>Bắc Kạn</mark>" in page
    assert re.search(r"\d+ bài\.", page)
    assert 'href="/search?q=bac+kan&amp;section=' in page
    assert 'href="/search?q=bac+kan&amp;year=2022"' in page
    first, second = site.get("search").text, site.get("search", page="2").text
    assert len(hits(first)) == 20
    assert not set(hits(first)) & set(hits(second))
    everything = [hit for page in range(1, 5) for hit in hits(site.get("search", page=str(page)).text)]
    assert len(everything) == len(set(everything)) == 69


@pytest.mark.parametrize(
    "params",
    [
        {"section": "Thông báo"},
        {"year": "2022"},
        {"month": "2022-01"},
        {"author": "Hương Dịu"},
        {"status": "gone"},
        {"type": "Quyết định"},
        {"files": "1"},
        {"source": "live"},
        {"q": "bac kan", "year": "2022", "author": "Ngọc Tú"},
    ],
)
def test_filters_give_what_sql_gives_and_facets_count_it(site: Site, path: Path, params: dict[str, str]) -> None:
    page = html.unescape(site.get("search", **params).text)
    found = ids(site, **params)
    assert found
    assert f"{len(found)} bài." in page
    told = html.unescape(site.get("search/sql", **params).text)
    sql = re.search(r"<pre tabindex=\"0\">(select.*?)</pre>", told, re.DOTALL)
    assert sql
    asked = dict(re.findall(r"<dt><code>:(\w+)</code></dt><dd>(.*?)</dd>", told))
    assert sorted(int(str(row[0])) for row in run_select(path, sql[1], asked).rows) == sorted(found)
    for name, value in params.items():
        if name not in ("q", "month"):
            chosen = re.search(rf'aria-current="true">[^<]*</a> <span class="count">{len(found)}</span>', page)
            assert chosen, f"the chosen value of {name} counts the results"
        assert value in page or name == "source"


def test_the_newest_come_first(site: Site) -> None:
    newest = re.findall(r'<time datetime="([^"]+)"', site.get("search", sort="newest", year="2022").text)
    assert len(newest) > 5
    assert newest == sorted(newest, reverse=True)


@pytest.mark.parametrize(
    "typed", ['"', "-", "a AND (", "title:", "*", "'; drop table articles; --", "\x00", "x " * 200]
)
def test_nothing_typed_breaks_the_page(site: Site, typed: str) -> None:
    assert site.get("search", q=typed).status in (200, 400)
    assert site.get("search.atom", q=typed).status in (200, 400)
    assert site.get("suggest", q=typed).status == 200


@pytest.mark.parametrize(
    "params", [{"year": "20x"}, {"month": "2022-13"}, {"status": "dead"}, {"page": "-4"}, {"page": "9" * 30}]
)
def test_what_cannot_be_meant_is_passed_over(site: Site, params: dict[str, str]) -> None:
    assert site.get("search", **params).status == 200


def test_an_article_tells_its_text_and_where_it_comes_from(site: Site, path: Path) -> None:
    page = html.unescape(site.get(f"article/{number(path, DOCUMENT)}").text)
    for words in ("902/QĐ-UBND", "Ủy ban nhân dân tỉnh Bắc Kạn", "Nguyễn Đăng Bình", "Còn hiệu lực", "Toàn văn"):
        assert words in page
    assert f'href="{HOST}{DOCUMENT}"' in page
    assert f"https://web.archive.org/web/2024/{HOST}{DOCUMENT}" in page
    assert "@misc{" in page
    assert "layout a2 @ #news h1" in page, "how the title was found"
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert data["@type"] == "Legislation"
    assert data["legislationIdentifier"] == "902/QĐ-UBND"


def test_versions_and_their_difference(site: Site, path: Path) -> None:
    key = number(path, EDITED)
    page = site.get(f"article/{key}").text
    assert "107 xã" in page
    assert f'href="/article/{key}/version/1"' in page
    old = site.get(f"article/{key}/version/1")
    assert "108 xã" in old.text
    assert "bản 1 trong 2 bản" in old.text
    difference = site.get(f"article/{key}/changes").text
    assert "<del>108 </del><ins>107 </ins>" in difference
    assert '<ins class="respelled" title="hoà">hòa </ins>' in difference
    back = site.get(f"article/{key}/changes", **{"from": "2", "to": "1"}).text
    assert "<del>107 </del><ins>108 </ins>" in back
    assert site.get(f"article/{key}/version/9").status == 404
    assert site.get(f"article/{key}/changes", to="9").status == 404
    assert site.get(f"article/{number(path, DOCUMENT)}/changes").status == 404, "it has one version only"


def test_the_permanent_address_leads_to_exactly_these_words(site: Site, path: Path) -> None:
    key = number(path, EDITED)
    digests = [
        row[0]
        for row in run_select(
            path, f"select content_digest from article_versions where article_id = {key} order by number"
        ).rows
    ]
    old, new = (urllib.request.urlopen(f"{site.url}/content/{digest}") for digest in digests)
    assert (old.url, new.url) == (f"{site.url}/article/{key}/version/1", f"{site.url}/article/{key}")
    assert site.get(f"content/{'0' * 64}").status == 404


def test_the_warc_record_is_a_warc_file_of_its_own(site: Site, path: Path, tmp_path: Path) -> None:
    page = site.get(f"article/{number(path, EDITED)}").text
    address = re.search(r'href="/(capture/\d+/record)"', page)
    assert address
    body, headers = raw(site, address[1])
    assert headers["content-disposition"].startswith("attachment")
    (tmp_path / "record.warc.gz").write_bytes(body)
    (capture,) = read_captures(tmp_path / "record.warc.gz", verify=True)
    assert capture.url == HOST + EDITED  # type: ignore[union-attr]
    assert "107 xã".encode() in capture.body  # type: ignore[union-attr]


def test_pictures_are_shown_and_files_are_downloads(site: Site, path: Path) -> None:
    key = number(path, EDITED)
    old = run_select(path, "select body_html from articles where id = ?", (key,))
    assert old.rows
    capture = run_select(path, "select id from captures where mimetype = 'image/png'").rows[0][0]
    body, headers = raw(site, f"capture/{capture}/picture")
    assert body.startswith(b"\x89PNG")
    assert (headers["content-type"], headers["content-security-policy"]) == ("image/png", "default-src 'none'; sandbox")
    page = run_select(path, "select capture_id from articles where id = ?", (key,)).rows[0][0]
    assert site.get(f"capture/{page}/picture").status == 404, "a page is no picture"
    body, headers = raw(site, f"capture/{page}/file")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")
    kept = re.search(r'href="/(capture/\d+/file)"', site.get(f"article/{number(path, DOCUMENT)}").text)
    assert kept
    body, headers = raw(site, kept[1])
    assert (body[:5], headers["content-type"]) == (b"%PDF-", "application/pdf")


def test_the_register_finds_numbers_in_any_spelling(site: Site) -> None:
    assert site.get("documents").text.count("<tr>") == 7
    for typed in ("902/QĐ-UBND", "902 qd ubnd", "số 902/QĐ-UBND", "902"):
        page = site.get("documents", number=typed).text
        assert "1 văn bản." in page, typed
        assert "902/QĐ-UBND" in page
    assert "0 văn bản." in site.get("documents", number="90").text, "not a piece of a number"
    assert "<tr>" in site.get("documents", type="Quyết định", year="2022").text


def test_changes_tell_edits_removals_and_returns(site: Site) -> None:
    page = site.get("changes").text
    assert "<del>108 </del><ins>107 </ins>" in page
    assert page.count('<article class="change">') == 4
    counts = {
        kind: site.get("changes", kind=kind).text.count('<article class="change">')
        for kind in ("edited", "removed", "returned")
    }
    assert counts == {"edited": 2, "removed": 2, "returned": 1}


def test_health_tells_coverage_runs_and_failures_and_nothing_of_the_machine(site: Site) -> None:
    page = site.get("health").text
    assert '<td class="h4">' in page
    assert page.count('<span class="tag complete">') == 3
    assert "Pages/hong.aspx" in page
    assert "lỗi máy chủ (500)" in page
    assert "/home/secret" not in page
    assert "1 page of 3 could not be read" in page
    earlier = re.search(r'href="/(health\?until=[\d-]+)#coverage"', page)
    assert earlier
    assert '<table class="heat">' in site.get(earlier[1]).text


def test_data_pages_lead_to_queries_and_columns(site: Site) -> None:
    page = site.get("sql").text
    assert 'href="/archive/page_timeline"' in page
    assert "textarea" not in page, "SQL of one's own only where it was asked for"
    schema = site.get("schema", lang="en").text
    assert "Headline as shown." in schema
    assert "Tiêu đề như trên trang." not in schema
    assert site.get("about").status == 200


# --- taking away ---


def test_every_form_holds_the_same_articles(site: Site) -> None:
    asked = {"q": "bac kan"}
    whole = json.loads(site.get("search.json", **asked).text)
    assert (whole["count"], whole["truncated"]) == (len(whole["articles"]), False)
    lines = [json.loads(line) for line in site.get("search.jsonl", **asked).text.splitlines()]
    assert lines == whole["articles"]
    body, headers = raw(site, f"search.csv?{urllib.parse.urlencode(asked)}")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [(int(row["id"]), row["title"]) for row in rows] == [(found["id"], found["title"]) for found in lines]
    assert headers["content-disposition"] == 'attachment; filename="articles.csv"'
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow, the optional extra, is not installed")
    table = parquet.read_table(io.BytesIO(raw(site, f"search.parquet?{urllib.parse.urlencode(asked)}")[0]))
    assert table.column("id").to_pylist() == [found["id"] for found in lines]


def test_a_document_and_an_article_can_be_taken(site: Site, path: Path) -> None:
    (found,) = json.loads(site.get("documents.json", number="902").text)["articles"]
    assert found["document"]["number"] == "902/QĐ-UBND"
    assert found["attachments"][0]["filetype"] == "pdf"
    told = json.loads(site.get(f"article/{number(path, EDITED)}.json").text)
    assert [version["number"] for version in told["versions"]] == [1, 2]
    changes = json.loads(site.get("changes.json").text)
    assert {change["fields"] for change in changes} >= {"status", "body_text, images"}
    assert len(list(csv.reader(io.StringIO(site.get("changes.csv").text)))) == len(changes) + 1


def test_feeds_are_atom(site: Site) -> None:
    for address in ("search.atom", "search.atom?q=bac+kan", "changes.atom", "changes.atom?kind=removed"):
        feed = ET.fromstring(site.get(address).text)
        entries = feed.findall("a:entry", ATOM)
        assert entries
        for entry in (feed, *entries):
            for name in ("id", "title", "updated"):
                assert entry.findtext(f"a:{name}", namespaces=ATOM), (address, name)
            assert re.match(r"\d{4}-\d\d-\d\dT[\d:]+(Z|[+-]\d\d:\d\d)$", entry.findtext("a:updated", "", ATOM))
    assert len(feed.findall("a:entry", ATOM)) == 2


def test_robots_find_every_article(site: Site) -> None:
    assert f"Sitemap: {site.url}/sitemap.xml" in site.get("robots.txt").text
    (place,) = ET.fromstring(site.get("sitemap.xml").text).findall("m:sitemap/m:loc", MAP)
    places = ET.fromstring(site.get(str(place.text).removeprefix(site.url + "/")).text).findall("m:url/m:loc", MAP)
    assert len(places) == 69
    assert site.get(str(places[0].text).removeprefix(site.url + "/")).status == 200
    assert "{searchTerms}" in site.get("opensearch.xml").text
    words, found = json.loads(site.get("suggest", q="bac k", **{"as": "list"}).text)
    assert words == "bac k"
    assert any("Bắc Kạn" in title for title in found)


# --- language ---


def test_the_language_is_kept_and_can_be_asked_for(site: Site) -> None:
    english = site.get("", lang="en")
    assert '<html lang="en">' in english.text
    assert "What the portal published" in english.text
    cookie = english.headers["set-cookie"]
    assert cookie.startswith("lang=en;")
    request = urllib.request.Request(f"{site.url}/search?q=bac+kan", headers={"Cookie": cookie.split(";")[0]})
    with urllib.request.urlopen(request) as answer:
        page = answer.read().decode()
    assert "Best match".lower() in page.lower()
    assert 'href="/search?q=bac+kan&amp;lang=vi"' in page
    assert '<html lang="vi">' in site.get("", lang="xx").text


def test_what_went_wrong_is_told_in_the_visitors_language(site: Site) -> None:
    assert "Không có trang này" in site.get("article/123").text
    assert "There is no such page" in site.get("nowhere", lang="en").text
    assert json.loads(site.get("archive/nothing.json").text)["ok"] is False


def test_removed_and_returned_articles_say_so(site: Site, path: Path) -> None:
    assert "không còn trên cổng thông tin" in site.get(f"article/{number(path, GONE)}").text
    back = site.get(f"article/{number(path, BACK)}/changes").text
    assert "đã gỡ" in back
    assert "còn trên cổng" in back
