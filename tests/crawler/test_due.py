"""When pages are visited again: by age, by section and in the sweep, over simulated months."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.frontier import Entry
from archive.ledger import Ledger
from archive.models import Article, ArticleFound, Capture, FileFound, ListingFound
from archive.rhythm import MOST, section_rhythms
from archive.store import Archive
from crawler.context import run_context
from crawler.due import next_visit, turn
from crawler.errors import ProfileError
from crawler.profile import Revisit, SiteProfile, load
from crawler.visits import Visits

NOW = datetime(2026, 1, 5, 18, tzinfo=UTC)
DAY = timedelta(days=1)
PROFILE = SiteProfile(name="little", digest="little")
HOST = "https://little.vn"


def page(
    days_old: float | None, section: str | None = None, text: str = "Văn bản", now: datetime = NOW
) -> ArticleFound:
    printed = None if days_old is None else (now - timedelta(days=days_old)).isoformat()
    said = Article(title="Bài", body_text=text, body_html=f"<p>{text}</p>", section=section, published_at=printed)
    return ArticleFound(article=said, canonical_url=f"{HOST}/a.aspx")


def waits(days_old: float | None, rhythm: float = 1.0, profile: SiteProfile = PROFILE) -> timedelta:
    found = next_visit(page(days_old, "Tin"), "GET /a", profile, {"Tin": rhythm}, NOW)
    assert found is not None
    return found - NOW


def test_the_interval_follows_age_and_section() -> None:
    assert waits(1) == timedelta(hours=12), "no sooner than the sheet's least"
    assert waits(100) == 10 * DAY
    assert waits(100, rhythm=2.0) == 5 * DAY
    assert waits(100, rhythm=0.5) == 20 * DAY
    assert next_visit(page(100), "GET /a", PROFILE, {"Tin": 2.0}, NOW) == NOW + 10 * DAY, "in no section: age alone"
    assert next_visit(ListingFound(canonical_url=HOST), "GET /", PROFILE, {}, NOW) is None


def test_a_late_update_counts_as_young_and_a_date_set_back_is_swept() -> None:
    edited = page(4000)
    edited = replace(edited, article=replace(edited.article, updated_at=(NOW - 10 * DAY).isoformat()))
    assert next_visit(edited, "GET /a", PROFILE, {}, NOW) == NOW + DAY
    assert timedelta(0) < waits(4000) <= 180 * DAY
    assert waits(4000, profile=replace(PROFILE, revisit=Revisit(sweep_days=20))) <= 20 * DAY
    assert waits(500, profile=replace(PROFILE, revisit=Revisit(sweep_days=20))) <= 20 * DAY, "also before max_days"


def test_turns_of_an_address_follow_each_other_at_the_period() -> None:
    first = turn("GET /a", 180 * DAY, NOW)
    assert NOW < first <= NOW + 180 * DAY
    assert turn("GET /a", 180 * DAY, first) == first + 180 * DAY
    assert turn("GET /a", 180 * DAY, first - timedelta(seconds=1)) == first
    assert turn("GET /b", 180 * DAY, NOW) != first


def updates(ages: dict[str, float], days: int) -> Iterator[tuple[int, str, bool]]:
    """Daily updates after a crawl that visits all at once: day, address, and whether it was the sweep's turn."""
    queue = [(NOW, key) for key in ages]
    for day in range(days + 1):
        now = NOW + day * DAY
        while queue and queue[0][0] <= now:
            _, key = heapq.heappop(queue)
            age = ages[key] + day
            due = next_visit(page(age, now=now), key, PROFILE, {}, now)
            assert due is not None
            heapq.heappush(queue, (due, key))
            yield day, key, age * PROFILE.revisit.factor >= PROFILE.revisit.max_days


def test_each_day_has_its_share_and_every_page_its_visit() -> None:
    ages = {f"GET {HOST}/{n}": n * 15 * 365 / 3000 for n in range(3000)}
    swept: Counter[int] = Counter()
    others: Counter[int] = Counter()
    last = dict.fromkeys(ages, 0)
    for day, key, in_sweep in updates(ages, 400):
        assert day - last[key] <= 181, key
        last[key] = day
        (swept if in_sweep else others)[day] += 1
    assert all(400 - day <= 181 for day in last.values())
    assert max(others[day] for day in range(1, 401)) <= 0.03 * len(ages)
    share = len(ages) * 12.5 / 15 / 180
    assert max(swept[day] for day in range(1, 401)) <= 2.2 * share, "no herd half a year after the crawl"
    assert 0.9 * share <= sum(swept[day] for day in range(1, 361)) / 360 <= 1.2 * share


def test_files_and_undated_articles_do_not_come_due_together() -> None:
    due: Counter[int] = Counter()
    for n in range(900):
        file = next_visit(FileFound(canonical_url=HOST), f"GET /{n}.pdf", PROFILE, {}, NOW)
        undated = next_visit(page(None), f"GET /{n}", PROFILE, {}, NOW)
        assert file is not None
        assert undated is not None
        due[(file - NOW).days] += 1
        due[(undated - NOW).days] += 1
    assert set(due) == set(range(30))
    assert max(due.values()) <= 2 * 1800 / 30


@pytest.mark.parametrize("line", ["sweep_days = 0", "max_days = -1", "factor = nan", "min_hours = inf"])
def test_a_sheet_that_asks_for_the_impossible_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.toml").write_text(f"[revisit]\n{line}\n")
    with pytest.raises(ProfileError, match=rf"revisit\.{line.split()[0]}: must be between"):
        load(tmp_path / "bad.toml")


class Portal:
    """A made-up portal and an archive that visits it by the ledger, its clock told from outside."""

    def __init__(self, archive: Archive, pages: dict[str, ArticleFound]) -> None:
        self.archive, self.pages, self.records = archive, pages, 0
        self.ledger = Ledger(archive.conn)
        entries = [Entry(key=f"GET {url}", url=url, host="little.vn", kind="page") for url in pages]
        with archive.transaction():
            self.ledger.add(entries, 0)

    def update(self, now: datetime) -> list[str]:
        """One update; the addresses it visited."""
        with self.archive.transaction():
            run_id = self.archive.start_run("update", "little", "little", "little", "1", now)
            self.ledger.begin_run(run_id, now=now, everything=False)
        visits = Visits(self.archive, self.ledger, PROFILE, run_context(run_id, PROFILE))
        visited = []
        while (visit := self.ledger.next("little.vn", now)) is not None:
            self.records += 1
            visits.answer(
                visit, self._capture(visit.url, now), replace(self.pages[visit.url], canonical_url=visit.url), now
            )
            visited.append(visit.url)
        with self.archive.transaction():
            self.archive.end_run(run_id, "complete", 0, {}, now)
        return visited

    def _capture(self, url: str, now: datetime) -> Capture:
        where = {"digest": f"sha1:{self.records:032}", "filename": "a.warc.gz", "offset": self.records, "length": 1}
        return Capture(url=url, fetched_at=now, status=200, headers=(), body=b"<html></html>", **where)  # type: ignore[arg-type]


def test_silently_edited_and_back_dated_articles_are_found(tmp_path: Path) -> None:
    pages = {f"{HOST}/{n}.aspx": page(30 + 150 * n, "Tin", f"Văn bản {n}") for n in range(20)}
    young, old = f"{HOST}/1.aspx", f"{HOST}/18.aspx"
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        portal = Portal(archive, pages)
        assert len(portal.update(NOW)) == 20
        assert portal.update(NOW + timedelta(hours=1)) == [], "nothing is due"
        pages[young] = page(3000, "Tin", "Văn bản 1")
        pages[old] = page(30 + 150 * 18, "Tin", "Lời khác")
        visited = [portal.update(NOW + day * DAY) for day in range(1, 182)]
        changes = archive.conn.execute(
            "select u.canonical_url, c.field from article_changes c join article_urls u using (article_id)"
        ).fetchall()
    assert (young, "published_at") in changes
    assert (old, "body_text") in changes
    assert {url for url, _ in changes} == {young, old}
    assert next(day for day, urls in enumerate(visited, 1) if young in urls) == 18
    assert {url for urls in visited for url in urls} == set(pages), "every page within the sweep"
    assert max(len(urls) for urls in visited) <= 4


def test_a_section_whose_articles_change_is_visited_more_often(tmp_path: Path) -> None:
    sections = ["Lịch công tác", "Văn bản", "Mới"]
    pages = {f"{HOST}/{n}.aspx": page(900 - n, sections[n % 2], f"Số {n}") for n in range(80)}
    pages |= {f"{HOST}/{n}.aspx": page(5, sections[2], f"Số {n}") for n in range(80, 100)}
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        portal = Portal(archive, pages)
        portal.update(NOW)
        assert section_rhythms(archive.conn, "another", NOW) == {}
        before = section_rhythms(archive.conn, "little", NOW)
        assert before["Mới"] == MOST
        assert before["Lịch công tác"] == before["Văn bản"] < 1
        for n in range(0, 80, 2):
            pages[f"{HOST}/{n}.aspx"] = page(900 - n, sections[0], f"Số {n}, sửa")
        portal.update(NOW + 91 * DAY)
        after = section_rhythms(archive.conn, "little", NOW + 200 * DAY)
        assert section_rhythms(archive.conn, "little", NOW + 200 * DAY) == after
        changed = archive.conn.execute(
            "select count(*) from article_versions where cause = 'portal' and number > 1"
        ).fetchone()
        assert changed == (40,)
    assert after["Lịch công tác"] > 1 > after["Văn bản"] >= 1 / MOST
    assert after["Mới"] < 1, "nothing was published there lately"
