"""Limits of a service are kept within a run, over runs, and over a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import AlreadyRunning, CrawlError
from crawler.sources.pace import Blocked, Limits, Pace

LIMITS = Limits(per_minute={"cdx": 24.0, "replay": 240.0}, throttled_pause=60.0, refused_pause=3600.0, patience=300.0)


class Clock:
    """A clock that moves when it is slept on."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace(path: Path, clock: Clock) -> Pace:
    return Pace(path, "archive.example", LIMITS, clock=clock, sleep=clock.sleep)


def test_no_minute_holds_more_requests_than_allowed(tmp_path: Path) -> None:
    clock, sent = Clock(), []
    for _ in range(3):  # three runs, one after the other
        with pace(tmp_path / "pace.json", clock) as kept:
            for _ in range(20):
                kept.wait("cdx")
                sent.append(clock.now)
    assert max(sum(start <= moment < start + 60 for moment in sent) for start in sent) <= 24


def test_kinds_of_requests_have_limits_of_their_own(tmp_path: Path) -> None:
    clock = Clock()
    with pace(tmp_path / "pace.json", clock) as kept:
        kept.wait("cdx")
        before = clock.now
        kept.wait("replay")
        assert clock.now == before


def test_throttling_silences_everything_and_longer_each_time(tmp_path: Path) -> None:
    clock, pauses = Clock(), []
    with pace(tmp_path / "pace.json", clock) as kept:
        for _ in range(3):
            kept.throttled(None)
            before = clock.now
            kept.wait("replay")
            pauses.append(clock.now - before)
        kept.answered()
        kept.throttled(200.0)
        before = clock.now
        kept.wait("cdx")
        assert clock.now - before >= 200
    assert pauses == [60, 120, 240]


def test_a_refused_connection_ends_the_run_and_the_next_one_too(tmp_path: Path) -> None:
    clock = Clock()
    with pace(tmp_path / "pace.json", clock) as kept:
        kept.wait("cdx")
        kept.refused()
        with pytest.raises(Blocked, match="left alone until"):
            kept.wait("cdx")
    with pace(tmp_path / "pace.json", clock) as kept, pytest.raises(Blocked) as caught:
        kept.wait("cdx")
    assert caught.value.exit_code == 5
    clock.now += 3601
    with pace(tmp_path / "pace.json", clock) as kept:
        kept.wait("cdx")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with pace(tmp_path / "pace.json", Clock()), pytest.raises(AlreadyRunning), pace(tmp_path / "pace.json", Clock()):
        pass


@pytest.mark.parametrize(
    "state", ["", "{", "[]", '{"last": 3}', json.dumps({"last": {}, "until": 9e12, "strikes": -4})]
)
def test_a_damaged_state_file_stops_nothing(tmp_path: Path, state: str) -> None:
    (tmp_path / "pace.json").write_text(state)
    with pace(tmp_path / "pace.json", Clock()) as kept:
        kept.wait("cdx")


def test_a_clock_set_back_silences_no_run_for_long(tmp_path: Path) -> None:
    clock = Clock()
    with pace(tmp_path / "pace.json", clock) as kept:
        kept.wait("cdx")
    clock.now -= 86_400
    before = clock.now
    with pace(tmp_path / "pace.json", clock) as kept:
        kept.wait("cdx")
    assert clock.now - before <= 3


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CrawlError, match="pace-file"), pace(tmp_path / "file" / "pace.json", Clock()):
        pass
