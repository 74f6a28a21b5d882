"""The one fold, and the spellings of one word."""

from __future__ import annotations

import doctest
import itertools
import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import vietnamese
from archive.vietnamese import (
    MARKED_LETTERS,
    alt_syllables,
    clean_line,
    clean_text,
    document_key,
    fold,
    nfc,
    spellings,
    syllables,
    tone_placement,
    twin,
)

MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
TEXT = st.text() | st.text(alphabet=MARKED_LETTERS + MARKS + "abcqu \u0305ÐðƉɖΣß")


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(vietnamese).failed == 0


def test_there_are_134_marked_letters_and_all_fold_to_ascii() -> None:
    assert len(set(MARKED_LETTERS)) == len(MARKED_LETTERS) == 134
    for letter in MARKED_LETTERS:
        bare = nfd(letter)[0].lower().replace("đ", "d")
        assert fold(letter) == fold(nfd(letter)) == bare
        assert bare.isascii()


@given(TEXT)
def test_fold_is_idempotent_and_blind_to_composition(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(nfd(text)) == fold(unicodedata.normalize("NFC", text)) == folded
    assert not any(mark in nfd(folded) for mark in MARKS)


@given(TEXT)
def test_nfc_is_nfc_and_idempotent(text: str) -> None:
    composed = nfc(text)
    assert nfc(composed) == composed
    assert unicodedata.is_normalized("NFC", composed)


def test_marks_in_any_order_make_the_one_letter() -> None:
    for letter in MARKED_LETTERS:
        base, *marks = nfd(letter)
        for order in itertools.permutations(marks):
            assert nfc(base + "".join(order)) == letter
            assert fold(base + "".join(order)) == fold(letter)
    assert nfc("á\u0302n") == "ấn", "a tone already composed with its vowel"


def token_counts(rows: Iterator[tuple[int, str]]) -> dict[int, int]:
    conn = sqlite3.connect(":memory:")
    conn.execute("create virtual table t using fts5(x, tokenize='unicode61 remove_diacritics 2')")
    conn.execute("create virtual table v using fts5vocab(t, instance)")
    conn.executemany("insert into t(rowid, x) values (?, ?)", rows)
    return dict(conn.execute("select doc, count(*) from v group by doc"))


def test_fold_never_joins_or_parts_a_word_for_sqlite() -> None:
    """Hits are marked by token position in the unfolded text, so every character must part words in both or in none."""
    points = [n for n in range(1, 0x20000) if not 0xD800 <= n < 0xE000]
    kept = [(n, f"a{unicodedata.normalize('NFC', chr(n))}b {unicodedata.normalize('NFC', chr(n))}") for n in points]
    assert token_counts(iter(kept)) == token_counts((n, fold(text)) for n, text in kept)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Bắc\u00a0 Kạn\t\n x ", "Bắc Kạn x"),
        ("Bắ\u200bc Kạ\u00adn\ufeff", "Bắc Kạn"),
        (nfd("Đường lên tỉnh"), "Đường lên tỉnh"),
        ("Ðà Nẵng, HÐND, QÐ-UBND, Ɖường ðường", "Đà Nẵng, HĐND, QĐ-UBND, Đường đường"),
        ("Seyðisfjörður Eðalbær", "Seyðisfjörður Eðalbær"),
        (nfd("Ðường").replace("Ð", "Ð"), "Đường"),
        ("", ""),
    ],
)
def test_a_kept_line(raw: str, kept: str) -> None:
    assert clean_line(raw) == kept
    assert clean_line(kept) == kept


def test_kept_lines() -> None:
    assert clean_text(" một \r\n\n\u200b\n hai  ba\u2028bốn ") == "một\nhai ba\nbốn"


def test_tones_are_placed_one_way() -> None:
    text = "hoà, Thuỷ, UỶ BAN, loè quý QUỲ hoàn khuỷu ngoài thúy"
    assert tone_placement(text) == "hòa, Thủy, ỦY BAN, lòe quý QUỲ hoàn khuỷu ngoài thúy"


@pytest.mark.parametrize(
    ("syllable", "other"),
    [("kỹ", "kĩ"), ("lí", "lý"), ("quý", "quí"), ("y", "i"), ("tỷ", "tỉ"), ("huy", None), ("đi", None), ("", None)],
)
def test_twins(syllable: str, other: str | None) -> None:
    assert twin(syllable) == other
    if other:
        assert twin(other) == syllable


def test_spellings_of_one_syllable() -> None:
    assert spellings("hòa") == spellings("hoà") == {"hòa", "hoà"}
    assert spellings("kỹ") == {"kỹ", "kĩ"}
    assert spellings("quý") == {"quý", "quí"}
    assert spellings("dương") == {"dương"}


def test_syllables_part_at_punctuation() -> None:
    assert syllables("số 45/2019/NQ-HĐND_x.") == ["số", "45", "2019", "NQ", "HĐND", "x"]


def test_alt_holds_d_stroke_as_written_and_folded_twins() -> None:
    found = alt_syllables("Đường đi (kỹ thuật), QÐ-UBND; quý 3, y tế, đường " + nfd("mỹ đình")).split()
    assert set(found) == {"đường", "đi", "qđ", "đình", "ki", "qui", "i", "mi"}
    assert len(found) == len(set(found))
    assert alt_syllables("Bắc Kạn") == ""


@given(TEXT)
def test_alt_is_blind_to_composition(text: str) -> None:
    assert alt_syllables(nfc(text)) == alt_syllables(nfc(nfd(text)))


@pytest.mark.parametrize(
    "spelling",
    [
        "45/2019/NQ-HĐND",
        "45 2019 nq hdnd",
        "số 45/2019/nq-hđnd",
        "Số: 45/2019/NQ - HĐND",
        "Nghị quyết số 45/2019/NQ-HÐND ngày 5/6/2019",
        "045/2019/NQ-HĐND",
        nfd("45/2019/NQ–HĐND."),
    ],
)
def test_every_spelling_of_a_number_has_one_key(spelling: str) -> None:
    assert document_key(spelling) == "45 2019 nq hdnd"


def test_other_numbers_have_other_keys() -> None:
    numbers = ["45/2019/NQ-HĐND", "45/2019/QĐ-UBND", "4/2019/NQ-HĐND", "450/2019/NQ-HĐND", "KH-45", "45"]
    assert len({document_key(number) for number in numbers}) == len(numbers)
    assert document_key("UBND tỉnh") == document_key("") == ""
