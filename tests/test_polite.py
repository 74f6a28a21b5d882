"""How a crawl behaves towards a server, told by the server's own notes."""

from __future__ import annotations

import gzip
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests import crawling
from tests.little import ARTICLE, Little, little


def site(pages: int = 4, **routes: Any) -> dict[str, Any]:
    """A front page with articles, and whatever else the routes say."""
    links = "".join(f'<li><a href="/Pages/bai-{n}.aspx">Bài viết số {n}</a></li>' for n in range(pages))
    table: dict[str, Any] = {"/": {"body": f"<html><body><ul>{links}</ul></body></html>"}}
    table |= {f"/Pages/bai-{n}.aspx": {"body": ARTICLE.format(title=f"Bài viết số {n}")} for n in range(pages)}
    return table | {path.replace("robots", "/robots.txt"): answer for path, answer in routes.items()}


def gaps(server: Little) -> list[float]:
    """Seconds between the end of one answer and the next request."""
    return [after[1] - before[2] for before, after in pairwise(server.asked())]


def paths(server: Little) -> list[str]:
    return [path for path, _, _ in server.asked()]


def outcomes(archive: Path) -> dict[str, str]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return {url.split("/", 3)[3]: outcome for url, outcome in conn.execute("select url, outcome from frontier")}


def test_the_delay_is_kept_between_answer_and_request(tmp_path: Path) -> None:
    with little(tmp_path, site()) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0.4\njitter = 0.2\n"))
        assert ran.code == 0, ran.stderr
        assert len(server.asked()) == 6
        assert min(gaps(server)) >= 0.4
        assert max(gaps(server)) < 2


def test_crawl_delay_is_kept(tmp_path: Path) -> None:
    robots = {"body": "User-agent: *\nCrawl-delay: 0.5\n", "headers": {"Content-Type": "text/plain"}}
    with little(tmp_path, site(robots=robots)) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\n"))
        assert ran.code == 0, ran.stderr
        assert min(gaps(server)[1:]) >= 0.5


def test_retry_after_is_kept_by_the_whole_host(tmp_path: Path) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "2"}}
    routes = site() | {"/Pages/bai-1.aspx": [busy, {"body": ARTICLE.format(title="Bài viết số 1")}]}
    with little(tmp_path, routes) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\n"))
        assert ran.code == 0, ran.stderr
        index = paths(server).index("/Pages/bai-1.aspx")
        assert gaps(server)[index] >= 2
        assert outcomes(tmp_path / "a.db")["Pages/bai-1.aspx"] == "article"


def test_pauses_grow_while_the_server_says_it_is_loaded(tmp_path: Path) -> None:
    routes = site(3)
    for number, score in enumerate((2, 6, 8)):
        routes[f"/Pages/bai-{number}.aspx"]["headers"] = {"X-SharePointHealthScore": str(score)}
    with little(tmp_path, routes) as server:
        crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0.1\njitter = 0\n"))
        after = dict(zip(paths(server), gaps(server), strict=False))
        assert after["/Pages/bai-0.aspx"] < 0.4
        assert after["/Pages/bai-1.aspx"] >= 0.4


def test_a_missing_robots_txt_forbids_nothing_and_a_forbidden_one_neither(tmp_path: Path) -> None:
    for status in (404, 403, 401):
        folder = tmp_path / str(status)
        folder.mkdir()
        with little(folder, site(robots={"status": status})) as server:
            ran = crawling.run("crawl", folder / "a.db", server.sheet(folder, "delay = 0\n"))
            assert ran.code == 0, ran.stderr
            assert len(server.asked()) == 6


def test_a_failing_robots_txt_means_wait_and_not_go(tmp_path: Path) -> None:
    with little(tmp_path, site(robots={"status": 500})) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\nmax_attempts = 3\n"))
        assert ran.code == 3
        assert paths(server) == ["/robots.txt"] * 3
        assert ran.report is not None
        assert any("robots.txt cannot be read" in line for line in ran.report["why"])


def test_a_robots_txt_that_recovers_is_obeyed(tmp_path: Path) -> None:
    rules = {"body": "User-agent: *\nDisallow: /pages/bai-2\n", "headers": {"Content-Type": "text/plain"}}
    with little(tmp_path, site(robots=[{"status": 502}, rules])) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\n"))
        assert ran.code == 0, ran.stderr
        assert "/Pages/bai-2.aspx" not in paths(server)
        assert outcomes(tmp_path / "a.db")["Pages/bai-2.aspx"] == "robots"


def test_a_robots_txt_is_followed_where_it_moved(tmp_path: Path) -> None:
    moved = {"status": 301, "headers": {"Location": "/rules.txt"}}
    rules = {"body": "User-agent: portal-archive\nDisallow: /Pages/\n", "headers": {"Content-Type": "text/plain"}}
    with little(tmp_path, site(robots=moved) | {"/rules.txt": rules}) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\n"))
        assert ran.code == 0, ran.stderr
        assert paths(server) == ["/robots.txt", "/rules.txt", "/"]


def test_robots_are_ignored_only_for_a_reason_that_every_report_prints(tmp_path: Path) -> None:
    rules = {"body": "User-agent: *\nDisallow: /\n", "headers": {"Content-Type": "text/plain"}}
    with little(tmp_path, site(robots=rules)) as server:
        bare = server.sheet(tmp_path, 'delay = 0\nrobots = "ignore"\n')
        refused = crawling.run("crawl", tmp_path / "a.db", bare)
        assert refused.code == 1
        assert "robots_reason" in refused.stderr
        given = server.sheet(tmp_path, 'delay = 0\nrobots = "ignore"\nrobots_reason = "the portal closes"\n')
        ran = crawling.run("crawl", tmp_path / "a.db", given)
        assert ran.code == 0, ran.stderr
        assert ran.report is not None
        assert ran.report["robots_ignored"] == "the portal closes"
        assert len(server.asked()) == 6


def test_a_site_that_shuts_us_out_ends_the_run_as_blocked(tmp_path: Path) -> None:
    routes = site(30) | {f"/Pages/bai-{n}.aspx": {"status": 403} for n in range(30)}
    with little(tmp_path, routes) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\ngive_up_after = 5\n"))
        assert ran.code == 5
        assert len(server.asked()) == 2 + 5


def test_a_dead_server_is_left_alone_and_the_run_can_go_on(tmp_path: Path) -> None:
    broken = {f"/Pages/bai-{n}.aspx": [{"status": 500}] * 5 + [site(30)[f"/Pages/bai-{n}.aspx"]] for n in range(30)}
    with little(tmp_path, site(30) | broken) as server:
        sheet = server.sheet(tmp_path, "delay = 0\ngive_up_after = 6\nmax_attempts = 4\nbackoff = 0.05\n")
        ran = crawling.run("crawl", tmp_path / "a.db", sheet)
        assert ran.code == 3
        assert len(server.asked()) < 20
        for _ in range(40):
            ran = crawling.run("crawl", tmp_path / "a.db", sheet)
            if ran.code == 0:
                break
        assert ran.code == 0, ran.report


def test_who_asks_is_said(tmp_path: Path) -> None:
    with little(tmp_path, site(1)) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path), "--contact", "luu-tru@example.org")
        assert ran.code == 0, ran.stderr
    text = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "warc").glob("*.warc.gz"))
    assert b"User-Agent: portal-archive/0.1.0 (+luu-tru@example.org)" in text
    assert b"Mozilla" not in text


def test_a_link_to_an_inside_address_is_not_followed(tmp_path: Path) -> None:
    inside = {"/": {"body": '<a href="http://127.0.0.1:1/x">a</a><a href="/go">b</a>'}}
    inside["/go"] = {"status": 302, "headers": {"Location": "http://169.254.169.254/latest/"}}
    with little(tmp_path, inside) as server:
        ran = crawling.run("crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0\n"))
        assert ran.code == 0, ran.stderr
        assert outcomes(tmp_path / "a.db")["latest/"] == "out_of_scope"


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with little(tmp_path, {"/": {"body": ARTICLE.format(title="Bên trong")}}) as server:
        sheet = server.sheet(tmp_path, "delay = 0\nmax_attempts = 1\n")
        text = sheet.read_text().replace(f'hosts = ["127.0.0.1:{server.port}"]', f'hosts = ["localhost:{server.port}"]')
        sheet.write_text(text.replace('["127.0.0.0/8"]', '["203.0.113.0/24"]').replace("127.0.0.1", "localhost"))
        ran = crawling.run("crawl", tmp_path / "a.db", sheet)
        assert ran.code == 3
        assert "127.0.0.1 is not a public address" in ran.stderr
        assert server.asked() == []
        assert not (tmp_path / "a.db").exists()


def test_a_name_that_turns_inside_later_is_refused_too(tmp_path: Path) -> None:
    """The first seed is reachable; a link leads to a host of the portal whose name has an inside address."""
    with little(tmp_path, {}) as server:
        front = f'<html><body><a href="http://localhost:{server.port}/secret">x</a></body></html>'
        (tmp_path / "two").mkdir()
        with little(tmp_path / "two", {"/": {"body": front}}, "127.0.0.9") as outside:
            sheet = outside.sheet(tmp_path, "delay = 0\nmax_attempts = 1\n")
            text = sheet.read_text().replace("127.0.0.0/8", "127.0.0.9/32")
            text = text.replace(f"exempt_ports = [{outside.port}]", f"exempt_ports = [{outside.port}, {server.port}]")
            text = text.replace("[scope]\nhosts = [", f'[scope]\nhosts = ["localhost:{server.port}", ')
            sheet.write_text(text)
            crawling.run("crawl", tmp_path / "a.db", sheet)
            assert paths(outside) == ["/robots.txt", "/"]
            assert server.asked() == []
