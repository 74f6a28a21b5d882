"""Cookies: back to the host that set them, to no other, and without asking anyone else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.cookies import HostCookies
from tests import crawling
from tests.replica import ROOT, Replica


def sent_after(middleware: HostCookies, set_cookie: str, at: str, then: str) -> bytes | None:
    """The Cookie header of a second request, after an answer that set a cookie."""
    first = Request(at)
    middleware.process_response(first, Response(at, headers={"Set-Cookie": set_cookie}))
    second = Request(then)
    middleware.process_request(second)
    return second.headers.get("Cookie")


@pytest.mark.parametrize(
    ("set_cookie", "at", "then", "sent"),
    [
        ("a=1; path=/", "https://x.gov.vn/l.aspx", "https://x.gov.vn/m.aspx", b"a=1"),
        ("a=1; path=/", "https://x.gov.vn/", "https://y.gov.vn/", None),
        ("a=1; path=/; domain=.x.gov.vn", "https://s.x.gov.vn/", "https://s.x.gov.vn/", b"a=1"),
        ("a=1; path=/; domain=.x.gov.vn", "https://s.x.gov.vn/", "https://x.gov.vn/", None),
        ("a=1; path=/; domain=gov.vn", "https://x.gov.vn/", "https://y.gov.vn/", None),
        ("a=1; path=/; domain=other.vn", "https://x.gov.vn/", "https://x.gov.vn/", None),
        ("a=1; path=/; domain=other.vn", "https://x.gov.vn/", "https://other.vn/", None),
        ("a=1; path=/", "http://127.0.0.2:8080/", "http://127.0.0.2:8080/b", b"a=1"),
        ("a=1; path=/", "http://127.0.0.2:8080/", "http://127.0.0.3:8080/b", None),
        ("a=1; path=/; domain=localhost", "http://localhost:8080/", "http://localhost:8080/b", b"a=1"),
    ],
)
def test_a_cookie_goes_back_to_its_host_alone(set_cookie: str, at: str, then: str, sent: bytes | None) -> None:
    assert sent_after(HostCookies(), set_cookie, at, then) == sent


def test_a_crawl_leaves_nothing_in_the_home_folder(replica: Replica, tmp_path: Path) -> None:
    """Nor does it say anything on standard error; a download of anything from elsewhere would show in both."""
    home = tmp_path / "home"
    home.mkdir()
    plain = {key: value for key, value in crawling.environment().items() if key != "XDG_CACHE_HOME"}
    done = subprocess.run(
        crawling.command("crawl", tmp_path / "archive.db", replica.profile, "--max-pages", "120"),
        cwd=ROOT,
        env={**plain, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert list(home.iterdir()) == []
