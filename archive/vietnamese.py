"""Vietnamese text: one spelling for keeping it, one fold for finding it.

The same :func:`fold` serves writing the search index and asking it. SQLite's ``unicode61 remove_diacritics 2`` already
drops every Vietnamese mark but leaves đ, and marks hits by the *position* of a token in the unfolded text; so the fold
takes away exactly the marks that tokenizer takes away, besides turning đ into d, and never joins or parts a word.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng
_SHAPES = "\u0302\u0306\u031b"  # circumflex, breve, horn
_D_STROKE = "đĐðÐɖƉ"  # U+00D0 and U+0189 look like Đ and come from old fonts and converters

#: What unicode61 holds for part of the letter before it; every other combining mark ends a word there.
_MARKS = "".join(
    chr(0x300 + n)
    for n in (0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 15, 17, 27, 35, 36, 37, 38, 39, 40, 45, 46, 48, 49)
)  # fmt: skip


def _marked_letters() -> str:
    vowels = ("a", "e", "i", "o", "u", "y", "ă", "â", "ê", "ô", "ơ", "ư")
    small = [unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in ("", *_TONES)]
    small = [letter for letter in small if not letter.isascii()] + ["đ"]
    return "".join(small) + "".join(small).upper()


#: The 67 letters with marks in both cases: everything Vietnamese has beyond ASCII, each one code point.
MARKED_LETTERS = _marked_letters()

# What vanishes from kept text: zero-width blanks and joiners, word joiner, byte order mark, soft hyphen.
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
_LEFT_OVER_MARK = re.compile(f"[{_TONES}{_SHAPES}]")
_MARK_RUN = re.compile(f"[{_TONES}{_SHAPES}]{{2,}}")
_FOREIGN_D = re.compile(f"[^\\W\\d_]*[ðÐɖƉ][^\\W\\d_{_MARKS}]*")
_VIETNAMESE_WORD = re.compile(f"[A-Za-z{MARKED_LETTERS}ÐƉ]+|[ðɖ][aeiouy{MARKED_LETTERS}][a-z{MARKED_LETTERS}]*")
_TO_D_STROKE = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"})


def nfc(text: str) -> str:
    """The text in NFC, every Vietnamese letter one code point whatever order its marks were typed in.

    >>> nfc("â\\u0301") == nfc("á\\u0302") == "ấ"
    True
    """
    text = unicodedata.normalize("NFC", text)
    if text.isascii() or not _LEFT_OVER_MARK.search(text):
        return text
    # A tone typed before the shape keeps NFC from composing the two: á + circumflex. The shape goes first.
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _MARK_RUN.sub(_shapes_first, apart))


def _shapes_first(run: re.Match[str]) -> str:
    return "".join(sorted(run[0], key=_TONES.__contains__))


def clean_line(text: str) -> str:
    """One line as it is kept: NFC, invisible characters gone, every run of blanks one blank, Đ written with U+0110."""
    return " ".join(nfc(_d_stroke(text.translate(_INVISIBLE))).split())


def clean_text(text: str) -> str:
    """Several lines as they are kept: each as by :func:`clean_line`, empty lines gone, one newline between two."""
    lines = (clean_line(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _d_stroke(text: str) -> str:
    """U+00D0 and U+0189 are Đ inside Vietnamese words; other words (Icelandic, Ewe) keep them."""
    if not any(letter in text for letter in "ÐƉðɖ"):
        return text
    return _FOREIGN_D.sub(_d_stroke_in, text)


def _d_stroke_in(word: re.Match[str]) -> str:
    vietnamese = _VIETNAMESE_WORD.fullmatch(unicodedata.normalize("NFC", word[0]))
    return word[0].translate(_TO_D_STROKE) if vietnamese else word[0]


class _Fold(dict[int, str]):
    """Code point -> its letters without marks, worked out when first met; bounded by the size of Unicode."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        folded = "d" if letter in _D_STROKE else unicodedata.normalize("NFD", letter)
        self[code] = value = "".join(part for part in folded if part not in _MARKS)
        return value


_FOLD = _Fold()


def fold(text: str) -> str:
    """The text in lower case without marks and with d for đ, for search. Idempotent, the same for NFC and NFD.

    >>> fold("Đường lên HỘI ĐỒNG")
    'duong len hoi dong'
    """
    lower = text.lower()
    if lower.isascii():
        return lower
    return unicodedata.normalize("NFC", lower.translate(_FOLD))


class _Folded(dict[str, str]):
    """What stands between two blanks -> its fold."""

    _MOST = 200_000

    def __missing__(self, chunk: str) -> str:
        if len(self) > self._MOST:
            self.clear()
        self[chunk] = value = fold(chunk)
        return value


_FOLDED = _Folded()


def fold_whole(text: str) -> str:
    """``fold`` of a whole text, whose words mostly were met before: the same in half the time."""
    return "\n".join([" ".join(map(_FOLDED.__getitem__, line.split(" "))) for line in text.split("\n")])


_WORD = re.compile(r"[^\W_]+")


def syllables(text: str) -> list[str]:
    """Runs of letters and digits, in order and as written; ``45/2019/NQ-HĐND`` has four."""
    return _WORD.findall(text)


# Open syllables with oa, oe or uy bear the tone on the first vowel in the older custom (hòa, thủy) and on the second in
# the newer one (hoà, thuỷ). The older leads in legal text (4,566 to 654 in one corpus), so it is the canonical one.
def _tone_moves() -> dict[str, str]:
    moves = {}
    for (first, second), tone in product((("o", "a"), ("o", "e"), ("u", "y")), _TONES):
        new, old = first + nfc(second + tone), nfc(first + tone) + second
        for shape in (str.lower, str.upper, str.capitalize):
            moves[shape(new)] = shape(old)
    return moves


_TONE_MOVES = _tone_moves()
_NEW_STYLE = re.compile(f"(?:(?<![Qq])(?:{'|'.join(m for m in _TONE_MOVES if m[0] in 'uU')})|"
                        f"(?:{'|'.join(m for m in _TONE_MOVES if m[0] in 'oO')}))(?![^\\W_])")  # fmt: skip
_OLD_TO_NEW = {old: new for new, old in _TONE_MOVES.items()}
_OLD_STYLE = re.compile(f"(?:{'|'.join(_OLD_TO_NEW)})(?![^\\W_])")


def tone_placement(text: str) -> str:
    """NFC text with the tone of open oa, oe, uy on the first vowel: ``hoà`` becomes ``hòa``, ``quý`` stays."""
    return _NEW_STYLE.sub(lambda m: _TONE_MOVES[m[0]], text)


# Where i and y are two spellings of one syllable: alone, or ending a syllable after h k l m s t qu (kỹ/kĩ, quý/quí).
_TWIN_ONSETS = ("", "h", "k", "l", "m", "s", "t", "qu")
_I_Y = dict(zip("iìíỉĩị", "yỳýỷỹỵ", strict=True))
_Y_I = {y: i for i, y in _I_Y.items()}


def twin(syllable: str) -> str | None:
    """The other spelling of a lower-case NFC syllable that ends in i or y (``kỹ``: ``kĩ``), or None without one."""
    if not syllable or syllable[:-1] not in _TWIN_ONSETS:
        return None
    last = syllable[-1]
    other = _I_Y.get(last) or _Y_I.get(last)
    return syllable[:-1] + other if other else None


def spellings(syllable: str) -> frozenset[str]:
    """Every accepted spelling of one lower-case NFC syllable: both tone placements and both of an i/y pair."""
    found = {syllable, tone_placement(syllable)}
    if not syllable.startswith("qu"):  # quý: the u belongs to the consonant, the tone never moves
        found |= {_OLD_STYLE.sub(lambda m: _OLD_TO_NEW[m[0]], form) for form in found}
    return frozenset(found | {other for form in found if (other := twin(form))})


class _Alternatives(dict[str, tuple[tuple[str, ...], ...]]):
    """What stands between two blanks -> its syllables with đ, and the folded twins of its syllables; () for neither."""

    _MOST = 200_000

    def __missing__(self, chunk: str) -> tuple[tuple[str, ...], ...]:
        if len(self) > self._MOST:
            self.clear()
        words = syllables(nfc(chunk.lower()).translate(_TO_D_STROKE))
        barred = tuple(word for word in words if "đ" in word)
        twins = tuple(fold(other) for word in words if (other := twin(word)))
        self[chunk] = value = (barred, twins) if barred or twins else ()
        return value


_ALTERNATIVES = _Alternatives()


def alt_syllables(text: str) -> str:
    """What the index holds beside the folded text, so that words typed raw are found: each once, in lower case.

    These are the syllables with đ as written (``đường`` typed into plain FTS5 keeps its đ) and the folded i/y twins
    of those that have one (``kỹ`` gives ``ki``).
    """
    found = [told for chunk in dict.fromkeys(text.split()) if (told := _ALTERNATIVES[chunk])]
    return " ".join(dict.fromkeys([word for place in (0, 1) for told in found for word in told[place]]))


# Words that may stand before a number: "Quyết định số 902/QĐ-UBND".
_TYPES = re.compile(
    r"^(?:(?:nghi quyet|quyet dinh|nghi dinh|thong tu|chi thi|ke hoach|cong van|thong bao|bao cao|to trinh|huong dan|"
    r"cong dien|thong tri|ket luan|van ban|lien tich|phap lenh|luat|quy che|quy dinh|giay moi|so|lenh) )+(?=\d)"
)
_ZEROS = re.compile(r"\b0+(?=\d)")


def document_key(number: str) -> str:
    """One key for every spelling of a document's number; empty when it holds no digit.

    Folded, separators one blank, words before it, a date after it and leading zeros gone.

    >>> document_key("Số: 45/2019/NQ-HĐND") == document_key("45 2019 nq hdnd") == "45 2019 nq hdnd"
    True
    """
    words = " ".join(syllables(fold(number)))
    words = _TYPES.sub("", words).split(" ngay ")[0]
    return _ZEROS.sub("", words) if any(c.isdigit() for c in words) else ""
