"""The replica's answers: headers, noise, files, faults, feeds, and ways without an end."""

from __future__ import annotations

import http.client
import io
import json
import re
import ssl
import subprocess
import sys
import urllib.parse
import zipfile
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.browsing import ask
from tests.replica import ROOT, Replica


@pytest.fixture(scope="module")
def truth(replica: Replica) -> dict[str, Any]:
    told: dict[str, Any] = replica.truth()
    return told


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


def test_the_secure_door_shows_a_certificate_that_does_not_verify(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.portal", "--size", "small", "--tls"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        parts = urllib.parse.urlsplit(told["tls"])
        try:
            strict = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=10)
            with pytest.raises(ssl.SSLCertVerificationError):
                strict.request("GET", "/")
            lax = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=10, context=ssl._create_unverified_context()
            )
            lax.request("GET", "/Pages/gop-y.aspx")
            assert lax.getresponse().status == 200
            lax.close()
        finally:
            process.terminate()
