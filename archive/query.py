"""A person's words as a search: what they ask for, and the FTS5 expression that asks it safely.

Words are all wanted; ``"a phrase"`` in its order; ``-word`` or ``-"a phrase"`` not at all; ``a OR b`` either of the two
(it binds its neighbours, before the words around it); ``tiêu đề:`` and the other fields of :mod:`archive.fields`
narrow. Words that make an abbreviation or its full form, and those that make a document's number, are one term.
Whatever else is typed is text: each piece goes to FTS5 inside a quoted string, so nothing typed is ever syntax. A piece
with punctuation inside, ``45/2019/NQ-HĐND``, is one phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from math import prod

from archive.abbreviations import Abbreviations, Form, abbreviations
from archive.errors import QueryError
from archive.fields import Field, taken_out
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

# Codes that follow number and year in a document's number: nghị quyết, quyết định, nghị định, thông tư, ...
_CODES = frozenset(
    [
        "nq",
        "qd",
        "nd",
        "tt",
        "ttlt",
        "ct",
        "kh",
        "cv",
        "tb",
        "bc",
        "ttr",
        "hd",
        "gm",
        "cd",
        "kl",
        "pa",
        "qc",
        "lenh",
        "hdnd",
        "ubnd",
        "cp",
        "ttg",
        "qh",
        "bca",
        "btc",
        "bnv",
        "byt",
        "bgddt",
        "bct",
        "tw",
        "bgtvt",
        "btnmt",
        "bnnptnt",
        "bkhdt",
        "bxd",
        "bvhttdl",
        "btttt",
        "bkhcn",
        "btp",
        "bqp",
        "ldtbxh",
        "nhnn",
        "tand",
        "vksnd",
        "ktnn",
        "nqlt",
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One word or phrase that is asked for."""

    text: str
    """As typed, NFC."""
    typed: tuple[str, ...]
    """Its syllables in lower case with their marks; of an abbreviation, those of the full form."""
    quoted: bool = False
    column: str | None = None
    """The only article column it may stand in."""
    others: tuple[Form, ...] = ()
    """Other syllables that mean the same: abbreviations."""
    number: bool = False
    """It is a document's number."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """All syllable sequences that meet it, the first its own."""
        return (self.typed, *self.others)

    @property
    def options(self) -> tuple[str, ...]:
        """Its folded syllables as FTS5 strings, one for every spelling; several syllables are a phrase."""
        found = (f'"{" ".join(choice)}"' for form in self.forms for choice in _written(form))
        return tuple(dict.fromkeys(found))

    @property
    def expression(self) -> str:
        """FTS5 expression: any of its spellings, in its column."""
        anyone = _either(self.options)
        return f"{{{self.column}}} : {anyone}" if self.column else anyone


def _written(form: Form) -> Iterable[tuple[str, ...]]:
    """Folded spellings of a form: i and y, numbers with and without a leading zero."""
    choices = [sorted({fold(one) for one in spellings(syllable)} | _zeros(syllable)) for syllable in form]
    if prod(map(len, choices)) > _MAX_SPELLINGS:
        choices = [[fold(syllable)] for syllable in form]
    return product(*choices)


def _zeros(syllable: str) -> set[str]:
    if not (syllable.isascii() and syllable.isdigit() and len(syllable) <= 3):
        return set()
    bare = syllable.lstrip("0") or "0"
    return {bare, bare.zfill(2)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What is asked: of every group one term, and none of the excluded."""

    groups: tuple[tuple[Term, ...], ...]
    excluded: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = ()
    """Filters on anything but words: dates, section, type, status, year, number, has."""
    document_keys: frozenset[str] = frozenset()
    """Keys of the document numbers the words may mean (``documents.number_key``)."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every wanted term, in the order typed."""
        return tuple(term for group in self.groups for term in group)

    @property
    def hard(self) -> tuple[tuple[Term, ...], ...]:
        """Groups that every hit must meet: phrases, alternatives, numbers, what stands in a column."""
        return tuple(g for g in self.groups if len(g) > 1 or g[0].quoted or g[0].column or g[0].number)

    @property
    def loose(self) -> tuple[Term, ...]:
        """Words that are wanted together, though hits that lack one may do when no article has all."""
        return tuple(group[0] for group in self.groups if group not in self.hard)

    @property
    def runs(self) -> tuple[tuple[Term, ...], ...]:
        """Terms typed one after the other with nothing but blanks or punctuation between."""
        runs: list[list[Term]] = []
        joined = False
        for group in self.groups:
            single = len(group) == 1 and not group[0].quoted and not group[0].column
            if single and joined:
                runs[-1].append(group[0])
            else:
                runs += [[term] for term in group]
            joined = single
        return tuple(map(tuple, runs))

    def all_words(self) -> str:
        """FTS5 expression: every group is met, and nothing excluded."""
        return self._without_excluded(" AND ".join(map(_any_term, self.groups)))

    def hard_words(self, *, numbers: bool = True) -> str | None:
        """FTS5 expression: every hard group is met, and nothing excluded; None where all may do.

        Without ``numbers`` those of documents count as loose words.
        """
        hard = tuple(group for group in self.hard if numbers or not group[0].number)
        if not hard and not self.excluded:
            return None
        groups = hard or (self.terms,)
        return self._without_excluded(" AND ".join(map(_any_term, groups)))

    def all_words_by_nearness(self) -> str:
        """Matches what :meth:`all_words` matches; words that stand side by side as typed weigh more by bm25."""
        parts = []
        following = {id(a): b for run in self.runs for a, b in pairwise(run)}
        for group in self.groups:
            # A pair holds its first word, so "a b" OR a matches what a matches; of a longer piece that is not true.
            after = following.get(id(group[0])) if len(group) == 1 and len(group[0].typed) == 1 else None
            near = Term(text="", typed=(*group[0].typed, after.typed[0])).options if after else ()
            plain = [term.expression for term in group]
            parts.append(_either((*plain, *near)))
        return self._without_excluded(" AND ".join(parts))

    def _without_excluded(self, wanted: str) -> str:
        return f"({wanted}) NOT {_any_term(self.excluded)}" if self.excluded else wanted


def _any_term(terms: Iterable[Term]) -> str:
    return _either([term.expression for term in terms])


def _either(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else f"({' OR '.join(options)})"


def parse(text: str, known: Abbreviations | None = None) -> Query:
    """The query a person typed, with the abbreviations known (those of the reviewed list where none are given).

    Raises QueryError when it holds neither a word to look for nor a filter, or more than 100 syllables.
    """
    clean = nfc(_UNSAFE.sub(" ", text)).translate(_QUOTES)
    rest, fields = taken_out(clean)
    groups, excluded = _grouped(rest)
    for field in fields:
        if field.name in ("title", "author", "source"):
            typed = tuple(syllables(field.value.lower()))
            term = Term(text=field.value, typed=typed, quoted=True, column=field.name)
            if typed and field.excluded:
                excluded.append(term)
            elif typed:
                groups.append((term,))
    joined = _joined(groups, known or abbreviations())
    numbers = {field.value for field in fields if field.name == "number" and " " in field.value}
    query = Query(
        groups=tuple(joined),
        excluded=tuple(excluded),
        fields=tuple(field for field in fields if field.name not in ("title", "author", "source")),
        document_keys=_keys(rest, joined) | numbers,
    )
    return _checked(query)


def _grouped(text: str) -> tuple[list[tuple[Term, ...]], list[Term]]:
    groups: list[tuple[Term, ...]] = []
    excluded: list[Term] = []
    joined = False  # the next term is the other side of an OR
    for piece in _PIECE.finditer(text):
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
    return groups, excluded


def _term(piece: re.Match[str]) -> Term:
    quoted = piece["phrase"] is not None
    text = piece["phrase"] if quoted else piece["word"]
    typed = tuple(syllables(text.lower()))
    number = not quoted and "/" in text and len(typed) > 1 and typed[0].isdigit() and text.lower() != text.upper()
    return Term(text=text, typed=typed, quoted=quoted, number=number)


def _joined(groups: list[tuple[Term, ...]], known: Abbreviations) -> list[tuple[Term, ...]]:
    """Neighbouring words that are one thing become one term: a number, an abbreviation, its full form."""
    found: list[tuple[Term, ...]] = []
    place = 0
    while place < len(groups):
        words = _words_from(groups, place)
        flat = [syllable for term in words for syllable in term.typed]
        taken, term = _number_at(words) or _meaning_at(words, flat, known) or (1, None)
        found.append((term,) if term else tuple(_expanded(one, known) for one in groups[place]))
        place += taken
    return found


def _words_from(groups: list[tuple[Term, ...]], place: int) -> list[Term]:
    """The single words from here on, as many as stand together."""
    words: list[Term] = []
    for group in groups[place : place + 8]:
        if len(group) > 1 or group[0].quoted or group[0].column:
            break
        words.append(group[0])
    return words


def _number_at(words: Sequence[Term]) -> tuple[int, Term] | None:
    """A document's number typed with blanks: ``45 2019 nq hdnd``."""
    typed = [term.typed[0] if len(term.typed) == 1 else "" for term in words]
    if not typed or not typed[0].isdigit() or len(typed[0]) > 5:
        return None
    end = 2 if len(typed) > 1 and re.fullmatch(r"(?:19|20)\d\d", typed[1]) else 1
    start = end
    while end < len(typed) and re.sub(r"\d+$", "", fold(typed[end])) in _CODES:
        end += 1
    if end - start < (1 if start == 2 else 2):  # "20 tb" alone says too little
        return None
    text = " ".join(term.text for term in words[:end])
    return end, Term(text=text, typed=tuple(typed[:end]), number=True)


def _meaning_at(words: Sequence[Term], flat: list[str], known: Abbreviations) -> tuple[int, Term] | None:
    if not words or words[0].number:
        return None
    found = known.at(flat, 0)
    if found is None:
        return None
    length, meaning = found
    taken, count = 0, 0
    while count < length:
        count += len(words[taken].typed)
        taken += 1
    if count != length:  # it would end inside a word joined by punctuation
        return None
    text = " ".join(term.text for term in words[:taken])
    return taken, Term(text=text, typed=meaning.full, others=meaning.short)


def _expanded(term: Term, known: Abbreviations) -> Term:
    """A phrase or alternative that is exactly an abbreviation or full form is met by the others too."""
    found = known.at(term.typed, 0) if term.typed and not term.number else None
    if found is None or found[0] != len(term.typed):
        return term
    return replace(term, typed=found[1].full, others=found[1].short)


def _keys(text: str, groups: list[tuple[Term, ...]]) -> frozenset[str]:
    """Keys for the whole of what was typed and for each number in it."""
    pieces = [term.text for group in groups for term in group if term.number]
    keys = {document_key(piece) for piece in (text, *pieces)}
    return frozenset(key for key in keys if " " in key)


def _checked(query: Query) -> Query:
    words = sum(len(term.typed) for term in (*query.terms, *query.excluded))
    if words > MAX_WORDS:
        raise QueryError(f"the query has {words} words, at most {MAX_WORDS} are looked for; shorten it")
    if not query.groups and not query.fields:
        what = "only words to leave out" if query.excluded else "no word"
        raise QueryError(f"the query holds {what}; type at least one word to look for")
    if not query.groups and query.excluded:
        raise QueryError("the query holds only words to leave out; type at least one word to look for")
    return query


def fts_expression(text: str | None) -> str:
    """What was typed as an FTS5 expression that matches the same articles as a search for all its words.

    Never an error: what cannot be asked (no word, or far too many) matches nothing. For SQL, beside ``match``.
    """
    try:
        query = parse(text or "")
    except QueryError:
        return NOTHING
    return query.all_words_by_nearness() if query.groups else NOTHING
