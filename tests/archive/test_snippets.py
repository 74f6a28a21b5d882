"""The piece of a text a hit is shown with."""

from __future__ import annotations

import pytest

from archive import marks
from archive.query import parse
from archive.snippets import LENGTH, snippet
from archive.wanted import Wanted

WANTED = Wanted(parse("bac kan"))
WORTH = {"bac": 1.0, "kan": 1.0}


def shown(text: str) -> str:
    return marks.to_brackets(snippet(WANTED, text, WORTH))


@pytest.mark.parametrize("before", range(24, 40))
def test_words_found_side_by_side_are_not_parted(before: int) -> None:
    text = "Bắc Kạn họp. " + "xa " * (before - 3) + "tỉnh Bắc Kạn " + "sau " * 40
    piece = shown(text)
    assert piece.startswith("[Bắc Kạn] họp.")
    assert piece.endswith("…")
    assert "[Bắc]" not in piece
    assert LENGTH <= len(piece.split()) <= LENGTH + 2


def test_a_text_of_nothing_but_hits_still_gives_a_piece() -> None:
    assert len(shown("Bắc Kạn " * 200).split()) <= LENGTH + 8
