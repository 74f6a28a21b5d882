"""A simulated year: an update a day of a portal that lives, with every accident raised on its day and no false alarm.

The clock is the run's own; nothing is slept. Each update runs in a process of its own, forked from one that has loaded
the code.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import traceback
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.command import OUT, ROOT
from crawler.profile import SiteProfile, load
from crawler.runner import CrawlOptions
from crawler.update import Hooks, UpdateOptions, Wanted, update
from tests.almanac import DAYS, FIRST, LEAK, accident, quiet_since

QUIET = 12

SHEET = """extends = "sharepoint"
name = "almanac"
[scope]
hosts = ["127.0.0.1:{port}"]
[discover]
seeds = ["http://127.0.0.1:{port}/"]
sitemaps = []
[network]
exempt_addresses = ["127.0.0.0/8"]
exempt_ports = [{port}]
[gone]
visits = 2
days = 2
[polite]
delay = 0.0
max_attempts = 2
backoff = 0.02
[expect]
min_articles = 50
must_not_contain = ["{leak}"]
max_quiet_days = {quiet}
[[expect.canary]]
url = "http://127.0.0.1:{port}/pages/tin-3.aspx"
fields = {{ title = "Xã số 3 bàn việc rừng trồng năm 2024", author = "*" }}
"""

#: Accident -> names of expectations of which one must break; a number is the exit code that tells it.
TOLD: dict[str, tuple[set[str], int]] = {
    "down": (set(), 3),
    "no author": ({"drift", "new_fill"}, 2),
    "casino": ({"missing", "lists", "seeds"}, 2),
    "forbidden": (set(), 5),
    "leak": ({"leak"}, 2),
    "robots": ({"seeds"}, 2),
    "canary": ({"canary"}, 2),
    "errors": ({"failed_now", "failures"}, 2),
    "no dates": ({"drift", "new_fill"}, 2),
    "empty lists": ({"lists", "seeds", "entries"}, 2),
    "quiet": ({"quiet"}, 2),
}


def expected(day: int) -> str:
    """What is to be told on that day; empty on a healthy one."""
    return accident(day) or ("quiet" if quiet_since(day) > QUIET else "")


def main(first: int, days: int) -> int:
    """Print what was told; 0 when every accident was, nothing else was, and the archive is the truth."""
    folder = OUT / (f"year-{first}" if first else "year")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = subprocess.Popen([sys.executable, "-m", "tests.almanac"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        sheet = folder / "almanac.toml"
        sheet.write_text(SHEET.format(port=told["port"], leak=LEAK, quiet=QUIET))
        return live(folder / "archive.db", load(sheet), told["control"], range(first, days))
    finally:
        server.terminate()
        server.wait(20)


@dataclass(kw_only=True)
class Diary:
    """What the year brought."""

    raised: int = 0
    healthy: int = 0
    requests: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)
    """Days after a leak on which the archive still held it: told rightly, and counted apart."""

    def note(self, day: int, code: int, broken: set[str], archive: Path) -> None:
        """How the day's update ended."""
        want = expected(day)
        names, exit_code = TOLD.get(want, (set(), 0))
        if want:
            good = code == exit_code and (not names or bool(names & broken))
            self.raised += good
            if not good:
                self.missed.append(f"day {day} ({want}): exit {code}, {sorted(broken)}")
        elif code:
            kept = self.lasting if broken == {"leak"} and leaking(archive) else self.false
            kept.append(f"day {day}: exit {code}, {causes(archive)}")
        else:
            self.healthy += 1


def live(archive: Path, profile: SiteProfile, control: int, days: range) -> int:
    """Every day of the year, then its figures."""
    nights, diary, before = random.Random(1975), Diary(), ""
    started = time.monotonic()
    for day in days:
        ask(control, f"day?n={day}")
        night = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC)
        night += timedelta(hours=nights.choice((17, 18, 19, 19, 20)), minutes=nights.randrange(60))  # 00:00 to 03:59
        code = one_night(archive, profile, night, "crawl" if day == days[-1] else "update")
        broken = breaches(archive) if code == 2 else set()
        diary.note(day, code, broken, archive)
        diary.requests += ask(control, "")["asked"]
        if (want := expected(day)) != before or day % 60 == 0:
            spent = time.monotonic() - started
            print(f"day {day:>3} {want or 'healthy':<12} exit {code} {sorted(broken)}  ({spent:.0f} s)", flush=True)
            before = want
    return figures(archive, diary, len(days), ask(control, "truth"))


def figures(archive: Path, diary: Diary, days: int, truth: list[dict[str, str]]) -> int:
    """Print them; the exit code."""
    wrong = differences(archive, truth)
    accidents, calm = diary.raised + len(diary.missed), diary.healthy + len(diary.false)
    print(f"days {days}, requests {diary.requests}")
    print(f"accidents raised on their day   {diary.raised}/{accidents}")
    print(f"healthy days without alarm      {diary.healthy}/{calm}  ({len(diary.lasting)} more with a leak kept)")
    print(f"articles as the truth           {len(truth) - len(wrong)}/{len(truth)}")
    for line in (*diary.missed[:20], *diary.false[:20], *wrong[:10]):
        print(f"  {line[:400]}")
    return 1 if diary.missed or diary.false or wrong else 0


def one_night(archive: Path, profile: SiteProfile, night: datetime, mode: str) -> int:
    """One update in a process of its own, at that moment by its clock; its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    began, code = datetime.now(UTC), 1
    try:
        with (archive.parent / "err").open("a") as err:
            os.dup2(err.fileno(), 2)
        crawl = CrawlOptions(
            profile=profile, archive=archive, mode=mode, clock=lambda: night + (datetime.now(UTC) - began)
        )
        code = update(UpdateOptions(crawl=crawl, hooks=Hooks(), wanted=Wanted(verify=night.day == 1), quiet=True))
    except Exception as error:
        code = getattr(error, "exit_code", 1)
        if code == 1:
            traceback.print_exc()
    os._exit(code)


def ask(control: int, what: str) -> Any:
    """Ask the portal's control port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{control}/{what}", timeout=60) as answer:
        return json.load(answer)


def query(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    conn = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


def breaches(archive: Path) -> set[str]:
    """Names of what did not hold in the latest run."""
    sql = "select distinct name from expectations where held = 0 and run_id = (select max(id) from runs)"
    return {row[0] for row in query(archive, sql)}


def causes(archive: Path) -> str:
    """Why the latest run ended as it did."""
    (counts,) = query(archive, "select counts from runs order by id desc limit 1")[0]
    return "; ".join(json.loads(counts or "{}").get("why", ())) or "no report"


def leaking(archive: Path) -> bool:
    return bool(query(archive, f"select 1 from articles where instr(body_text, '{LEAK}') limit 1"))


def differences(archive: Path, truth: list[dict[str, str]]) -> list[str]:
    """Articles that differ from the truth."""
    columns = "canonical_url, title, body_text, coalesce(published_at, updated_at), status"
    rows = query(archive, f"select {columns} from articles")
    held = {url.partition("//")[2].partition("/")[2].lower(): row for url, *row in rows}
    wrong = []
    for article in truth:
        row = held.pop(article["path"].lstrip("/"), None)
        if row is None:
            if article["status"] == "live":
                wrong.append(f"missing: {article}")
            continue
        title, text, when, status = row
        same = (title, status) == (article["title"], article["status"])
        if not same or article["text"] not in text or article["date"] not in (when or ""):
            wrong.append(f"{article} is held as {row}")
    return wrong + [f"extra: {url}" for url in held]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="day the archive is begun on")
    parser.add_argument("--days", type=int, default=DAYS, help="day it ends before")
    given = parser.parse_args()
    sys.exit(main(given.first, given.days))
