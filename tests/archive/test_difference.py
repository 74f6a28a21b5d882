"""What differs between two texts, syllable by syllable."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.difference import Segment, around, compare, differences, to_ansi, to_html, to_text

WORDS = st.lists(st.sampled_from(["xã", "Hoà", "Hòa", "An", "thuỷ", "lợi", "năm", "2021", ",", "\n", "—"]), max_size=14)


def told(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(s.kind, s.old, s.new) for s in compare(old, new)]


def test_a_word_in_a_paragraph() -> None:
    old = "UBND tỉnh họp phiên tháng 01.\nCác đại biểu thảo luận."
    new = "UBND tỉnh họp phiên tháng 02.\nCác đại biểu thảo luận."
    assert told(old, new) == [
        ("equal", "UBND tỉnh họp phiên tháng ", "UBND tỉnh họp phiên tháng "),
        ("removed", "01", ""),
        ("added", "", "02"),
        ("equal", ".\nCác đại biểu thảo luận.", ".\nCác đại biểu thảo luận."),
    ]


def test_the_place_of_a_tone_is_a_spelling_and_a_tone_is_not() -> None:
    assert told("công tác thuỷ lợi", "công tác thủy lợi")[1] == ("respelled", "thuỷ ", "thủy ")
    assert [kind for kind, *_ in told("công tác thuỷ lợi", "công tác thúy lợi")] == [
        *("equal", "removed", "added", "equal"),
    ]


def test_code_points_and_blanks_do_not_differ() -> None:
    text = "Đồng bào xã Thượng Quan"
    assert compare(unicodedata.normalize("NFD", text), text) == (Segment(kind="equal", old=text, new=text),)
    assert [s.kind for s in compare("một  hai", "một hai")] == ["equal"]


def test_another_paragraph_is_told_whole() -> None:
    old, new = "Ngày mai trời nắng đẹp ở vùng cao.", "Kế hoạch sử dụng đất giai đoạn 2021-2025."
    assert told(old, new) == [("removed", old, ""), ("added", "", new)]


def test_fields_of_versions() -> None:
    old = {"title": "Tin", "lead": None, "images": [{"url": "a", "caption": "Cũ"}], "document": {"number": "1/QĐ"}}
    new = {"title": "Tin", "lead": "Mới", "images": [{"url": "a", "caption": "Mới"}], "document": {"number": "2/QĐ"}}
    found = {d.field: to_text(d.segments) for d in differences(old, new)}
    assert found == {"lead": "{+Mới+}", "images": "a | [-Cũ-]{+Mới+}", "document.number": "[-1-]{+2+}/QĐ"}
    assert differences(old, old) == ()


def test_marks_for_page_terminal_and_log() -> None:
    segments = compare("<b> hoà cũ & x\x1b", "<b> hòa mới & x\x1b")
    page = to_html(segments)
    assert "&lt;b&gt;" in page.replace(" ", "")
    assert '<ins class="respelled" title="hoà">hòa </ins>' in page
    assert "<del>cũ </del><ins>mới </ins>" in page
    assert "\x1b" not in page
    assert "{~hoà=hòa~}" in to_text(segments)
    assert to_ansi(segments).count("\x1b[") == 6


def test_far_from_a_change_nothing_is_shown() -> None:
    segments = compare("một " * 100 + "cũ", "một " * 100 + "mới")
    shown = to_text(around(segments, 20))
    assert len(shown) < 60
    assert shown.endswith("[-cũ-]{+mới+}")


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS)
def test_the_sides_are_the_texts(one: list[str], other: list[str]) -> None:
    old, new = " ".join(one), " ".join(other)
    found = compare(old, new)
    assert "".join(s.old for s in found) == old
    assert "".join(s.new for s in found) == new
    assert all(a.kind != b.kind for a, b in pairwise(found))
