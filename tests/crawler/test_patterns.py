"""Expressions of sheets: they end in bounded time, and what RE2 does not understand is told when the sheet is read."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ProfileError
from crawler.extract import extract
from crawler.patterns import BadExpression, Expression, compiled
from crawler.profile import Layout, load
from crawler.sharepoint import canonical_url, refusal
from tests.crawler.captures import BAC_KAN, PROSE, capture, page, paragraphs
from tests.crawler.profiles import identified, narrowed

#: Expressions that keep a backtracking engine busy for longer than the world has stood.
TRAPS = (r"^/(?:a|a)*b$", r"^(?:/?a+)+$", r"(?:a?){60}a{60}$", r"^/(?:a*)*!", r"(?:.*a){25}!")


@pytest.mark.parametrize("trap", TRAPS)
def test_no_expression_holds_a_run_up(trap: str) -> None:
    address = f"https://x.vn/{'a' * 900}.aspx"
    started = time.perf_counter()
    refusal(address, narrowed(deny=(trap,), allow=(trap, "x")), 1)
    canonical_url(address, identified(rewrite=((trap, "/b"),)))
    layout = replace(BAC_KAN, layout=(Layout(name="trap", path=trap),), digest=trap)
    extract(capture(page(paragraphs(*PROSE)), url=address), layout)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("bad", ["(", r"(?!a)b", r"(a)\1", r"(?<=x)y", "[z-a]", "a{5000}", "\ud800"])
def test_what_the_engine_does_not_understand_is_told(bad: str) -> None:
    with pytest.raises(BadExpression):
        Expression(bad)


def test_a_sheet_with_look_around_is_refused_with_the_reason(tmp_path: Path) -> None:
    sheet = tmp_path / "a.toml"
    sheet.write_text('name = "a"\n[scope]\ndeny = ["/(?!tin)x"]\n', "utf-8")
    with pytest.raises(ProfileError, match="bounded time"):
        load(sheet)


@given(st.text(max_size=80))
def test_any_text_is_looked_through(text: str) -> None:
    assert compiled("").search(text)
    assert compiled(r"^(.?)").sub(r"\1", text) == text.encode("utf-8", "replace").decode()
