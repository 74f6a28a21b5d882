"""Pages read in a process of its own: the same outcomes, and one bad page costs one outcome."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

import crawler.reader
from archive.models import Capture, Rejected, outcome_name
from crawler.extract import extract
from crawler.profile import load
from crawler.reader import Reader
from tests.little import ARTICLE

PROFILE = load("sharepoint")


def page(number: int, filler: int = 60) -> Capture:
    body = ARTICLE.format(title=f"Bài viết số {number}") + "<!-- x -->" * filler * 10
    return Capture(
        url=f"https://portal.vn/Pages/bai-{number}.aspx",
        fetched_at=datetime(2026, 1, 5, tzinfo=UTC),
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=body.encode(),
    )


async def read_all(pages: list[Capture], kill: bool = False) -> list[object]:
    reader = Reader(PROFILE, {})
    try:
        tasks = [asyncio.create_task(reader.read(one)) for one in pages]
        if kill:
            while reader._process is None or len(reader._waiting) < len(pages):
                await asyncio.sleep(0)
            reader._process.send_signal(signal.SIGKILL)
        return list(await asyncio.gather(*tasks))
    finally:
        await reader.close()


def finished(reading: Coroutine[Any, Any, list[object]]) -> list[object]:
    """The end of a coroutine run in a thread of its own: a browser that other tests drive keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, reading).result()


def test_outcomes_are_those_of_the_function() -> None:
    pages = [page(number) for number in range(20)]
    assert finished(read_all(pages)) == [extract(one, PROFILE) for one in pages]


def test_a_page_that_ends_the_process_costs_itself_alone() -> None:
    pages = [page(number) for number in range(8)]
    outcomes = finished(read_all(pages, kill=True))
    ended = [one for one in outcomes if isinstance(one, Rejected)]
    assert [one.reason for one in ended] == ["undecodable"]
    assert "ends the process" in (ended[0].detail or "")
    assert sum(outcome_name(one) == "article" for one in outcomes) == 7  # type: ignore[arg-type]


def test_a_page_that_takes_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.reader, "READ_SECONDS", 0.002)
    before = signal.signal(signal.SIGALRM, crawler.reader._time_is_up)
    try:
        outcome = crawler.reader.read_in_time(page(1, filler=20_000), PROFILE)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, outcome.detail) == ("undecodable", "not read within 0.002 s")
