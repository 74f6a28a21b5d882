"""When a host may be asked again, told by clocks and headers alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.politeness import HostClocks, health_score, retry_after_seconds
from crawler.profile import Politeness

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def clocks(chance: float = 0.0, **changes: object) -> HostClocks:
    return HostClocks(Politeness(**{"delay": 2.0, "jitter": 0.5, **changes}), lambda: chance)  # type: ignore[arg-type]


def test_one_request_at_a_time_then_the_delay() -> None:
    ours = clocks()
    assert ours.free("a", 100.0)
    ours.take("a")
    assert not ours.free("a", 1000.0)
    ours.release("a", 101.0)
    assert not ours.free("a", 102.9)
    assert ours.free("a", 103.0)
    assert ours.free("b", 0.0)


def test_jitter_only_lengthens() -> None:
    ours = clocks(chance=1.0)
    ours.take("a")
    ours.release("a", 0.0)
    assert ours.host("a").ready_at == 3.0


def test_a_pause_asked_for_is_kept_up_to_the_cap() -> None:
    ours = clocks()
    ours.release("a", 0.0, pause=31)
    assert ours.host("a").ready_at == 31
    ours.release("b", 0.0, pause=1e9)
    assert ours.host("b").ready_at == 300


def test_crawl_delay_is_kept_and_bounded() -> None:
    ours = clocks()
    ours.set_rules("a", "User-agent: *\nCrawl-delay: 10\nDisallow: /no/", "portal-archive")
    ours.release("a", 0.0)
    assert ours.host("a").ready_at == 10
    assert not ours.may_fetch("a", "http://a/no/x", "portal-archive")
    assert ours.may_fetch("a", "http://a/yes", "portal-archive")
    ours.set_rules("b", "User-agent: *\nCrawl-delay: 100000", "portal-archive")
    assert ours.host("b").crawl_delay == 60


def test_rules_hold_whatever_the_case() -> None:
    ours = clocks()
    ours.set_rules("a", "User-Agent: *\nDisallow: /Pages/\nAllow: /Pages/Open", "portal-archive")
    assert not ours.may_fetch("a", "http://a/pages/tin.aspx", "portal-archive")
    assert not ours.may_fetch("a", "http://a/PAGES/tin.aspx", "portal-archive")
    assert ours.may_fetch("a", "http://a/pages/open.aspx", "portal-archive")
    assert ours.may_fetch("a", "http://a/Lists/x", "portal-archive")


def test_pauses_grow_with_the_health_score() -> None:
    ours = clocks()
    assert [ours.health_pause(score) for score in (0, 4, 5, 6, 9, 10)] == [0, 0, 4, 8, 64, 128]


def test_a_host_that_only_fails_is_left_alone() -> None:
    ours = clocks(give_up_after=3)
    for _ in range(2):
        ours.note_failure("a")
    ours.note_answer("a")
    for _ in range(3):
        assert ours.free("a", 0.0)
        ours.note_failure("a")
    assert not ours.free("a", 0.0)
    for _ in range(3):
        ours.note_answer("b", refused=True)
    assert "shut out" in (ours.host("b").abandoned or "")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 3 ", 3.0),
        ("Mon, 05 Jan 2026 08:02:00 GMT", 120.0),
        ("Mon, 05 Jan 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-5", None),
        ("١٢", None),
    ],
)
def test_retry_after_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


def test_a_date_to_come_back_at_is_by_the_servers_clock() -> None:
    value = "Mon, 05 Jan 2032 08:02:00 GMT"
    assert retry_after_seconds(value, NOW, "Mon, 05 Jan 2032 08:01:30 GMT") == 30.0
    assert retry_after_seconds("Mon, 05 Jan 2026 08:02:00 GMT", NOW, "now") == 120.0


@pytest.mark.parametrize(("value", "score"), [("7", 7), ("99", 10), ("x", 0), (None, 0), ("-1", 0), ("9" * 9, 0)])
def test_health_scores(value: str | None, score: int) -> None:
    assert health_score(value) == score
