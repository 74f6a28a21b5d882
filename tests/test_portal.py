"""The replica portal is what it says it is: the same from the same seed, strict about state, honest about itself."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import subprocess
import sys
import threading
import time
import unicodedata
import urllib.parse
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from crawler.profile import load
from crawler.sharepoint import canonical_url
from tests.replica import ROOT, Replica, running

GRID = "/Pages/tin-hoat-dong-12/kinh-te-xa-hoi-102/default.aspx"
MORE = "/Pages/tin-hoat-dong-12/van-hoa-the-thao-103/default.aspx"
PANEL = "/Pages/tin-tuc-su-kien-21/tin-trong-tinh-211/default.aspx"
SERVICE = "/portaldvc/Pages/Tin-tuc-su-kien.aspx"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def ask(
    replica: Replica, target: str, *, host: str = "main", form: dict[str, str] | None = None, **headers: str
) -> Answer:
    """One request on a connection of its own; header names are given with underscores."""
    parts = urllib.parse.urlsplit(replica.hosts[host])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if form is None else "POST", target, body=body, headers=sent)
        answer = connection.getresponse()
        return Answer(status=answer.status, headers=answer.getheaders(), body=answer.read())
    finally:
        connection.close()


def control(replica: Replica, method: str, path: str) -> Any:
    parts = urllib.parse.urlsplit(replica.control)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(method, path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def hidden(page: str) -> dict[str, str]:
    """The form's hidden inputs, as a browser would post them."""
    form = html.fromstring(page).xpath("//form[@id='aspnetForm']")[0]
    return {field.get("name"): field.get("value") or "" for field in form.xpath(".//input[@type='hidden'][@name]")}


def events(page: str) -> list[tuple[str, str]]:
    """Event target and argument of every link that posts the form back."""
    return re.findall(r"javascript:__doPostBack\('([^']+)','([^']*)'\)", unescape(page))


def items(page: str) -> list[str]:
    """Addresses of a list's entries."""
    tree = html.fromstring(page)
    return tree.xpath("//*[@class='item' or @class='channel-news-title']//a/@href")  # type: ignore[no-any-return]


def press(page: str, event: tuple[str, str], **changed: str) -> dict[str, str]:
    return {**hidden(page), "__EVENTTARGET": event[0], "__EVENTARGUMENT": event[1], **changed}


@pytest.fixture(scope="module")
def truth(replica: Replica) -> dict[str, Any]:
    told: dict[str, Any] = replica.truth()
    return told


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A replica of its own for tests that count requests or change the epoch."""
    with running(tmp_path_factory.mktemp("living"), "--size", "small") as portal:
        yield portal


def printed(*options: str) -> str:
    command = [sys.executable, "-m", "tests.portal", "--truth", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout


# --- the world --------------------------------------------------------------------------------------------------------


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
        page = _page(replica, article["url"])
        shown = _shown(page)
        for piece in _pieces(article):
            assert piece in shown, (article["url"], piece)


def _page(replica: Replica, url: str) -> Answer:
    parts = urllib.parse.urlsplit(url)
    name = next(n for n, origin in replica.hosts.items() if origin.startswith(f"http://{parts.hostname}:"))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    for _ in range(4):  # some pages fail before they answer
        try:
            answer = ask(replica, target, host=name)
        except http.client.IncompleteRead:
            continue
        if answer.status == 200:
            return answer
    raise AssertionError(f"{url} never answers")


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


# --- lists ------------------------------------------------------------------------------------------------------------


def test_linked_pages_hold_every_entry_once(replica: Replica) -> None:
    seen: list[str] = []
    target: str | None = "/Pages/tin-hoat-dong-12/thoi-su-chinh-tri-101/default.aspx"
    while target:
        page = ask(replica, target).text
        seen += items(page)
        following = html.fromstring(page).xpath("//a[text()='Trang sau']/@href")
        target = urllib.parse.urljoin(target, following[0]) if following else None
    assert len(seen) == len(set(seen)) > 8


def test_posted_pages_hold_every_entry_once(replica: Replica) -> None:
    page = ask(replica, GRID).text
    seen, number = items(page), 2
    while (event := next((e for e in events(page) if e[1] == f"Page${number}"), None)) is not None:
        page = ask(replica, GRID, form=press(page, event)).text
        seen += items(page)
        number += 1
    assert number > 3
    assert len(seen) == len(set(seen)) >= 10


@pytest.mark.parametrize("field", ["__VIEWSTATE", "__EVENTVALIDATION"])
def test_altered_state_is_refused_with_status_200_by_the_farm(replica: Replica, field: str) -> None:
    page = ask(replica, GRID).text
    value = hidden(page)[field]
    form = press(page, events(page)[0], **{field: value[:100] + ("A" if value[100] != "A" else "B") + value[101:]})
    answer = ask(replica, GRID, form=form)
    assert answer.status == 200
    assert answer.header("SharePointError") == "0"
    assert "Invalid postback" in answer.text or "Validation of viewstate MAC failed" in answer.text


def test_altered_state_is_refused_with_status_500_by_the_service_portal(replica: Replica) -> None:
    page = ask(replica, SERVICE, host="hanhchinhcong").text
    form = press(page, events(page)[0], __EVENTVALIDATION="")
    answer = ask(replica, SERVICE, host="hanhchinhcong", form=form)
    assert answer.status == 500
    assert "Invalid postback or callback argument" in answer.text


def test_a_page_that_was_not_offered_and_state_of_another_list_are_refused(replica: Replica) -> None:
    page = ask(replica, GRID).text
    target = events(page)[0][0]
    assert ask(replica, GRID, form=press(page, (target, "Page$99"))).header("SharePointError") == "0"
    other = ask(replica, MORE).text
    assert ask(replica, GRID, form=press(other, events(page)[0])).header("SharePointError") == "0"


def test_a_list_that_only_goes_on_keeps_its_place_in_a_hidden_field(replica: Replica) -> None:
    page = ask(replica, MORE).text
    seen = items(page)
    while offered := [event for event in events(page) if event[0].endswith("btnViewMore")]:
        place = next(value for name, value in hidden(page).items() if name.endswith("$hdnPagingInfo"))
        assert re.fullmatch(r"Paged=TRUE&p_PublishedDate=\d{8}%20\d\d%3a\d\d%3a\d\d&p_ID=\d+", place)
        page = ask(replica, MORE, form=press(page, offered[0])).text
        seen += items(page)
    assert len(seen) == len(set(seen)) >= 9


def records(text: str) -> list[tuple[str, str, str]]:
    """A delta read by its lengths, which count characters."""
    found, place = [], 0
    while place < len(text):
        length, kind, name = text[place:].split("|", 3)[:3]
        start = place + len(length) + len(kind) + len(name) + 3
        assert text[start + int(length)] == "|"
        found.append((kind, name, text[start : start + int(length)]))
        place = start + int(length) + 1
    return found


def test_deltas_count_characters_and_carry_the_next_state(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    seen, number, fields = items(page), 2, hidden(page)
    offered = [event for event in events(page) if event[1] == "2"][:1]
    while offered:
        form = {**fields, "__EVENTTARGET": offered[0][0], "__EVENTARGUMENT": offered[0][1], "__ASYNCPOST": "true"}
        answer = ask(replica, PANEL, form=form, X_MicrosoftAjax="Delta=true")
        assert answer.header("Content-Type") == "text/plain; charset=utf-8"
        assert answer.text.startswith("1|#||4|")
        assert len(answer.body) > len(answer.text)
        told = records(answer.text.removeprefix("1|#||4|"))
        content = next(text for kind, _, text in told if kind == "updatePanel")
        assert "|" in content
        assert "\n" in content
        seen += items(content)
        fields |= {name: text for kind, name, text in told if kind == "hiddenField"}
        number += 1
        offered = [event for event in events(content) if event[1] == str(number)][:1]
    assert number > 3
    assert len(seen) == len(set(seen)) >= 12


def test_without_the_script_managers_marks_a_whole_page_comes(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    event = next(event for event in events(page) if event[1] == "2")
    answer = ask(replica, PANEL, form=press(page, event))
    assert answer.text.startswith("<!DOCTYPE")
    assert items(answer.text)
    assert items(answer.text) != items(page)


def test_a_delta_can_redirect_and_can_refuse(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    event = next(event for event in events(page) if event[0].endswith("lbtTatCa"))
    form = press(page, event, __ASYNCPOST="true")
    answer = ask(replica, PANEL, form=form, X_MicrosoftAjax="Delta=true").text
    ((kind, _, where),) = records(answer.removeprefix("1|#||4|"))
    assert (kind, urllib.parse.unquote(where)) == ("pageRedirect", "/Pages/tin-tuc-su-kien-21/default.aspx")
    assert ask(replica, urllib.parse.unquote(where)).status == 200
    broken = ask(replica, PANEL, form={**form, "__VIEWSTATE": ""}, X_MicrosoftAjax="Delta=true").text
    assert records(broken.removeprefix("1|#||4|"))[0][:2] == ("error", "500")


def test_the_document_list_pages_forwards_and_backwards(replica: Replica) -> None:
    target, seen, pages = "/Lists/VanBan/AllItems.aspx", [], []
    while target:
        tree = html.fromstring(ask(replica, target).text)
        pages.append(tree.xpath("//td[@class='ms-vb-title']/a/@href"))
        seen += pages[-1]
        forward = tree.xpath("//table[@class='ms-bottompaging']//a[text()='►']/@href")
        back = tree.xpath("//table[@class='ms-bottompaging']//a[text()='◄']/@href")
        assert all(
            re.search(r"Paged=TRUE&(PagedPrev=TRUE&)?p_NgayBanHanh=.+&p_ID=\d+", href) for href in forward + back
        )
        if back:
            assert html.fromstring(ask(replica, back[0]).text).xpath("//td[@class='ms-vb-title']/a/@href") == pages[-2]
        target = forward[0] if forward else ""
    assert len(seen) == len(set(seen)) >= 9
    assert len(pages) > 2


def test_the_data_list_gives_every_row_and_then_none(replica: Replica) -> None:
    form = {"do": "", "fieldOrder": "CreatedDate", "ascending": "desc", "UrlList": "/ct/cms/tintuc/Lists/ChuyenDe"}
    ids: list[int] = []
    while True:
        answer = ask(replica, "/APIVP/api/DSTinTuc/QUERYDATA", form={**form, "start": str(len(ids)), "length": "4"})
        rows = json.loads(answer.body)["data"]
        if not rows:
            break
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row["CreatedDate"]) for row in rows)
        ids += [row["ID"] for row in rows]
    assert len(ids) == len(set(ids)) >= 9
    assert ask(replica, f"/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID={ids[0]}").status == 200
    assert ask(replica, "/APIVP/api/DSTinTuc/QUERYDATA").status == 405


# --- answers ----------------------------------------------------------------------------------------------------------


def test_pages_carry_the_headers_of_a_farm(replica: Replica) -> None:
    answer = ask(replica, "/")
    names = [name for name, _ in answer.headers]
    assert names == [
        "Cache-Control", "Content-Type", "Expires", "Last-Modified", "Server", "X-SharePointHealthScore",
        "X-AspNet-Version", "SPRequestGuid", "request-id", "X-FRAME-OPTIONS", "SPRequestDuration", "SPIisLatency",
        "Set-Cookie", "X-Powered-By", "MicrosoftSharePointTeamServices", "X-Content-Type-Options", "X-MS-InvokeApp",
        "Date", "Set-Cookie", "Content-Length",
    ]  # fmt: skip
    assert answer.header("SPRequestGuid") == answer.header("request-id")
    assert answer.header("Last-Modified") == answer.header("Date")
    date, expires = (parsedate_to_datetime(answer.header(name) or "") for name in ("Date", "Expires"))
    assert (date - expires).days == 15
    assert answer.header("ETag") is None


def test_two_answers_differ_in_noise_alone(replica: Replica, truth: dict[str, Any]) -> None:
    target = urllib.parse.urlsplit(truth["articles"][5]["url"]).path
    one, other = (ask(replica, target).text for _ in range(2))
    assert one != other
    differing = [(a, b) for a, b in zip(one.split('"'), other.split('"'), strict=True) if a != b]
    assert 3 <= len(differing) <= 8
    assert {a for a, _ in differing if "Toàn" in a} == set()


def test_files_have_versions_and_are_not_sent_twice(replica: Replica, truth: dict[str, Any]) -> None:
    by_type = {f["filetype"]: f["url"] for a in truth["articles"] for f in a["attachments"] if "127.0.0.1" in f["url"]}
    assert set(by_type) == {"pdf", "docx", "xls", "doc"}
    starts = {"pdf": b"%PDF-", "docx": b"PK", "xls": b"\xd0\xcf\x11\xe0", "doc": b"{\\rtf1"}
    for kind, url in by_type.items():
        target = urllib.parse.urlsplit(url).path
        answer = ask(replica, target)
        assert answer.body.startswith(starts[kind])
        assert re.fullmatch(r'"\{[0-9A-F-]{36}\},\d"', answer.header("ETag") or "")
        again = ask(replica, target, If_None_Match=answer.header("ETag") or "")
        assert (again.status, again.body) == (304, b"")
        assert ask(replica, target, If_Modified_Since=answer.header("Last-Modified") or "").status == 304
        assert ask(replica, target, If_None_Match='"{0},1"').status == 200
        if kind == "docx":
            parts = zipfile.ZipFile(io.BytesIO(answer.body))
            assert "Độc lập - Tự do - Hạnh phúc" in parts.read("word/document.xml").decode()
        if kind == "doc":
            assert b".VnTime" in answer.body
            assert b"\\'ae\\'e9c l\\'cbp" in answer.body  # Độc lập


@pytest.mark.parametrize(
    ("path", "status", "marks"),
    [
        ("/Pages/loi-he-thong-0a1b.aspx", 200, ("Correlation ID", "Sorry, something went wrong")),
        ("/Pages/loi-he-thong-0b2c.aspx", 200, ("Rất tiếc, đã xảy ra lỗi",)),
        ("/Pages/bao-ve-5c5c.aspx", 200, ("document.cookie", "location.reload")),
        ("/Pages/noi-bo-1111.aspx", 401, ("401 UNAUTHORIZED",)),
        ("/Pages/cam-vao-2222.aspx", 403, ("FORBIDDEN",)),
        ("/Pages/may-chu-hong-5555.aspx", 500, ("Server Error",)),
        ("/Pages/qua-tai-6666.aspx", 503, ("busy",)),
        ("/Pages/het-duong-9999.aspx", 404, ("404",)),
        ("/Pages/PageNotFoundError.aspx?requestUrl=x", 200, ("Không tìm thấy trang",)),
        ("/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID=999999", 200, ("<h1></h1>",)),
    ],
)
def test_standing_faults(replica: Replica, path: str, status: int, marks: tuple[str, ...]) -> None:
    answer = ask(replica, path)
    assert answer.status == status
    assert all(mark in answer.text for mark in marks)


def test_the_marks_of_faults(replica: Replica) -> None:
    error = ask(replica, "/Pages/loi-he-thong-0a1b.aspx")
    assert error.header("SharePointError") == "0"
    assert error.header("SPRequestGuid") in error.text
    assert len(ask(replica, "/Pages/bao-ve-5c5c.aspx").body) == 177
    assert ask(replica, "/Pages/noi-bo-1111.aspx").header("WWW-Authenticate") == "NTLM"
    gone = ask(replica, "/Pages/da-xoa-77aa.aspx")
    asked = urllib.parse.quote(replica.hosts["main"] + "/Pages/da-xoa-77aa.aspx", safe="")
    assert gone.status == 302
    assert gone.header("Location") == f"{replica.hosts['main']}/Pages/PageNotFoundError.aspx?requestUrl={asked}"
    shells = [ask(replica, f"/Pages/x/tin-{n}.aspx", host="nganson").body for n in range(2)]
    assert shells[0] == shells[1]
    assert len(shells[0]) == 52199


def test_the_sign_in_chain_and_the_redirect_loop(replica: Replica) -> None:
    steps, target = [], "/Pages/thanh-vien-8888.aspx"
    while True:
        answer = ask(replica, target)
        if answer.status != 302:
            break
        target = (answer.header("Location") or "").removeprefix(replica.hosts["main"])
        steps.append(target.split("?")[0])
    assert steps == ["/_layouts/15/Authenticate.aspx", "/_login/default.aspx", "/_forms/default.aspx"]
    assert answer.header("X-Forms_Based_Auth_Required")
    one = ask(replica, "/Pages/vong-mot-aaaa.aspx").header("Location") or ""
    other = ask(replica, one.removeprefix(replica.hosts["main"])).header("Location") or ""
    assert other.endswith("/Pages/vong-mot-aaaa.aspx")


def test_broken_off_bodies_and_no_answer_at_all(replica: Replica) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(replica, "/Pages/dut-doan-3333.aspx")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(replica, "/Pages/im-lang-4444.aspx")


def test_traps_have_no_end(replica: Replica) -> None:
    seen, target = set(), "/Pages/luu-tru.aspx"
    for _ in range(30):
        seen.add(target)
        target = html.fromstring(ask(replica, target).text).xpath("//a[text()='Tháng trước']/@href")[0]
    assert len(seen) == 30
    folders = [""]
    target = "/Lists/VanBan/AllItems.aspx"
    for _ in range(4):
        target = html.fromstring(ask(replica, target).text).xpath("//a[contains(@href, 'FolderCTID')]/@href")[0]
        folders.append(target)
    assert [len(folder) for folder in folders] == sorted({len(folder) for folder in folders})


def test_robots_are_of_three_kinds(replica: Replica) -> None:
    kinds = {name: ask(replica, "/robots.txt", host=name).text for name in replica.hosts}
    assert "Allow: /" in kinds["main"]
    assert "Disallow: /_layouts/" in kinds["sotuphap"]
    assert kinds["hoinongdan"].splitlines() == ["User-agent: *", "Disallow: /Pages/"]


def test_feeds_and_site_maps(replica: Replica) -> None:
    links = html.fromstring(ask(replica, "/").text).xpath("//a[text()='RSS']/@href")
    feeds = [ask(replica, link.replace("{", "%7B").replace("}", "%7D")) for link in links]
    assert len({feed.body for feed in feeds[:4]}) == 1
    assert all(b"<rss" in feed.body for feed in feeds)
    assert b"\xe2\x80\x8b&lt;div" in feeds[4].body
    sitemap = ask(replica, "/sitemap.xml").text
    assert "0000.aspx" in sitemap
    assert ":443/" in sitemap
    assert "/pages/" in sitemap


def test_one_host_compresses_and_one_sends_chunks(replica: Replica) -> None:
    assert ask(replica, "/", host="dulich", Accept_Encoding="gzip").header("Content-Encoding") == "gzip"
    assert ask(replica, "/", host="dulich").header("Content-Encoding") is None
    assert ask(replica, "/index.php", host="nganson").header("Transfer-Encoding") == "chunked"


# --- the watch, the moods and the epochs ------------------------------------------------------------------------------


def test_pages_that_fail_before_they_answer(living: Replica) -> None:
    told = living.truth()
    control(living, "POST", "/__replica__/reset")
    first = [a for a in told["articles"] if a["layout_family"] in ("A1", "A2", "B") and "127.0.0.1" in a["url"]]
    outcomes: Counter[str] = Counter()
    for article in first:
        target, seen = urllib.parse.urlsplit(article["url"]).path, []
        while not seen or seen[-1] != 200:
            try:
                answer = ask(living, target)
            except http.client.IncompleteRead:
                seen.append(0)
                continue
            seen.append(answer.status)
            if answer.status in (429, 503):
                assert answer.header("Retry-After")
        outcomes.update(str(status) for status in seen[:-1])
        assert len(seen) <= 3
    assert outcomes == {"503": 3, "500": 1, "429": 1, "0": 1}


def test_a_wrong_charset_a_broken_cookie_and_rising_scores(living: Replica) -> None:
    answers = [_page(living, article["url"]) for article in living.truth()["articles"]]
    assert [a for a in answers if a.header("Content-Type") == "text/html; charset=iso-8859-1"]
    assert [a for a in answers if ("Set-Cookie", "; HttpOnly; Secure") in a.headers]
    scores = {int(a.header("X-SharePointHealthScore") or 0) for a in answers}
    assert max(scores) >= 8
    assert len(scores) > 4


def test_the_watch_sees_crowding_gaps_and_haste(living: Replica) -> None:
    control(living, "POST", "/__replica__/reset")
    slow = next(a for a in living.truth()["articles"] if _seconds(living, a) > 1)
    control(living, "POST", "/__replica__/reset")
    threads = [threading.Thread(target=_page, args=(living, slow["url"])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(living, "/Pages/qua-tai-6666.aspx")
    ask(living, "/Pages/gop-y.aspx")
    stats = living.stats()
    assert stats["max_simultaneous"]["main"] == 3
    assert 0 < stats["min_gap_ms"]["main"] < 1000
    assert [early["target"] for early in stats["asked_before_retry_after"]] == ["/Pages/gop-y.aspx"]


def _seconds(replica: Replica, article: dict[str, Any]) -> float:
    if article["layout_family"] != "A1":
        return 0.0
    begun = time.monotonic()
    _page(replica, article["url"])
    return time.monotonic() - begun


def test_epochs_change_what_the_truth_says_they_change(living: Replica) -> None:
    try:
        before = living.truth()
        living.epoch(1)
        after = living.truth()
        kinds = Counter(change["kind"] for change in after["changes"])
        assert kinds.keys() == {"edited", "added", "back_dated", "removed", "moved"}
        live = {a["canonical_url"]: a for a in after["articles"] if a["status"] == "live"}
        old = {a["canonical_url"]: a for a in before["articles"]}
        for change in after["changes"]:
            _holds(living, change, old, live)
        told = {change["canonical_url"] for change in after["changes"]}
        assert all(live[url] == article for url, article in old.items() if url not in told and url in live)
        fields = {name for change in after["changes"] for name in change["fields"]}
        assert fields >= {"title", "body_text", "updated_at", "document"}
    finally:
        living.epoch(0)


def _holds(replica: Replica, change: dict[str, Any], old: dict[str, Any], live: dict[str, Any]) -> None:
    url = change["canonical_url"]
    match change["kind"]:
        case "edited":
            assert change["fields"]
            assert all(old[url][name] != live[url][name] for name in change["fields"])
        case "moved":
            assert url in live
            assert change["old_url"] in old
            assert url not in old
            assert _status(replica, change["old_url"]) in (301, 302)
        case "removed":
            assert url in old
            assert url not in live
            assert _status(replica, old[url]["url"]) in (200, 302, 404)
        case _:
            assert url in live
            assert url not in old


def _status(replica: Replica, url: str) -> int:
    parts = urllib.parse.urlsplit(url)
    name = next(n for n, origin in replica.hosts.items() if origin.startswith(f"http://{parts.hostname}:"))
    return ask(replica, parts.path + (f"?{parts.query}" if parts.query else ""), host=name).status


def test_a_new_template_changes_no_field_and_what_was_removed_comes_back(living: Replica) -> None:
    try:
        living.epoch(1)
        before = {a["canonical_url"]: a for a in living.truth()["articles"] if a["status"] == "live"}
        sample = next(a for a in before.values() if a["layout_family"] == "A2" and a["kind"] == "roundup")
        old = _page(living, sample["url"]).text
        living.epoch(2)
        after = living.truth()
        assert {change["kind"] for change in after["changes"]} == {"restored"}
        now = {a["canonical_url"]: a for a in after["articles"]}
        assert all(now[url] == article for url, article in before.items())
        new = _page(living, sample["url"]).text
        assert "Block_BanTin_Toolbar" in old
        assert "Block_BanTin_Toolbar" not in new
    finally:
        living.epoch(0)


def test_without_faults_nothing_goes_wrong(tmp_path: Path) -> None:
    with running(tmp_path, "--size", "small", "--faults", "none") as portal:
        outcomes = {url["outcome"] for url in portal.truth()["urls"]}
        assert outcomes.isdisjoint({"throttled", "truncated", "server_error", "unreachable", "interstitial"})
        for article in portal.truth()["articles"]:
            assert _status(portal, article["url"]) == 200
        assert control(portal, "GET", "/__replica__/stats")["statuses"] == {"200": len(portal.truth()["articles"])}
        assert control(portal, "POST", "/__replica__/epoch?n=x") == {"error": "n must be a whole number from 0"}
