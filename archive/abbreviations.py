"""Abbreviations and what they stand for: each finds the other.

The reviewed list is ``abbreviations.toml`` beside this file; a file of that name in an archive's folder adds to it, or,
with an empty list of abbreviations, takes a line back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive.errors import QueryError
from archive.spelling import KEYS, accepts
from archive.vietnamese import nfc, syllables

FILENAME = "abbreviations.toml"
_SHIPPED = Path(__file__).with_name(FILENAME)

Form = tuple[str, ...]  # the syllables of a written form in lower case


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """Something with a full form and abbreviations."""

    full: Form
    short: tuple[Form, ...]

    @property
    def forms(self) -> tuple[Form, ...]:
        """The full form first."""
        return (self.full, *self.short)


class Abbreviations:
    """The list, to be asked with syllables."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        self.meanings = tuple(meanings)
        self._by_start: dict[str, list[tuple[Form, Meaning]]] = {}
        for meaning in meanings:
            for form in meaning.forms:
                self._by_start.setdefault(KEYS[form[0]], []).append((form, meaning))
        for found in self._by_start.values():
            found.sort(key=lambda item: -len(item[0]))

    def at(self, typed: Sequence[str], place: int) -> tuple[int, Meaning] | None:
        """The longest form that stands at this place of the syllables: how many they are, and what they mean."""
        for form, meaning in self._by_start.get(KEYS[typed[place]], ()):
            there = typed[place : place + len(form)]
            if len(there) == len(form) and all(
                KEYS[a] == KEYS[b] and accepts(a, b) for a, b in zip(there, form, strict=True)
            ):
                return len(form), meaning
        return None


def parse_abbreviations(text: str) -> dict[Form, Meaning]:
    """The lines of a list, by their full form. Raises QueryError, in one line, for what is none."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise QueryError(f"the list of abbreviations is no TOML: {error}") from error
    found: dict[Form, Meaning] = {}
    for table in tables.values():
        if not isinstance(table, Mapping):
            raise QueryError('the list of abbreviations wants lines below a heading: "full form" = ["ABBREVIATION"]')
        for full, short in table.items():
            if not isinstance(short, list) or not all(isinstance(form, str) and _form(form) for form in short):
                raise QueryError(f"abbreviations of {full!r}: a list of texts is wanted")
            if not _form(full):
                raise QueryError(f"the list of abbreviations has a full form without a word: {full!r}")
            forms = dict.fromkeys(_form(form) for form in short)
            found[_form(full)] = Meaning(full=_form(full), short=tuple(forms))
    return found


def _form(text: str) -> Form:
    return tuple(syllables(nfc(text).lower()))


@lru_cache(maxsize=8)
def _read(own: Path | None, changed: float) -> Abbreviations:
    meanings = parse_abbreviations(_SHIPPED.read_text("utf-8"))
    if own is not None:
        meanings |= parse_abbreviations(own.read_text("utf-8"))
    return Abbreviations([meaning for meaning in meanings.values() if meaning.short])


def abbreviations(folder: Path | None = None) -> Abbreviations:
    """The reviewed list, with that of an archive's folder where it has one.

    Raises QueryError when that one cannot be read.
    """
    own = folder / FILENAME if folder is not None else None
    if own is None or not own.is_file():
        return _read(None, 0.0)
    try:
        return _read(own, own.stat().st_mtime)
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{own} cannot be read: {error}") from error
