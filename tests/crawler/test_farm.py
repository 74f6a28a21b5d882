"""Processes that read stretches of WARC files: one that ends costs its stretch a new start, and no more."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from crawler import farm
from crawler.farm import Stretch


def _end(part: Stretch) -> farm._Answer:
    os._exit(9)


def test_a_pool_that_broke_before_says_so_when_the_answer_is_asked_for() -> None:
    part = Stretch(path=Path("a.warc.gz"), name="a.warc.gz", source="warc", start=0, end=None)
    with ProcessPoolExecutor(1) as pool:
        first = farm._handed(pool, _end, part)
        with pytest.raises(BrokenProcessPool):
            first.result(60)
        later = farm._handed(pool, _end, part)
        with pytest.raises(BrokenProcessPool):
            later.result(0)
