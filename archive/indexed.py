"""What the search index holds of a text. It follows from the text alone, so any process can work it out beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.models import Article, ArticleFound, Outcome
from archive.places import places_of
from archive.terms import keys_of, terms_of
from archive.vietnamese import alt_syllables, fold_whole

#: Article columns that are searched.
SEARCHED = ("title", "lead", "body_text", "author", "source", "section")

_TITLE_SYLLABLES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Indexed:
    """Some texts of one owner, the title first, as the tables of the index hold them."""

    folded: tuple[str, ...]
    """Each text folded."""
    alt: str
    terms: str
    syllables: int
    title_key: str
    """How the title begins, folded."""
    places: frozenset[str]
    """The places named."""


Known = Mapping[tuple[str, ...], Indexed]
"""Texts -> what the index holds of them, for those that were worked out already."""


Words = dict[tuple[str, ...], Indexed]
"""The same, to be added to."""


def words_of(outcome: Outcome) -> Words:
    """What the index will hold of the article that an outcome shows; nothing for any other."""
    if not isinstance(outcome, ArticleFound):
        return {}
    texts = searched(outcome.article)
    return {texts: indexed(texts)}


def searched(article: Article) -> tuple[str, ...]:
    """The texts of an article that are searched, the title first."""
    return tuple(getattr(article, name) or "" for name in SEARCHED)


def indexed(texts: tuple[str, ...]) -> Indexed:
    """What the index holds of these texts."""
    whole = "\n".join(texts)
    terms, syllables = terms_of(texts[0], texts[1:])
    return Indexed(
        folded=tuple(map(fold_whole, texts)),
        alt=alt_syllables(whole),
        terms=terms,
        syllables=syllables,
        title_key=_title_key(texts[0]),
        places=frozenset(places_of(whole)),
    )


def _title_key(title: str) -> str:
    return " ".join(keys_of(title)[:_TITLE_SYLLABLES])
