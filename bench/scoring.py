"""How a text is held against a gold text: words, shingles of four words, or segments that must and must not be in it.

Means are over pages. Shingles and segments are the measures of the two public benchmarks, told here in our own words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.gold import GoldPage

Answer = dict[str, Any]
Scores = dict[str, float]

_WORD = re.compile(r"\w+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def words(text: str | None) -> Counter[str]:
    """The words of a text and how often each stands in it."""
    return Counter(_WORD.findall((text or "").translate(_INVISIBLE).casefold()))


def line(text: str | None) -> str:
    """A text with every run of blanks one space."""
    return " ".join((text or "").translate(_INVISIBLE).split())


def f1(precision: float, recall: float) -> float:
    """Their harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def word_f1(got: str | None, gold: str | None) -> float:
    """F1 over the words of two texts, their order aside."""
    one, other = words(got), words(gold)
    if not one or not other:
        return float(one == other)
    hit = (one & other).total()
    return f1(hit / one.total(), hit / other.total())


def dated(pages: list[GoldPage], answers: list[Answer]) -> Scores:
    """Words, exact titles, exact days (a missing one must be missing), boilerplate strings that leaked."""
    pairs = [(page.gold, answer) for page, answer in zip(pages, answers, strict=True)]
    each = [word_f1(answer.get("text"), gold["text"]) for gold, answer in pairs]
    texts = [line(answer.get("text")) for _, answer in pairs]
    banned = [[line(bad) for bad in gold["must_not_contain"]] for gold, _ in pairs]
    return {
        "f1": mean(each),
        "least_f1": min(each),
        "titles": mean([line(answer.get("title")) == line(gold["title"]) for gold, answer in pairs]),
        "dates": mean([day(answer.get("published")) == day(gold["published"]) for gold, answer in pairs]),
        "leaks": float(sum(bad in text for strings, text in zip(banned, texts, strict=True) for bad in strings if bad)),
    }


def shingles(pages: list[GoldPage], answers: list[Answer]) -> Scores:
    """Precision and recall over runs of four words, each a mean over the pages where it is defined."""
    precisions, recalls = [], []
    for page, answer in zip(pages, answers, strict=True):
        got, gold = _runs(answer.get("text")), _runs(page.gold["text"])
        hit = (got & gold).total()
        if got:
            precisions.append(hit / got.total())
        if gold:
            recalls.append(hit / gold.total())
    precision, recall = mean(precisions), mean(recalls)
    return {"f1": f1(precision, recall), "precision": precision, "recall": recall}


def _runs(text: str | None, length: int = 4) -> Counter[tuple[str, ...]]:
    found = _WORD.findall(text or "")
    if not found:
        return Counter()
    return Counter(tuple(found[start : start + length]) for start in range(max(1, len(found) - length + 1)))


def segments(pages: list[GoldPage], answers: list[Answer]) -> Scores:
    """Counts over all pages of segments that the text must hold and of segments it must not."""
    hit = missed = wrong = 0
    for page, answer in zip(pages, answers, strict=True):
        text = line(answer.get("text"))
        held = sum(line(segment) in text for segment in page.gold["with"])
        hit += held
        missed += len(page.gold["with"]) - held
        wrong += sum(line(segment) in text for segment in page.gold["without"])
    precision, recall = hit / max(1, hit + wrong), hit / max(1, hit + missed)
    return {"f1": f1(precision, recall), "precision": precision, "recall": recall}


def mean(values: list[float] | list[bool]) -> float:
    """Arithmetic mean; 0 for none."""
    return sum(values) / len(values) if values else 0.0


def day(value: Any) -> str | None:
    """The calendar day of a date as text; None for none."""
    return str(value)[:10] if value else None
