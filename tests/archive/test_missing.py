"""Articles that vanish, move and come back: noted once a run, judged when a complete run ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.identity import hash_id
from archive.models import Rejected
from archive.store import Archive, Kind, Settlement
from tests.archive.samples import HOST, article, at, begin, capture, not_found, not_modified, redirect, row, rows

LIST_ID = "6c9d2b0e-0000-4000-8000-000000000000"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", create=True) as opened:
        yield opened


def standing(archive: Archive, path: str = "/a.aspx") -> dict[str, Any]:
    found = row(archive, "select * from articles where canonical_url = ?", HOST + path)
    return {**found, "removal_evidence": json.loads(found["removal_evidence"] or "null")}


def changes(archive: Archive) -> list[tuple[str, str, str]]:
    found = rows(archive, "select field, old_value, new_value from article_changes order by changed_at, rowid")
    return [(c["field"], c["old_value"], c["new_value"]) for c in found]


def test_an_article_is_gone_after_enough_visits_and_days(archive: Archive) -> None:
    day = 24 * 60
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    ids = []
    for number, minute in enumerate((1 * day, 2 * day, 3 * day, 5 * day), 1):
        run = begin(archive, minute, visits=3, days=3.5)
        ids.append(archive.record(capture("/a.aspx", minute, status=404), not_found("/a.aspx"), run).capture_id)
        archive.record(capture("/a.aspx", minute + 1, status=404), not_found("/a.aspx"), run)
        found = standing(archive)
        assert (found["missing_visits"], found["missing_since"]) == (number, "2026-01-06T08:00:00Z")
        judged = archive.settle_missing(run, at(minute + 2))
        assert judged == Settlement(gone=int(number == 4))
    found = standing(archive)
    assert (found["status"], found["removed_at"]) == ("gone", "2026-01-06T08:00:00Z")
    assert found["last_seen_at"] == "2026-01-05T08:00:00Z"
    attempts = found["removal_evidence"]["attempts"]
    assert [a["capture_id"] for a in attempts] == ids
    assert attempts[0] == {
        "capture_id": ids[0],
        "url": f"{HOST}/a.aspx",
        "status": 404,
        "outcome": "not_found",
        "time": "2026-01-06T08:00:00Z",
        "digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    }
    change = row(archive, "select * from article_changes")
    assert (change["field"], change["old_value"], change["new_value"]) == ("status", "live", "gone")
    assert (change["version_id"], change["capture_id"], change["changed_at"]) == (None, ids[-1], "2026-01-10T08:02:00Z")
    assert len(rows(archive, "select * from article_versions")) == 1
    later = begin(archive, 6 * day)
    archive.record(capture("/a.aspx", 6 * day, status=404), not_found("/a.aspx"), later)
    assert archive.settle_missing(later, at(6 * day + 1)) == Settlement()
    assert standing(archive) == found


def test_only_plain_absence_counts(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    run = begin(archive, 10)
    reasons = "error_page interstitial login_required forbidden throttled server_error truncated too_large undecodable"
    for minute, reason in enumerate([*reasons.split(), "no_article", "unreachable", "unsupported"], 11):
        refusal = Rejected(reason=reason, canonical_url=f"{HOST}/a.aspx")  # type: ignore[arg-type]
        assert archive.record(capture("/a.aspx", minute), refusal, run).kind is Kind.NONE
    archive.record(capture("/a.aspx", 30), redirect("/a.aspx", "/a.aspx"), run)
    archive.record(capture("/b.aspx", 31), not_found("/b.aspx"), run)
    assert standing(archive)["missing_visits"] == 0
    assert archive.settle_missing(run, at(40)) == Settlement()
    soft = Rejected(reason="soft_404", canonical_url=f"{HOST}/a.aspx")
    archive.record(capture("/a.aspx", 41), soft, run)
    assert standing(archive)["removal_evidence"]["attempts"][0]["outcome"] == "soft_404"


@pytest.mark.parametrize("answer", ["article", "not_modified"])
def test_a_found_again_article_is_live_again(archive: Archive, answer: str) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    run = begin(archive, 10)
    archive.record(capture("/a.aspx", 11), not_found("/a.aspx"), run)
    archive.settle_missing(run, at(12))
    back = article("/a.aspx") if answer == "article" else not_modified("/a.aspx")
    result = archive.record(capture("/a.aspx", 20), back, begin(archive, 20))
    assert (result.kind, result.fields) == (Kind.CHANGED, ("status",))
    found = standing(archive)
    assert (found["status"], found["missing_since"], found["missing_visits"]) == ("live", None, 0)
    assert (found["removed_at"], found["removal_evidence"]) == (None, None)
    assert found["last_seen_at"] == "2026-01-05T08:20:00Z"
    assert changes(archive) == [("status", "live", "gone"), ("status", "gone", "live")]


def test_an_absence_that_ends_in_time_leaves_no_trace(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    before = standing(archive)
    archive.record(capture("/a.aspx", 11), not_found("/a.aspx"), begin(archive, 10, visits=3))
    result = archive.record(capture("/a.aspx", 20), not_modified("/a.aspx"), begin(archive, 20))
    assert (result.kind, result.article_id) == (Kind.UNCHANGED, before["id"])
    assert standing(archive) == {**before, "last_seen_at": "2026-01-05T08:20:00Z"}
    assert changes(archive) == []


def test_an_article_that_answered_in_this_run_is_not_gone(archive: Archive) -> None:
    run = begin(archive)
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), run)
    archive.record(capture("/a.aspx", 1), not_found("/a.aspx"), run)
    assert archive.settle_missing(run, at(2)) == Settlement()
    later = begin(archive, 3)
    archive.record(capture("/a.aspx", 4), not_found("/a.aspx"), later)
    assert archive.settle_missing(later, at(5)) == Settlement(gone=1)


def test_what_people_took_down_stays_down(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    archive.conn.execute("update articles set status = 'blocked'")
    run = begin(archive, 10)
    archive.record(capture("/a.aspx", 11), article("/a.aspx", title="Sửa"), run)
    archive.record(capture("/a.aspx", 12), not_found("/a.aspx"), run)
    assert archive.settle_missing(run, at(13)) == Settlement()
    assert standing(archive)["status"] == "blocked"


def test_runs_that_are_never_judged_count_for_nothing(archive: Archive) -> None:
    """They were stopped, or the portal was not well: what they missed is kept and weighs neither visits nor days."""
    day = 24 * 60
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    for number in (1, 2, 3, 4):
        run = begin(archive, number * day, visits=2, days=3)
        archive.record(capture("/a.aspx", number * day), not_found("/a.aspx"), run)
    judged = []
    for number in (5, 6, 8):
        run = begin(archive, number * day, visits=2, days=3)
        archive.record(capture("/a.aspx", number * day), not_found("/a.aspx"), run)
        judged.append(archive.settle_missing(run, at(number * day + 1)))
    assert judged == [Settlement(), Settlement(), Settlement(gone=1)]
    found = standing(archive)
    assert len(found["removal_evidence"]["attempts"]) == found["missing_visits"] == 7
    assert found["removed_at"] == "2026-01-06T08:00:00Z", "it was first missed then all the same"


def test_a_long_row_of_runs_never_judged_is_no_evidence(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    for number in range(1, 101):
        archive.record(capture("/a.aspx", number), not_found("/a.aspx"), begin(archive, number, visits=3))
    for number in (101, 102, 103):
        run = begin(archive, number, visits=3)
        archive.record(capture("/a.aspx", number), not_found("/a.aspx"), run)
        assert archive.settle_missing(run, at(number + 0.5)) == Settlement(gone=int(number == 103))


# --- moved ------------------------------------------------------------------------------------------------------------


def test_the_same_list_item_elsewhere_is_the_same_article(archive: Archive) -> None:
    item = {"page_list_id": LIST_ID, "page_item_id": 7}
    first = archive.record(capture("/a.aspx", 0), article("/a.aspx", **item), begin(archive))
    run = begin(archive, 10)
    moved = archive.record(capture("/moi/a.aspx", 11), article("/moi/a.aspx", **item), run)
    assert (moved.kind, moved.article_id, moved.fields) == (Kind.CHANGED, first.article_id, ("url",))
    archive.record(capture("/a.aspx", 12), not_found("/a.aspx"), run)
    assert archive.settle_missing(run, at(13)) == Settlement()
    found = standing(archive, "/moi/a.aspx")
    assert (found["id"], found["status"], found["url"]) == (first.article_id, "live", f"{HOST}/moi/a.aspx")
    addresses = rows(archive, "select canonical_url, article_id from article_urls order by canonical_url")
    assert addresses == [
        {"canonical_url": f"{HOST}{path}", "article_id": first.article_id} for path in ("/a.aspx", "/moi/a.aspx")
    ]
    assert changes(archive) == [("url", f"{HOST}/a.aspx", f"{HOST}/moi/a.aspx")]
    assert len(rows(archive, "select * from article_versions")) == 1


def test_two_living_addresses_do_not_take_turns(archive: Archive) -> None:
    item = {"page_list_id": LIST_ID, "page_item_id": 7}
    archive.record(capture("/a.aspx", 0), article("/a.aspx", **item), begin(archive))
    for start in (10, 20):
        run = begin(archive, start)
        archive.record(capture("/a.aspx", start + 1), article("/a.aspx", **item), run)
        archive.record(capture("/b.aspx", start + 2), article("/b.aspx", **item), run)
        assert archive.settle_missing(run, at(start + 3)) == Settlement()
    assert changes(archive) == [("url", f"{HOST}/a.aspx", f"{HOST}/b.aspx")]
    run = begin(archive, 30)
    archive.record(capture("/a.aspx", 31), article("/a.aspx", **item), run)
    archive.record(capture("/b.aspx", 32), not_found("/b.aspx"), run)
    assert archive.settle_missing(run, at(33)) == Settlement(), "its other address answers"
    back = archive.record(capture("/a.aspx", 41), article("/a.aspx", **item), begin(archive, 40))
    assert back.fields == ("url",)
    assert standing(archive)["missing_since"] is None


@pytest.mark.parametrize("path", ["/detail.aspx?itemid=2", "/b.aspx"])
def test_pages_that_show_many_articles_do_not_join_them(archive: Archive, path: str) -> None:
    """A detail page has one list item of its own, whatever article its query string names."""
    item = {"page_list_id": LIST_ID, "page_item_id": 7}
    run = begin(archive)
    archive.record(capture("/detail.aspx?itemid=1", 0), article("/detail.aspx?itemid=1", **item), run)
    second = archive.record(capture(path, 1), article(path, **item), run)
    assert second.kind is Kind.NEW
    assert len(rows(archive, "select * from articles")) == 2


def test_the_same_content_elsewhere_makes_the_old_row_moved(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    archive.record(capture("/other.aspx", 1), article("/other.aspx", title="Tin khác"), begin(archive))
    run = begin(archive, 10)
    new = archive.record(capture("/b.aspx", 11), article("/b.aspx"), run)
    assert new.kind is Kind.NEW
    for minute, path in ((12, "/a.aspx"), (13, "/other.aspx")):
        archive.record(capture(path, minute), not_found(path), run)
    assert archive.settle_missing(run, at(14)) == Settlement(gone=1, moved=1)
    old = standing(archive)
    assert (old["status"], standing(archive, "/b.aspx")["status"]) == ("moved", "live")
    assert old["removal_evidence"]["moved_to"] == {
        "article_id": hash_id("bac-kan", f"{HOST}/b.aspx"),
        "url": f"{HOST}/b.aspx",
        "by": "content",
    }
    assert sorted(changes(archive)) == [("status", "live", "gone"), ("status", "live", "moved")]


def test_content_found_elsewhere_later(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    run = begin(archive, 10)
    archive.record(capture("/a.aspx", 11), not_found("/a.aspx"), run)
    assert archive.settle_missing(run, at(12)) == Settlement(gone=1)
    run = begin(archive, 20)
    archive.record(capture("/b.aspx", 21), article("/b.aspx"), run)
    assert archive.settle_missing(run, at(22)) == Settlement(moved=1)
    assert changes(archive) == [("status", "live", "gone"), ("status", "gone", "moved")]
    assert standing(archive)["removed_at"] == "2026-01-05T08:11:00Z"


def test_a_redirect_to_a_living_article_is_a_move_and_to_a_list_a_removal(archive: Archive) -> None:
    run = begin(archive)
    for minute, path in enumerate(("/a.aspx", "/b.aspx", "/new.aspx")):
        archive.record(capture(path, minute), article(path, title=path), run)
    run = begin(archive, 10)
    archive.record(capture("/a.aspx", 11, status=301), redirect("/a.aspx", "/new.aspx"), run)
    archive.record(capture("/b.aspx", 12, status=302), redirect("/b.aspx", "/tin-tuc.aspx"), run)
    assert archive.settle_missing(run, at(13)) == Settlement(gone=1, moved=1)
    assert standing(archive, "/a.aspx")["removal_evidence"]["moved_to"]["by"] == "redirect"
    gone = standing(archive, "/b.aspx")
    assert (gone["status"], gone["removal_evidence"]["attempts"][0]["target"]) == ("gone", f"{HOST}/tin-tuc.aspx")


def test_a_page_without_text_has_no_twin(archive: Archive) -> None:
    run = begin(archive)
    for minute, path in enumerate(("/a.aspx", "/b.aspx")):
        archive.record(capture(path, minute), article(path, title="Thông báo", body_text=""), run)
    run = begin(archive, 10)
    archive.record(capture("/a.aspx", 11), not_found("/a.aspx"), run)
    assert archive.settle_missing(run, at(12)) == Settlement(gone=1)


def test_evidence_stays_small(archive: Archive) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), begin(archive))
    for number in range(1, 80):
        run = begin(archive, number, visits=1000)
        archive.record(capture("/a.aspx", number), not_found("/a.aspx"), run)
    found = standing(archive)
    attempts = found["removal_evidence"]["attempts"]
    assert found["missing_visits"] == 79
    assert len(attempts) == 50
    assert (attempts[0]["time"], attempts[-1]["time"]) == ("2026-01-05T08:01:00Z", "2026-01-05T09:19:00Z")


# --- outages ----------------------------------------------------------------------------------------------------------


def six(archive: Archive, start: int, gone: int, *, judged: bool = True, **rules: Any) -> Settlement:
    """A run that asks for six articles of a host and misses as many of them as told."""
    run = replace(begin(archive, start), **rules)
    for number in range(6):
        path = f"/{number}.aspx"
        missed = number < gone
        outcome = redirect(path, "/loi.aspx") if missed else article(path, title=f"Tin {number}")
        archive.record(capture(path, start + number, status=302 if missed else 200), outcome, run)
    return archive.settle_missing(run, at(start + 7)) if judged else Settlement()


def test_an_outage_of_the_host_removes_nothing(archive: Archive) -> None:
    assert six(archive, 0, 0) == Settlement()
    for start in (10, 20, 30):
        assert six(archive, start, 6) == Settlement(), "every article redirected away at once, three runs long"
    assert [o["missing"] for o in rows(archive, "select * from outages order by run_id")] == [6, 6, 6]
    assert six(archive, 40, 0) == Settlement()
    assert {r["status"] for r in rows(archive, "select status from articles")} == {"live"}
    assert changes(archive) == []
    told = rows(archive, "select visits, status, found_at from absences")
    assert len(told) == 6, "each attempt is kept although it decided nothing"
    assert {(t["visits"], t["status"], t["found_at"] is not None) for t in told} == {(3, "live", True)}


def test_one_removal_beside_live_pages_is_no_outage(archive: Archive) -> None:
    six(archive, 0, 0)
    assert six(archive, 10, 1) == Settlement(gone=1)
    assert rows(archive, "select * from outages") == []


def test_an_outage_after_runs_never_judged_is_still_known(archive: Archive) -> None:
    """The portal goes down in a run that is held back, and is down in the next ones, which are judged."""
    six(archive, 0, 0)
    six(archive, 10, 6, judged=False)
    assert [six(archive, start, 6) for start in (20, 30)] == [Settlement(), Settlement()]
    assert [o["run_id"] for o in rows(archive, "select run_id from outages order by run_id")] == [3, 4]
    assert six(archive, 40, 1) == Settlement(gone=1), "one visit is asked for, and this one tells"


def test_what_went_missing_in_an_outage_is_gone_when_it_never_ends(archive: Archive) -> None:
    rules = {"outage_visits": 4, "outage_days": 0.02}
    six(archive, 0, 0)
    settled = [six(archive, 10 * run, 6, **rules) for run in range(1, 6)]
    assert settled == [Settlement()] * 3 + [Settlement(gone=6), Settlement()]


def test_an_outage_known_only_later_takes_its_judgement_back(archive: Archive) -> None:
    """The run missed five of five known articles' addresses; that they had been articles comes in afterwards."""
    later = begin(archive, 10)
    for number in range(6):
        archive.record(capture(f"/{number}.aspx", 10 + number, status=404), not_found(f"/{number}.aspx"), later)
    archive.settle_missing(later, at(17))
    earlier = begin(archive, 0)
    archive.record(capture("/0.aspx", 0), article("/0.aspx", title="Tin 0"), earlier)
    assert standing(archive, "/0.aspx")["status"] == "gone", "one article of the host, and it is not there"
    for number in range(1, 6):
        archive.record(capture(f"/{number}.aspx", number), article(f"/{number}.aspx", title=f"Tin {number}"), earlier)
    archive.settle_late("bac-kan")
    assert {r["status"] for r in rows(archive, "select status from articles")} == {"live"}
    assert changes(archive) == []


def test_an_intake_judges_the_hosts_it_brought_captures_of(archive: Archive) -> None:
    """What one host's captures tell by some moment says nothing of what came later of another that day."""
    other = "https://sotuphap.backan.gov.vn/b.aspx"
    elsewhere = replace(article("/b.aspx", title="Tin khác"), canonical_url=other)
    run = begin(archive, 90, kind="ingest")
    archive.record(capture("/a.aspx", 0), article("/a.aspx"), run)
    archive.record(capture("/b.aspx", 1, url=other), elsewhere, run)
    missed, fine = begin(archive, 100, kind="ingest"), begin(archive, 101, kind="ingest")
    archive.record(capture("/a.aspx", 11, status=404), not_found("/a.aspx"), missed)
    archive.record(capture("/b.aspx", 12, url=other), elsewhere, fine)
    assert archive.settle_missing(fine, at(12), whole=False) == Settlement()
    assert json.loads(row(archive, "select judgement from runs where judged_at is not null")["judgement"])["hosts"] == [
        "sotuphap.backan.gov.vn"
    ]
    archive.record(capture("/a.aspx", 13), article("/a.aspx"), missed)
    assert archive.settle_missing(missed, at(13), whole=False) == Settlement()
    assert changes(archive) == [], "it was there again when its own host was judged"
    again = begin(archive, 110, kind="ingest")
    archive.record(capture("/a.aspx", 20, status=404), not_found("/a.aspx"), again)
    assert archive.settle_missing(again, at(20), whole=False) == Settlement(gone=1)
