"""A person's words as a search: what they ask for, and the FTS5 expression that asks it safely.

Words are all wanted; ``"a phrase"`` in its order; ``-word`` or ``-"a phrase"`` not at all; ``a OR b`` either of the two
(it binds its neighbours, before the words around it). Whatever else is typed is text: each piece goes to FTS5 inside a
quoted string, so nothing typed is ever syntax. A piece with punctuation inside, ``45/2019/NQ-HĐND``, is one phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from archive.errors import QueryError
from archive.vietnamese import document_key, fold, nfc, spellings, syllables

#: More than any headline has; what is longer is a text, not a question.
MAX_WORDS = 100

# Spellings of one phrase that are asked for; with more, only the one typed.
_MAX_SPELLINGS = 8

#: An expression that is true of no article.
NOTHING = '""'

_QUOTES = str.maketrans("“”„‟«»", '""""""')
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_PIECE = re.compile(r'(?P<minus>(?<!\S)-(?=["\w]))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One word or phrase that is asked for."""

    text: str
    """As typed, NFC."""
    typed: tuple[str, ...]
    """Its syllables in lower case with their marks."""
    quoted: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """Its folded syllables as FTS5 strings, one for every i/y spelling; several syllables are a phrase."""
        forms = [sorted({fold(form) for form in spellings(syllable)}) for syllable in self.typed]
        if prod(map(len, forms)) > _MAX_SPELLINGS:
            forms = [[fold(syllable)] for syllable in self.typed]
        return tuple(f'"{" ".join(choice)}"' for choice in product(*forms))

    @property
    def number_like(self) -> bool:
        """It may be a document's number: digits and punctuation in one piece."""
        return len(self.typed) > 1 and not self.quoted and any(c.isdigit() for c in self.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What is asked: of every group one term, and none of the excluded."""

    groups: tuple[tuple[Term, ...], ...]
    excluded: tuple[Term, ...] = ()
    document_keys: frozenset[str] = frozenset()
    """Keys of the document numbers the words may mean (``documents.number_key``)."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every wanted term, in the order typed."""
        return tuple(term for group in self.groups for term in group)

    @property
    def marked(self) -> bool:
        """Something wanted is typed with a Vietnamese mark, so the marks are meant."""
        return any(syllable != fold(syllable) for term in self.terms for syllable in term.typed)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Syllables typed one after the other with nothing but blanks or punctuation between."""
        inside = (pair for term in self.terms for pair in pairwise(term.typed))
        return tuple(dict.fromkeys((*inside, *(pair for pair in self._joints() if pair))))

    def _joints(self) -> list[tuple[str, str] | None]:
        """For every group but the last, its last syllable and the next group's first where both are single words."""
        single = [group[0] if len(group) == 1 and not group[0].quoted else None for group in self.groups]
        return [(a.typed[-1], b.typed[0]) if a and b else None for a, b in pairwise(single)]

    def all_words(self) -> str:
        """FTS5 expression: every group is met."""
        return self._without_excluded(" AND ".join(map(_any_term, self.groups)))

    def all_words_by_nearness(self) -> str:
        """Matches what :meth:`all_words` matches; words that stand side by side as typed weigh more by bm25."""
        parts = []
        for group, joint in zip(self.groups, (*self._joints(), None), strict=True):
            # A pair holds its first word, so "a b" OR a matches what a matches; of a longer piece that is not true.
            near = _pair(joint) if joint and len(group[0].typed) == 1 else ()
            parts.append(_either((*(option for term in group for option in term.options), *near)))
        return self._without_excluded(" AND ".join(parts))

    def in_a_row(self) -> str | None:
        """FTS5 expression: every group is met, single words side by side as typed; None where there is no pair."""
        if not any(self._joints()):
            return None
        runs: list[tuple[Term, ...]] = []
        for group, joint in zip(self.groups, (None, *self._joints()), strict=True):
            if joint:
                runs[-1] = (Term(text="", typed=runs[-1][0].typed + group[0].typed),)
            else:
                runs.append(group)
        return self._without_excluded(" AND ".join(map(_any_term, runs)))

    def any_words(self) -> str:
        """FTS5 expression: at least one term is met; neighbours that stand side by side weigh more by bm25.

        A piece joined by punctuation counts by its syllables as well, unless it is a number.
        """
        options = [option for term in self.terms for option in term.options]
        for term in self.terms:
            if len(term.typed) > 1 and not term.quoted and not term.number_like:
                options += [f'"{fold(syllable)}"' for syllable in term.typed]
        near = [option for joint in self._joints() if joint for option in _pair(joint)]
        return self._without_excluded(_either(dict.fromkeys((*options, *near))))

    def _without_excluded(self, wanted: str) -> str:
        return f"({wanted}) NOT {_any_term(self.excluded)}" if self.excluded else wanted


def _any_term(terms: Iterable[Term]) -> str:
    return _either(option for term in terms for option in term.options)


def _pair(joint: tuple[str, str]) -> tuple[str, ...]:
    return Term(text="", typed=joint).options


def _either(options: Iterable[str]) -> str:
    listed = list(options)
    return listed[0] if len(listed) == 1 else f"({' OR '.join(listed)})"


def parse(text: str) -> Query:
    """The query a person typed.

    Raises QueryError when it holds no word to look for, or more than 100 syllables.
    """
    clean = nfc(_UNSAFE.sub(" ", text)).translate(_QUOTES)
    groups: list[tuple[Term, ...]] = []
    excluded: list[Term] = []
    joined = False  # the next term is the other side of an OR
    for piece in _PIECE.finditer(clean):
        if piece["word"] == "OR" and not piece["minus"]:
            joined = bool(groups)
            continue
        term = _term(piece)
        if not term.typed:
            continue
        if piece["minus"]:
            excluded.append(term)
        elif joined:
            groups[-1] = (*groups[-1], term)
        else:
            groups.append((term,))
        joined = False
    return _checked(Query(groups=tuple(groups), excluded=tuple(excluded), document_keys=_keys(clean, groups)))


def _term(piece: re.Match[str]) -> Term:
    quoted = piece["phrase"] is not None
    text = piece["phrase"] if quoted else piece["word"]
    return Term(text=text, typed=tuple(syllables(text.lower())), quoted=quoted)


def _keys(text: str, groups: list[tuple[Term, ...]]) -> frozenset[str]:
    """Keys for the whole of what was typed and for each number-like piece of it."""
    pieces = [term.text for group in groups for term in group if term.number_like]
    keys = {document_key(piece) for piece in (text, *pieces)}
    return frozenset(key for key in keys if " " in key)


def _checked(query: Query) -> Query:
    words = sum(len(term.typed) for term in (*query.terms, *query.excluded))
    if words > MAX_WORDS:
        raise QueryError(f"the query has {words} words, at most {MAX_WORDS} are looked for; shorten it")
    if not query.groups:
        what = "only words to leave out" if query.excluded else "no word"
        raise QueryError(f"the query holds {what}; type at least one word to look for")
    return query


def fts_expression(text: str | None) -> str:
    """What was typed as an FTS5 expression that matches the same articles as a search for all its words.

    Never an error: what cannot be asked (no word, or far too many) matches nothing. For SQL, beside ``match``.
    """
    try:
        return parse(text or "").all_words_by_nearness()
    except QueryError:
        return NOTHING
