"""Some of the mutilated pages that ``python -m bench.robust`` reads by the hundred thousand."""

from __future__ import annotations

from bench.mutants import MUTATIONS, mutant
from bench.robust import MOST_SECONDS, main, read_share
from crawler.extract import extract
from tests.crawler.captures import ANY

SEED = 20240304


def test_mutants_end_in_an_outcome_each() -> None:
    tally = read_share((SEED, 0, 500))
    assert tally.failed == []
    assert tally.outcomes.total() == 500
    assert len(tally.outcomes) > 6, "mutants reach many ways out"
    assert tally.slowest[0][0] < MOST_SECONDS


def test_a_mutant_is_the_same_every_time_and_so_is_its_outcome() -> None:
    for number in range(40):
        one, other = mutant(SEED, number), mutant(SEED, number)
        assert one == other
        assert extract(one.capture, ANY) == extract(other.capture, ANY)
    assert {name for number in range(200) for name in mutant(SEED, number).done} == set(MUTATIONS)


def test_a_page_that_breaks_fails_the_measurement(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def broken(capture: object, profile: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("bench.robust.extract", broken)
    assert main(["--pages", "3", "--processes", "1"]) == 1
