"""The replica in time: pages that fail before they answer, what its watch sees, and its epochs."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import ask, control, page_of, status_of
from tests.replica import Replica, running


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A replica of its own for tests that count requests or change the epoch."""
    with running(tmp_path_factory.mktemp("living"), "--size", "small") as portal:
        yield portal


def test_pages_that_fail_before_they_answer(living: Replica) -> None:
    told = living.truth()
    control(living, "POST", "/__replica__/reset")
    first = [a for a in told["articles"] if a["layout_family"] in ("A1", "A2", "B") and "127.0.0.1" in a["url"]]
    outcomes: Counter[str] = Counter()
    for article in first:
        target, seen = urllib.parse.urlsplit(article["url"]).path, []
        while not seen or seen[-1] != 200:
            try:
                answer = ask(living, target)
            except http.client.IncompleteRead:
                seen.append(0)
                continue
            seen.append(answer.status)
            if answer.status in (429, 503):
                assert answer.header("Retry-After")
        outcomes.update(str(status) for status in seen[:-1])
        assert len(seen) <= 3
    assert outcomes == {"503": 3, "500": 1, "429": 1, "0": 1}


def test_a_wrong_charset_a_broken_cookie_and_rising_scores(living: Replica) -> None:
    answers = [page_of(living, article["url"]) for article in living.truth()["articles"]]
    assert [a for a in answers if a.header("Content-Type") == "text/html; charset=iso-8859-1"]
    assert [a for a in answers if ("Set-Cookie", "; HttpOnly; Secure") in a.headers]
    scores = {int(a.header("X-SharePointHealthScore") or 0) for a in answers}
    assert max(scores) >= 8
    assert len(scores) > 4


def test_the_watch_sees_crowding_gaps_and_haste(living: Replica) -> None:
    control(living, "POST", "/__replica__/reset")
    slow = next(a for a in living.truth()["articles"] if _seconds(living, a) > 1)
    control(living, "POST", "/__replica__/reset")
    threads = [threading.Thread(target=page_of, args=(living, slow["url"])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(living, "/Pages/qua-tai-6666.aspx")
    ask(living, "/Pages/gop-y.aspx")
    stats = living.stats()
    assert stats["max_simultaneous"]["main"] == 3
    assert 0 < stats["min_gap_ms"]["main"] < 1000
    assert [early["target"] for early in stats["asked_before_retry_after"]] == ["/Pages/gop-y.aspx"]


def _seconds(replica: Replica, article: dict[str, Any]) -> float:
    if article["layout_family"] != "A1":
        return 0.0
    begun = time.monotonic()
    page_of(replica, article["url"])
    return time.monotonic() - begun


def test_epochs_change_what_the_truth_says_they_change(living: Replica) -> None:
    try:
        before = living.truth()
        living.epoch(1)
        after = living.truth()
        kinds = Counter(change["kind"] for change in after["changes"])
        assert kinds.keys() == {"edited", "added", "back_dated", "removed", "moved"}
        live = {a["canonical_url"]: a for a in after["articles"] if a["status"] == "live"}
        old = {a["canonical_url"]: a for a in before["articles"]}
        for change in after["changes"]:
            _holds(living, change, old, live)
        told = {change["canonical_url"] for change in after["changes"]}
        assert all(live[url] == article for url, article in old.items() if url not in told and url in live)
        fields = {name for change in after["changes"] for name in change["fields"]}
        assert fields >= {"title", "body_text", "updated_at", "document"}
    finally:
        living.epoch(0)


def _holds(replica: Replica, change: dict[str, Any], old: dict[str, Any], live: dict[str, Any]) -> None:
    url = change["canonical_url"]
    match change["kind"]:
        case "edited":
            assert change["fields"]
            assert all(old[url][name] != live[url][name] for name in change["fields"])
        case "moved":
            assert url in live
            assert change["old_url"] in old
            assert url not in old
            assert status_of(replica, change["old_url"]) in (301, 302)
        case "removed":
            assert url in old
            assert url not in live
            assert status_of(replica, old[url]["url"]) in (200, 302, 404)
        case _:
            assert url in live
            assert url not in old


def test_a_new_template_changes_no_field_and_what_was_removed_comes_back(living: Replica) -> None:
    try:
        living.epoch(1)
        before = {a["canonical_url"]: a for a in living.truth()["articles"] if a["status"] == "live"}
        sample = next(a for a in before.values() if a["layout_family"] == "A2" and a["kind"] == "roundup")
        old = page_of(living, sample["url"]).text
        living.epoch(2)
        after = living.truth()
        assert {change["kind"] for change in after["changes"]} == {"restored"}
        now = {a["canonical_url"]: a for a in after["articles"]}
        assert all(now[url] == article for url, article in before.items())
        new = page_of(living, sample["url"]).text
        assert "Block_BanTin_Toolbar" in old
        assert "Block_BanTin_Toolbar" not in new
    finally:
        living.epoch(0)


def test_two_hosts_are_out_for_an_epoch_and_the_truth_stays(living: Replica) -> None:
    try:
        living.epoch(2)
        before, sample = living.truth(), {}
        for article in before["articles"]:
            if article["status"] == "live":
                sample.setdefault(urllib.parse.urlsplit(article["url"]).hostname, article)
        living.epoch(3)
        assert living.truth()["articles"] == before["articles"]
        assert living.truth()["changes"] == []
        answered = {host: status_of(living, article["url"]) for host, article in sample.items()}
        assert {host for host, status in answered.items() if status == 302} == {"127.0.0.1", "127.0.0.3"}
    finally:
        living.epoch(0)


def test_at_the_last_epoch_some_are_edited_moved_and_removed_again(living: Replica) -> None:
    try:
        living.epoch(4)
        kinds = Counter(change["kind"] for change in living.truth()["changes"])
        assert kinds.keys() == {"edited", "added", "back_dated", "removed", "restored", "moved"}
        history = living.history()
        assert any(len(article["addresses"]) == 3 for article in history)
        told = [[kind for _, kind, _ in article["events"]] for article in history]
        assert ["removed", "restored", "removed"] in told
        assert ["edited", "edited"] in told
    finally:
        living.epoch(0)


def test_without_faults_nothing_goes_wrong(tmp_path: Path) -> None:
    with running(tmp_path, "--size", "small", "--faults", "none") as portal:
        outcomes = {url["outcome"] for url in portal.truth()["urls"]}
        assert outcomes.isdisjoint({"throttled", "truncated", "server_error", "unreachable", "interstitial"})
        for article in portal.truth()["articles"]:
            assert status_of(portal, article["url"]) == 200
        assert control(portal, "GET", "/__replica__/stats")["statuses"] == {"200": len(portal.truth()["articles"])}
        assert control(portal, "POST", "/__replica__/epoch?n=x") == {"error": "n must be a whole number from 0"}
