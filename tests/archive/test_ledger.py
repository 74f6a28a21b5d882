"""The frontier keeps every promise a crawl builds on, in a real database file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.frontier import Entry, Visit
from archive.ledger import Ledger, retry_after
from archive.migrations import migrations

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
RUN = 1


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = Database(tmp_path / "archive.db")
    migrations.apply(db)
    for run in (1, 2):
        db["runs"].insert(
            {
                "id": run,
                "kind": "crawl",
                "portal": "p",
                "profile": "p",
                "profile_digest": "d",
                "extractor_version": "1",
                "started_at": "2026-01-05T08:00:00Z",
                "state": "running",
            }
        )
    db.conn.commit()
    yield db.conn
    db.close()


@pytest.fixture
def ledger(conn: sqlite3.Connection) -> Ledger:
    return Ledger(conn)


def page(name: str, **changes: object) -> Entry:
    values: dict[str, object] = {
        "key": f"GET http://a.vn/{name}",
        "url": f"http://a.vn/{name}",
        "host": "a.vn",
        "kind": "page",
    }
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


def post(number: int, body: bytes) -> Entry:
    return page(
        f"list#{number}", url="http://a.vn/list", kind="pager", method="POST", body=body, via="http://a.vn/list"
    )


def next_of(ledger: Ledger, now: datetime = NOW) -> Visit:
    visit = ledger.next("a.vn", now)
    assert visit is not None
    return visit


def settle(ledger: Ledger, visit: Visit, run: int = RUN, outcome: str = "article", **more: object) -> None:
    ledger.settle(visit, run_id=run, outcome=outcome, now=NOW, **more)  # type: ignore[arg-type]


def fail(ledger: Ledger, visit: Visit, *, give_up: bool = False, wait: float = 60) -> None:
    ledger.fail(
        visit,
        run_id=RUN,
        reason="throttled",
        detail=None,
        statuscode=503,
        now=NOW,
        retry_at=NOW + timedelta(seconds=wait),
        give_up=give_up,
    )


def test_an_address_is_known_once(ledger: Ledger) -> None:
    assert ledger.add([page("x"), page("x"), page("y")], RUN) == 2
    assert ledger.add([page("x")], RUN) == 0
    assert ledger.pending() == 2


def test_lists_come_before_pages_and_pages_before_files(ledger: Ledger) -> None:
    ledger.add([page("f", kind="file"), page("p"), page("l", kind="list"), post(2, b"s")], RUN)
    order = []
    while (visit := ledger.next("a.vn", NOW)) is not None:
        order.append(visit.kind)
        settle(ledger, visit)
    assert order == ["pager", "list", "page", "file"]


def test_robots_are_asked_for_apart(ledger: Ledger) -> None:
    ledger.add([page("robots.txt", kind="robots"), page("p")], RUN)
    assert next_of(ledger).url.endswith("/p")
    robots = ledger.next_robots("a.vn", NOW)
    assert robots is not None
    assert robots.kind == "robots"


def test_a_failed_address_waits_and_is_given_up(ledger: Ledger, conn: sqlite3.Connection) -> None:
    ledger.add([page("x")], RUN)
    fail(ledger, next_of(ledger))
    assert ledger.next("a.vn", NOW) is None
    assert ledger.due("a.vn") == NOW + timedelta(seconds=60)
    again = next_of(ledger, NOW + timedelta(seconds=61))
    assert again.attempts == 1
    fail(ledger, again, give_up=True)
    assert ledger.pending() == 0
    attempts, solved = conn.execute("select attempts, solved_at from failures").fetchone()
    assert (attempts, solved) == (2, None)


def test_an_answer_solves_the_failure(ledger: Ledger, conn: sqlite3.Connection) -> None:
    ledger.add([page("x")], RUN)
    fail(ledger, next_of(ledger))
    settle(ledger, next_of(ledger, NOW + timedelta(minutes=2)))
    assert conn.execute("select solved_at is not null from failures").fetchone() == (1,)
    assert ledger.failed_before("GET http://a.vn/x") == 0


def test_a_new_run_visits_everything_or_what_is_due(ledger: Ledger) -> None:
    ledger.add([page("old"), page("fresh"), page("list", kind="list")], RUN)
    for visit in (next_of(ledger), None, None):
        settle(ledger, visit or next_of(ledger), next_visit_at=NOW + timedelta(days=1))
    ledger.begin_run(2, now=NOW, everything=False)
    assert [next_of(ledger).url] == ["http://a.vn/list"]
    settle(ledger, next_of(ledger), run=2)
    assert ledger.next("a.vn", NOW) is None
    ledger.begin_run(2, now=NOW, everything=True)
    assert ledger.pending() == 3


def test_refused_addresses_stay_refused_but_robots_are_judged_again(ledger: Ledger) -> None:
    ledger.add([page("trap", refused="trap"), page("x")], RUN)
    settle(ledger, next_of(ledger), outcome="robots", refused=True)
    assert ledger.counts() == {("refused", "trap"): 1, ("refused", "robots"): 1}
    ledger.begin_run(2, now=NOW, everything=True)
    assert ledger.counts() == {("refused", "trap"): 1, ("pending", "robots"): 1}
    ledger.forget_refusals()
    assert ledger.find("GET http://a.vn/trap") is None


def test_a_list_post_is_sent_once_a_run_with_its_newest_state(ledger: Ledger) -> None:
    ledger.add([post(2, b"old")], RUN)
    ledger.add([post(2, b"new")], RUN)
    visit = next_of(ledger)
    assert visit.body == b"new"
    assert ledger.find_posted(b"new") == ledger.find_waiting(visit.key) == visit
    settle(ledger, visit, outcome="listing")
    ledger.add([post(2, b"newer")], RUN)
    assert ledger.next("a.vn", NOW) is None
    ledger.begin_run(2, now=NOW, everything=True)
    assert ledger.next("a.vn", NOW) is None, "its state is stale until the list is read again"
    ledger.add([post(2, b"newest")], 2)
    assert next_of(ledger).body == b"newest"


def test_a_refused_state_starts_the_list_again(ledger: Ledger) -> None:
    ledger.add([page("list", kind="list"), post(2, b"2"), post(3, b"3")], RUN)
    settle(ledger, next_of(ledger), outcome="listing")
    third = next_of(ledger)
    settle(ledger, next_of(ledger), outcome="listing")
    ledger.restart_list(third)
    assert next_of(ledger).kind == "list"
    settle(ledger, next_of(ledger), outcome="listing")
    assert ledger.next("a.vn", NOW) is None
    ledger.add([post(2, b"fresh")], RUN)
    assert next_of(ledger).body == b"fresh"


def test_an_address_found_too_deep_is_judged_again_when_found_nearer(ledger: Ledger) -> None:
    ledger.add([page("x", refused="too_deep", depth=41)], RUN)
    ledger.add([page("x", depth=3)], RUN)
    assert next_of(ledger).depth == 3


def test_pauses_double_up_to_their_cap() -> None:
    base, cap = timedelta(seconds=5), timedelta(seconds=60)
    assert [retry_after(n, base=base, cap=cap).total_seconds() for n in (0, 1, 2, 3, 4, 400)] == [5, 10, 20, 40, 60, 60]


def test_a_post_under_way_keeps_the_body_it_was_sent_with(ledger: Ledger) -> None:
    ledger.add([post(2, b"sent")], RUN)
    visit = next_of(ledger)
    ledger.under_way.add(visit.key)
    ledger.add([post(2, b"fresher")], RUN)
    assert ledger.next("a.vn", NOW) is None, "it is not handed out twice"
    assert ledger.find_posted(b"sent") == visit, "its answer is known by it after a crash"
    ledger.under_way.discard(visit.key)
    ledger.add([post(2, b"fresher")], RUN)
    assert next_of(ledger).body == b"fresher"
