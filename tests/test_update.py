"""Updates as a timer starts them: what they do, what they tell, and how they end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.lock import network_kind
from tests import crawling
from tests.little import ARTICLE, Little, little
from tests.receivers import mail_receiver, web_receiver
from tests.replica import ROOT
from tests.test_polite import site

QUICK = "delay = 0\n"


def rows(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return [tuple(row) for row in conn.execute(sql)]


def dated(number: int, line: str) -> dict[str, str]:
    """An article's page with a line above its text."""
    page = ARTICLE.format(title=f"Bài viết số {number} về công tác xây dựng đường xã")
    return {"body": page.replace("<div id='x__", f"<div>{line}</div><div id='x__")}


def with_expectations(server: Little, folder: Path, lines: str) -> Path:
    sheet = server.sheet(folder, QUICK)
    sheet.write_text(sheet.read_text().replace("max_failure_share = 1.0\n", f"max_failure_share = 1.0\n{lines}\n"))
    return sheet


def test_an_update_tells_everyone_and_a_breach_leaves_the_last_good_copy(tmp_path: Path) -> None:
    archive, reports, metrics = tmp_path / "a.db", tmp_path / "reports", tmp_path / "portal.prom"
    with little(tmp_path, site(6)) as server, web_receiver() as web, mail_receiver() as mail:
        (tmp_path / "ping").write_text(f"{web.url}/uuid\n")
        hooks = (
            *("--ping", f"@{tmp_path / 'ping'}", "--reports", str(reports), "--metrics", str(metrics)),
            *("--mail-to", "a@example.org", "--mail-to", "b@example.org", "--smtp", mail.url),
        )
        (tmp_path / "hook").write_text(f"{web.url}/hook")
        hooks += ("--webhook", f"@{tmp_path / 'hook'}")
        ran = crawling.run("update", archive, server.sheet(tmp_path, QUICK), *hooks)
        assert ran.code == 0, ran.stderr
        assert ran.report is not None
        assert ran.report["steps"]["verify"] == "ok"
        assert web.paths() == ["/uuid/start", "/uuid/0"]
        runs = {post.path.partition("rid=")[2] for post in web.posts}
        assert len(runs) == 1, "start and end are joined"
        assert not mail.mails, "a routine run needs no mail"
        good = (tmp_path / "snapshots" / "a-latest.db").resolve()

        leaking = with_expectations(server, tmp_path, 'must_not_contain = ["Nhân dân đồng tình"]')
        ran = crawling.run("update", archive, leaking, *hooks)
        assert ran.code == 2, ran.stderr
        assert ran.report is not None
        assert ran.report["steps"]["snapshot"] == "skipped: the last good one stays"
        assert (tmp_path / "snapshots" / "a-latest.db").resolve() == good
        assert web.paths()[2:] == ["/uuid/start", "/uuid/2", "/hook"]
        told = json.loads(web.posts[-1].body)
        assert told["exit_code"] == 2
        assert "6 articles contain 'Nhân dân đồng tình'" in told["causes"][0]
        assert f"http://127.0.0.1:{server.port}/pages/bai-" in told["causes"][0]
        assert mail.recipients == ["a@example.org", "b@example.org"]
        assert "below expectation" in mail.mails[0]["Subject"]
        text = mail.mails[0].get_body(("plain",))
        assert text is not None
        assert "Nhân dân đồng tình" in text.get_content()

        ran = crawling.run("update", archive, server.sheet(tmp_path, QUICK), *hooks)
        assert ran.code == 0
        assert len(mail.mails) == 2, "that all is well again is worth a mail"
    page = (reports / "run-000002.html").read_text()
    assert "&#x27;Nhân dân đồng tình&#x27;" in page
    assert "<script" not in page
    assert 'portal_archive_exit_code{portal="little"} 0' in metrics.read_text()
    assert rows(archive, "select name, held from expectations where run_id = 2 and held = 0") == [("leak", 0)]
    assert json.loads((tmp_path / "a.db.status.json").read_text())["state"] == "complete"


def test_who_cannot_be_told_is_named_and_changes_nothing(tmp_path: Path) -> None:
    with little(tmp_path, site(2)) as server, web_receiver(status=404) as web:
        (tmp_path / "ping").write_text(f"{web.url}/secret-uuid")
        sheet = server.sheet(tmp_path, QUICK)
        ran = crawling.run(
            *("update", tmp_path / "a.db", sheet, "--ping", f"@{tmp_path / 'ping'}", "--tell", "always"),
            *("--mail-to", "a@example.org", "--smtp", "smtp://user@127.0.0.1:9", "--metrics", str(tmp_path / "x.txt")),
        )
        assert ran.code == 0
        assert ran.report is not None
        assert set(ran.report["not_told"]) == {"ping", "mail", "metrics"}
        assert "portal-archive: ping was not told: it answers 404" in ran.stderr
        assert "secret-uuid" not in ran.stderr


def test_a_password_is_not_sent_without_tls(tmp_path: Path) -> None:
    with little(tmp_path, site(1)) as server, mail_receiver() as mail:
        (tmp_path / "password").write_text("geheim")
        ran = crawling.run(
            *("update", tmp_path / "a.db", server.sheet(tmp_path, QUICK), "--tell", "always"),
            *("--mail-to", "a@example.org", "--smtp", mail.url.replace("//", "//me@")),
            *("--smtp-password", f"@{tmp_path / 'password'}"),
        )
        assert ran.report is not None
        assert "without" in ran.report["not_told"]["mail"]
        assert not any("AUTH" in line or "geheim" in line for line in mail.commands)


def test_secrets_stay_off_the_command_line(tmp_path: Path) -> None:
    ran = crawling.run("update", tmp_path / "a.db", Path("bac-kan"), "--ping", "https://example.org/uuid")
    assert ran.code == 1
    assert "PORTAL_ARCHIVE_PING" in ran.stderr


def test_silence_is_told_too(tmp_path: Path) -> None:
    sheet = tmp_path / "gone.toml"
    sheet.write_text(
        'extends = "sharepoint"\n[scope]\nhosts = ["portal.invalid"]\n[discover]\nseeds = ["https://portal.invalid/"]\n'
    )
    with web_receiver() as web:
        (tmp_path / "ping").write_text(web.url)
        ran = crawling.run("update", tmp_path / "a.db", sheet, "--ping", f"@{tmp_path / 'ping'}")
        assert ran.code == 3
        assert web.paths() == ["/start", "/3"]
        assert b"cannot reach" in web.posts[-1].body
    told = json.loads((tmp_path / "a.db.status.json").read_text())
    assert (told["state"], told["exit_code"]) == ("broken", 3)


def test_budgets_end_a_run_and_the_next_goes_on(tmp_path: Path) -> None:
    with little(tmp_path, site(9)) as server:
        archive, sheet = tmp_path / "a.db", server.sheet(tmp_path, QUICK)
        ran = crawling.run("update", archive, sheet, "--pages", "4", "--no-snapshot")
        assert ran.code == 3
        assert ran.report is not None
        assert any("the budget of 4 requests is used up" in line for line in ran.report["why"])
        assert len(server.asked()) == 4
        ran = crawling.run("update", archive, sheet, "--bytes", "2kB", "--no-snapshot")
        assert ran.code == 3
        assert any("2000 bytes" in line for line in (ran.report or {})["why"])
        ran = crawling.run("update", archive, sheet, "--no-snapshot")
        assert ran.code == 0, ran.stderr
        assert rows(archive, "select count(*), max(resumed) from runs r, articles where r.id = 1") == [(9, 2)]


def test_a_running_crawl_says_where_it_stands(tmp_path: Path) -> None:
    with little(tmp_path, site(60)) as server:
        archive, sheet = tmp_path / "a.db", server.sheet(tmp_path, "delay = 0.2\njitter = 0\n")
        with (tmp_path / "err").open("w") as err:
            command = crawling.command("update", archive, sheet)
            process = subprocess.Popen(
                command, cwd=ROOT, env=crawling.environment(), stdout=subprocess.DEVNULL, stderr=err
            )
        try:
            deadline = time.monotonic() + 60
            while crawling.captures(archive) < 4 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGUSR1)
            second = crawling.run("update", archive, sheet)
            assert second.code == 4
            assert "another crawl or ingest is writing" in second.stderr
            shown = subprocess.run(
                [sys.executable, "-m", "crawler", "status", "--archive", str(archive), "--json"],
                cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            running = json.loads(shown.stdout)["running"]
            assert running["pid"] == process.pid
            assert running["state"] == "running"
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 3
        finally:
            process.kill()
            process.wait()
        said = (tmp_path / "err").read_text()
        assert "visited" in said
        assert "known to wait" in said


def test_hours_are_kept(tmp_path: Path) -> None:
    hour = time.gmtime(time.time() + 7 * 3600).tm_hour
    closed = f"{(hour + 3) % 24:02}:00-{(hour + 5) % 24:02}:00"
    with little(tmp_path, site(2)) as server:
        ran = crawling.run("update", tmp_path / "a.db", server.sheet(tmp_path, f'{QUICK}hours = ["{closed}"]\n'))
        assert ran.code == 3
        assert f"only at {closed} +07:00" in ran.stderr
        assert server.asked() == []


def test_a_host_that_asks_for_an_hour_is_left_to_a_later_run(tmp_path: Path) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "3600"}}
    with little(tmp_path, site(20) | {"/Pages/bai-3.aspx": busy}) as server:
        archive, sheet = tmp_path / "a.db", server.sheet(tmp_path, f"{QUICK}max_pause = 2.0\n")
        ran = crawling.run("update", archive, sheet, "--no-snapshot")
        assert ran.code == 3
        asked = len(server.asked())
        assert asked < 12
        ran = crawling.run("update", archive, sheet, "--no-snapshot")
        assert ran.code == 3
        assert len(server.asked()) == asked, "the hour is not over"
        assert any("left alone until" in line for line in (ran.report or {})["why"])
        with sqlite3.connect(archive) as conn:
            conn.execute("update hosts set paused_until = '2020-01-01T00:00:00Z'")
            conn.execute("update frontier set next_visit_at = null")
        crawling.run("update", archive, sheet, "--no-snapshot")
        assert len(server.asked()) > asked


def test_names_on_one_address_share_its_pace(tmp_path: Path) -> None:
    with little(tmp_path, site(3)) as server:
        sheet = server.sheet(tmp_path, "delay = 0.3\njitter = 0\n")
        text = sheet.read_text().replace('hosts = ["', f'hosts = ["localhost:{server.port}", "')
        seeds = f'seeds = ["http://localhost:{server.port}/", "'
        sheet.write_text(text.replace('seeds = ["', seeds))
        ran = crawling.run("crawl", tmp_path / "a.db", sheet)
        assert ran.code == 0, ran.stderr
        asked = sorted(server.asked(), key=lambda line: line[1])
        assert len(asked) == 10, "two names, each with robots.txt, a front page and three articles"
        gaps = [after[1] - before[2] for before, after in pairwise(asked)]
        assert min(gaps) >= 0.3
        assert rows(tmp_path / "a.db", "select distinct address from hosts") == [("127.0.0.1",)]


def test_a_slow_server_is_asked_less_often(tmp_path: Path) -> None:
    routes = site(3)
    for number in range(3):
        routes[f"/Pages/bai-{number}.aspx"]["seconds"] = 0.5
    with little(tmp_path, routes) as server:
        crawling.run(
            "crawl", tmp_path / "a.db", server.sheet(tmp_path, "delay = 0.05\njitter = 0\nlatency_factor = 2\n")
        )
        asked = server.asked()
        assert asked[-1][1] - asked[-2][2] >= 0.4


def test_every_robots_txt_that_differs_is_kept(tmp_path: Path) -> None:
    plain = {"headers": {"Content-Type": "text/plain"}}
    rules = [plain | {"body": f"User-agent: *\nDisallow: /{word}/\n"} for word in ("cu", "cu", "moi")]
    with little(tmp_path, site(1, robots=rules)) as server:
        for _ in range(3):
            assert crawling.run("update", tmp_path / "a.db", server.sheet(tmp_path, QUICK), "--no-snapshot").code == 0
    kept = rows(tmp_path / "a.db", "select text from robots order by seen_at")
    assert [text[0].split("/")[1] for text in kept] == ["cu", "moi"]


def test_a_portal_that_shows_no_seed_is_no_complete_run(tmp_path: Path) -> None:
    """All answers are in order, and nothing new could ever be found."""
    rules = [
        {"body": f"User-agent: *\nDisallow: {path}\n", "headers": {"Content-Type": "text/plain"}} for path in ("", "/")
    ]
    with little(tmp_path, site(3, robots=rules)) as server:
        archive, sheet = tmp_path / "a.db", server.sheet(tmp_path, QUICK)
        assert crawling.run("update", archive, sheet, "--no-snapshot").code == 0
        ran = crawling.run("update", archive, sheet, "--no-snapshot")
        assert ran.code == 2, ran.report
        assert "no seed of the portal shows anything (robots)" in (ran.report or {})["why"][0]


def test_a_template_that_loses_its_dates_is_drift_until_it_is_mended(tmp_path: Path) -> None:
    urls = {f"/Pages/bai-{n}.aspx": n for n in range(12)}
    line = "Ngày đăng: 14/01/2022 08:30"
    routes = site(12) | {url: [dated(n, line), dated(n, ""), dated(n, ""), dated(n, line)] for url, n in urls.items()}
    with little(tmp_path, routes) as server:
        archive, sheet = tmp_path / "a.db", server.sheet(tmp_path, QUICK)
        assert crawling.run("crawl", archive, sheet).code == 0
        filled = rows(archive, "select count(*) from articles where published_at is not null or updated_at is not null")
        assert filled == [(12,)]
        for told in ("is lost on 12 of 12 articles visited again", "not mended since"):
            ran = crawling.run("crawl", archive, sheet)
            assert ran.code == 2, ran.report
            (breach,) = [b for b in (ran.report or {})["breaches"] if b["name"] == "drift"]
            assert told in breach["message"]
            assert breach["subject"].startswith(f"127.0.0.1:{server.port}: ")
            assert len(breach["examples"]) >= 2
        assert crawling.run("crawl", archive, sheet).code == 0, "the dates are back"


def test_a_portal_that_redirects_everything_removes_nothing(tmp_path: Path) -> None:
    casino = {"status": 302, "headers": {"Location": "https://casino.example/"}}
    urls = [f"/Pages/bai-{n}.aspx" for n in range(12)]
    routes: dict[str, Any] = site(12)
    routes |= {url: [routes[url], casino] for url in urls} | {"/": [routes["/"], casino]}
    with little(tmp_path, routes) as server:
        archive = tmp_path / "a.db"
        sheet = server.sheet(tmp_path, f"{QUICK}[gone]\nvisits = 1\ndays = 0\n")
        assert crawling.run("crawl", archive, sheet).code == 0
        ran = crawling.run("crawl", archive, sheet)
        assert ran.code == 2, ran.report
        named = {breach["name"] for breach in (ran.report or {})["breaches"]}
        assert {"missing", "lists"} <= named
        assert rows(archive, "select status, count(*) from articles group by 1") == [("live", 12)]


def test_a_canary_that_reads_differently_is_named(tmp_path: Path) -> None:
    with little(tmp_path, site(3)) as server:
        table = f'[[expect.canary]]\nurl = "{server.url}/Pages/bai-1.aspx"\nfields = {{ title = "Một tin khác" }}\n'
        sheet = with_expectations(server, tmp_path, table)
        ran = crawling.run("update", tmp_path / "a.db", sheet, "--no-snapshot")
        assert ran.code == 2
        (breach,) = (ran.report or {})["breaches"]
        assert breach["name"] == "canary"
        assert "title is 'Bài viết số 1', 'Một tin khác' expected" in breach["message"]


MOUNTS = """\
22 1 0:20 / / rw,relatime - overlay overlay rw
40 22 0:35 / {folder} rw,relatime shared:1 - nfs4 server:/export rw
41 40 0:36 / {folder}/local rw - ext4 /dev/sdb1 rw
"""


@pytest.mark.parametrize(("place", "kind"), [("a.db", "nfs4"), ("local/a.db", None), ("../a.db", None)])
def test_a_lock_on_a_network_file_system_is_no_lock(tmp_path: Path, place: str, kind: str | None) -> None:
    folder = tmp_path / "mnt"
    (folder / "local").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(folder=str(folder).replace(" ", "\\040")))
    assert network_kind(folder / place, mounts) == kind


def test_status_check_is_for_monitors(tmp_path: Path) -> None:
    with little(tmp_path, site(2)) as server:
        assert crawling.run("update", tmp_path / "a.db", server.sheet(tmp_path, QUICK), "--no-snapshot").code == 0
    command = [sys.executable, "-m", "crawler", "status", "--archive", str(tmp_path / "a.db"), "--check"]
    good = subprocess.run(command, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True)
    assert (good.returncode, good.stdout.splitlines()[0]) == (0, "Healthy")
    old = subprocess.run([*command, "--max-age", "0"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True)
    assert old.returncode == 2
    assert "no complete run for" in old.stdout
